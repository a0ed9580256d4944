import { product } from "../../graph/dim.ts";
import { dataOf } from "../../graph/tensor.ts";
import { emitOne, shapeOf } from "../_emit.ts";
import { defineOp } from "../_op.ts";

/** `max(x, 0)`: 1 FLOP per element; keeps its output for backward. */
export const ops = [
  defineOp({
    names: ["torch.relu", "torch.Tensor.relu"],
    params: "(input)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const shape = shapeOf(input);
      const data = dataOf(input.meta)?.map((x) => Math.max(x, 0));
      return emitOne(
        ctx,
        "relu",
        [input],
        { shape, dtype: input.dtype, data },
        { flops: product(shape), savesOutput: true },
      );
    },
  }),
];
