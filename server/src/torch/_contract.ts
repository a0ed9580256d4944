import { type Dim, product } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import { shapeOf } from "./_emit.ts";
import { bmm } from "./_matmul.ts";
import { type OpContext, TorchError } from "./_op.ts";
import { pointwise, widest } from "./_pointwise.ts";
import { reduce } from "./_reduce.ts";
import { equal, isOne, printHint } from "./_shape.ts";
import { permute, reshape, select, unsqueeze } from "./_view.ts";

/** A tensor with a name for each dimension. */
export interface Labeled {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

/**
 * Einstein summation, from left to right as torch does without opt_einsum: every operand is brought into one order of
 * labels (the output's, then `rest`), what only one operand has is summed, then each pair is one `bmm`, or one `mul`
 * when nothing is summed. Dimensions of size 1 take no part. Source: ATen `einsum`, `sumproduct_pair`.
 */
export function contract(
  ctx: OpContext,
  operands: readonly Labeled[],
  output: readonly string[],
  rest: readonly string[],
): Tensor {
  checkSizes(ctx, operands);
  const missing = output.find((l) => !operands.some((o) => o.labels.includes(l)));
  if (missing !== undefined)
    throw new TorchError(
      `einsum(): output subscript ${missing} does not appear in the equation for any input operand`,
    );
  const ranks = new Map([...output, ...rest].map((label, i) => [label, i]));
  const rankOf = (label: string): number => ranks.get(label) ?? ranks.size;
  const [first, ...others] = operands.map((o) => dropUnits(ctx, diagonal(ctx, o)));
  if (first === undefined) throw new TorchError("einsum(): must provide at least one operand");
  let left = first;
  for (const [i, right] of others.entries()) {
    const later = new Set([...output, ...others.slice(i + 1).flatMap((o) => o.labels)]);
    left = pair(ctx, left, right, later, rankOf);
  }
  const ordered = arrange(
    ctx,
    left,
    left.labels.toSorted((a, b) => rankOf(a) - rankOf(b)),
  );
  const summed = sumOut(
    ctx,
    ordered,
    left.labels.filter((l) => !output.includes(l)),
  );
  let { tensor } = summed;
  for (const [i, label] of output.entries())
    if (!summed.labels.includes(label)) tensor = unsqueeze(ctx, tensor, i);
  return tensor;
}

function checkSizes(ctx: OpContext, operands: readonly Labeled[]): void {
  const sizes = new Map<string, Dim>();
  for (const [i, { tensor, labels }] of operands.entries())
    for (const [d, label] of labels.entries()) {
      const size = shapeOf(tensor)[d] ?? 1;
      const seen = sizes.get(label);
      if (seen === undefined || isOne(seen, ctx)) sizes.set(label, size);
      else if (!isOne(size, ctx) && !equal(seen, size, ctx))
        throw new TorchError(
          `einsum(): subscript ${label} has size ${printHint(size)} for operand ${i} which does not broadcast with previously seen size ${printHint(seen)}`,
        );
    }
}

/** A label twice in one operand takes the diagonal. */
function diagonal(ctx: OpContext, operand: Labeled): Labeled {
  const twice = operand.labels.findIndex((l, i) => operand.labels.indexOf(l) !== i);
  const label = operand.labels[twice];
  if (label === undefined) return operand;
  const one = operand.labels.indexOf(label);
  const made = ctx.call("torch.diagonal", [
    operand.tensor,
    { kind: "int", value: 0 },
    { kind: "int", value: one },
    { kind: "int", value: twice },
  ]);
  if (made.kind !== "tensor") throw new TorchError("einsum(): a diagonal could not be taken");
  const labels = [...operand.labels.filter((_, i) => i !== one && i !== twice), label];
  return diagonal(ctx, { tensor: made, labels });
}

/** Without the dimensions that are 1 whatever the symbols are. */
function dropUnits(ctx: OpContext, operand: Labeled): Labeled {
  const at = shapeOf(operand.tensor).indexOf(1);
  if (at < 0) return operand;
  const labels = operand.labels.filter((_, i) => i !== at);
  return dropUnits(ctx, { tensor: select(ctx, operand.tensor, at, 0), labels });
}

function sumOut(ctx: OpContext, operand: Labeled, gone: readonly string[]): Labeled {
  if (gone.length === 0) return operand;
  const { tensor, labels } = operand;
  const dims = gone.map((l) => labels.indexOf(l));
  return {
    tensor: reduce(ctx, tensor, { name: "sum", dims, keep: false, dtype: tensor.dtype }),
    labels: labels.filter((l) => !gone.includes(l)),
  };
}

function arrange(ctx: OpContext, { tensor, labels }: Labeled, wanted: readonly string[]): Labeled {
  const order = wanted.map((l) => labels.indexOf(l));
  return { tensor: order.every((d, i) => d === i) ? tensor : permute(ctx, tensor, order), labels: wanted };
}

function pair(
  ctx: OpContext,
  a: Labeled,
  b: Labeled,
  later: ReadonlySet<string>,
  rankOf: (label: string) => number,
): Labeled {
  const sorted = (labels: readonly string[]): readonly string[] =>
    labels.toSorted((x, y) => rankOf(x) - rankOf(y));
  const alone = (x: Labeled, y: Labeled): Labeled =>
    sumOut(
      ctx,
      arrange(ctx, x, sorted(x.labels)),
      x.labels.filter((l) => !y.labels.includes(l) && !later.has(l)),
    );
  const left = alone(a, b);
  const right = alone(b, a);
  const shared = left.labels.filter((l) => right.labels.includes(l));
  const batch = shared.filter((l) => later.has(l));
  const summed = shared.filter((l) => !later.has(l));
  const rows = left.labels.filter((l) => !shared.includes(l));
  const columns = right.labels.filter((l) => !shared.includes(l));
  if (summed.length === 0) return multiply(ctx, left, right, sorted([...batch, ...rows, ...columns]));
  const sizesOf = (x: Labeled, labels: readonly string[]): readonly Dim[] =>
    labels.map((l) => shapeOf(x.tensor)[x.labels.indexOf(l)] ?? 1);
  const matrices = (x: Labeled, groups: readonly (readonly string[])[]): Tensor =>
    reshape(
      ctx,
      arrange(ctx, x, groups.flat()).tensor,
      groups.map((g) => product(sizesOf(x, g))),
    );
  const made = bmm(ctx, matrices(left, [batch, rows, summed]), matrices(right, [batch, summed, columns]));
  const shape = [...sizesOf(left, batch), ...sizesOf(left, rows), ...sizesOf(right, columns)];
  return { tensor: reshape(ctx, made, shape), labels: [...batch, ...rows, ...columns] };
}

function multiply(ctx: OpContext, a: Labeled, b: Labeled, labels: readonly string[]): Labeled {
  const align = (x: Labeled): Tensor => {
    let { tensor } = arrange(
      ctx,
      x,
      labels.filter((l) => x.labels.includes(l)),
    );
    for (const [i, label] of labels.entries())
      if (!x.labels.includes(label)) tensor = unsqueeze(ctx, tensor, i);
    return tensor;
  };
  const both = [align(a), align(b)];
  return {
    tensor: pointwise(ctx, both, {
      name: "mul",
      dtype: widest(both),
      compute: (x, y) => x * y,
      saved: both,
    }),
    labels,
  };
}
