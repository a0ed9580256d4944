import type { Execution } from "../../src/cost/calibration.ts";
import type { TimeCoefficients } from "../../src/cost/coefficients.ts";
import type { Shape } from "./image-latency.ts";
import type { Parameter } from "./least-squares.ts";
import { issueSeconds, launchSeconds } from "./overheads.ts";

const base: TimeCoefficients = {
  compute: {},
  memory: {},
  defaultCompute: 0.6,
  defaultMemory: 0.8,
  halfColumns: 0,
  halfInner: 0,
  halfIntensity: 0,
  misaligned: 1,
  strided: 1,
  relayout: 0,
  cacheGain: 1,
  cacheShare: 1,
  reorder: 0,
  serial: 2.5e-7,
  knee: 4,
  call: 0,
  launch: launchSeconds,
  issue: issueSeconds.convolutions,
};

/** A prior of x/÷ 1.4 holds what few families identify near what is physical and what other devices show. */
const parameter = (name: string, start: number, spread = 0.35): Parameter => ({ name, start, spread });

const eager: readonly Parameter[] = [
  parameter("defaultCompute", 1.15),
  parameter("defaultMemory", 1),
  parameter("halfColumns", 25, 0.5),
  parameter("halfInner", 60, 0.5),
  parameter("misaligned", 0.8),
  parameter("relayout", 0.4),
  parameter("compute.attention", 0.82),
  parameter("compute.grouped-convolution", 1),
  parameter("compute.depthwise-convolution", 0.055),
  parameter("compute.depthwise-channels-last", 0.016),
  parameter("compute.wide-depthwise-convolution", 0.015),
  parameter("compute.wide-depthwise-channels-last", 0.05),
  parameter("memory.depthwise-convolution", 0.7),
  parameter("memory.depthwise-channels-last", 0.5),
  parameter("memory.layer-norm", 0.6),
  parameter("memory.batch-norm", 0.95),
  parameter("memory.group-norm", 0.5),
  parameter("memory.in-place", 1.15, 0.2),
  parameter("memory.copy", 0.9),
  parameter("memory.concatenation", 0.65),
  parameter("memory.reduction", 1.2),
  parameter("memory.pool", 0.35),
  parameter("cacheGain", 1.4, 0.2),
  parameter("cacheShare", 0.5, 0.2),
  parameter("serial", 2.5e-7, 0.3),
];

/** What is fitted for each way of execution; the rest of the coefficients stays as in `base`. */
export const imageShapes: Readonly<Partial<Record<Execution, Shape>>> = {
  "gpu-eager": { base, parameters: eager },
  "gpu-train": { base, parameters: eager.filter((p) => p.name !== "serial") },
  "gpu-compiled": {
    base,
    parameters: [
      parameter("defaultCompute", 1),
      parameter("defaultMemory", 0.95),
      parameter("halfColumns", 16, 0.5),
      parameter("halfInner", 32, 0.5),
      parameter("misaligned", 0.7),
      parameter("compute.attention", 0.8),
      parameter("compute.grouped-convolution", 0.8),
      parameter("compute.depthwise-channels-last", 0.05),
      parameter("compute.wide-depthwise-channels-last", 0.04),
      parameter("compute.wide-depthwise-convolution", 0.015),
      parameter("compute.depthwise-convolution", 0.05),
      parameter("memory.depthwise-convolution", 0.8),
      parameter("memory.depthwise-channels-last", 0.6),
      parameter("memory.convolution", 0.8),
      parameter("memory.fused-sums", 0.7),
      parameter("relayout", 0.4),
      parameter("cacheGain", 1.5),
      parameter("cacheShare", 0.5),
    ],
  },
  cpu: {
    base: { ...base, issue: 0, knee: 2 },
    parameters: [
      parameter("defaultCompute", 0.6, 0.5),
      parameter("defaultMemory", 0.7, 0.5),
      parameter("halfColumns", 8, 0.5),
      parameter("halfInner", 16, 0.5),
      parameter("compute.matmul", 0.6, 0.5),
      parameter("compute.attention", 0.3, 0.5),
      parameter("halfIntensity", 10, 1),
      parameter("strided", 0.9, 0.3),
      parameter("reorder", 1, 0.7),
      parameter("call", 1e-5, 0.7),
      parameter("compute.grouped-convolution", 0.4, 0.5),
      parameter("compute.depthwise-channels-last", 0.1, 0.5),
      parameter("compute.wide-depthwise-channels-last", 0.1, 0.5),
      parameter("memory.depthwise-channels-last", 0.5, 0.5),
      parameter("memory.matmul", 0.7, 0.5),
      parameter("memory.fused-sums", 0.5, 0.5),
      parameter("cacheGain", 3, 0.5),
      parameter("cacheShare", 1, 0.5),
      parameter("launch", 1e-5, 0.5),
    ],
  },
};
