import { unknown } from "../base/known.ts";
import { type Dim, exactDiv, mul, product, sameDim, sub, sum } from "../graph/dim.ts";
import { isFloatingOrComplex } from "../graph/dtype.ts";
import type { OpRecord } from "../graph/ir.ts";
import { contiguousStrides, type Shape, Tensor, type TensorMeta } from "../graph/tensor.ts";
import { create } from "./_create.ts";
import { emitOne, emitView, shapeOf } from "./_emit.ts";
import { bmm, mm, mv } from "./_matmul.ts";
import { NotKnown, type OpContext } from "./_op.ts";
import { transpose } from "./_view.ts";

/*
 * The backward of single ops as ops. Products become products, as in torch's `derivatives.yaml` and `FunctionsManual.cpp`: one for
 * each factor that needs a gradient. Everything else becomes one op `<name>_backward` for each input, which reads the gradients and
 * what the formula uses of what autograd kept: through that, gradients of gradients flow.
 */

type Gradients = readonly (Tensor | undefined)[];
type Needs = (input: number) => boolean;
type Rule = (ctx: OpContext, op: OpRecord, gradient: Tensor, needs: Needs) => Gradients;

/**
 * @param given the gradient of each output; some are there
 * @param needs whether the gradient of an input is asked for
 * @throws NotKnown where the backward is not modelled
 */
export function derive(ctx: OpContext, op: OpRecord, given: Gradients, needs: Needs): Gradients {
  const rule = rules[op.name];
  const [gradient] = given;
  if (rule !== undefined && gradient !== undefined && op.outputs.length === 1)
    return rule(ctx, op, gradient, needs);
  if (recurrent.has(op.name)) return ofRecurrent(ctx, op, present(given), needs);
  if (op.work.macs !== 0 || isHard(op.name))
    throw new NotKnown(unknown(`the backward of \`${op.name}\` is not modelled`));
  return op.inputs.map((_, i) => (needs(i) ? plain(ctx, op, present(given), i) : undefined));
}

const present = (given: Gradients): readonly Tensor[] => given.flatMap((each) => each ?? []);

/** Backward passes that hold products although the op does not count any. */
const isHard = (name: string): boolean =>
  /^(linalg_(?!vector_norm|cross)|cdist|pdist|bilinear|cholesky|lu|svd|symeig|eigh?$|qr$|orgqr|ormqr|slogdet|logdet|det$|triangular_solve|householder|matrix_exp)/.test(
    name,
  );

/** The tensor that an op saw. */
const seen = (op: OpRecord, input: number): Tensor => {
  const ref = op.inputs[input];
  if (ref === undefined) throw new NotKnown(unknown(`an input of \`${op.name}\` is missing`));
  return new Tensor(ref.id, ref.meta);
};

const product2 =
  (a: number, b: number, times: (ctx: OpContext, x: Tensor, y: Tensor) => Tensor): Rule =>
  (ctx, op, gradient, needs) => {
    const made: (Tensor | undefined)[] = op.inputs.map((_, i) =>
      i !== a && i !== b && needs(i) ? elementwise(ctx, op, [gradient], [], i) : undefined,
    );
    if (needs(a)) made[a] = times(ctx, gradient, transpose(ctx, seen(op, b), -1, -2));
    if (needs(b)) made[b] = times(ctx, transpose(ctx, seen(op, a), -1, -2), gradient);
    return made;
  };

/** Of a product of a matrix and a vector: the outer product is element by element. */
const matrixVector: Rule = (ctx, op, gradient, needs) => [
  needs(0) ? elementwise(ctx, op, [gradient], [seen(op, 1)], 0) : undefined,
  needs(1) ? mv(ctx, transpose(ctx, seen(op, 0), 0, 1), gradient) : undefined,
];

const innerProduct: Rule = (ctx, op, gradient, needs) =>
  [0, 1].map((i) => (needs(i) ? elementwise(ctx, op, [gradient], [seen(op, 1 - i)], i) : undefined));

