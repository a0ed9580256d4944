/** Tensors made of nothing: the op writes its bytes and reads none; `empty` writes none. */
import { add, type Dim, floorDiv, hintOf, sub } from "../../graph/dim.ts";
import { type DType, isFloating } from "../../graph/dtype.ts";
import { compare } from "../../graph/guard.ts";
import { Tensor } from "../../graph/tensor.ts";
import { type Args, asNumber, dimOf, numberOf } from "../_args.ts";
import { create, factoryOptions, filled } from "../_create.ts";
import { shapeOf } from "../_emit.ts";
import { preservedStrides } from "../_layout.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { dtypeOfNumber } from "../_pointwise.ts";
import { broadcast } from "../_shape.ts";
import type { Value } from "../_value.ts";

const factory =
  "dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, out=None, names=None, memory_format=None, generator=None";

interface Fill {
  readonly name: string;
  readonly value: number | undefined;
  readonly random?: boolean;
  readonly writes?: boolean;
}

const fills: readonly Fill[] = [
  { name: "zeros", value: 0 },
  { name: "ones", value: 1 },
  { name: "empty", value: undefined, writes: false },
  { name: "rand", value: undefined, random: true },
  { name: "randn", value: undefined, random: true },
];

const make = (
  ctx: OpContext,
  fill: Fill,
  shape: readonly Dim[],
  options: { dtype: DType; device: string; requiresGrad: boolean },
): Tensor => {
  const negative = shape.find((d) => (hintOf(d) ?? 0) < 0);
  if (negative !== undefined)
    throw new TorchError(
      `Trying to create tensor with negative dimension ${hintOf(negative)}: [${shape.map(hintOf).join(", ")}]`,
    );
  return create(ctx, fill.name, {
    shape,
    ...options,
    data: filled(shape, fill.value),
    random: fill.random === true,
    writes: fill.writes !== false,
  });
};

function fillOps(fill: Fill): readonly Op[] {
  return [
    defineOp({
      names: [`torch.${fill.name}`],
      params: `(*size, ${factory})`,
      run: (args, ctx) =>
        make(ctx, fill, args.variadicInts("size"), factoryOptions(args, ctx, ctx.modes.defaultDtype)),
    }),
    defineOp({
      names: [`torch.${fill.name}_like`],
      params: `(input, *, ${factory})`,
      run: (args, ctx) => {
        const like = args.tensor("input");
        return create(ctx, `${fill.name}_like`, {
          shape: shapeOf(like),
          strides: preservedStrides(like),
          dtype: args.dtype() ?? like.dtype,
          device: args.device() ?? like.meta.device,
          data: filled(shapeOf(like), fill.value),
          random: fill.random === true,
          requiresGrad: args.bool("requires_grad", false),
          writes: fill.writes !== false,
        });
      },
    }),
    ...(fill.random === true ? [] : [newOp(fill)]),
  ];
}

const newOp = (fill: Fill): Op =>
  defineOp({
    names: [`torch.Tensor.new_${fill.name}`],
    params: `(input, *size, ${factory})`,
    run: (args, ctx) =>
      make(ctx, { ...fill, name: `new_${fill.name}` }, args.variadicInts("size"), newOptions(args)),
  });

const newOptions = (args: Args): { dtype: DType; device: string; requiresGrad: boolean } => {
  const like = args.tensor("input");
  return {
    dtype: args.dtype() ?? like.dtype,
    device: args.device() ?? like.meta.device,
    requiresGrad: args.bool("requires_grad", false),
  };
};

/** dtype that a fill value implies, as `torch.full` infers it. */
const dtypeOfFill = (args: Args, ctx: OpContext): DType => {
  const value = args.operand("fill_value");
  if (value instanceof Tensor) return value.dtype;
  if (value.kind === "unknown") return dtypeOfNumber(value.number ?? "float", ctx);
  return value.kind === "bool" ? "bool" : value.kind === "int" ? "int64" : ctx.modes.defaultDtype;
};

const isFloat = (value: Value | undefined): boolean =>
  value?.kind === "float" || (value instanceof Tensor && isFloating(value.dtype));

