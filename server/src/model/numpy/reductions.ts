import type { Unknown } from "../../base/known.ts";
import { type DType, isFloatingOrComplex } from "../../graph/dtype.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { arg, asInt } from "../builtins/args.ts";
import type { Machine } from "../machine.ts";
import { float, isUnknown, type Kwargs, list, native, none, type PyNative, type Value } from "../values.ts";
import { arrayOf, cast, dtypeValue, given, sizesOf, tensorOnHost } from "./array.ts";
import { kindOf } from "./kinds.ts";

interface Row {
  readonly names: string;
  readonly op: string;
  /** Short integers and truths are added up as integers of 64 bits; means are real numbers. */
  readonly kind: "added" | "real" | "same" | "truth";
  /** Several dimensions one after the other, for ops of torch that take one. */
  readonly byOne?: boolean;
}

const rows: readonly Row[] = [
  { names: "sum", op: "sum", kind: "added" },
  { names: "nansum", op: "nansum", kind: "added" },
  { names: "prod product", op: "prod", kind: "added", byOne: true },
  { names: "mean", op: "mean", kind: "real" },
  { names: "nanmean", op: "nanmean", kind: "real" },
  { names: "max amax nanmax", op: "amax", kind: "same" },
  { names: "min amin nanmin", op: "amin", kind: "same" },
  { names: "all alltrue", op: "all", kind: "truth", byOne: true },
  { names: "any sometrue", op: "any", kind: "truth", byOne: true },
];

const addedKind = (kind: DType): DType => (isFloatingOrComplex(kind) ? kind : "int64");
const realKind = (kind: DType): DType => (isFloatingOrComplex(kind) ? kind : "float64");

const kindFor = ({ kind }: Row, of: DType): DType =>
  kind === "added" ? addedKind(of) : kind === "real" ? realKind(of) : kind === "truth" ? "bool" : of;

/** The dimensions to reduce, counted from the front and sorted from the back; `undefined` when not known. */
function axesOf(m: Machine, axis: Value, rank: number): readonly number[] | undefined {
  if (axis === none) return Array.from({ length: rank }, (_, i) => rank - 1 - i);
  const all =
    typeof axis === "object" && (axis.kind === "tuple" || axis.kind === "list") ? axis.items : [axis];
  const found = all.map((each) => asInt(m, each));
  if (found.some((each) => each === undefined)) return undefined;
  return found
    .flatMap((each) => (each === undefined ? [] : [each < 0 ? each + rank : each]))
    .sort((a, b) => b - a);
}

interface Reduction {
  readonly axis: Value;
  readonly keep: boolean;
}

const reductionOf = (m: Machine, args: readonly Value[], kwargs: Kwargs): Reduction => ({
  axis: arg(args, kwargs, 1, "axis") ?? none,
  keep: m.truth(kwargs.get("keepdims") ?? false) === true,
});

function reduced(m: Machine, row: Row, from: Tensor, { axis, keep }: Reduction): Value {
  const shape = sizesOf(from);
  if (shape === undefined) return m.unknown("an array of unknown size");
  const axes = axesOf(m, axis, shape.length);
  if (axes === undefined) return m.unknown("an axis that is not known");
  const op = `torch.${row.op}`;
  if (axes.length === 0) return given(m, from);
  if (row.byOne !== true) return given(m, tensorOnHost(m, op, [from, list([...axes]), keep]));
  let made: Tensor | Unknown = from;
  for (const each of axes) {
    if (isUnknown(made)) return made;
    made = tensorOnHost(m, op, [made, each, keep]);
  }
  return given(m, made);
}

/** Sizes stay what they are: the product of a shape is a size. */
function ofSizes(m: Machine, row: Row, value: Value, { axis }: Reduction): Value | undefined {
  if (typeof value !== "object" || (value.kind !== "list" && value.kind !== "tuple")) return undefined;
  const isSize = (each: Value): boolean => typeof each === "object" && each.kind === "poly";
  const isPlain = (each: Value): boolean => typeof each === "number" || isSize(each);
  if (axis !== none || !value.items.some(isSize) || !value.items.every(isPlain)) return undefined;
  if (row.op === "sum") return value.items.reduce((a, b) => m.binary("+", a, b), 0);
  return row.op === "prod" ? value.items.reduce((a, b) => m.binary("*", a, b), 1) : undefined;
}

