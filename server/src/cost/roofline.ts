import { type Rate, rateNames } from "../hardware/accelerator.ts";
import type { TimeCoefficients } from "./coefficients.ts";
import type { Device } from "./device.ts";
import { type Kernel, type KernelClass, kernelClasses } from "./kernel.ts";
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
 *             dense convolutions with 3 x 3 windows on vector units: macs / 2.25
 *   tm      = bytes / (bandwidth m gain)
 *             bytes of a convolution with weights once more times reorder
 *   tr      = relayout * 2 * bytes without weights / bandwidth, for convolutions on matrix units, NCHW
 *   eff     = e_class * n/(n+n0) * k/(k+k0) * misaligned^[n, k not multiples of 8]
 *             products of matrices with rows a multiple of 4 KiB apart times strided
 *             attention: e_class * i/(i+i0), i = macs / bytes; on GPUs times the share of its tiles that heads fill
 *   gain    = 1 + (cacheGain - 1) / (1 + (bytes / (cacheShare cache))^2)
 */
export const kernelTime = (kernel: Kernel, device: Device, c: TimeCoefficients): KernelTime => {
  const times = emptyColumns(1);
  setTime(times, 0, kernel, kindOn(kernel.class, c), rateOn(kernel.rate, device), device, c);
  return {
    seconds: times.seconds[0] ?? 0,
    idealCompute: times.idealCompute[0] ?? 0,
    idealMemory: times.idealMemory[0] ?? 0,
  };
};

/** What the equation takes from the class of a kernel. */
interface KindOn {
  readonly compute: number;
  readonly memory: number;
  readonly isDepthwise: boolean;
  readonly isReordered: boolean;
  readonly isDense: boolean;
  readonly isAttention: boolean;
  readonly isMatmul: boolean;
  /** Seconds of one of the parts that it works through one after another. */
  readonly part: number;
}

const kindOn = (kind: KernelClass, c: TimeCoefficients): KindOn => ({
  compute: c.compute[kind] ?? c.defaultCompute,
  memory: c.memory[kind] ?? c.defaultMemory,
  isDepthwise: depthwise.has(kind),
  isReordered: kind === "convolution" || kind === "grouped-convolution",
  isDense: kind === "convolution",
  isAttention: kind === "attention",
  isMatmul: kind === "matmul",
  part: kind === "recurrent" ? timeStep : c.serial,
});

/** A time step of a recurrent layer: a product and its gates, each as short as the shortest kernels that were measured (4 us). */
const timeStep = 8e-6;

const depthwise: ReadonlySet<KernelClass> = new Set<KernelClass>([
  "depthwise-convolution",
  "wide-depthwise-convolution",
  "depthwise-channels-last",
  "wide-depthwise-channels-last",
]);

/** What it takes from its arithmetic type. */
interface RateOn {
  readonly peak: number;
  readonly feed: number;
  readonly isHalf: boolean;
  /** Matrix units compute in half precision, or in the TF32 that torch allows convolutions. */
  readonly isOfMatrixUnits: boolean;
  /** Vector units of a GPU compute in single precision. */
  readonly isOfVectors: boolean;
  /** Tiles of attention have widths of their own. */
  readonly isTiled: boolean;
}

function rateOn(rate: Rate, device: Device): RateOn {
  const peak = device.peak[rate];
  const isOfMatrixUnits = peak > device.peak.fp32;
  const isHalf = rate === "fp16" || rate === "bf16";
  return {
    peak,
    feed: isOfMatrixUnits ? device.feed : 1,
    isHalf,
    isOfMatrixUnits,
    isOfVectors: device.kind === "gpu" && !isOfMatrixUnits && !isHalf,
    isTiled: device.kind !== "cpu",
  };
}

type Numbers = Pick<
  Kernel,
  "macs" | "flops" | "bytes" | "fixedBytes" | "columns" | "inner" | "window" | "channelsFirst" | "serial"
>;

