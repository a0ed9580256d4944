import type { Place } from "../base/known.ts";
import type { TensorMeta } from "../graph/tensor.ts";
import type { FunctionDef, Lambda } from "../syntax/ast.ts";
import { type Entered, isSameHead } from "./same-run.ts";

/**
 * All that a forward pass can see of the program, in one row: values by what they are, objects by the order in which
 * they are met, so that two rows are equal when two programs hold the same.
 */
export interface Footprint {
  /** Plain values, tags of what is not plain, and objects of libraries, which outlive a run. */
  readonly marks: readonly unknown[];
  /** Of tensors. */
  readonly metas: readonly TensorMeta[];
  readonly code: readonly (FunctionDef | Lambda)[];
  /** Offsets of `code` in the user's file; -1 for that of other files. */
  readonly codeStarts: readonly number[];
  /** Where parameters and classes of the user's file come from. */
  readonly places: readonly Place[];
}

/**
 * Whether both programs do the same from here on.
 *
 * @param entered the functions that ran after `before` was taken: bodies of others do not matter.
 * @param isMoved whether a place of the earlier text is that one of the later text.
 */
export function isSameFootprint(
  before: Footprint,
  after: Footprint,
  entered: Entered,
  isMoved: (before: Place, after: Place) => boolean,
): boolean {
  return (
    before.code.length === after.code.length &&
    before.places.length === after.places.length &&
    before.code.every((node, i) => {
      const other = after.code[i];
      // What ran has to be the very code: from now on it is known as what may not change.
      return node === other || (other !== undefined && !entered.has(node) && isSameHead(node, other));
    }) &&
    holdsTheSame(before, after) &&
    before.places.every((place, i) => {
      const other = after.places[i];
      return other !== undefined && isMoved(place, other);
    })
  );
}

/** Whether all values are alike, code and places aside. */
export function holdsTheSame({ marks, metas }: Footprint, after: Footprint): boolean {
  if (marks === after.marks && metas === after.metas) return true;
  if (marks.length !== after.marks.length || metas.length !== after.metas.length) return false;
  for (let i = 0; i < marks.length; i++) if (!isSameMark(marks[i], after.marks[i])) return false;
  for (let i = 0; i < metas.length; i++) if (!isSameMeta(metas[i], after.metas[i])) return false;
  return true;
}

export function isSameMark(a: unknown, b: unknown): boolean {
  if (a === b || Object.is(a, b)) return true;
  return Array.isArray(a) && Array.isArray(b) && isSameRow(a, b);
}

function isSameRow(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!isSameMark(a[i], b[i])) return false;
  return true;
}

/** What a program can tell of a tensor, its memory aside; of what computed it, that is whether something did. */
export function isSameMeta(a: TensorMeta | undefined, b: TensorMeta | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return (
    isSameShape(a.shape, b.shape) &&
    a.dtype === b.dtype &&
    isSameMark(a.strides, b.strides) &&
    a.offset === b.offset &&
    a.device === b.device &&
    a.requiresGrad === b.requiresGrad &&
    a.role === b.role &&
    a.varies === b.varies &&
    (!a.requiresGrad || (a.producer === undefined) === (b.producer === undefined)) &&
    a.name === b.name &&
    a.place?.file === b.place?.file
  );
}

const isSameShape = (a: TensorMeta["shape"], b: TensorMeta["shape"]): boolean =>
  "why" in a ? "why" in b && a.why === b.why : !("why" in b) && isSameRow(a, b);
