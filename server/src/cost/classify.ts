import type { OpRecord } from "../graph/ir.ts";
import type { KernelClass } from "./kernel.ts";

const byName: ReadonlyMap<string, KernelClass> = new Map<string, KernelClass>([
  ...of("matmul", "mm addmm bmm baddbmm mv dot bilinear einsum cdist"),
  ...of("attention", "scaled_dot_product_attention"),
  ...of("recurrent", "lstm gru rnn_tanh rnn_relu"),
  ...of("batch-norm", "batch_norm"),
  ...of("layer-norm", "layer_norm rms_norm"),
  ...of("group-norm", "group_norm instance_norm local_response_norm"),
  ...of("softmax", "softmax log_softmax softmin gumbel_softmax cross_entropy nll_loss"),
  ...of(
    "reduction",
    "sum mean var std var_mean std_mean amax amin max min argmax argmin prod norm linalg_vector_norm all any logsumexp cumsum cumprod sort topk kthvalue median quantile bincount histc nansum nanmean count_nonzero masked_reduction",
  ),
  ...of(
    "pool",
    "max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d lp_pool1d lp_pool2d fractional_max_pool2d upsample_nearest upsample_bilinear interpolate grid_sample",
  ),
  ...of(
    "copy",
    "clone contiguous copy_ repeat roll flip pad constant_pad_nd reflection_pad2d replication_pad2d repeat_interleave tile unfold im2col fold col2im pixel_shuffle pixel_unshuffle channel_shuffle zeros ones full empty rot90",
  ),
  ...of("concatenation", "cat stack"),
  ...of("cast", "_to_copy"),
  ...of(
    "gather",
    "embedding embedding_bag index index_select gather scatter scatter_ scatter_add scatter_add_ index_put index_put_ index_add index_add_ take take_along_dim masked_select masked_scatter",
  ),
]);

function of(kind: KernelClass, names: string): readonly (readonly [string, KernelClass])[] {
  return names.split(" ").map((name) => [name, kind]);
}

/** The class of all ops of a name; `undefined` where it depends on more. Of a convolution with weights it is the class of most. */
export const classNamed = (name: string): KernelClass | undefined =>
  name.startsWith("conv") ? "convolution" : byName.get(name);

/** The class of an op whose channels come first; element-wise for what is in no table and has no products. */
export function classOf(op: OpRecord, named: KernelClass | undefined): KernelClass {
  if (named === "convolution" && op.factors.length === 2) return convolutionClass(op);
  if (named !== undefined && named !== "convolution") return named;
  if (op.factors.length > 0) return "matmul";
  return op.inPlace ? "in-place" : "pointwise";
}

/** The class of the same op with its channels last. */
export const channelsLastClass = (kind: KernelClass): KernelClass =>
  kind === "depthwise-convolution"
    ? "depthwise-channels-last"
    : kind === "wide-depthwise-convolution"
      ? "wide-depthwise-channels-last"
      : kind;

/** Elements of the largest window that depthwise kernels are written for. */
const largestWindow = 25;

function convolutionClass(op: OpRecord): KernelClass {
  const { groups, kernel } = op.attributes;
  if (typeof groups !== "number" || groups === 1) return "convolution";
  const shape = op.inputs[0]?.meta.shape;
  const channels = Array.isArray(shape) ? shape[1] : undefined;
  if (channels !== groups) return "grouped-convolution";
  const window = Array.isArray(kernel) ? kernel.reduce((n, k) => n * (typeof k === "number" ? k : 1), 1) : 1;
  return window > largestWindow ? "wide-depthwise-convolution" : "depthwise-convolution";
}
