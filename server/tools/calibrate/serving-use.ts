import type { Device } from "../../src/cost/device.ts";
import type { Use } from "../../src/cost/power.ts";
import { servingWork } from "../../src/cost/serving.ts";
import type { ServingRow } from "./serving.ts";

/** How much of the device a row used, by its measured time. */
export function servingUse(row: ServingRow, device: Device): Use {
  const seconds = row.serving.batch / row.tokensPerSecond;
  const { flops, bytes, peak } = servingWork(row.model, row.serving, device);
  return {
    compute: flops / (peak * seconds),
    memory: bytes / (device.bandwidth * seconds),
    busy: 1,
  };
}