function setTime(
  times: TimeColumns,
  i: number,
  kernel: Numbers,
  kind: KindOn,
  rate: RateOn,
  device: Device,
  c: TimeCoefficients,
): void {
  const { macs, flops, fixedBytes } = kernel;
  const { peak } = rate;
  const executed = macs / savedBy(kernel, kind, rate);
  const products =
    macs === 0
      ? 0
      : (2 * executed) / (peak * Math.min(device.ceiling, rate.feed * efficiency(kernel, kind, rate, c)));
  const elements = flops === 0 ? 0 : flops / device.peak.fp32;
  const compute = products + elements;
  const bytes = kind.isReordered ? kernel.bytes + c.reorder * fixedBytes : kernel.bytes;
  const memory = bytes / (device.bandwidth * bandwidthShare(kind, bytes, device, c));
  const isRelaid = kernel.channelsFirst && macs > 0 && rate.isOfMatrixUnits && !kind.isDepthwise;
  const relaid = isRelaid ? (2 * c.relayout * (kernel.bytes - fixedBytes)) / device.bandwidth : 0;
  times.seconds[i] =
    joined(compute, memory, c.knee) + relaid + kernel.serial * kind.part + c.launch + (macs > 0 ? c.call : 0);
  times.idealCompute[i] = peak === 0 ? 0 : (2 * executed) / peak;
  times.idealMemory[i] = kernel.bytes / device.bandwidth;
}

