/** Comparisons, logic and bits: 1 FLOP per output element; no gradient. */
import { product, sameDim } from "../../graph/dim.ts";
import { type DType, isFloatingOrComplex } from "../../graph/dtype.ts";
import { isContiguous, isKnownShape, Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { allData } from "../_data.ts";
import { emitOne, record, shapeOf } from "../_emit.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import {
  operandOf,
  type Pointwise,
  pointwise,
  pointwiseInPlace,
  promotedDtype,
  scalarName,
} from "../_pointwise.ts";
import { equal } from "../_shape.ts";
import { bool, type Value } from "../_value.ts";

interface Row {
  readonly names: readonly string[];
  readonly dunder?: string;
  /** `bool` answers yes or no, `same` promotes. */
  readonly result: "bool" | "same";
  readonly compute: (a: number, b: number) => number;
}

const rows: readonly Row[] = [
  { names: ["eq"], dunder: "eq", result: "bool", compute: (a, b) => Number(a === b) },
  { names: ["ne", "not_equal"], dunder: "ne", result: "bool", compute: (a, b) => Number(a !== b) },
  { names: ["lt", "less"], dunder: "lt", result: "bool", compute: (a, b) => Number(a < b) },
  { names: ["le", "less_equal"], dunder: "le", result: "bool", compute: (a, b) => Number(a <= b) },
  { names: ["gt", "greater"], dunder: "gt", result: "bool", compute: (a, b) => Number(a > b) },
  { names: ["ge", "greater_equal"], dunder: "ge", result: "bool", compute: (a, b) => Number(a >= b) },
  { names: ["logical_and"], result: "bool", compute: (a, b) => Number(a !== 0 && b !== 0) },
  { names: ["logical_or"], result: "bool", compute: (a, b) => Number(a !== 0 || b !== 0) },
  { names: ["logical_xor"], result: "bool", compute: (a, b) => Number((a !== 0) !== (b !== 0)) },
  { names: ["bitwise_and"], dunder: "and", result: "same", compute: (a, b) => a & b },
  { names: ["bitwise_or"], dunder: "or", result: "same", compute: (a, b) => a | b },
  { names: ["bitwise_xor"], dunder: "xor", result: "same", compute: (a, b) => a ^ b },
  { names: ["bitwise_left_shift"], dunder: "lshift", result: "same", compute: (a, b) => a * 2 ** b },
  {
    names: ["bitwise_right_shift"],
    dunder: "rshift",
    result: "same",
    compute: (a, b) => Math.floor(a / 2 ** b),
  },
];

const symmetric = new Set(["and", "or", "xor"]);

const refuseFloats = (name: string, dtype: DType): DType => {
  if (name.startsWith("bitwise_") && isFloatingOrComplex(dtype))
    throw new TorchError(`"${name}_cpu" not implemented for '${scalarName(dtype)}'`);
  return dtype;
};

function opsOf(row: Row): readonly Op[] {
  const [name = ""] = row.names;
  const build = (operands: ReturnType<typeof operandOf>[]) => ({
    name,
    dtype: row.result === "bool" ? ("bool" as const) : refuseFloats(name, promotedDtype(operands)),
    compute: row.compute,
    differentiable: false,
  });
  const run = (args: Args, ctx: OpContext, first: string, second: string): Tensor => {
    const both = [operandOf(args.operand(first), ctx, name), operandOf(args.operand(second), ctx, name)];
    return pointwise(ctx, both, build(both));
  };
  const methods = row.dunder === undefined ? [] : [`torch.Tensor.__${row.dunder}__`];
  const result = [
    defineOp({
      names: [...row.names.flatMap((n) => [`torch.${n}`, `torch.Tensor.${n}`]), ...methods],
      params: "(input, other, *, out=None)",
      run: (args, ctx) => {
        if (name.startsWith("logical_")) args.tensor("other");
        return run(args, ctx, "input", "other");
      },
    }),
    defineOp({
      names: [
        ...row.names.map((n) => `torch.Tensor.${n}_`),
        ...(row.result === "same" && row.dunder !== undefined ? [`torch.Tensor.__i${row.dunder}__`] : []),
      ],
      params: "(input, other)",
      run: (args, ctx) => {
        const both = [args.tensor("input"), operandOf(args.operand("other"), ctx, name)];
        return pointwiseInPlace(ctx, args.tensor("input"), both.slice(1), build(both));
      },
    }),
  ];
  if (row.dunder !== undefined && (symmetric.has(row.dunder) || row.dunder.endsWith("shift")))
    result.push(
      defineOp({
        names: [`torch.Tensor.__r${row.dunder}__`],
        params: "(input, other)",
        run: (args, ctx) => run(args, ctx, "other", "input"),
      }),
    );
  return result;
}

