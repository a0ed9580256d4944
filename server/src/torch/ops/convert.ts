/** dtype and device conversions. A change of dtype or device is one op, `_to_copy`, that reads and writes all. */
import { unknown } from "../../base/known.ts";
import { bytesPerElement, type DType, dtypeNamed, isFloatingOrComplex } from "../../graph/dtype.ts";
import { dataOf, isContiguous, Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { cast } from "../_autocast.ts";
import { emitOne, emitView, shapeOf, stridesOf } from "../_emit.ts";
import { channelsLastStrides, isChannelsLast, preservedStrides } from "../_layout.ts";
import { defineOp, NotKnown, type Op, type OpContext } from "../_op.ts";
import { none, string, type Value } from "../_value.ts";
import { clone, contiguous } from "../_view.ts";

const shorthand: Readonly<Record<string, DType>> = {
  float: "float32",
  half: "float16",
  bfloat16: "bfloat16",
  double: "float64",
  long: "int64",
  int: "int32",
  short: "int16",
  char: "int8",
  byte: "uint8",
  bool: "bool",
  cfloat: "complex64",
  cdouble: "complex128",
  chalf: "complex32",
};

interface Target {
  readonly dtype: DType | undefined;
  readonly device: string | undefined;
  readonly format: string | undefined;
  readonly copy: boolean;
}

/** `.to(dtype)`, `.to(device)`, `.to(device, dtype)`, `.to(other)`, all by keyword too. */
function targetOf(args: Args): Target {
  let dtype = args.dtype();
  let device = args.device();
  const positional = args.has("target") ? args.items("target") : [];
  for (const value of [...positional, ...(args.has("other") ? [args.value("other")] : [])]) {
    if (value instanceof Tensor) {
      dtype ??= value.dtype;
      device ??= value.meta.device;
    } else if (value.kind === "dtype") dtype ??= value.dtype;
    else if (value.kind === "device") device ??= value.name;
    else if (value.kind === "string") device ??= value.value;
    else if (value.kind === "int") device ??= `cuda:${String(value.value)}`;
  }
  const format = args.optional("memory_format");
  return {
    dtype,
    device,
    format: format?.kind === "token" ? format.name : undefined,
    copy: args.bool("copy", false),
  };
}

function convert(input: Tensor, to: Target, ctx: OpContext): Tensor {
  const { meta } = input;
  const [dtype, device] = [to.dtype ?? meta.dtype, to.device ?? meta.device];
  const same = dtype === meta.dtype && device === meta.device;
  const wantsLast = to.format?.startsWith("torch.channels_last") === true;
  if (same && !to.copy) {
    if (wantsLast)
      return isChannelsLast(input) ? input : clone(ctx, input, channelsLastStrides(shapeOf(input)));
    return to.format === "torch.contiguous_format" ? contiguous(ctx, input) : input;
  }
  const strides = wantsLast
    ? channelsLastStrides(shapeOf(input))
    : isContiguous(meta)
      ? undefined
      : preservedStrides(input);
  return emitOne(ctx, "_to_copy", [input], {
    shape: shapeOf(input),
    dtype,
    device,
    strides,
    data: dataOf(meta),
  });
}

const to = (input: Tensor, change: Partial<Target>, ctx: OpContext): Tensor =>
  convert(input, { dtype: undefined, device: undefined, format: undefined, copy: false, ...change }, ctx);

/** `"torch.cuda.HalfTensor"` is float16. */
const legacyDtype = (name: string, ctx: OpContext): DType | undefined => {
  if (name === "torch.Tensor") return ctx.modes.defaultDtype;
  const kind = /(\w+)Tensor$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return shorthand[kind] ?? dtypeNamed(name.replace("torch.", ""));
};

const nameOf = (type: Value): string => {
  if (type.kind === "unknown") throw new NotKnown(type);
  if (type.kind === "string") return type.value;
  if (type.kind === "token") return type.name;
  return type.kind === "opaque" ? type.typeName : "";
};

const limits: Readonly<
  Partial<Record<DType, readonly [min: number, max: number, eps: number, tiny: number]>>
> = {
  float16: [-65504, 65504, 2 ** -10, 2 ** -14],
  bfloat16: [-3.3895313892515355e38, 3.3895313892515355e38, 2 ** -7, 2 ** -126],
  float32: [-3.4028234663852886e38, 3.4028234663852886e38, 2 ** -23, 2 ** -126],
  float64: [-Number.MAX_VALUE, Number.MAX_VALUE, Number.EPSILON, 2 ** -1022],
  float8_e4m3fn: [-448, 448, 0.125, 2 ** -6],
  float8_e5m2: [-57344, 57344, 0.25, 2 ** -14],
};

const finfo = (dtype: DType): Value => {
  const [min, max, eps, tiny] = limits[dtype] ?? limits.float32 ?? [0, 0, 0, 0];
  const fields = { min, max, eps, tiny, smallest_normal: tiny, resolution: 10 ** Math.ceil(Math.log10(eps)) };
  return {
    kind: "record",
    typeName: "torch.finfo",
    fields: new Map<string, Value>([
      ...Object.entries(fields).map(([name, value]): [string, Value] => [name, { kind: "float", value }]),
      ["bits", { kind: "int", value: bytesPerElement(dtype) * 8 }],
      ["dtype", string(dtype)],
    ]),
  };
};

const iinfo = (dtype: DType): Value => {
  const bits = bytesPerElement(dtype) * 8;
  const unsigned = dtype.startsWith("u");
  return {
    kind: "record",
    typeName: "torch.iinfo",
    fields: new Map<string, Value>([
      ["min", { kind: "int", value: unsigned ? 0 : -(2 ** (bits - 1)) }],
      ["max", { kind: "int", value: unsigned ? 2 ** bits - 1 : 2 ** (bits - 1) - 1 }],
      ["bits", { kind: "int", value: bits }],
      ["dtype", string(dtype)],
    ]),
  };
};

/** What autocast computes in, or would if it were on. Source: torch documentation of `torch.autocast`. */
const autocastDtype = ({ modes: { autocast } }: OpContext, device: string): Value => ({
  kind: "dtype",
  dtype: autocast?.device === device ? autocast.dtype : device === "cpu" ? "bfloat16" : "float16",
});

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.Tensor.to"],
    params:
      "(input, *target, dtype=None, device=None, other=None, non_blocking=False, copy=False, memory_format=None)",
    run: (args, ctx) => convert(args.tensor("input"), targetOf(args), ctx),
  }),
  ...Object.entries(shorthand).map(([name, dtype]) =>
    defineOp({
      names: [`torch.Tensor.${name}`],
      params: "(input, memory_format=None)",
      run: (args, ctx) =>
        args.has("memory_format")
          ? convert(args.tensor("input"), { ...targetOf(args), dtype }, ctx)
          : cast(args.tensor("input"), dtype, ctx),
    }),
  ),
  defineOp({
    names: ["torch.Tensor.type_as"],
    params: "(input, other)",
    run: (args, ctx) => {
      const other = args.tensor("other");
      return to(args.tensor("input"), { dtype: other.dtype, device: other.meta.device }, ctx);
    },
  }),
  defineOp({
    names: ["torch.Tensor.type"],
    params: "(input, dtype=None, non_blocking=False)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const wanted = args.optional("dtype");
      if (wanted === undefined) {
        const name = Object.entries(shorthand).find(([, d]) => d === input.dtype)?.[0] ?? input.dtype;
        return string(`torch.${name.charAt(0).toUpperCase()}${name.slice(1)}Tensor`);
      }
      const dtype = wanted.kind === "dtype" ? wanted.dtype : legacyDtype(nameOf(wanted), ctx);
      if (dtype === undefined) throw new NotKnown(unknown("type(): a type of tensors that is not known"));
      return cast(input, dtype, ctx);
    },
  }),
  defineOp({
    names: ["torch.Tensor.cuda"],
    params: "(input, device=None, non_blocking=False, memory_format=None)",
    run: (args, ctx) => to(args.tensor("input"), { device: "cuda" }, ctx),
  }),
  defineOp({
    names: ["torch.Tensor.cpu"],
    params: "(input, *args, **kwargs)",
    run: (args, ctx) => to(args.tensor("input"), { device: "cpu" }, ctx),
  }),
  defineOp({
    names: ["torch.Tensor.numpy", "torch.Tensor.__array__"],
    params: "(input, *args, **kwargs)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const made = to(input, { device: "cpu" }, ctx);
      return made === input ? emitView(ctx, "alias", input, shapeOf(input), stridesOf(input)) : made;
    },
  }),
  defineOp({
    names: ["torch.finfo"],
    params: "(type=None)",
    run: (args, ctx) => finfo(args.dtype("type") ?? ctx.modes.defaultDtype),
  }),
  defineOp({ names: ["torch.iinfo"], params: "(type)", run: (args) => iinfo(args.dtype("type") ?? "int64") }),
  defineOp({
    names: ["torch.get_default_dtype"],
    params: "()",
    run: (_, ctx) => ({ kind: "dtype", dtype: ctx.modes.defaultDtype }),
  }),
  defineOp({
    names: ["torch.set_default_dtype"],
    params: "(d)",
    run: (args, ctx) => {
      const wanted = args.dtype("d");
      if (wanted !== undefined && isFloatingOrComplex(wanted)) ctx.modes.defaultDtype = wanted;
      return none;
    },
  }),
  defineOp({
    names: ["torch.is_autocast_enabled", "torch.is_autocast_cpu_enabled"],
    params: "(device_type=None)",
    run: (_, ctx) => ({ kind: "bool", value: ctx.modes.autocast !== undefined }),
  }),
  defineOp({
    names: ["torch.get_autocast_dtype"],
    params: "(device_type)",
    run: (args, ctx) => autocastDtype(ctx, args.string("device_type")),
  }),
  defineOp({
    names: ["torch.get_autocast_gpu_dtype"],
    params: "()",
    run: (_, ctx) => autocastDtype(ctx, "cuda"),
  }),
  defineOp({
    names: ["torch.get_autocast_cpu_dtype"],
    params: "()",
    run: (_, ctx) => autocastDtype(ctx, "cpu"),
  }),
  defineOp({
    names: ["torch.is_grad_enabled"],
    params: "()",
    run: (_, ctx) => ({ kind: "bool", value: ctx.modes.gradEnabled }),
  }),
];
