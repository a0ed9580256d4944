import type { Execution } from "./calibration.ts";
import { calibration } from "./coefficients.gen.ts";
import type { Device } from "./device.ts";
import { classFlags } from "./kernel.ts";
import type { Kernels } from "./step-table.ts";

/** Half-widths of 90 % intervals, in ln. */
export interface Doubt {
  readonly time: number;
  /** What of it energy has: less where energy, measured beside computed time, was off by less than that time. */
  readonly base: number;
  /** What power adds to that. */
  readonly power: number;
  /** Of power by a time that was measured. */
  readonly measured: number;
  /** Where it comes from, if not from the rows of the coefficients. */
  readonly assumption: string | undefined;
}

/** How far off time and energy are on rows that the fits did not see, for the board and the way it runs. */
export function doubtOf(id: string, device: Device, execution: Execution, kernels: Kernels): Doubt {
  const together = measuredTogether(id, device, execution, kernels);
  const { devices, residual } = calibration.time[execution];
  const capped = device.isCapped ? calibration.capped.newDevice : 0;
  const { power } = calibration;
  const measured = power.devices.includes(id) ? power.residual.newFamily : power.residual.newDevice;
  if (together === undefined) {
    const time = devices.includes(id) ? residual.newFamily : Math.max(residual.newDevice, capped);
    return { time, base: time, power: measured, measured, assumption: undefined };
  }
  const isKnown = devices.includes(id) && !isFloat(execution);
  const unmeasured = together.devices.includes(id) ? 0 : capped;
  const time = isKnown ? residual.newFamily : Math.max(residual.newDevice, together.time, unmeasured);
  const base = Math.min(time, Math.max(together.energy, unmeasured));
  const more = together.energy ** 2 - together.time ** 2;
  return {
    time,
    base,
    power: Math.sqrt(Math.max(0, more)),
    measured,
    assumption: isFloat(execution)
      ? `convolutions in float32: as far off as ${calibration.convolution.rows} measured steps of training`
      : undefined,
  };
}

interface Measured {
  readonly time: number;
  readonly energy: number;
  readonly devices: readonly string[];
}

/**
 * Where energy was measured beside computed time: half precision on boards whose matrix units outrun the rest, and convolutions in float32,
 * whose coefficients come from transformers.
 */
function measuredTogether(
  id: string,
  device: Device,
  execution: Execution,
  kernels: Kernels,
): Measured | undefined {
  if (execution === "cpu") return undefined;
  if (isFloat(execution)) return isMostlyConvolution(kernels) ? calibration.convolution : undefined;
  const { residual, energy, devices } = calibration.feed;
  if (device.feed === 1) return undefined;
  return devices.includes(id)
    ? { time: residual.newFamily, energy: energy.newFamily, devices }
    : { time: residual.newDevice, energy: energy.newDevice, devices };
}

const isFloat = (execution: Execution): boolean =>
  execution === "gpu-fp32" || execution === "gpu-compiled-fp32" || execution === "gpu-train-fp32";

function isMostlyConvolution({ classes, macs, length, run }: Kernels): boolean {
  let more = 0;
  for (let i = 0; i < (run?.kernels.length ?? length); i++) {
    const at = run?.kernels[i] ?? i;
    more += isOtherProduct[classes[at] ?? 0] === 1 ? -(macs[at] ?? 0) : (macs[at] ?? 0);
  }
  return more > 0;
}

const isOtherProduct = classFlags("matmul", "attention", "recurrent");
