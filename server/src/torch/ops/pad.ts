/** Padding: one op that reads the input and writes the output. Source: torch documentation of `F.pad`. */
import { add, type Dim, hintOf } from "../../graph/dim.ts";
import { compare } from "../../graph/guard.ts";
import { dataOf, type Shape } from "../../graph/tensor.ts";
import { concrete } from "../_data.ts";
import { emitOne, shapeOf, stridesOf } from "../_emit.ts";
import { channelsLastStrides, isChannelsLast, orderedStrides } from "../_layout.ts";
import { defineOp, type Op, TorchError } from "../_op.ts";
import { printHint, printShape } from "../_shape.ts";

const opNames: Readonly<Record<string, string>> = {
  constant: "constant_pad_nd",
  reflect: "reflection_pad",
  replicate: "replication_pad",
  circular: "pad_circular",
};

function paddedShape(shape: Shape, pads: readonly Dim[]): Shape {
  return shape.map((size, d) => {
    const at = 2 * (shape.length - 1 - d);
    return add(size, add(pads[at] ?? 0, pads[at + 1] ?? 0));
  });
}

/** Elements padded by a constant, for small tensors. */
function padData(
  data: readonly number[] | undefined,
  shape: Shape,
  pads: readonly Dim[],
  value: number,
): readonly number[] | undefined {
  const [sizes, out] = [concrete(shape), concrete(paddedShape(shape, pads))];
  if (data === undefined || sizes === undefined || out === undefined) return undefined;
  const count = out.reduce((a, b) => a * b, 1);
  if (count > 4096) return undefined;
  return Array.from({ length: count }, (_, flat) => {
    let rest = flat;
    let at = 0;
    let step = 1;
    for (let d = out.length - 1; d >= 0; d--) {
      const i = (rest % (out[d] ?? 1)) - (hintOf(pads[2 * (out.length - 1 - d)] ?? 0) ?? 0);
      rest = Math.floor(rest / (out[d] ?? 1));
      if (i < 0 || i >= (sizes[d] ?? 1)) return value;
      at += i * step;
      step *= sizes[d] ?? 1;
    }
    return data[at] ?? value;
  });
}

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.constant_pad_nd"],
    params: "(input, pad, value=0)",
    run: (args, ctx) => {
      const value = args.has("value") ? { value: args.value("value") } : {};
      return ctx.call("torch.nn.functional.pad", [args.tensor("input"), args.value("pad")], value);
    },
  }),
  defineOp({
    names: ["torch.nn.functional.pad"],
    params: "(input, pad, mode='constant', value=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const shape = shapeOf(input);
      const pads = args.ints("pad");
      const mode = args.string("mode", "constant");
      if (pads.length % 2 !== 0) throw new TorchError("Padding length must be divisible by 2");
      if (pads.length > 2 * shape.length)
        throw new TorchError(
          `Padding length should be less than or equal to two times the input dimension but got padding length ${pads.length} and input of dimension ${shape.length}`,
        );
      const out = paddedShape(shape, pads);
      const bad = out.findIndex((d) => compare(d, "<", 0, ctx.graph) === true);
      if (bad >= 0)
        throw new TorchError(
          `The input size ${printHint(shape[bad] ?? 0)}, plus negative padding ${printHint(pads[2 * (shape.length - 1 - bad)] ?? 0)} and ${printHint(pads[2 * (shape.length - 1 - bad) + 1] ?? 0)} resulted in a negative output size, which is invalid. Check dimension ${bad} of your input.`,
        );
      const name = opNames[mode];
      if (name === undefined)
        throw new TorchError(`Unrecognised padding mode ${mode}`, "NotImplementedError");
      if (mode === "reflect") checkReflection(shape, pads, ctx.graph);
      const value = args.number("value", 0);
      const data = mode === "constant" ? padData(dataOf(input.meta), shape, pads, value) : undefined;
      const crops = mode === "constant" && pads.every((p) => compare(p, "<=", 0, ctx.graph) === true);
      const strides = crops
        ? orderedStrides(out, [stridesOf(input).map((d) => hintOf(d) ?? 1)])
        : isChannelsLast(input)
          ? channelsLastStrides(out)
          : undefined;
      const rank = mode === "reflect" || mode === "replicate" ? `${pads.length / 2}d` : "";
      return emitOne(
        ctx,
        `${name}${rank}`,
        [input],
        { shape: out, dtype: input.dtype, data, strides },
        { saved: mode === "constant" ? [] : [input] },
      );
    },
  }),
];

function checkReflection(shape: Shape, pads: readonly Dim[], sink: Parameters<typeof compare>[3]): void {
  for (const [i, pad] of pads.entries()) {
    const d = shape.length - 1 - Math.floor(i / 2);
    const size = shape[d] ?? 1;
    if (compare(pad, "<", size, sink) !== false) continue;
    const [left, right] = [pads[i - (i % 2)] ?? 0, pads[i - (i % 2) + 1] ?? 0];
    throw new TorchError(
      `Argument #4: Padding size should be less than the corresponding input dimension, but got: padding (${printHint(left)}, ${printHint(right)}) at dimension ${d} of input ${printShape(shape)}`,
    );
  }
}