/** One convolution as large as the forward one for the input and one for the weight; the bias is a sum. */
const convolution: Rule = (ctx, op, gradient, needs) =>
  op.inputs.map((_, i) => {
    if (!needs(i)) return undefined;
    if (i > 1) return elementwise(ctx, op, [gradient], [], i);
    const other = seen(op, 1 - i);
    return emitOne(ctx, `${op.name}_backward`, [gradient, other], resultLike(op, i), {
      macs: op.work.macs,
      factors: [0, 1],
      saved: [gradient, other],
    });
  });

const rules: Readonly<Record<string, Rule | undefined>> = {
  mm: product2(0, 1, mm),
  addmm: product2(1, 2, mm),
  bmm: product2(0, 1, bmm),
  baddbmm: product2(1, 2, bmm),
  mv: matrixVector,
  dot: innerProduct,
  ...Object.fromEntries(
    [1, 2, 3].flatMap((n) => [`conv${n}d`, `conv_transpose${n}d`].map((name) => [name, convolution])),
  ),
};

const recurrent = new Set(["lstm", "gru", "rnn_tanh", "rnn_relu"]);

/**
 * Steps of a recurrence, each a product with `w_ih` and one with `w_hh`: as many again for weights that are asked for. Towards the input,
 * `w_ih` for all steps of a layer whose input needs a gradient, and `w_hh` for all steps but the first, unless the first state
 * needs one as well.
 */
function ofRecurrent(ctx: OpContext, op: OpRecord, given: readonly Tensor[], needs: Needs): Gradients {
  const { layers, directions, steps } = op.attributes;
  const states = op.name === "lstm" ? 2 : 1;
  const weights = op.inputs.slice(1 + states);
  if (typeof layers !== "number" || typeof directions !== "number" || !isSize(steps) || op.inPlace)
    throw new NotKnown(unknown(`the backward of \`${op.name}\` is not modelled`));
  const perLayer = weights.length / (layers * directions);
  const rows = product(shapeOf(seen(op, 0)).slice(0, -1));
  const batch = exactDiv(rows, steps);
  if (batch === undefined || !Number.isInteger(perLayer) || perLayer % 2 !== 0)
    throw new NotKnown(unknown(`the backward of \`${op.name}\` is not modelled`));
  const fromState = [1, states].some(needs);
  const chained = fromState ? rows : sub(rows, batch);
  const macs: Dim[] = [];
  let isBelow = needs(0);
  for (let layer = 0; layer < layers; layer++) {
    for (let d = 0; d < directions; d++) {
      const at = (layer * directions + d) * perLayer;
      const [input = 0, hidden = 0] = [weights[at], weights[at + 1]].map((each) =>
        each === undefined ? 0 : product(shapeOf(new Tensor(each.id, each.meta))),
      );
      if (isBelow) macs.push(mul(rows, input));
      macs.push(mul(chained, hidden));
      if (needs(1 + states + at)) macs.push(mul(rows, input));
      if (needs(2 + states + at)) macs.push(mul(rows, hidden));
    }
    isBelow ||= weights
      .slice(layer * directions * perLayer, (layer + 1) * directions * perLayer)
      .some((_, i) => needs(1 + states + layer * directions * perLayer + i));
    isBelow ||= fromState;
  }
  let left = sum(macs);
  const inputs = [...given, seen(op, 0), ...weights.map(({ id, meta }) => new Tensor(id, meta))];
  return op.inputs.map((_, i) => {
    if (!needs(i)) return undefined;
    const details = { macs: left, flops: mul(2, op.work.flops), saved: inputs };
    left = 0;
    return emitOne(ctx, `${op.name}_backward`, inputs, resultLike(op, i), details);
  });
}

const isSize = (value: OpRecord["attributes"][string] | undefined): value is Dim =>
  typeof value === "number" || (typeof value === "object" && "kind" in value);

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** Formulas that use positions, masks and sizes alone. */
const linear = words(
  "embedding gather index_select take take_along_dim index clamp clamp_min clamp_max maximum minimum fmax fmin max min amax amin",
);

/** Formulas whose derivative by what was kept is zeros, which autograd carries on all the same. */
const flat = words(
  `relu leaky_relu hardtanh threshold hardsigmoid hardshrink softshrink abs max_pool1d max_pool2d max_pool3d avg_pool1d
  avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d
  adaptive_max_pool3d`,
);

