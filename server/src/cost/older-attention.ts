import type { Accelerator } from "../hardware/accelerator.ts";
import { rateNames } from "../hardware/accelerator.ts";
import { classCode } from "./kernel.ts";
import type { GraphTime } from "./roofline.ts";
import type { Kernels } from "./step-table.ts";

/** Generations that flash attention does not run on: torch takes other kernels there. Source: ATen `sdp_utils.cpp`, `check_sm_version`. */
const older: ReadonlySet<string> = new Set(["Pascal", "Volta", "Turing"]);

/**
 * Times as long as computed that attention in half precision may take there. No calibrated row has it: Stable Diffusion 1.5, a fifth of
 * it attention, took 1.4 to 1.8 times as long as computed on V100 and T4 (diffusers' documentation, `optimization/torch2.0`).
 */
const slowest = 5;

const attention = classCode("attention");
const [half, brain] = [rateNames.indexOf("fp16"), rateNames.indexOf("bf16")];

/** Times as long as computed that all of it may take, since fused attention is slower on old boards; 1 on others. */
export function olderAttention({ architecture }: Accelerator, kernels: Kernels, time: GraphTime): number {
  if (!older.has(architecture) || time.busy === 0) return 1;
  const { classes, rates, run, length } = kernels;
  const ops = run?.ops ?? kernels.ops;
  const found = new Set<number>();
  for (let i = 0; i < (run?.kernels.length ?? length); i++) {
    const at = run?.kernels[i] ?? i;
    if (classes[at] === attention && (rates[at] === half || rates[at] === brain)) found.add(ops[i] ?? 0);
  }
  let seconds = 0;
  for (const op of found) seconds += time.byOp.seconds[op] ?? 0;
  return 1 + ((slowest - 1) * seconds) / time.busy;
}
