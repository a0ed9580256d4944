import { evaluate } from "./dim.ts";
import { bytesPerElement, type DType } from "./dtype.ts";
import type { StateRecord } from "./ir.ts";
import { elementsOf } from "./work.ts";

/** What parameters or buffers come to. A size that only the run knows counts nothing and is told in `unsized`. */
export interface StateTotals {
  readonly byDtype: ReadonlyMap<DType, StateElements>;
  readonly unsized: number;
}

export interface StateElements {
  readonly all: number;
  /** Of those that are trained. */
  readonly trained: number;
}

const remembered = new WeakMap<readonly StateRecord[], StateTotals>();

/** Remembered where the sizes are those in the code: all graphs of a model have the same parameters. */
export function stateTotals(state: readonly StateRecord[], sizes: ReadonlyMap<string, number>): StateTotals {
  const known = sizes.size === 0 ? remembered.get(state) : undefined;
  if (known !== undefined) return known;
  const made = totalsOf(state, sizes);
  if (sizes.size === 0) remembered.set(state, made);
  return made;
}

function totalsOf(state: readonly StateRecord[], sizes: ReadonlyMap<string, number>): StateTotals {
  const byDtype = new Map<DType, { all: number; trained: number }>();
  let unsized = 0;
  for (const each of state) {
    const { dtype, requiresGrad } = each.tensor.meta;
    const elements = evaluate(elementsOf(each), sizes);
    let totals = byDtype.get(dtype);
    if (totals === undefined) {
      totals = { all: 0, trained: 0 };
      byDtype.set(dtype, totals);
    }
    if (elements === undefined) unsized++;
    else {
      totals.all += elements;
      if (requiresGrad) totals.trained += elements;
    }
  }
  return { byDtype, unsized };
}

/** @param width bytes for each element of a dtype, its own when left out */
export function bytesOfState(
  { byDtype }: StateTotals,
  of: keyof StateElements,
  width: (dtype: DType) => number = bytesPerElement,
): number {
  let sum = 0;
  for (const [dtype, elements] of byDtype) sum += elements[of] * width(dtype);
  return sum;
}
