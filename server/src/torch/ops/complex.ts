/** Complex numbers and Fourier transforms. An FFT of n points counts 5 n log2 n FLOPs (Cooley and Tukey), half of it when real. */
import { add, type Dim, floorDiv, hintOf, mul, product, sub } from "../../graph/dim.ts";
import { isComplex, toComplex, toReal } from "../../graph/dtype.ts";
import { contiguousStrides, type Shape, type Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { emitOne, emitView, shapeOf, stridesOf } from "../_emit.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { floatDtype, pointwise } from "../_pointwise.ts";
import { wrapDim } from "../_shape.ts";

type Kind = "complex" | "to half" | "from half";

/** Dimensions transformed and how long each becomes. */
interface Plan {
  readonly dims: readonly number[];
  readonly shape: Shape;
  /** Points per transform, after cutting or padding. */
  readonly points: readonly Dim[];
}

function plan(args: Args, input: Tensor, kind: Kind, rank: number | undefined): Plan {
  const shape = shapeOf(input);
  const sizes = args.has("n") ? [args.int("n")] : args.optionalInts("s");
  const fallback = rank === undefined ? (sizes?.length ?? shape.length) : rank;
  const dims = (
    args.has("dim") ? args.indices("dim") : Array.from({ length: fallback }, (_, i) => i - fallback)
  ).map((d) => wrapDim(d, shape.length));
  const last = dims.length - 1;
  const points = dims.map((d, i): Dim => {
    const given = sizes?.[i];
    if (given !== undefined && given !== -1) return given;
    return kind === "from half" && i === last ? mul(2, sub(shape[d] ?? 1, 1)) : (shape[d] ?? 1);
  });
  let out = shape;
  for (const [i, d] of dims.entries()) {
    const n = points[i] ?? 1;
    out = out.with(d, kind === "to half" && i === last ? add(floorDiv(n, 2), 1) : n);
  }
  return { dims, shape: out, points };
}

function transform(args: Args, ctx: OpContext, name: string, kind: Kind, rank: number | undefined): Tensor {
  const input = args.tensor("input");
  const { dims, shape, points } = plan(args, input, kind, rank);
  const real = floatDtype(toReal(input.dtype), ctx);
  const count = product([...shapeOf(input).filter((_, i) => !dims.includes(i)), ...points]);
  const log = Math.max(1, Math.round(Math.log2(points.reduce<number>((a, p) => a * (hintOf(p) ?? 1), 1))));
  const flops = mul(kind === "complex" ? 5 * log : Math.ceil(2.5 * log), count);
  return emitOne(
    ctx,
    name,
    [input],
    { shape, dtype: kind === "from half" ? real : toComplex(real) },
    { flops },
  );
}

const families: readonly (readonly [suffix: string, params: string, rank: number | undefined])[] = [
  ["", "(input, n=None, dim=None, norm=None, *, out=None)", 1],
  ["2", "(input, s=None, dim=None, norm=None, *, out=None)", 2],
  ["n", "(input, s=None, dim=None, norm=None, *, out=None)", undefined],
];

const kinds: readonly (readonly [name: string, kind: Kind])[] = [
  ["fft", "complex"],
  ["ifft", "complex"],
  ["rfft", "to half"],
  ["ihfft", "to half"],
  ["irfft", "from half"],
  ["hfft", "from half"],
];

/** Frames of a short-time Fourier transform. Source: torch documentation of `torch.stft`. */
function stft(args: Args, ctx: OpContext): Tensor {
  const input = args.tensor("input");
  const points = args.int("n_fft");
  const hop = args.has("hop_length") ? args.int("hop_length") : floorDiv(points, 4);
  const shape = shapeOf(input);
  const length = add(
    shape[shape.length - 1] ?? 1,
    args.bool("center", true) ? mul(2, floorDiv(points, 2)) : 0,
  );
  const frames = add(floorDiv(sub(length, points), hop), 1);
  const half = args.has("onesided") ? args.bool("onesided") : !isComplex(input.dtype);
  const bins = half ? add(floorDiv(points, 2), 1) : points;
  const asComplex = args.has("return_complex") ? args.bool("return_complex") : isComplex(input.dtype);
  const out = [...shape.slice(0, -1), bins, frames, ...(asComplex ? [] : [2])];
  const log = Math.max(1, Math.round(Math.log2(hintOf(points) ?? 2)));
  const flops = product([Math.ceil(2.5 * log), points, frames, ...shape.slice(0, -1)]);
  const window = args.optionalTensor("window");
  // Each frame is transformed where it lies: the bins follow each other, and the result is seen transposed.
  const lying = contiguousStrides([...shape.slice(0, -1), frames, bins, ...(asComplex ? [] : [2])]);
  const at = lying.length - (asComplex ? 2 : 3);
  const strides = lying.with(at, lying[at + 1] ?? 1).with(at + 1, lying[at] ?? 1);
  return emitOne(
    ctx,
    "stft",
    window === undefined ? [input] : [input, window],
    { shape: out, dtype: asComplex ? toComplex(input.dtype) : input.dtype, strides },
    { flops },
  );
}

function istft(args: Args, ctx: OpContext): Tensor {
  const input = args.tensor("input");
  const points = args.int("n_fft");
  const hop = args.has("hop_length") ? args.int("hop_length") : floorDiv(points, 4);
  // Real and imaginary parts may come as a last dimension of two.
  const shape = isComplex(input.dtype) ? shapeOf(input) : shapeOf(input).slice(0, -1);
  const frames = shape[shape.length - 1] ?? 1;
  const whole = add(points, mul(hop, sub(frames, 1)));
  const trimmed = args.bool("center", true) ? sub(whole, mul(2, floorDiv(points, 2))) : whole;
  const length = args.has("length") ? args.int("length") : trimmed;
  const log = Math.max(1, Math.round(Math.log2(hintOf(points) ?? 2)));
  const flops = product([Math.ceil(2.5 * log), points, ...shape.slice(0, -2), frames]);
  return emitOne(
    ctx,
    "istft",
    [input],
    {
      shape: [...shape.slice(0, -2), length],
      dtype: args.bool("return_complex", false) ? toComplex(toReal(input.dtype)) : toReal(input.dtype),
    },
    { flops },
  );
}

export const ops: readonly Op[] = [
  ...kinds.flatMap(([name, kind]) =>
    families.map(([suffix, params, rank]) =>
      defineOp({
        names: [`torch.fft.${name}${suffix}`],
        params,
        run: (args, ctx) => transform(args, ctx, `fft_${name}${suffix}`, kind, rank),
      }),
    ),
  ),
  ...["fftshift", "ifftshift"].map((name) =>
    defineOp({
      names: [`torch.fft.${name}`],
      params: "(input, dim=None)",
      run: (args, ctx) => {
        const input = args.tensor("input");
        return emitOne(ctx, "roll", [input], { shape: shapeOf(input), dtype: input.dtype });
      },
    }),
  ),
  ...["fftfreq", "rfftfreq"].map((name) =>
    defineOp({
      names: [`torch.fft.${name}`],
      params: "(n, d=1.0, *, out=None, dtype=None, layout=None, device=None, requires_grad=False)",
      run: (args, ctx) => {
        const n = args.int("n");
        const count = name === "fftfreq" ? n : add(floorDiv(n, 2), 1);
        return emitOne(ctx, name, [], { shape: [count], dtype: args.dtype() ?? ctx.modes.defaultDtype });
      },
    }),
  ),
  defineOp({
    names: ["torch.stft", "torch.Tensor.stft"],
    params:
      "(input, n_fft, hop_length=None, win_length=None, window=None, center=True, pad_mode='reflect', normalized=False, onesided=None, return_complex=None)",
    run: stft,
  }),
  defineOp({
    names: ["torch.istft", "torch.Tensor.istft"],
    params:
      "(input, n_fft, hop_length=None, win_length=None, window=None, center=True, normalized=False, onesided=None, length=None, return_complex=False)",
    run: istft,
  }),
  defineOp({
    names: ["torch.polar", "torch.complex"],
    params: ["(abs, angle, *, out=None)", "(real, imag, *, out=None)"],
    run: (args, ctx) => {
      const both = args.has("abs")
        ? [args.tensor("abs"), args.tensor("angle")]
        : [args.tensor("real"), args.tensor("imag")];
      const [first] = both;
      if (first === undefined) throw new TorchError("polar(): expected two tensors");
      return pointwise(ctx, both, { name: "polar", dtype: toComplex(first.dtype), flops: 4, saved: both });
    },
  }),
  defineOp({
    names: ["torch.angle", "torch.Tensor.angle"],
    params: "(input, *, out=None)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return pointwise(ctx, [input], {
        name: "angle",
        dtype: floatDtype(toReal(input.dtype), ctx),
        saved: [input],
      });
    },
  }),
  defineOp({
    names: [
      "torch.conj",
      "torch.Tensor.conj",
      "torch.conj_physical",
      "torch.Tensor.conj_physical",
      "torch.Tensor.conj_physical_",
    ],
    params: "(input)",
    run: (args, ctx) => {
      const input = args.tensor("input");
      return isComplex(input.dtype) ? emitView(ctx, "conj", input, shapeOf(input), stridesOf(input)) : input;
    },
  }),
  ...["real", "imag"].map((name) =>
    defineOp({
      names: [`torch.${name}`],
      params: "(input)",
      run: (args, ctx) => ctx.call(`torch.Tensor.${name}`, [args.tensor("input")]),
    }),
  ),
];
