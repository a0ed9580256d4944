import type { KernelClass } from "./kernel.ts";

/**
 * The few numbers of the time model for one way of execution, fitted by `npm run calibrate`. All are factors between 0
 * and about 2 unless they say their unit.
 */
export interface TimeCoefficients {
  /** Reached share of the sustained peak in large, aligned products, by class; other classes count as products. */
  readonly compute: Readonly<Partial<Record<KernelClass, number>>>;
  /** Reached share of the bandwidth, by class. */
  readonly memory: Readonly<Partial<Record<KernelClass, number>>>;
  /** For classes not listed. */
  readonly defaultCompute: number;
  readonly defaultMemory: number;
  /** Columns (output channels) at which a product reaches half of its efficiency. */
  readonly halfColumns: number;
  /** Inner length at which a product reaches half of its efficiency. */
  readonly halfInner: number;
  /** Multiply-accumulates per byte at which attention reaches half of its efficiency: more with longer sequences. */
  readonly halfIntensity: number;
  /** Half-precision products whose columns or inner length are no multiple of 8. */
  readonly misaligned: number;
  /**
   * Products of matrices whose rows begin a multiple of 4 KiB apart: as many bytes as one way of a processor's first cache (64 sets of
   * 64 bytes) holds, so that all rows of both operands fall into the same sets.
   */
  readonly strided: number;
  /**
   * Time of a read and a write of what a convolution with its channels outermost reads and writes, before and after it: the kernels of
   * matrix units want the channels innermost. Below 1: the copies are in part made by the convolution, or stay in the cache.
   */
  readonly relayout: number;
  /** Bandwidth gained by what stays in the last-level cache, at most. */
  readonly cacheGain: number;
  /** Share of the last-level cache at which half of that is gained. */
  readonly cacheShare: number;
  /**
   * Times that the weights of a convolution move beside being read: libraries of processors bring them into their own
   * layout at every call.
   */
  readonly reorder: number;
  /** Seconds per plane of a kernel that goes through planes one after another. */
  readonly serial: number;
  /** Exponent of the norm that joins arithmetic and traffic: the higher, the more of the lesser one is hidden. Not fitted. */
  readonly knee: 2 | 4;
  /** Seconds of every call of a library beside those of a launch. */
  readonly call: number;
  /** Seconds of every launch that nothing hides. */
  readonly launch: number;
  /** Seconds that Python and the host need to issue a launch; the device waits when this is longer than its work. */
  readonly issue: number;
}
