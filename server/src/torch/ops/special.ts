/**
 * Special functions, element by element: integers become floating. 1 FLOP per element, as for every function of one element,
 * whatever its series costs. Source: torch documentation of `torch.special`.
 */
import type { Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { defineOp, type Op, type OpContext } from "../_op.ts";
import {
  floatDtype,
  operandOf,
  type Pointwise,
  pointwise,
  pointwiseInPlace,
  promotedDtype,
} from "../_pointwise.ts";
import { named } from "../_value.ts";

const ofOne =
  "airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 entr erfcx i0e i1 i1e log_ndtr modified_bessel_i0 modified_bessel_i1 modified_bessel_k0 modified_bessel_k1 ndtr ndtri scaled_modified_bessel_k0 scaled_modified_bessel_k1 spherical_bessel_j0".split(
    " ",
  );

const ofTwo: readonly (readonly [name: string, ...aliases: readonly string[]])[] = [
  ["zeta"],
  ["xlog1py"],
  ["xlogy"],
  ...["chebyshev_polynomial", "shifted_chebyshev_polynomial"].flatMap((family) =>
    ["t", "u", "v", "w"].map((kind): [string] => [`${family}_${kind}`]),
  ),
  ["hermite_polynomial_h"],
  ["hermite_polynomial_he"],
  ["laguerre_polynomial_l"],
  ["legendre_polynomial_p"],
  ["gammainc", "torch.igamma", "torch.Tensor.igamma"],
  ["gammaincc", "torch.igammac", "torch.Tensor.igammac"],
];

const floating = (ctx: OpContext, name: string, input: Tensor): Pointwise => ({
  name,
  dtype: floatDtype(input.dtype, ctx),
  saved: [input],
});

/** A function of a tensor and of a whole number called `order`. */
function withOrder(name: string, params: string, order: string, also: readonly string[]): readonly Op[] {
  const build = (args: Args, ctx: OpContext): Pointwise => ({
    ...floating(ctx, name, args.tensor("input")),
    attributes: { order: args.int(order) },
  });
  const run = (args: Args, ctx: OpContext): Tensor =>
    pointwise(ctx, [args.tensor("input")], build(args, ctx));
  const functions = [`torch.${name}`, ...also];
  return [
    defineOp({ names: functions, params, run }),
    defineOp({ names: [`torch.Tensor.${name}`], params: `(input, ${order})`, run }),
    defineOp({
      names: [`torch.Tensor.${name}_`],
      params: `(input, ${order})`,
      run: (args, ctx) => pointwiseInPlace(ctx, args.tensor("input"), [], build(args, ctx)),
    }),
  ];
}

export const ops: readonly Op[] = [
  defineOp({
    names: ofOne.map((name) => `torch.special.${name}`),
    params: "(input, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return pointwise(ctx, [input], floating(ctx, "special", input));
    },
  }),
  ...ofTwo.map(([name, ...aliases]) =>
    defineOp({
      names: [`torch.special.${name}`, ...aliases],
      params: ["(input, other, *, out=None)", "(input, n, *, out=None)"],
      run: (args, ctx) => {
        if (aliases.length > 0) args.tensor("other");
        const both = [args.value("input"), args.has("other") ? args.value("other") : args.value("n")];
        const operands = both.map((each) => operandOf(each, ctx, name));
        return pointwise(ctx, operands, {
          name: `special_${name}`,
          dtype: floatDtype(promotedDtype(operands), ctx),
          saved: operands.filter((each) => each.kind === "tensor"),
        });
      },
    }),
  ),
  ...["igamma", "igammac"].map((name) =>
    defineOp({
      names: [`torch.Tensor.${name}_`],
      params: "(input, other)",
      run: (args, ctx) => {
        const other = args.tensor("other");
        return pointwiseInPlace(ctx, args.tensor("input"), [other], { name, dtype: other.dtype });
      },
    }),
  ),
  ...withOrder("polygamma", "(n, input, *, out=None)", "n", ["torch.special.polygamma"]),
  ...withOrder("mvlgamma", "(input, p, *, out=None)", "p", ["torch.special.multigammaln"]),
  defineOp({
    names: ["torch.frexp", "torch.Tensor.frexp"],
    params: "(input, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      const part = (name: string, dtype: "int32" | undefined): Tensor =>
        pointwise(ctx, [input], { name, dtype: dtype ?? input.dtype, differentiable: dtype === undefined });
      const parts = [part("frexp", undefined), part("frexp", "int32")];
      return named("torch.return_types.frexp", ["mantissa", "exponent"], parts);
    },
  }),
];
