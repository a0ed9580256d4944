import type { TimeCoefficients } from "../../src/cost/coefficients.ts";
import type { Device } from "../../src/cost/device.ts";
import type { Kernel } from "../../src/cost/kernel.ts";
import { kernelTime } from "../../src/cost/roofline.ts";

/** Launches that are alike. */
export interface Counted {
  readonly kernel: Kernel;
  readonly count: number;
}

/** Kernels of the same class and sizes are one entry. */
export function counted(kernels: readonly Kernel[]): readonly Counted[] {
  const groups = new Map<string, { kernel: Kernel; count: number }>();
  for (const kernel of kernels) {
    const { class: kind, rate, macs, flops, bytes, columns, inner, window, channelsFirst } = kernel;
    const key = [kind, rate, macs, flops, bytes, columns, inner, window, channelsFirst].join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { kernel, count: 1 });
    else group.count += 1;
  }
  return [...groups.values()];
}

/** What `graphTime` says of the same launches. */
export function countedSeconds(kernels: readonly Counted[], device: Device, c: TimeCoefficients): number {
  let [busy, launches] = [0, 0];
  for (const { kernel, count } of kernels) {
    busy += count * kernelTime(kernel, device, c).seconds;
    launches += count;
  }
  return (busy ** 6 + (c.issue * launches) ** 6) ** (1 / 6);
}