export interface GraphTime {
  /** By number of the op, of all its kernels, before the host's share: what `KernelTime` has. */
  readonly byOp: TimeColumns & {
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
  const each = timesOf(kernels, device, c);
  const { run } = kernels;
  const ops = run?.ops ?? kernels.ops;
  const length = run?.kernels.length ?? kernels.length;
  const byOp = emptyTimes(ops, length);
  const { seconds: secondsOf, idealCompute, idealMemory, isLaunched } = byOp;
  const order = run?.kernels;
  let busy = 0;
  let compute = 0;
  let memory = 0;
  for (let i = 0; i < length; i++) {
    const at = order === undefined ? i : (order[i] ?? 0);
    const taken = each.seconds[at] ?? 0;
    const ideal = each.idealCompute[at] ?? 0;
    const traffic = each.idealMemory[at] ?? 0;
    const op = ops[i] ?? 0;
    isLaunched[op] = 1;
    secondsOf[op] = (secondsOf[op] ?? 0) + taken;
    idealCompute[op] = (idealCompute[op] ?? 0) + ideal;
    idealMemory[op] = (idealMemory[op] ?? 0) + traffic;
    busy += taken;
    compute += ideal;
    memory += traffic;
  }
  const host = c.issue * length;
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

/** What `KernelTime` has of each kernel. */
interface TimeColumns {
  readonly seconds: Float64Array;
  readonly idealCompute: Float64Array;
  readonly idealMemory: Float64Array;
}

const emptyColumns = (length: number): TimeColumns => ({
  seconds: new Float64Array(length),
  idealCompute: new Float64Array(length),
  idealMemory: new Float64Array(length),
});

function timesOf(kernels: Kernels, device: Device, c: TimeCoefficients): TimeColumns {
  const times = emptyColumns(kernels.length);
  const kinds = kernelClasses.map((kind) => kindOn(kind, c));
  const rates = rateNames.map((rate) => rateOn(rate, device));
  const kernel = emptyKernel();
  for (let i = 0; i < kernels.length; i++) {
    const kind = kinds[kernels.classes[i] ?? 0];
    const rate = rates[kernels.rates[i] ?? 0];
    if (kind === undefined || rate === undefined) continue;
    show(kernel, kernels, i);
    setTime(times, i, kernel, kind, rate, device, c);
  }
  return times;
}

function emptyTimes(ops: Int32Array, length: number): GraphTime["byOp"] {
  let size = 0;
  for (let i = 0; i < length; i++) size = Math.max(size, (ops[i] ?? 0) + 1);
  return { ...emptyColumns(size), isLaunched: new Uint8Array(size) };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const emptyKernel = (): Mutable<Numbers> => ({
  macs: 0,
  flops: 0,
  bytes: 0,
  fixedBytes: 0,
  columns: 0,
  inner: 0,
  window: 1,
  channelsFirst: false,
  serial: 0,
});

/** One object shows all kernels in turn: none is made for each. */
function show(kernel: Mutable<Numbers>, kernels: Kernels, i: number): void {
  kernel.macs = kernels.macs[i] ?? 0;
  kernel.flops = kernels.flops[i] ?? 0;
  kernel.bytes = kernels.bytes[i] ?? 0;
  kernel.fixedBytes = kernels.fixedBytes[i] ?? 0;
  kernel.columns = kernels.columns[i] ?? 0;
  kernel.inner = kernels.inner[i] ?? 0;
  kernel.window = kernels.window[i] ?? 1;
  kernel.channelsFirst = kernels.channelsFirst[i] === 1;
  kernel.serial = kernels.serial[i] ?? 0;
}

function joined(a: number, b: number, knee: 2 | 4): number {
  const [a2, b2] = [a * a, b * b];
  return knee === 2 ? Math.sqrt(a2 + b2) : Math.sqrt(Math.sqrt(a2 * a2 + b2 * b2));
}

function efficiency(kernel: Numbers, kind: KindOn, { isHalf, isTiled }: RateOn, c: TimeCoefficients): number {
  const { macs, flops, bytes, columns, inner } = kernel;
  const base = kind.compute;
  if (kind.isDepthwise) return base;
  if (kind.isAttention)
    return base * (macs / (macs + c.halfIntensity * bytes)) * (isTiled ? filledShare(macs, flops) : 1);
  const aligned = isMultiple(columns, 8) && isMultiple(inner / kernel.window, 8);
  return (
    base *
    (columns / (columns + c.halfColumns)) *
    (inner / (inner + c.halfInner)) *
    (isHalf && !aligned ? c.misaligned : 1) *
    (kind.isMatmul && isMultiple(inner * (isHalf ? 2 : 4), setStride) ? c.strided : 1)
  );
}

/**
 * Multiplications of a 3 x 3 window by those of Winograd's algorithm F(2 x 2, 3 x 3), which cuDNN takes on vector units: 4 x 4 of them make
 * four outputs. Strides are not told apart, though only that of one has it. Source: Lavin and Gray, arXiv:1509.09308.
 */
const winograd = 36 / 16;

/** Channels below which it is not worth its transforms, the three of an image above all. */
const fewChannels = 4;

function savedBy({ window, columns, inner }: Numbers, kind: KindOn, rate: RateOn): number {
  if (!kind.isDense || !rate.isOfVectors || window !== 9) return 1;
  return Math.min(columns, inner) >= window * fewChannels ? winograd : 1;
}

/**
 * Fused attention computes with heads of a multiple of 32 elements, up to 256, and fills narrower ones up with zeros. Two
 * multiply-accumulates per score and element, six FLOP per score tell how wide a head is. Source: FlashAttention-2, `HEADDIM_SWITCH`
 * in `static_switch.h`.
 */
function filledShare(macs: number, flops: number): number {
  const size = Math.round((3 * macs) / flops);
  return size > 0 && size <= 256 ? size / (32 * Math.ceil(size / 32)) : 1;
}

/** Bytes after which the sets of a processor's first cache begin anew: 64 sets of 64 bytes. */
const setStride = 4096;

/** @param of a power of two: a remainder takes longer than what it is asked for, a division by one is exact */
const isMultiple = (n: number, of: number): boolean => Math.floor(n / of) === n / of;

function bandwidthShare({ memory }: KindOn, bytes: number, device: Device, c: TimeCoefficients): number {
  if (device.cache === 0) return memory;
  const over = bytes / (c.cacheShare * device.cache);
  return memory * (1 + (c.cacheGain - 1) / (1 + over * over));
}
