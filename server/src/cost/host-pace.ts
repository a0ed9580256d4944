import { calibration } from "./coefficients.gen.ts";
import { classFlags } from "./kernel.ts";
import type { Kernels } from "./step-table.ts";

/** Hosts issue launches of the same code this much faster or slower, x/÷: five of the six that were measured. */
export const hostsDiffer = 2;

/** Share of convolutions among the launches of SDXL, the one with the fewest of the pipelines that `fitted` comes from. */
const shareOfPipelines = 0.025;

/**
 * Seconds in which Python issues a launch. Plain products and sums, as language models have, were measured apart: pipelines and networks of
 * convolutions take about twice as long for each of their launches. What has fewer convolutions than those lies between the two.
 *
 * @param fitted to code with convolutions
 */
export function issueOf({ classes, length, run }: Kernels, fitted: number): number {
  const plain = calibration.pace.issue;
  if (fitted <= plain) return fitted;
  const launches = run?.kernels.length ?? length;
  let count = 0;
  for (let i = 0; i < launches; i++) if (isConvolution[classes[run?.kernels[i] ?? i] ?? 0] === 1) count++;
  return plain + (fitted - plain) * Math.min(1, count / (shareOfPipelines * Math.max(1, launches)));
}

const isConvolution = classFlags(
  "convolution",
  "grouped-convolution",
  "depthwise-convolution",
  "depthwise-channels-last",
  "wide-depthwise-convolution",
  "wide-depthwise-channels-last",
);
