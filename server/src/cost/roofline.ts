import type { TimeCoefficients } from "./coefficients.ts";
import type { Device } from "./device.ts";
import type { Kernel } from "./kernel.ts";
import type { Kernels } from "./step-table.ts";

/** Seconds of one kernel on the device, and the two bounds that it comes from. */
export interface KernelTime {
  readonly seconds: number;
  /** At full rate and bandwidth: what the utilization is measured against. */
  readonly idealCompute: number;
  readonly idealMemory: number;
}

/**
 * Roofline with a soft knee:
 *
 *   t       = (tc^p + tm^p)^(1/p) + tr + serial planes + launch + call^[product, convolution, attention]
 *   tc      = 2 macs / (peak eff) + flops / peak_fp32
 *   tm      = bytes / (bandwidth m gain)
 *             bytes of a convolution with weights once more times reorder
 *   tr      = relayout * 2 * bytes without weights / bandwidth, for convolutions on matrix units, NCHW
 *   eff     = e_class * n/(n+n0) * k/(k+k0) * misaligned^[n, k not multiples of 8]
 *             products of matrices with rows a multiple of 4 KiB apart times strided
 *             attention: e_class * i/(i+i0), i = macs / bytes
 *   gain    = 1 + (cacheGain - 1) / (1 + (bytes / (cacheShare cache))^2)
 */
export const kernelTime = (kernel: Kernel, device: Device, c: TimeCoefficients): KernelTime =>
  timed(kernel, device, c, { seconds: 0, idealCompute: 0, idealMemory: 0 });

function timed(kernel: Kernel, device: Device, c: TimeCoefficients, time: Mutable<KernelTime>): KernelTime {
  const peak = device.peak[kernel.rate];
  const feed = peak > device.peak.fp32 ? device.feed : 1;
  const products =
    kernel.macs === 0
      ? 0
      : (2 * kernel.macs) / (peak * Math.min(device.ceiling, feed * efficiency(kernel, c)));
  const elements = kernel.flops === 0 ? 0 : kernel.flops / device.peak.fp32;
  const compute = products + elements;
  const bytes = isReordered(kernel) ? kernel.bytes + c.reorder * kernel.fixedBytes : kernel.bytes;
  const memory = bytes / (device.bandwidth * bandwidthShare(kernel, bytes, device, c));
  const relaid = isRelaid(kernel, device)
    ? (2 * c.relayout * (kernel.bytes - kernel.fixedBytes)) / device.bandwidth
    : 0;
  time.seconds =
    joined(compute, memory, c.knee) +
    relaid +
    kernel.serial * c.serial +
    c.launch +
    (kernel.macs > 0 ? c.call : 0);
  time.idealCompute = peak === 0 ? 0 : (2 * kernel.macs) / peak;
  time.idealMemory = kernel.bytes / device.bandwidth;
  return time;
}

export interface GraphTime {
  /** By number of the op, of all its kernels, before the host's share: what `KernelTime` has. */
  readonly byOp: {
    readonly seconds: Float64Array;
    readonly idealCompute: Float64Array;
    readonly idealMemory: Float64Array;
    /** 1 for an op that launches anything. */
    readonly isLaunched: Uint8Array;
  };
  readonly seconds: number;
  /** Shares of the whole time that compute and memory would be busy at full rate. */
  readonly computeUse: number;
  readonly memoryUse: number;
  /** Seconds that the device works. */
  readonly busy: number;
  /** Whether the host, not the device, sets the pace. */
  readonly hostBound: boolean;
}

/** All kernels one after another; the host issues them meanwhile, and the slower of the two sets the time. */
export function graphTime(kernels: Kernels, device: Device, c: TimeCoefficients): GraphTime {
  let [busy, compute, memory] = [0, 0, 0];
  const byOp = emptyTimes(kernels);
  const kernel = emptyKernel();
  const time = { seconds: 0, idealCompute: 0, idealMemory: 0 };
  for (let i = 0; i < kernels.length; i++) {
    show(kernel, kernels, i);
    timed(kernel, device, c, time);
    const { op } = kernel;
    byOp.isLaunched[op] = 1;
    byOp.seconds[op] = (byOp.seconds[op] ?? 0) + time.seconds;
    byOp.idealCompute[op] = (byOp.idealCompute[op] ?? 0) + time.idealCompute;
    byOp.idealMemory[op] = (byOp.idealMemory[op] ?? 0) + time.idealMemory;
    busy += time.seconds;
    compute += time.idealCompute;
    memory += time.idealMemory;
  }
  const host = c.issue * kernels.length;
  const seconds = (busy ** 6 + host ** 6) ** (1 / 6);
  return {
    byOp,
    seconds,
    busy,
    computeUse: seconds === 0 ? 0 : compute / seconds,
    memoryUse: seconds === 0 ? 0 : memory / seconds,
    hostBound: host > busy,
  };
}

