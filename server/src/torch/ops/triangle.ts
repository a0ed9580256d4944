/** Triangles and diagonals: copies that keep part of a matrix or place a vector in one. */
import { add, product } from "../../graph/dim.ts";
import type { DType } from "../../graph/dtype.ts";
import { dataOf, type Tensor } from "../../graph/tensor.ts";
import { concrete, movedData } from "../_data.ts";
import { emitInPlace, emitOne, shapeOf } from "../_emit.ts";
import { defineOp, type Op, TorchError } from "../_op.ts";
import { wrapDim } from "../_shape.ts";

export const ops: readonly Op[] = [
  ...["tril", "triu"].flatMap((name) => {
    const keep = (i: number, width: number, k: number): boolean => {
      const [row, column] = [Math.floor(i / width), i % width];
      return name === "tril" ? column - row <= k : column - row >= k;
    };
    const cut = (input: Tensor, k: number): readonly number[] | undefined => {
      const sizes = concrete(shapeOf(input));
      const [rows = 1, width = 1] = sizes?.slice(-2) ?? [];
      return sizes === undefined
        ? undefined
        : dataOf(input.meta)?.map((x, i) => (keep(i % (rows * width), width, k) ? x : 0));
    };
    return [
      defineOp({
        names: [`torch.${name}`, `torch.Tensor.${name}`],
        params: "(input, diagonal=0, *, out=None)",
        run: (args, ctx) => {
          const input = args.tensor("input");
          if (shapeOf(input).length < 2)
            throw new TorchError(`${name}: input tensor must have at least 2 dimensions`);
          return emitOne(ctx, name, [input], {
            shape: shapeOf(input),
            dtype: input.dtype,
            data: cut(input, args.index("diagonal", 0)),
          });
        },
      }),
      defineOp({
        names: [`torch.Tensor.${name}_`],
        params: "(input, diagonal=0)",
        run: (args, ctx) =>
          emitInPlace(
            ctx,
            `${name}_`,
            args.tensor("input"),
            [],
            cut(args.tensor("input"), args.index("diagonal", 0)),
          ),
      }),
      defineOp({
        names: [`torch.${name}_indices`],
        params: "(row, col, offset=0, *, dtype=None, device=None, layout=None)",
        run: (args, ctx) => {
          const [rows, columns, k] = [args.index("row"), args.index("col"), args.index("offset", 0)];
          const hits = Array.from({ length: rows * columns }, (_, i) => i).filter((i) => keep(i, columns, k));
          const data = [...hits.map((i) => Math.floor(i / columns)), ...hits.map((i) => i % columns)];
          const dtype: DType = args.dtype() ?? "int64";
          return emitOne(ctx, `${name}_indices`, [], {
            shape: [2, hits.length],
            dtype,
            data,
            differentiable: false,
          });
        },
      }),
    ];
  }),
  defineOp({
    names: ["torch.diagflat", "torch.Tensor.diagflat"],
    params: "(input, offset=0)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const size = add(product(shapeOf(input)), Math.abs(args.index("offset", 0)));
      return emitOne(ctx, "diag_embed", [input], { shape: [size, size], dtype: input.dtype });
    },
  }),
  defineOp({
    names: ["torch.diag", "torch.Tensor.diag"],
    params: "(input, diagonal=0, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const [rows = 1, columns, more] = shapeOf(input);
      if (shapeOf(input).length === 0 || more !== undefined)
        throw new TorchError("matrix or a vector expected");
      const k = Math.abs(args.index("diagonal", 0));
      if (columns !== undefined)
        return ctx.call("torch.clone", [
          ctx.call("torch.diagonal", [input, { kind: "int", value: args.index("diagonal", 0) }]),
        ]);
      const shape = [add(rows, k), add(rows, k)];
      const offset = args.index("diagonal", 0);
      const data = movedData(input, shape, ([i = 0, j = 0]) =>
        j - i === offset ? [Math.min(i, j)] : undefined,
      );
      return emitOne(ctx, "diag_embed", [input], { shape, dtype: input.dtype, data });
    },
  }),
  defineOp({
    names: ["torch.diag_embed", "torch.Tensor.diag_embed"],
    params: "(input, offset=0, dim1=-2, dim2=-1)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const shape = shapeOf(input);
      const rank = shape.length + 1;
      const [first, second] = [wrapDim(args.index("dim1", -2), rank), wrapDim(args.index("dim2", -1), rank)];
      if (first === second)
        throw new TorchError(`diagonal dimensions cannot be identical ${first}, ${second}`);
      const size = add(shape[shape.length - 1] ?? 1, Math.abs(args.index("offset", 0)));
      const others = [...shape.slice(0, -1)];
      return emitOne(ctx, "diag_embed", [input], {
        shape: Array.from({ length: rank }, (_, i) =>
          i === first || i === second ? size : (others.shift() ?? 1),
        ),
        dtype: input.dtype,
      });
    },
  }),
];
