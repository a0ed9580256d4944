import { accelerators } from "../hardware/find-accelerator.ts";

export interface AcceleratorEntry {
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly vendor: string;
  readonly year: number;
  /** FLOP/s in bfloat16, or float16, dense; `null` where it has neither. */
  readonly halfPrecision: number | null;
  readonly memoryBytes: number;
  readonly bytesPerSecond: number;
  /** `null` where none is published. */
  readonly boardWatts: number | null;
  readonly confidence: "high" | "medium" | "low";
  readonly source: string;
}

/** Every accelerator that an estimate can name. */
export const acceleratorList = (): readonly AcceleratorEntry[] =>
  accelerators.map(({ id, name, aliases, vendor, year, rates, memory, bandwidth, boardLimit }) => ({
    id,
    name,
    aliases,
    vendor,
    year,
    halfPrecision: rates.bf16?.value ?? rates.fp16?.value ?? null,
    memoryBytes: memory.value,
    bytesPerSecond: bandwidth.value,
    boardWatts: boardLimit?.value ?? null,
    confidence: memory.confidence,
    source: memory.source,
  }));