const reductions = rows.flatMap((row) =>
  row.names.split(" ").map((name) =>
    native(name, (m, args, kwargs) => {
      const [value = kwargs.get("a") ?? none] = args;
      const how = reductionOf(m, args, kwargs);
      const sizes = ofSizes(m, row, value, how);
      if (sizes !== undefined) return sizes;
      const array = arrayOf(m, value);
      if (isUnknown(array)) return array;
      const kind = kindOf(arg(args, kwargs, 2, "dtype") ?? none) ?? kindFor(row, array.dtype);
      const from = cast(m, array, kind);
      return isUnknown(from) ? from : reduced(m, row, from, how);
    }),
  ),
);

/** Variance and standard deviation, of all numbers unless `ddof` takes some away. */
const spread = (name: string, op: string): PyNative =>
  native(name, (m, args, kwargs) => {
    const array = arrayOf(m, args[0] ?? kwargs.get("a") ?? none);
    if (isUnknown(array)) return array;
    const kind = realKind(array.dtype);
    const from = cast(m, array, kind);
    const shape = sizesOf(array);
    if (isUnknown(from)) return from;
    const { axis, keep } = reductionOf(m, args, kwargs);
    const axes = shape === undefined ? undefined : axesOf(m, axis, shape.length);
    if (axes === undefined) return m.unknown("an axis that is not known");
    const correction = arg(args, kwargs, 4, "ddof") ?? 0;
    const options = new Map<string, Value>([
      ["dim", list([...axes])],
      ["correction", correction],
      ["keepdim", keep],
    ]);
    return given(m, tensorOnHost(m, `torch.${op}`, [from], options));
  });

/** Running sums and products, of all elements in a row where no axis is given; positions of extremes likewise. */
const along = (names: string, op: string, adds: boolean): readonly PyNative[] =>
  names.split(" ").map((name) =>
    native(name, (m, args, kwargs) => {
      const array = arrayOf(m, args[0] ?? kwargs.get("a") ?? none);
      if (isUnknown(array)) return array;
      const axis = arg(args, kwargs, 1, "axis") ?? none;
      const kind = adds
        ? (kindOf(arg(args, kwargs, 2, "dtype") ?? none) ?? addedKind(array.dtype))
        : array.dtype;
      const flat = axis === none ? tensorOnHost(m, "torch.flatten", [array]) : array;
      const from = isUnknown(flat) ? flat : cast(m, flat, kind);
      if (isUnknown(from)) return from;
      const keep = new Map<string, Value>(
        !adds && kwargs.has("keepdims") ? [["keepdim", kwargs.get("keepdims") ?? false]] : [],
      );
      return given(m, tensorOnHost(m, `torch.${op}`, [from, axis === none ? 0 : axis], keep));
    }),
  );

export const reducing: readonly PyNative[] = [
  ...reductions,
  spread("std", "std"),
  spread("var", "var"),
  ...along("cumsum nancumsum", "cumsum", true),
  ...along("cumprod cumproduct", "cumprod", true),
  ...along("argmax nanargmax", "argmax", false),
  ...along("argmin nanargmin", "argmin", false),
];

/** Evenly spaced numbers, as numpy computes them: the last one is exact. */
export const spaced = native("spaced", (m, [first = 0, step = 1, count = 0, last = none]) => {
  const number = (value: Value): number | undefined =>
    typeof value === "object" && value.kind === "float" ? value.value : asInt(m, value);
  const [from, by, many] = [number(first), number(step), asInt(m, count)];
  if (from === undefined || by === undefined || many === undefined)
    return m.unknown("numbers between bounds that are not known");
  const isReal = [first, step].some((each) => typeof each === "object" && each.kind === "float");
  if (many > maxListed) {
    const made = tensorOnHost(
      m,
      "torch.empty",
      [many],
      new Map([["dtype", dtypeValue(isReal ? "float64" : "int64")]]),
    );
    return given(m, made);
  }
  const values = Array.from({ length: many }, (_, i) => from + i * by);
  const end = number(last);
  if (end !== undefined && many > 1) values[many - 1] = end;
  const made = arrayOf(
    m,
    list(values.map((each) => (isReal ? float(each) : each))),
    isReal ? "float64" : "int64",
  );
  return given(m, made);
});

/** Elements beyond this many are not kept anyway. */
const maxListed = 4096;
