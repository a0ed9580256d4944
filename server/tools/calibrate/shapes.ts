import type { Execution } from "../../src/cost/calibration.ts";
import type { TimeCoefficients } from "../../src/cost/coefficients.ts";
import type { Shape } from "./image-latency.ts";
import type { Parameter } from "./least-squares.ts";

const base: TimeCoefficients = {
  compute: {},
  memory: {},
  defaultCompute: 0.6,
  defaultMemory: 0.8,
  halfColumns: 0,
  halfInner: 0,
  misaligned: 1,
  channelsFirst: 1,
  channelsFirstMemory: 1,
  cacheGain: 1,
  cacheShare: 1,
  launch: 5e-6,
  issue: 6e-6,
};

/** A prior of x/÷ 1.6 holds what few families identify near what is physical. */
const parameter = (name: string, start: number): Parameter => ({ name, start, spread: 0.5 });

/** What is fitted for each way of execution; the rest of the coefficients stays as in `base`. */
export const imageShapes: Readonly<Partial<Record<Execution, Shape>>> = {
  "gpu-eager": {
    base,
    parameters: [
      parameter("defaultCompute", 0.9),
      parameter("defaultMemory", 0.9),
      parameter("halfColumns", 16),
      parameter("halfInner", 32),
      parameter("misaligned", 0.7),
      parameter("channelsFirst", 0.9),
      parameter("channelsFirstMemory", 0.5),
      parameter("compute.attention", 0.6),
      parameter("compute.grouped-convolution", 0.5),
      parameter("compute.depthwise-convolution", 0.05),
      parameter("memory.depthwise-convolution", 0.5),
      parameter("memory.layer-norm", 0.6),
      parameter("memory.batch-norm", 0.9),
      parameter("memory.copy", 0.6),
      parameter("memory.reduction", 0.6),
      parameter("launch", 8e-6),
    ],
  },
  "gpu-compiled": {
    base: { ...base, issue: 2e-6 },
    parameters: [
      parameter("defaultCompute", 0.8),
      parameter("defaultMemory", 0.85),
      parameter("halfColumns", 16),
      parameter("halfInner", 32),
      parameter("misaligned", 0.7),
      parameter("compute.attention", 0.6),
      parameter("compute.grouped-convolution", 0.5),
      parameter("compute.depthwise-convolution", 0.05),
      parameter("memory.depthwise-convolution", 0.5),
      parameter("memory.convolution", 0.8),
      parameter("cacheGain", 1.5),
      parameter("cacheShare", 0.5),
      parameter("launch", 5e-6),
    ],
  },
  cpu: {
    base: { ...base, issue: 0 },
    parameters: [
      parameter("defaultCompute", 0.6),
      parameter("defaultMemory", 0.7),
      parameter("halfColumns", 8),
      parameter("halfInner", 16),
      parameter("compute.matmul", 0.6),
      parameter("compute.attention", 0.3),
      parameter("compute.grouped-convolution", 0.4),
      parameter("compute.depthwise-convolution", 0.1),
      parameter("memory.depthwise-convolution", 0.5),
      parameter("memory.matmul", 0.7),
      parameter("cacheGain", 3),
      parameter("cacheShare", 1),
      parameter("launch", 1e-5),
    ],
  },
};
