import { unknown } from "../base/known.ts";
import { type Dim, exactDiv, floorDiv, mod, printDim, sameDim } from "../graph/dim.ts";
import { compare } from "../graph/guard.ts";
import type { Shape } from "../graph/tensor.ts";
import { NotKnown, type OpContext, TorchError } from "./_op.ts";

/** Equality of two sizes, decided by their hints and guarded. @throws NotKnown when only the run can tell */
export function equal(a: Dim, b: Dim, ctx: OpContext): boolean {
  if (sameDim(a, b)) return true;
  const result = compare(a, "==", b, ctx.graph);
  if (result !== undefined) return result;
  throw new NotKnown(unknown(`whether ${printDim(a)} equals ${printDim(b)} is known only at run time`));
}

/** Whether the size is 1; a size that only the run knows is taken not to be, as torch.compile does. */
export const isOne = (dim: Dim, ctx: OpContext): boolean => compare(dim, "==", 1, ctx.graph) ?? false;

/** The quotient where `b` divides `a` by the hints; `undefined` where it does not. */
export function divideEvenly(a: Dim, b: Dim, ctx: OpContext): Dim | undefined {
  const exact = exactDiv(a, b);
  if (exact !== undefined || b === 0) return exact;
  return compare(mod(a, b), "==", 0, ctx.graph) === true ? floorDiv(a, b) : undefined;
}

/** Dimension index from 0. @throws TorchError IndexError in torch's words */
export function wrapDim(dim: number, rank: number): number {
  const range = Math.max(rank, 1);
  if (dim < -range || dim >= range)
    throw new TorchError(
      `Dimension out of range (expected to be in range of [${-range}, ${range - 1}], but got ${dim})`,
      "IndexError",
    );
  return dim < 0 ? dim + range : dim;
}

/** The broadcast of several shapes. @throws TorchError in torch's words when they do not fit */
export function broadcast(shapes: readonly Shape[], ctx: OpContext): Shape {
  return shapes.reduce((a, b) => broadcastTwo(a, b, ctx), []);
}

function broadcastTwo(a: Shape, b: Shape, ctx: OpContext): Shape {
  const rank = Math.max(a.length, b.length);
  const result = new Array<Dim>(rank).fill(1);
  for (let i = rank - 1; i >= 0; i--) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (sameDim(x, y) || isOne(y, ctx)) result[i] = x;
    else if (isOne(x, ctx)) result[i] = y;
    else {
      if (compare(x, "==", y, ctx.graph) === false)
        throw new TorchError(
          `The size of tensor a (${printHint(x)}) must match the size of tensor b (${printHint(y)}) at non-singleton dimension ${i}`,
        );
      result[i] = typeof x === "number" ? x : y;
    }
  }
  return result;
}

/**
 * An op in place keeps the sizes of what it writes to; where only the run knows one, the program is taken to have it right, as
 * for any two sizes that meet. @throws TorchError when the result does not fit
 */
export function checkInPlace(target: Shape, others: readonly Shape[], ctx: OpContext): void {
  const whole = broadcast([target, ...others], ctx);
  const isOther = (size: Dim, i: number): boolean =>
    !sameDim(size, target[i] ?? 1) && compare(size, "==", target[i] ?? 1, ctx.graph) === false;
  if (whole.length !== target.length || whole.some(isOther))
    throw new TorchError(
      `output with shape ${printShape(target)} doesn't match the broadcast shape ${printShape(whole)}`,
    );
}

/** Source: ATen `inferExpandGeometry`. @throws TorchError where torch would, from the last dimension on. */
export function checkExpands(source: Shape, target: Shape, ctx: OpContext): void {
  if (source.length > target.length)
    throw new TorchError(
      `expand: the number of sizes provided (${target.length}) must be greater or equal to the number of dimensions in the tensor (${source.length})`,
    );
  const lead = target.length - source.length;
  for (let i = target.length - 1; i >= lead; i--) {
    const [wanted, own] = [target[i] ?? 1, source[i - lead] ?? 1];
    if (!sameDim(wanted, own) && !isOne(own, ctx) && !equal(wanted, own, ctx))
      throw new TorchError(
        `The expanded size of the tensor (${printHint(wanted)}) must match the existing size (${printHint(own)}) at non-singleton dimension ${i}.  Target sizes: ${printShape(target)}.  Tensor sizes: ${printShape(source)}`,
      );
  }
}

/** A size as an error message shows it: the number that the hint stands for. */
export const printHint = (dim: Dim): string =>
  typeof dim === "number" ? String(dim) : dim.hint === undefined ? printDim(dim) : String(dim.hint);

/** `[2, 3]`, as torch prints sizes. */
export const printShape = (shape: Shape): string => `[${shape.map(printHint).join(", ")}]`;
