import type { Fact } from "../base/fact.ts";
import type { Accelerator } from "./accelerator.ts";

export interface MemoryVerdict {
  readonly kind: "fits" | "tight" | "too-large";
  /** What the model may use: memory less the reserve. */
  readonly available: number;
  readonly needed: number;
  readonly facts: readonly Fact[];
  readonly assumptions: readonly string[];
}

/** CUDA context, library workspaces and allocator fragmentation that no tensor accounts for. */
const reserveBytes = 1.5e9;
const fragmentation = 0.05;

/**
 * Whether `needed` bytes of tensors fit into the memory of one accelerator. `tight` means: only if the reserve
 * assumed here is larger than the real one.
 */
export function fitsOn(accelerator: Accelerator, needed: number): MemoryVerdict {
  const total = accelerator.memory.value;
  const reserve = accelerator.kind === "gpu" ? reserveBytes + fragmentation * total : fragmentation * total;
  const available = Math.max(0, total - reserve);
  return {
    kind: needed <= available ? "fits" : needed <= total ? "tight" : "too-large",
    available,
    needed,
    facts: [accelerator.memory],
    assumptions: [
      accelerator.kind === "gpu"
        ? "1.5 GB for the CUDA context and workspaces and 5 % for fragmentation are kept free"
        : "5 % of memory is kept free",
      ...(accelerator.kind === "cpu"
        ? ["the most memory that the processor takes: how much is installed is not known"]
        : []),
    ],
  };
}
