/**
 * Dropout: in training one op that draws a mask (1 byte per element kept for backward) and scales, 2 FLOPs per
 * element; otherwise the input itself, no op.
 */
import { mul, product } from "../../graph/dim.ts";
import type { Shape, Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { bytesFor, emitInPlace, emitOne, shapeOf } from "../_emit.ts";
import { preservedStrides } from "../_layout.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";

interface Row {
  readonly name: string;
  readonly homes: readonly string[];
  /** What one draw covers. */
  readonly mask: (shape: Shape) => Shape;
}

const whole = (shape: Shape): Shape => shape;
const perChannel = (shape: Shape): Shape => shape.slice(0, 2);

const rows: readonly Row[] = [
  { name: "dropout", homes: ["torch.nn.functional", "torch"], mask: whole },
  { name: "alpha_dropout", homes: ["torch.nn.functional", "torch"], mask: whole },
  { name: "feature_alpha_dropout", homes: ["torch.nn.functional", "torch"], mask: perChannel },
  { name: "feature_dropout", homes: ["torch"], mask: perChannel },
  { name: "dropout1d", homes: ["torch.nn.functional"], mask: perChannel },
  { name: "dropout2d", homes: ["torch.nn.functional"], mask: perChannel },
  { name: "dropout3d", homes: ["torch.nn.functional"], mask: perChannel },
];

function drop(args: Args, ctx: OpContext, row: Row, inPlace: boolean): Tensor {
  const input = args.tensor("input");
  const p = args.numberIfKnown("p", 0.5);
  if (p !== undefined && (p < 0 || p > 1))
    throw new TorchError(`dropout probability has to be between 0 and 1, but got ${p}`, "ValueError");
  if (!args.bool("train", args.bool("training", row.homes[0] === "torch.nn.functional")) || p === 0)
    return input;
  const shape = shapeOf(input);
  const details = { flops: mul(2, product(shape)), savedExtra: bytesFor(row.mask(shape), "bool") };
  if (inPlace) {
    input.become({ varies: true });
    return emitInPlace(ctx, `${row.name}_`, input, [], undefined, details);
  }
  return emitOne(
    ctx,
    row.name,
    [input],
    { shape, dtype: input.dtype, strides: preservedStrides(input), random: true },
    details,
  );
}

export const ops: readonly Op[] = rows.flatMap((row) => [
  defineOp({
    names: row.homes.map((home) => `${home}.${row.name}`),
    params: ["(input, p=0.5, training=True, inplace=False)", "(input, p, train)"],
    run: (args, ctx) => drop(args, ctx, row, args.bool("inplace", false)),
  }),
  ...row.homes
    .filter((home) => home === "torch")
    .map((home) =>
      defineOp({
        names: [`${home}.${row.name}_`],
        params: "(input, p, train)",
        run: (args, ctx) => drop(args, ctx, row, true),
      }),
    ),
]);
