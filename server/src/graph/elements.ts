import { type Dim, mul, type Partition, product, type Share, shareOf, sharesIn, symbol } from "./dim.ts";
import type { Relation } from "./guard.ts";
import { isKnownShape, type Tensor, type TensorMeta } from "./tensor.ts";

/**
 * What is known of the elements of a tensor whose values only the run knows: how a router's choice spreads rows over
 * classes. Axes count from 0.
 */
export type Elements =
  | { readonly kind: "uniform"; readonly value: number }
  /** Each element is the number of a class. No two along `distinct` are equal. */
  | { readonly kind: "assignment"; readonly of: Partition; readonly distinct: number | undefined }
  /** Zeros and ones: the element at `i` along `axis` says whether a row of the assignment is of class `i`. */
  | {
      readonly kind: "membership";
      readonly of: Partition;
      readonly axis: number;
      readonly distinct: number | undefined;
    }
  /** One class of a membership. */
  | {
      readonly kind: "members";
      readonly of: Partition;
      readonly index: number;
      readonly distinct: number | undefined;
    }
  /** Whole numbers, row-major. */
  | { readonly kind: "sizes"; readonly values: readonly Dim[] }
  /** Which of the numbers fulfill a comparison. */
  | {
      readonly kind: "test";
      readonly values: readonly Dim[];
      readonly relation: Relation;
      readonly right: number;
    }
  /** The numbers of the classes that have rows, ascending. */
  | { readonly kind: "present"; readonly of: Partition }
  /** These numbers, once or in equal parts over and over, in an order that only the run knows. */
  | { readonly kind: "shuffled"; readonly values: readonly number[] }
  /** No element is larger. */
  | { readonly kind: "bounded"; readonly most: Dim };

/** `undefined` where nothing is known, or the memory was written since. */
export function elementsOf({ elements, storage }: TensorMeta): Elements | undefined {
  return elements === undefined || elements.version !== storage.version ? undefined : elements.what;
}

export function setElements(tensor: Tensor, what: Elements | undefined): void {
  if (what === undefined && tensor.meta.elements === undefined) return;
  const { version } = tensor.meta.storage;
  tensor.become({ elements: what === undefined ? undefined : { what, version } });
}

/** Rows of a class; none beyond the classes that can be chosen. */
export const rowsOf = (of: Partition, index: number): Dim => (index < of.classes ? shareOf(of, index) : 0);

/** How many classes have rows. */
export const presentCount = (of: Partition): Dim => symbol(`${of.key}.present`, undefined);

/** How many elements are not zero. */
export function countOf(meta: TensorMeta): Dim | undefined {
  const known = elementsOf(meta);
  if (known?.kind === "members") return rowsOf(known.of, known.index);
  if (known?.kind === "membership") return known.of.total;
  if (known?.kind === "shuffled") return trueAmong(known.values, meta);
  const of = presentOf(known);
  return of === undefined ? undefined : presentCount(of);
}

function trueAmong(values: readonly number[], meta: TensorMeta): Dim | undefined {
  const found = values.filter((x) => x !== 0).length;
  if (!isKnownShape(meta.shape)) return undefined;
  const axis = meta.shape.indexOf(values.length);
  if (axis >= 0) return mul(found, product(meta.shape.toSpliced(axis, 1)));
  const all = product(meta.shape);
  return typeof all === "number" && all % values.length === 0 ? (all / values.length) * found : undefined;
}

/** The partition whose non-empty classes these elements tell by not being zero. */
export function presentOf(known: Elements | undefined): Partition | undefined {
  if (known?.kind !== "sizes" && known?.kind !== "test") return undefined;
  if (known.kind === "test" && !(known.right === 0 && (known.relation === ">" || known.relation === "!=")))
    return undefined;
  const of = shareAt(known.values, 0)?.of;
  if (of === undefined || known.values.length < of.classes) return undefined;
  const inOrder = known.values.every((value, i) =>
    i < of.classes
      ? shareAt(known.values, i)?.index === i && shareAt(known.values, i)?.of.key === of.key
      : value === 0,
  );
  return inOrder ? of : undefined;
}

function shareAt(values: readonly Dim[], i: number): Share | undefined {
  const value = values[i];
  if (value === undefined || typeof value === "number" || value.terms.length !== 1) return undefined;
  const [share, ...others] = sharesIn(value);
  return others.length === 0 && value.terms[0]?.coefficient === 1 ? share : undefined;
}