function range(args: Args, ctx: OpContext, name: string, inclusive: boolean): Tensor {
  const values = ["start", "end", "step"].map((n) => args.optional(n));
  const dims = values.map((v) =>
    v === undefined ? undefined : isFloat(v) ? numberOf(v, name) : dimOf(v, name),
  );
  const [first, second, third] = dims;
  const [start, end] = second === undefined ? [0, first ?? 0] : [first ?? 0, second];
  const step = third ?? 1;
  const options = factoryOptions(
    args,
    ctx,
    values.some(isFloat) || inclusive ? ctx.modes.defaultDtype : "int64",
  );
  if (typeof step === "number" && step === 0) throw new TorchError("step must be nonzero");
  const length = rangeLength(start, end, step, ctx, inclusive);
  const numbers = typeof start === "number" && typeof length === "number" && typeof step === "number";
  const data = numbers && length <= 4096 ? Array.from({ length }, (_, i) => start + i * step) : undefined;
  return create(ctx, name, { shape: [length], ...options, data });
}

function rangeLength(start: Dim, end: Dim, step: Dim, ctx: OpContext, inclusive: boolean): Dim {
  const extra = inclusive ? 1 : 0;
  if (typeof start === "number" && typeof end === "number" && typeof step === "number") {
    if ((step > 0 && end < start) || (step < 0 && end > start))
      throw new TorchError("upper bound and larger bound inconsistent with step sign");
    return inclusive ? Math.floor((end - start) / step) + extra : Math.ceil((end - start) / step);
  }
  const span = sub(end, start);
  if (compare(span, "<", 0, ctx.graph) === true)
    throw new TorchError("upper bound and larger bound inconsistent with step sign");
  return step === 1 ? add(span, extra) : add(floorDiv(sub(add(span, step), 1), step), extra);
}