/** Which inputs the formula for one input uses, where that is not all that was kept. */
const uses: Readonly<Record<string, (input: number, op: OpRecord) => readonly number[] | undefined>> = {
  mul: (i, { inputs }) => (inputs.length === 1 ? undefined : [1 - i]),
  kron: (i) => [1 - i],
  div: (i, { inputs }) => (inputs.length === 1 ? undefined : i === 0 ? [1] : [0, 1]),
  batch_norm: (i) => (i === 0 ? [0, 1] : i === 1 ? [0] : []),
  addcmul: (i) => (i === 0 ? [] : [3 - i]),
  addcdiv: (i) => (i === 0 ? [] : i === 1 ? [2] : [1, 2]),
  layer_norm: (i) => (i === 0 ? [0, 1] : i === 1 ? [0] : []),
  group_norm: (i) => (i === 0 ? [0, 1] : i === 1 ? [0] : []),
};

/** Anything that is no product: one op for each input. */
function plain(ctx: OpContext, op: OpRecord, given: readonly Tensor[], input: number): Tensor {
  if (!isBackward(op)) return elementwise(ctx, op, given, kept(op, input), input);
  if (baseOf(op) === "batch_norm")
    throw new NotKnown(unknown("the second derivative of `batch_norm` is not modelled"));
  // The backward of a backward: it is linear in the gradients, which come first among its inputs.
  const count = Number(op.attributes["gradients"] ?? 1);
  if (input >= count && flat.has(baseOf(op))) {
    const { dtype, device } = seen(op, input).meta;
    return create(ctx, "zeros_like", { shape: shapeOf(seen(op, input)), dtype, device });
  }
  const all = op.inputs.map((_, i) => seen(op, i));
  return elementwise(ctx, op, given, input < count ? all.slice(count) : all, input);
}

const isBackward = ({ name }: OpRecord): boolean => name.endsWith("_backward");

const baseOf = ({ name }: OpRecord): string => name.replace(/(_double)?_backward$/, "").replace(/_$/, "");

/** What the formula for an input uses of what the op read and made. */
function kept(op: OpRecord, input: number): readonly Tensor[] {
  const base = baseOf(op);
  if (linear.has(base)) return [];
  const used = uses[base]?.(input, op);
  if (used !== undefined)
    return used
      .filter((i) => i < op.inputs.length)
      .map((i) => seen(op, i))
      .filter(isFloat);
  const all = op.saved.map((id) => keptBy(op, id));
  // What was there before it was written over: autograd has a copy.
  if (op.inPlace && op.savedExtra !== 0 && base !== "dropout") all.push(seen(op, 0));
  return all.filter(isFloat);
}

const isFloat = ({ dtype }: Tensor): boolean => isFloatingOrComplex(dtype);

/** Of what is written in place, backward knows what it is afterwards. */
function keptBy(op: OpRecord, id: number): Tensor {
  const output = op.outputs.find((each) => each.id === id);
  const input = op.inputs.find((each) => each.id === id);
  const ref = op.inPlace ? (output ?? input) : (input ?? output);
  if (ref === undefined) throw new NotKnown(unknown(`what the backward of \`${op.name}\` needs is missing`));
  return new Tensor(id, ref === output ? { ...ref.meta, producer: op.id, requiresGrad: true } : ref.meta);
}

function elementwise(
  ctx: OpContext,
  op: OpRecord,
  given: readonly Tensor[],
  used: readonly Tensor[],
  input: number,
): Tensor {
  const name = isBackward(op) ? `${baseOf(op)}_double_backward` : `${op.name}_backward`;
  const result = resultLike(op, input);
  const [gradient] = given;
  if (op.isView && gradient !== undefined && sameDim(product(result.shape), product(shapeOf(gradient))))
    return emitView(ctx, name, gradient, result.shape, contiguousStrides(result.shape), 0);
  const inputs = [...given, ...used];
  return emitOne(ctx, name, inputs, result, {
    flops: op.work.flops,
    saved: used.length === 0 ? [] : inputs,
    attributes: { gradients: given.length },
  });
}

function resultLike(
  op: OpRecord,
  input: number,
): Pick<TensorMeta, "dtype" | "device"> & { readonly shape: Shape } {
  const tensor = seen(op, input);
  return { shape: shapeOf(tensor), dtype: tensor.dtype, device: tensor.meta.device };
}