function flippedBits(input: Tensor): Pointwise {
  if (isFloatingOrComplex(input.dtype))
    throw new TorchError(`"bitwise_not_cpu" not implemented for '${scalarName(input.dtype)}'`);
  const compute = input.dtype === "bool" ? (x: number) => 1 - x : (x: number) => ~x;
  return { name: "bitwise_not", dtype: input.dtype, compute };
}

/** The same elements of the same memory: equal, unless one of them is not a number. */
const isSame = ({ meta: a }: Tensor, { meta: b }: Tensor): boolean =>
  a.storage === b.storage &&
  a.dtype === b.dtype &&
  sameDim(a.offset, b.offset) &&
  a.strides !== undefined &&
  a.strides.length === b.strides?.length &&
  a.strides.every((stride, i) => sameDim(stride, b.strides?.[i] ?? 0));

export const ops: readonly Op[] = [
  ...rows.flatMap(opsOf),
  defineOp({
    names: ["torch.Tensor.bitwise_not_"],
    params: "(input)",
    run: (args, ctx) => pointwiseInPlace(ctx, args.tensor("input"), [], flippedBits(args.tensor("input"))),
  }),
  defineOp({
    names: ["torch.bitwise_not", "torch.Tensor.bitwise_not", "torch.Tensor.__invert__"],
    params: "(input, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return pointwise(ctx, [input], flippedBits(input));
    },
  }),
  defineOp({
    names: ["torch.equal", "torch.Tensor.equal"],
    params: "(input, other)",
    run: (args, ctx): Value => {
      const [a, b] = [args.tensor("input"), args.tensor("other")];
      const [x, y] = [shapeOf(a), shapeOf(b)];
      if (x.length !== y.length || x.some((d, i) => !equal(d, y[i] ?? 0, ctx))) return bool(false);
      record(ctx, "equal", [a, b], [], { flops: product(x) });
      if (isSame(a, b)) return bool(true);
      const data = allData([a, b]);
      if (data === undefined) return unknownElements("torch.equal()");
      const [p = [], q = []] = data;
      return bool(p.every((v, i) => v === q[i]));
    },
  }),
  defineOp({
    names: ["torch.allclose", "torch.Tensor.allclose"],
    params: "(input, other, rtol=1e-05, atol=1e-08, equal_nan=False)",
    run: (args, ctx): Value => {
      const both = [args.tensor("input"), args.tensor("other")];
      record(ctx, "allclose", both, [], { flops: product([4, ...shapeOf(args.tensor("input"))]) });
      const data = allData(both);
      if (data === undefined) return unknownElements("torch.allclose()");
      const [rtol, atol] = [args.number("rtol", 1e-5), args.number("atol", 1e-8)];
      const [p = [], q = []] = data;
      return bool(p.every((v, i) => Math.abs(v - (q[i] ?? 0)) <= atol + rtol * Math.abs(q[i] ?? 0)));
    },
  }),
  defineOp({
    names: ["torch.isclose", "torch.Tensor.isclose"],
    params: "(input, other, rtol=1e-05, atol=1e-08, equal_nan=False)",
    run: (args, ctx) => {
      const [rtol, atol] = [args.number("rtol", 1e-5), args.number("atol", 1e-8)];
      const equalNan = args.bool("equal_nan", false);
      return pointwise(ctx, [args.tensor("input"), args.tensor("other")], {
        name: "isclose",
        dtype: "bool",
        compute: (x, y) =>
          Number(
            x === y ||
              (Number.isNaN(x) && Number.isNaN(y) && equalNan) ||
              (Number.isFinite(y) && Math.abs(x - y) <= atol + rtol * Math.abs(y)),
          ),
        flops: 4,
        differentiable: false,
      });
    },
  }),
  defineOp({
    names: ["torch.isin"],
    params: "(elements, test_elements, *, assume_unique=False, invert=False)",
    run: (args, ctx) => {
      const [a, b] = [args.value("elements"), args.value("test_elements")].map((v) =>
        operandOf(v, ctx, "isin"),
      );
      const tensors = [a, b].filter((o) => o instanceof Tensor);
      const shape = a instanceof Tensor ? shapeOf(a) : [];
      return emitOne(ctx, "isin", tensors, { shape, dtype: "bool", differentiable: false });
    },
  }),
  defineOp({
    names: ["torch.is_same_size", "torch.Tensor.is_same_size"],
    params: "(input, other)",
    run: (args, ctx): Value => {
      const [x, y] = [shapeOf(args.tensor("input")), shapeOf(args.tensor("other"))];
      return bool(x.length === y.length && x.every((d, i) => equal(d, y[i] ?? 0, ctx)));
    },
  }),
  defineOp({
    names: ["torch.Tensor.is_contiguous"],
    params: "(input, memory_format=None)",
    run: (args): Value => {
      const { meta } = args.tensor("input");
      return isKnownShape(meta.shape) ? bool(isContiguous(meta)) : meta.shape;
    },
  }),
];

const unknownElements = (what: string): Value => ({
  kind: "unknown",
  why: `${what} compares elements that only the run knows`,
  where: undefined,
});
