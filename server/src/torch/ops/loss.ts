/**
 * Loss functions, fused as torch fuses them: FLOPs per input element 2 to 4 as noted, plus the mean. `reduction` gives
 * a scalar unless it is "none".
 */
import { mul, product } from "../../graph/dim.ts";
import { bytesPerElement, type DType, toReal } from "../../graph/dtype.ts";
import { compare } from "../../graph/guard.ts";
import { dataOf, type Shape, type Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { emitOne, shapeOf } from "../_emit.ts";
import { type AutocastRule, defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { floatDtype, promotedDtype } from "../_pointwise.ts";
import { broadcast, equal, printHint, printShape } from "../_shape.ts";
import { int, type Value } from "../_value.ts";

const tail = "size_average=None, reduce=None, reduction='mean'";

interface Row {
  readonly name: string;
  readonly params: string;
  readonly flops: number;
  readonly autocast?: AutocastRule;
  /** Shape without reduction; the broadcast of the tensors unless said otherwise. */
  readonly shape?: (args: Args, ctx: OpContext) => Shape;
  /** From the promoted dtype of the first two tensors, where it is another. */
  readonly dtype?: (dtype: DType, ctx: OpContext) => DType;
  /** The target holds the index of a class for each row of the input. */
  readonly hasClasses?: boolean;
}

const rows: readonly Row[] = [
  { name: "mse_loss", params: `(input, target, ${tail}, weight=None)`, flops: 2, autocast: "float32" },
  {
    name: "l1_loss",
    params: `(input, target, ${tail}, weight=None)`,
    flops: 2,
    autocast: "float32",
    dtype: toReal,
  },
  { name: "smooth_l1_loss", params: `(input, target, ${tail}, beta=1.0)`, flops: 4, autocast: "float32" },
  {
    name: "huber_loss",
    params: "(input, target, reduction='mean', delta=1.0, weight=None)",
    flops: 4,
    autocast: "float32",
  },
  { name: "kl_div", params: `(input, target, ${tail}, log_target=False)`, flops: 4, autocast: "float32" },
  { name: "binary_cross_entropy", params: `(input, target, weight=None, ${tail})`, flops: 4 },
  {
    name: "binary_cross_entropy_with_logits",
    params: `(input, target, weight=None, ${tail}, pos_weight=None)`,
    flops: 4,
    autocast: "float32",
  },
  {
    name: "poisson_nll_loss",
    params: `(input, target, log_input=True, full=False, size_average=None, eps=1e-08, reduce=None, reduction='mean')`,
    flops: 3,
    autocast: "float32",
    dtype: floatDtype,
  },
  {
    name: "gaussian_nll_loss",
    params: "(input, target, var, full=False, eps=1e-06, reduction='mean')",
    flops: 4,
  },
  { name: "soft_margin_loss", params: `(input, target, ${tail})`, flops: 4, autocast: "float32" },
  {
    name: "hinge_embedding_loss",
    params: `(input, target, margin=1.0, ${tail})`,
    flops: 3,
    autocast: "float32",
  },
  {
    name: "multilabel_soft_margin_loss",
    params: `(input, target, weight=None, ${tail})`,
    flops: 6,
    shape: (args) => shapeOf(args.tensor("input")).slice(0, -1),
  },
  {
    name: "margin_ranking_loss",
    dtype: floatDtype,
    params: `(input1, input2, target, margin=0, ${tail})`,
    flops: 4,
    autocast: "float32",
  },
  {
    name: "multi_margin_loss",
    params: `(input, target, p=1, margin=1.0, weight=None, ${tail})`,
    flops: 3,
    autocast: "float32",
    shape: (args) => shapeOf(args.tensor("target")),
    hasClasses: true,
  },
  {
    name: "multilabel_margin_loss",
    params: `(input, target, ${tail})`,
    flops: 3,
    autocast: "float32",
    shape: (args) => shapeOf(args.tensor("input")).slice(0, -1),
  },
  {
    name: "cosine_embedding_loss",
    dtype: floatDtype,
    params: `(input1, input2, target, margin=0, ${tail})`,
    flops: 6,
    autocast: "float32",
    shape: (args) => shapeOf(args.tensor("target")),
  },
  {
    name: "triplet_margin_loss",
    dtype: floatDtype,
    params: `(anchor, positive, negative, margin=1.0, p=2, eps=1e-06, swap=False, ${tail})`,
    flops: 8,
    autocast: "float32",
    shape: (args) => shapeOf(args.tensor("anchor")).slice(0, -1),
  },
  {
    name: "triplet_margin_with_distance_loss",
    params:
      "(anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False, reduction='mean')",
    flops: 8,
    shape: (args) => shapeOf(args.tensor("anchor")).slice(0, -1),
  },
];

function lossOp(row: Row): Op {
  return defineOp({
    names: [`torch.nn.functional.${row.name}`, ...(row.name === "kl_div" ? ["torch.kl_div"] : [])],
    params: row.params,
    ...(row.autocast === undefined ? {} : { autocast: row.autocast }),
    run: (args, ctx) => {
      const tensors = args.allTensors();
      const whole = broadcast(tensors.slice(0, row.hasClasses === true ? 1 : 2).map(shapeOf), ctx);
      if (row.name.startsWith("binary")) checkTarget(args, ctx);
      const reduction = args.string("reduction", "mean");
      if (!["none", "mean", "sum", "batchmean"].includes(reduction))
        throw new TorchError(`${reduction} is not a valid value for reduction`, "ValueError");
      const shape = reduction === "none" ? (row.shape?.(args, ctx) ?? whole) : [];
      return emitOne(
        ctx,
        row.name,
        tensors,
        {
          shape,
          dtype: row.dtype?.(promotedDtype(tensors.slice(0, 2)), ctx) ?? promotedDtype(tensors.slice(0, 2)),
        },
        { flops: mul(row.flops, product(whole)), saved: tensors },
      );
    },
  });
}

function checkTarget(args: Args, ctx: OpContext): void {
  const [x, y] = [shapeOf(args.tensor("input")), shapeOf(args.tensor("target"))];
  if (x.length === y.length && x.every((d, i) => equal(d, y[i] ?? 1, ctx))) return;
  throw new TorchError(
    `Target size (torch.Size(${printShape(y)})) must be the same as input size (torch.Size(${printShape(x)}))`,
    "ValueError",
  );
}

/** Class indices have no class dimension, probabilities have the input's shape. */
function checkClasses(input: Tensor, target: Tensor, ctx: OpContext): boolean {
  const [x, y] = [shapeOf(input), shapeOf(target)];
  const same = x.length === y.length && x.every((d, i) => equal(d, y[i] ?? 1, ctx));
  if (same && target.dtype !== "int64") return true;
  const wanted = x.length === 1 ? [] : [x[0] ?? 1, ...x.slice(2)];
  if (x.length > 1 && y.length > 0 && !equal(x[0] ?? 1, y[0] ?? 1, ctx))
    throw new TorchError(
      `Expected input batch_size (${printHint(x[0] ?? 1)}) to match target batch_size (${printHint(y[0] ?? 1)}).`,
      "ValueError",
    );
  if (y.length !== wanted.length || y.some((d, i) => !equal(d, wanted[i] ?? 1, ctx)))
    throw new TorchError(
      x.length === 2
        ? `0D or 1D target tensor expected, multi-target not supported`
        : `Expected target size ${printShape(wanted)}, got ${printShape(y)}`,
    );
  return false;
}

/** @throws TorchError for a known target that is none of the classes, nor the one that is left out */
function checkTargets(args: Args, ctx: OpContext, input: Tensor, target: Tensor): void {
  const [first = 1, second] = shapeOf(input);
  const leftOut = args.raw("ignore_index");
  if (leftOut !== undefined && leftOut.kind !== "int") return;
  const outside = dataOf(target.meta)?.find(
    (i) => i !== (leftOut?.value ?? -100) && (i < 0 || compare(i, ">=", second ?? first, ctx.graph) === true),
  );
  if (outside !== undefined) throw new TorchError(`Target ${outside} is out of bounds.`, "IndexError");
}

function negativeLikelihood(args: Args, ctx: OpContext, input: Tensor): Tensor {
  const target = args.tensor("target");
  checkClasses(input, target, ctx);
  checkTargets(args, ctx, input, target);
  const shape = args.string("reduction", "mean") === "none" ? shapeOf(target) : [];
  const weight = args.optionalTensor("weight");
  const inputs = weight === undefined ? [input, target] : [input, target, weight];
  return emitOne(
    ctx,
    shapeOf(input).length > 2 ? "nll_loss2d" : "nll_loss",
    inputs,
    { shape, dtype: input.dtype },
    { flops: product(shapeOf(target)), saved: [target], savedExtra: bytesPerElement(input.dtype) },
  );
}

const classParams = `(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction='mean', label_smoothing=0.0)`;

export const ops: readonly Op[] = [
  ...rows.map(lossOp),
  defineOp({
    names: ["torch.nn.functional.cross_entropy"],
    params: classParams,
    autocast: "float32",
    run: (args, ctx): Value => {
      const [input, target] = [args.tensor("input"), args.tensor("target")];
      const dim = int(shapeOf(input).length === 1 ? 0 : 1);
      const isProbability = checkClasses(input, target, ctx);
      const log = ctx.call("torch.log_softmax", [input, dim]);
      if (log.kind !== "tensor") return log;
      if (!isProbability) return negativeLikelihood(args, ctx, log);
      const weighted = ctx.call("torch.neg", [
        ctx.call("torch.sum", [ctx.call("torch.mul", [log, target]), dim]),
      ]);
      const reduction = args.string("reduction", "mean");
      return reduction === "none" ? weighted : ctx.call(`torch.${reduction}`, [weighted]);
    },
  }),
  defineOp({
    names: ["torch.nn.functional.nll_loss"],
    params: classParams,
    autocast: "float32",
    run: (args, ctx) => negativeLikelihood(args, ctx, args.tensor("input")),
  }),
  defineOp({
    names: ["torch.nn.functional.ctc_loss", "torch.ctc_loss"],
    params:
      "(log_probs, targets, input_lengths, target_lengths, blank=0, reduction='mean', zero_infinity=False)",
    autocast: "float32",
    run: (args, ctx) => {
      const [log, targets] = [args.tensor("log_probs"), args.tensor("targets")];
      const batch = shapeOf(log).length === 3 ? [shapeOf(log)[1] ?? 1] : [];
      const reduction = args.raw("reduction");
      const isNone =
        (reduction?.kind === "string" && reduction.value === "none") ||
        (reduction?.kind === "int" && reduction.value === 0);
      return emitOne(
        ctx,
        "_ctc_loss",
        [log, targets],
        { shape: isNone ? batch : [], dtype: log.dtype },
        { flops: mul(3, product(shapeOf(log))), saved: [log, targets] },
      );
    },
  }),
];