function emptyTimes({ ops, length }: Kernels): GraphTime["byOp"] {
  let size = 0;
  for (let i = 0; i < length; i++) size = Math.max(size, (ops[i] ?? 0) + 1);
  return {
    seconds: new Float64Array(size),
    idealCompute: new Float64Array(size),
    idealMemory: new Float64Array(size),
    isLaunched: new Uint8Array(size),
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const emptyKernel = (): Mutable<Kernel> => ({
  class: "pointwise",
  rate: "fp32",
  macs: 0,
  flops: 0,
  bytes: 0,
  fixedBytes: 0,
  rows: 0,
  columns: 0,
  inner: 0,
  batch: 0,
  window: 1,
  channelsFirst: false,
  serial: 0,
  op: 0,
});

/** One object shows all kernels in turn, and one their times: none is made for each. */
function show(kernel: Mutable<Kernel>, kernels: Kernels, i: number): void {
  kernel.class = kernels.classes[i] ?? "pointwise";
  kernel.rate = kernels.rates[i] ?? "fp32";
  kernel.macs = kernels.macs[i] ?? 0;
  kernel.flops = kernels.flops[i] ?? 0;
  kernel.bytes = kernels.bytes[i] ?? 0;
  kernel.fixedBytes = kernels.fixedBytes[i] ?? 0;
  kernel.rows = kernels.rows[i] ?? 0;
  kernel.columns = kernels.columns[i] ?? 0;
  kernel.inner = kernels.inner[i] ?? 0;
  kernel.batch = kernels.batch[i] ?? 0;
  kernel.window = kernels.window[i] ?? 1;
  kernel.channelsFirst = kernels.channelsFirst[i] === 1;
  kernel.serial = kernels.serial[i] ?? 0;
  kernel.op = kernels.ops[i] ?? 0;
}

function joined(a: number, b: number, knee: 2 | 4): number {
  const [a2, b2] = [a * a, b * b];
  return knee === 2 ? Math.sqrt(a2 + b2) : Math.sqrt(Math.sqrt(a2 * a2 + b2 * b2));
}

function efficiency(kernel: Kernel, c: TimeCoefficients): number {
  const { columns, inner, rate } = kernel;
  const base = c.compute[kernel.class] ?? c.defaultCompute;
  if (isDepthwise(kernel)) return base;
  if (kernel.class === "attention")
    return base * (kernel.macs / (kernel.macs + c.halfIntensity * kernel.bytes));
  const isHalf = rate === "fp16" || rate === "bf16";
  const aligned = columns % 8 === 0 && (inner / kernel.window) % 8 === 0;
  return (
    base *
    (columns / (columns + c.halfColumns)) *
    (inner / (inner + c.halfInner)) *
    (isHalf && !aligned ? c.misaligned : 1) *
    (kernel.class === "matmul" && (inner * (isHalf ? 2 : 4)) % setStride === 0 ? c.strided : 1)
  );
}

/** Bytes after which the sets of a processor's first cache begin anew: 64 sets of 64 bytes. */
const setStride = 4096;

const isDepthwise = (kernel: Kernel): boolean =>
  kernel.class === "depthwise-convolution" || kernel.class === "wide-depthwise-convolution" || isLast(kernel);

const isLast = ({ class: kind }: Kernel): boolean =>
  kind === "depthwise-channels-last" || kind === "wide-depthwise-channels-last";

const isReordered = ({ class: kind }: Kernel): boolean =>
  kind === "convolution" || kind === "grouped-convolution";

/** Matrix units compute in half precision, or in the TF32 that torch allows convolutions. */
const isRelaid = (kernel: Kernel, { peak }: Device): boolean =>
  kernel.channelsFirst && kernel.macs > 0 && peak[kernel.rate] > peak.fp32 && !isDepthwise(kernel);

function bandwidthShare(kernel: Kernel, bytes: number, device: Device, c: TimeCoefficients): number {
  const share = c.memory[kernel.class] ?? c.defaultMemory;
  if (device.cache === 0) return share;
  const over = bytes / (c.cacheShare * device.cache);
  return share * (1 + (c.cacheGain - 1) / (1 + over * over));
}