export const ops: readonly Op[] = [
  ...fills.flatMap(fillOps),
  defineOp({
    names: ["torch.full"],
    params: `(size, fill_value, *, ${factory})`,
    run: (args, ctx) => {
      const shape = args.ints("size");
      return create(ctx, "full", {
        shape,
        ...factoryOptions(args, ctx, dtypeOfFill(args, ctx)),
        data: filled(shape, asNumber(args.operand("fill_value"))),
      });
    },
  }),
  defineOp({
    names: ["torch.full_like"],
    params: `(input, fill_value, *, ${factory})`,
    run: (args, ctx) => {
      const like = args.tensor("input");
      const shape = shapeOf(like);
      return create(ctx, "full_like", {
        shape,
        strides: preservedStrides(like),
        ...newOptions(args),
        data: filled(shape, asNumber(args.operand("fill_value"))),
      });
    },
  }),
  defineOp({
    names: ["torch.Tensor.new_full"],
    params: `(input, size, fill_value, *, ${factory})`,
    run: (args, ctx) => {
      const shape = args.ints("size");
      return create(ctx, "new_full", {
        shape,
        ...newOptions(args),
        data: filled(shape, asNumber(args.operand("fill_value"))),
      });
    },
  }),
  defineOp({
    names: ["torch.arange"],
    params: [`(start, end=None, step=None, *, ${factory})`, `(end, *, start=None, step=None, ${factory})`],
    run: (args, ctx) => range(args, ctx, "arange", false),
  }),
  defineOp({
    names: ["torch.range"],
    params: `(start, end=None, step=None, *, ${factory})`,
    run: (args, ctx) => range(args, ctx, "range", true),
  }),
  ...["linspace", "logspace"].map((name) =>
    defineOp({
      names: [`torch.${name}`],
      params: `(start, end, steps=100, base=10, *, ${factory})`,
      run: (args, ctx) => {
        const steps = args.int("steps", 100);
        const [from, to] = [bound(args, "start"), bound(args, "end")];
        const base = name === "logspace" ? args.number("base", 10) : undefined;
        const options = factoryOptions(args, ctx, ctx.modes.defaultDtype);
        return create(ctx, name, {
          shape: [steps],
          ...options,
          data: spaced(from, to, steps, base, options.dtype),
        });
      },
    }),
  ),
  defineOp({
    names: ["torch.eye"],
    params: `(n, m=None, *, ${factory})`,
    run: (args, ctx) => {
      const [rows, columns] = [args.int("n"), args.has("m") ? args.int("m") : args.int("n")];
      for (const [name, size] of [["n", rows] as const, ["m", columns] as const])
        if (typeof size === "number" && size < 0)
          throw new TorchError(`${name} must be greater or equal to 0, got ${size}`);
      const data = filled([rows, columns], 0)?.map((_, i) => {
        const width = typeof columns === "number" ? columns : 1;
        return Math.floor(i / width) === i % width ? 1 : 0;
      });
      return create(ctx, "eye", {
        shape: [rows, columns],
        ...factoryOptions(args, ctx, ctx.modes.defaultDtype),
        data,
      });
    },
  }),
  defineOp({
    names: ["torch.randint"],
    params: [`(low, high, size, *, ${factory})`, `(high, size, *, ${factory})`],
    run: (args, ctx) =>
      create(ctx, "randint", {
        shape: args.ints("size"),
        ...factoryOptions(args, ctx, "int64"),
        random: true,
      }),
  }),
  defineOp({
    names: ["torch.randint_like"],
    params: `(input, low=None, high=None, *, ${factory})`,
    run: (args, ctx) =>
      create(ctx, "randint_like", {
        shape: shapeOf(args.tensor("input")),
        ...newOptions(args),
        random: true,
      }),
  }),
  defineOp({
    names: ["torch.randperm"],
    params: `(n, *, ${factory})`,
    run: (args, ctx) =>
      create(ctx, "randperm", {
        shape: [args.int("n")],
        ...factoryOptions(args, ctx, "int64"),
        random: true,
      }),
  }),
  defineOp({
    names: ["torch.normal"],
    params: `(mean, std=None, size=None, *, ${factory})`,
    run: (args, ctx) => {
      const given = args.allTensors();
      const [like] = given;
      const shape = like === undefined ? args.ints("size") : broadcast(given.map(shapeOf), ctx);
      return create(ctx, "normal", {
        shape,
        ...factoryOptions(args, ctx, like?.dtype ?? ctx.modes.defaultDtype),
        random: true,
      });
    },
  }),
  defineOp({
    names: ["torch.empty_strided"],
    params: `(size, stride, *, ${factory})`,
    run: (args, ctx) =>
      create(ctx, "empty_strided", {
        shape: args.ints("size"),
        strides: args.ints("stride"),
        ...factoryOptions(args, ctx, ctx.modes.defaultDtype),
        writes: false,
      }),
  }),
  defineOp({
    names: ["torch.Tensor.new_empty_strided"],
    params: `(input, size, stride, *, ${factory})`,
    run: (args, ctx) =>
      create(ctx, "new_empty_strided", {
        shape: args.ints("size"),
        strides: args.ints("stride"),
        ...newOptions(args),
        writes: false,
      }),
  }),
  ...["hann_window", "hamming_window", "blackman_window", "bartlett_window", "kaiser_window"].map((name) =>
    defineOp({
      names: [`torch.${name}`],
      params: `(window_length, periodic=True, alpha=None, beta=None, *, ${factory})`,
      run: (args, ctx) =>
        create(ctx, name, {
          shape: [args.int("window_length")],
          ...factoryOptions(args, ctx, ctx.modes.defaultDtype),
        }),
    }),
  ),
];

/** One end of a range whose length does not depend on it: its value may be left open. */
function bound(args: Args, name: string): number | undefined {
  const value = args.operand(name);
  return value.kind === "unknown" || value instanceof Tensor ? asNumber(value) : args.number(name);
}

/** Source: torch's `linspace` computes from both ends towards the middle, in the result's precision. */
function spaced(
  from: number | undefined,
  to: number | undefined,
  steps: Dim,
  base: number | undefined,
  dtype: DType,
): readonly number[] | undefined {
  if (typeof steps !== "number" || steps > 4096 || from === undefined || to === undefined) return undefined;
  const round = dtype === "float32" ? Math.fround : (x: number) => x;
  const step = steps > 1 ? round((round(to) - round(from)) / (steps - 1)) : 0;
  return Array.from({ length: steps }, (_, i) => {
    const x = i < steps / 2 ? round(from) + step * i : round(to) - step * (steps - i - 1);
    return base === undefined ? x : base ** x;
  });
}
