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
 * Einstein summation, from left to right as torch does without opt_einsum: what only one operand has is summed first,
 * then each pair is one `bmm`, or one `mul` when nothing is summed. Source: ATen `einsum`, `sumproduct_pair`.
 */
export function contract(ctx: OpContext, operands: readonly Labeled[], output: readonly string[]): Tensor {
  checkSizes(ctx, operands);
  const [first, ...rest] = operands.map((o) => diagonal(ctx, o));
  if (first === undefined) throw new TorchError("einsum(): must provide at least one operand");
  let left = first;
  for (const [i, right] of rest.entries()) {
    const later = new Set([...output, ...rest.slice(i + 1).flatMap((o) => o.labels)]);
    left = pair(ctx, left, right, later);
  }
  const gone = left.labels.filter((l) => !output.includes(l));
  const summed = sumOut(ctx, left, gone);
  const order = output.map((l) => summed.labels.indexOf(l));
  const missing = output.find((_, i) => order[i] === -1);
  if (missing !== undefined)
    throw new TorchError(
      `einsum(): output subscript ${missing} does not appear in the equation for any input operand`,
    );
  return order.every((d, i) => d === i) ? summed.tensor : permute(ctx, summed.tensor, order);
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

function sumOut(ctx: OpContext, operand: Labeled, gone: readonly string[]): Labeled {
  if (gone.length === 0) return operand;
  const { tensor, labels } = operand;
  const dims = gone.map((l) => labels.indexOf(l));
  return {
    tensor: reduce(ctx, tensor, { name: "sum", dims, keep: false, dtype: tensor.dtype }),
    labels: labels.filter((l) => !gone.includes(l)),
  };
}

/** A dimension of size 1 that the other operand has larger only broadcasts: it goes. */
function dropBroadcast(ctx: OpContext, operand: Labeled, other: Labeled): Labeled {
  const at = operand.labels.findIndex((l, i) => {
    const theirs = other.labels.indexOf(l);
    return (
      theirs >= 0 &&
      isOne(shapeOf(operand.tensor)[i] ?? 1, ctx) &&
      !isOne(shapeOf(other.tensor)[theirs] ?? 1, ctx)
    );
  });
  if (at < 0) return operand;
  const labels = operand.labels.filter((_, i) => i !== at);
  return dropBroadcast(ctx, { tensor: select(ctx, operand.tensor, at, 0), labels }, other);
}

function pair(ctx: OpContext, a: Labeled, b: Labeled, later: ReadonlySet<string>): Labeled {
  const alone = (x: Labeled, y: Labeled): Labeled =>
    sumOut(
      ctx,
      x,
      x.labels.filter((l) => !y.labels.includes(l) && !later.has(l)),
    );
  const left = alone(dropBroadcast(ctx, a, b), b);
  const right = alone(dropBroadcast(ctx, b, a), a);
  const shared = left.labels.filter((l) => right.labels.includes(l));
  const batch = shared.filter((l) => later.has(l));
  const summed = shared.filter((l) => !later.has(l));
  const rows = left.labels.filter((l) => !shared.includes(l));
  const columns = right.labels.filter((l) => !shared.includes(l));
  if (summed.length === 0) return multiply(ctx, left, right, [...batch, ...rows, ...columns]);
  const sizesOf = (x: Labeled, labels: readonly string[]): readonly Dim[] =>
    labels.map((l) => shapeOf(x.tensor)[x.labels.indexOf(l)] ?? 1);
  const arranged = (x: Labeled, groups: readonly (readonly string[])[]): Tensor => {
    const order = groups.flat().map((l) => x.labels.indexOf(l));
    const turned = order.every((d, i) => d === i) ? x.tensor : permute(ctx, x.tensor, order);
    return reshape(
      ctx,
      turned,
      groups.map((g) => product(sizesOf(x, g))),
    );
  };
  const made = bmm(ctx, arranged(left, [batch, rows, summed]), arranged(right, [batch, summed, columns]));
  const shape = [...sizesOf(left, batch), ...sizesOf(left, rows), ...sizesOf(right, columns)];
  return { tensor: reshape(ctx, made, shape), labels: [...batch, ...rows, ...columns] };
}

function multiply(ctx: OpContext, a: Labeled, b: Labeled, labels: readonly string[]): Labeled {
  const align = (x: Labeled): Tensor => {
    const order = labels.filter((l) => x.labels.includes(l)).map((l) => x.labels.indexOf(l));
    let tensor = order.every((d, i) => d === i) ? x.tensor : permute(ctx, x.tensor, order);
    for (const [i, label] of labels.entries())
      if (!x.labels.includes(label)) tensor = unsqueeze(ctx, tensor, i);
    return tensor;
  };
  const both = [align(a), align(b)];
  return {
    tensor: pointwise(ctx, both, { name: "mul", dtype: widest(both), compute: (x, y) => x * y, saved: both }),
    labels,
  };
}
