import type { Rate } from "../hardware/accelerator.ts";

/**
 * What the efficiency of a kernel depends on most. Depthwise convolutions with more than 5 x 5 weights are wide: torch
 * has no special kernel for them. `recurrent` is the layers of a whole `nn.LSTM`, whose time steps wait for each other. `fused` is a loop nest that a compiler made of several pointwise ops and reductions of
 * rows, `fused-sums` one that sums over more than rows.
 */
export const kernelClasses = [
  "matmul",
  "convolution",
  "grouped-convolution",
  "depthwise-convolution",
  "depthwise-channels-last",
  "wide-depthwise-convolution",
  "wide-depthwise-channels-last",
  "attention",
  "recurrent",
  "batch-norm",
  "layer-norm",
  "group-norm",
  "softmax",
  "pointwise",
  "in-place",
  "reduction",
  "pool",
  "copy",
  "concatenation",
  "cast",
  "gather",
  "fused",
  "fused-sums",
] as const;

export type KernelClass = (typeof kernelClasses)[number];

const codes: ReadonlyMap<KernelClass, number> = new Map(kernelClasses.map((kind, code) => [kind, code]));

/** Where many kernels are handled, a number stands for their class: its place in the list. */
export const classCode = (kind: KernelClass): number => codes.get(kind) ?? 0;

/** By code, whether a class is one of those. */
export const classFlags = (...kinds: readonly KernelClass[]): Uint8Array =>
  Uint8Array.from(kernelClasses, (kind) => (kinds.includes(kind) ? 1 : 0));

/** One launch on the device: all that the time and energy model knows of it. */
export interface Kernel {
  readonly class: KernelClass;
  /** Arithmetic type of its products, of its elements where it has none. */
  readonly rate: Rate;
  /** Multiply-accumulates of matrix products and convolutions. */
  readonly macs: number;
  /** Floating-point operations of everything else. */
  readonly flops: number;
  /** Read from and written to device memory. */
  readonly bytes: number;
  /** Of these, what is the same for any batch: weights and what is computed from weights alone. */
  readonly fixedBytes: number;
  /** The product as `batch` times (rows x inner) * (inner x columns); a convolution as its implicit product. 0: none. */
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  readonly batch: number;
  /** Elements of a convolution's window, 9 for 3 x 3 alone; 1 for other kernels. */
  readonly window: number;
  /** A convolution whose tensors have their channels outermost. */
  readonly channelsFirst: boolean;
  /**
   * What the kernel works through one after another, however small: planes in bilinear resizing, time steps of all layers in
   * recurrent networks.
   */
  readonly serial: number;
  /** Index into the graph's ops, of the one that this launch is charged to. */
  readonly op: number;
}
