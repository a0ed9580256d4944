import type { TimeCoefficients } from "./coefficients.ts";
import type { PowerCoefficients } from "./power.ts";
import type { ServingCoefficients } from "./serving.ts";

/**
 * Half-width of a 90 % interval in ln, from errors on rows that the fit did not see: on models of other families, and on
 * devices that it did not see either.
 */
export interface Residual {
  readonly newFamily: number;
  readonly newDevice: number;
}

export interface TimeCalibration {
  /** Of all devices together, for one that was not measured. */
  readonly coefficients: TimeCoefficients;
  /** By id of the accelerator, where its own rows are many enough. */
  readonly own: Readonly<Record<string, TimeCoefficients>>;
  readonly residual: Residual;
  /** Ids of the accelerators whose rows were fitted. */
  readonly devices: readonly string[];
  readonly rows: number;
}

/** Ways to run a graph that were calibrated apart. */
export type Execution =
  | "gpu-fp32"
  | "gpu-compiled-fp32"
  | "gpu-train-fp32"
  | "gpu-eager"
  | "gpu-compiled"
  | "gpu-train"
  | "cpu";

export interface Calibration {
  readonly time: Readonly<Record<Execution, TimeCalibration>>;
  readonly serving: {
    readonly coefficients: ServingCoefficients;
    /** Of joules per token. */
    readonly residual: Residual;
    readonly devices: readonly string[];
    readonly rows: number;
  };
  /** Of data center boards in half precision, and of the hosts that issue their launches. */
  readonly feed: {
    /** Of the share that `device.ts` describes. */
    readonly exponent: number;
    /** Seconds per launch. */
    readonly issue: number;
    /** Of time, and of energy with the computed time. */
    readonly residual: Residual;
    readonly energy: Residual;
    readonly devices: readonly string[];
    readonly rows: number;
  };
  /** Of hosts that run code without convolutions: seconds per launch. */
  readonly pace: {
    readonly issue: number;
    readonly hosts: number;
    readonly rows: number;
  };
  /** Of time, and of energy with the computed time, of convolutional networks in float32, whose rows nothing was fitted to. */
  readonly convolution: {
    readonly time: number;
    readonly energy: number;
    readonly devices: readonly string[];
    readonly rows: number;
  };
  /** Of time on boards that cannot hold their clock and were not measured. */
  readonly capped: {
    readonly newDevice: number;
    readonly devices: readonly string[];
    readonly rows: number;
  };
  readonly power: {
    readonly coefficients: PowerCoefficients;
    readonly residual: Residual;
    readonly devices: readonly string[];
    readonly rows: number;
  };
}
