/**
 * Convolution of complex numbers by three of real ones, `a = Wr xr`, `b = Wi xi`, `c = (Wr + Wi)(xr + xi)`:
 * `(a - b) + i (c - a - b)`. Source: aten/src/ATen/native/Convolution.cpp, `complex_convolution`.
 */
import type { Tensor } from "../graph/tensor.ts";
import { type OpContext, TorchError } from "./_op.ts";
import { int, type Value } from "./_value.ts";

interface Operands {
  readonly input: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
}

const called = (ctx: OpContext, name: string, ...args: readonly Value[]): Tensor => {
  const made = ctx.call(name, args);
  if (made.kind !== "tensor") throw new TorchError(`${name} failed`);
  return made;
};

export function complexConvolution(
  ctx: OpContext,
  { input, weight, bias }: Operands,
  real: (operands: Operands) => Tensor,
): Tensor {
  const parts = (whole: Tensor): readonly [re: Tensor, im: Tensor] => {
    const pairs = called(ctx, "torch.view_as_real", whole);
    const part = (index: number): Tensor => called(ctx, "torch.select", pairs, int(-1), int(index));
    return [part(0), part(1)];
  };
  const plus = (x: Tensor, y: Tensor): Tensor => called(ctx, "torch.add", x, y);
  const minus = (x: Tensor, y: Tensor): Tensor => called(ctx, "torch.sub", x, y);
  const [xr, xi] = parts(input);
  const [wr, wi] = parts(weight);
  const [br, bi] = bias === undefined ? [] : parts(bias);
  const a = real({ input: xr, weight: wr, bias: br });
  const b = real({ input: xi, weight: wi, bias: undefined });
  const c = real({
    input: plus(xr, xi),
    weight: plus(wr, wi),
    bias: br && bi && plus(br, bi),
  });
  const imaginary = called(ctx, "torch.mul", minus(minus(c, a), b), { kind: "complex", re: 0, im: 1 });
  return plus(minus(a, b), imaginary);
}
