/**
 * `F.multi_head_attention_forward`, by the ops of torch's own Python: in-projection (one `linear` for self attention,
 * two or three otherwise), head split, `baddbmm` / `bmm` and softmax when weights are asked for,
 * `scaled_dot_product_attention` otherwise, out-projection. Source: torch documentation of `nn.MultiheadAttention`.
 */
import { floorDiv, hintOf, mul, product } from "../../graph/dim.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { shapeOf } from "../_emit.ts";
import { bmm, linear } from "../_matmul.ts";
import { defineOp, NotKnown, type Op, type OpContext, TorchError } from "../_op.ts";
import { pointwise } from "../_pointwise.ts";
import { divideEvenly, equal, printHint } from "../_shape.ts";
import { bool, float, int, list, none, tuple, type Value } from "../_value.ts";
import { expand, narrow, reshape, squeeze, transpose, unsqueeze, view } from "../_view.ts";

const params = `(query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v, add_zero_attn,
  dropout_p, out_proj_weight, out_proj_bias, training=True, key_padding_mask=None, need_weights=True, attn_mask=None,
  use_separate_proj_weight=False, q_proj_weight=None, k_proj_weight=None, v_proj_weight=None, static_k=None, static_v=None,
  average_attn_weights=True, is_causal=False)`;

const tensor = (value: Value): Tensor => {
  if (value.kind === "unknown") throw new NotKnown(value);
  if (value.kind === "tensor") return value;
  throw new TorchError("multi_head_attention_forward: expected a tensor");
};

/** Rows `at..at+size` of a packed weight or bias. */
const rows = (ctx: OpContext, packed: Tensor | undefined, at: number, count: number): Tensor | undefined => {
  if (packed === undefined) return undefined;
  const size = floorDiv(shapeOf(packed)[0] ?? 3, 3);
  return narrow(ctx, packed, 0, mul(size, at), mul(size, count));
};

type Triple = readonly [Tensor, Tensor, Tensor];

function project(args: Args, ctx: OpContext, q: Tensor, k: Tensor, v: Tensor): Triple {
  const bias = args.optionalTensor("in_proj_bias");
  if (args.bool("use_separate_proj_weight", false)) {
    const weights = ["q_proj_weight", "k_proj_weight", "v_proj_weight"].map((name) => args.tensor(name));
    const [wq = q, wk = q, wv = q] = weights;
    return [
      linear(ctx, q, wq, rows(ctx, bias, 0, 1)),
      linear(ctx, k, wk, rows(ctx, bias, 1, 1)),
      linear(ctx, v, wv, rows(ctx, bias, 2, 1)),
    ];
  }
  const weight = args.tensor("in_proj_weight");
  const parts = (packed: Tensor, count: number): readonly Tensor[] => {
    const shape = shapeOf(packed);
    const size = floorDiv(shape[shape.length - 1] ?? 1, count);
    const wide = unsqueeze(ctx, reshape(ctx, packed, [...shape.slice(0, -1), count, size]), 0);
    const moved = squeeze(ctx, transpose(ctx, wide, 0, -2), [-2]);
    const copy = tensor(ctx.call("torch.Tensor.contiguous", [moved]));
    return Array.from({ length: count }, (_, i) => tensor(ctx.call("torch.select", [copy, int(0), int(i)])));
  };
  if (k === v && q === k) {
    const [a = q, b = q, c = q] = parts(linear(ctx, q, weight, bias), 3);
    return [a, b, c];
  }
  const wq = rows(ctx, weight, 0, 1) ?? weight;
  if (k === v) {
    const first = linear(ctx, q, wq, rows(ctx, bias, 0, 1));
    const both = linear(ctx, k, rows(ctx, weight, 1, 2) ?? weight, rows(ctx, bias, 1, 2));
    const [b = k, c = k] = parts(both, 2);
    return [first, b, c];
  }
  return [
    linear(ctx, q, wq, rows(ctx, bias, 0, 1)),
    linear(ctx, k, rows(ctx, weight, 1, 1) ?? weight, rows(ctx, bias, 1, 1)),
    linear(ctx, v, rows(ctx, weight, 2, 1) ?? weight, rows(ctx, bias, 2, 1)),
  ];
}

/** A boolean mask becomes an additive one. */
function additive(ctx: OpContext, mask: Tensor, dtype: Tensor): Tensor {
  if (mask.dtype !== "bool") return mask;
  const zeros = tensor(
    ctx.call("torch.zeros_like", [mask], { dtype: { kind: "dtype", dtype: dtype.dtype } }),
  );
  return tensor(ctx.call("torch.Tensor.masked_fill_", [zeros, mask, float(Number.NEGATIVE_INFINITY)]));
}

function attend(args: Args, ctx: OpContext): Value {
  const given = args.tensor("query");
  const isBatched = shapeOf(given).length === 3;
  const add = (t: Tensor): Tensor => (isBatched ? t : unsqueeze(ctx, t, 1));
  const query = add(given);
  const key = args.tensor("key") === given ? query : add(args.tensor("key"));
  const value = args.tensor("value") === args.tensor("key") ? key : add(args.tensor("value"));
  const [length = 1, batch = 1, width = 1] = shapeOf(query);
  const heads = args.int("num_heads");
  if (!equal(width, args.int("embed_dim_to_check"), ctx))
    throw new TorchError(
      `was expecting embedding dimension of ${printHint(args.int("embed_dim_to_check"))}, but got ${printHint(width)}`,
      "AssertionError",
    );
  const headWidth = divideEvenly(width, heads, ctx);
  if (headWidth === undefined)
    throw new TorchError(
      `embed_dim ${printHint(width)} not divisible by num_heads ${printHint(heads)}`,
      "AssertionError",
    );
  let [q, k, v] = project(args, ctx, query, key, value);
  const extra = (t: Tensor, name: string): Tensor => {
    const bias = args.optionalTensor(name);
    return bias === undefined
      ? t
      : tensor(ctx.call("torch.cat", [list([t, expand(ctx, bias, [1, batch, -1])])]));
  };
  [k, v] = [extra(k, "bias_k"), extra(v, "bias_v")];
  const split = (t: Tensor): Tensor => {
    const size = shapeOf(t)[0] ?? 1;
    return transpose(
      ctx,
      view(ctx, tensor(ctx.call("torch.Tensor.contiguous", [t])), [size, mul(batch, heads), headWidth]),
      0,
      1,
    );
  };
  [q, k, v] = [split(q), split(k), split(v)];
  if (args.bool("add_zero_attn", false)) {
    const zero = (t: Tensor): Tensor =>
      tensor(
        ctx.call("torch.zeros", [tuple([int(mul(batch, heads)), int(1), int(headWidth)])], {
          dtype: { kind: "dtype", dtype: t.dtype },
        }),
      );
    [k, v] = [
      tensor(ctx.call("torch.cat", [list([k, zero(k)]), int(1)])),
      tensor(ctx.call("torch.cat", [list([v, zero(v)]), int(1)])),
    ];
  }
  const keys = shapeOf(k)[1] ?? 1;
  // Keys that were added are masked by nobody.
  const added = ["bias_k", "add_zero_attn"].filter((name) =>
    name === "bias_k" ? args.has(name) : args.bool(name, false),
  ).length;
  const padded = (t: Tensor): Tensor =>
    added === 0 ? t : tensor(ctx.call("torch.nn.functional.pad", [t, tuple([int(0), int(added)])]));
  const ownMask = args.optionalTensor("attn_mask");
  let mask = ownMask === undefined ? undefined : padded(ownMask);
  if (mask !== undefined) {
    mask = additive(ctx, mask, q);
    if (shapeOf(mask).length === 2) mask = unsqueeze(ctx, mask, 0);
  }
  const short = args.optionalTensor("key_padding_mask");
  if (short !== undefined) {
    const padding = padded(short);
    const flat = view(
      ctx,
      additive(ctx, shapeOf(padding).length === 1 ? unsqueeze(ctx, padding, 0) : padding, q),
      [shapeOf(padding).length === 1 ? 1 : batch, 1, 1, keys],
    );
    const wide = reshape(ctx, expand(ctx, flat, [-1, heads, -1, -1]), [mul(batch, heads), 1, keys]);
    mask = mask === undefined ? wide : pointwise(ctx, [mask, wide], { name: "add", dtype: q.dtype });
  }
  const p = args.bool("training", true) ? args.number("dropout_p", 0) : 0;
  const [context, weights] = args.bool("need_weights", true)
    ? explicit(ctx, q, k, v, mask, p)
    : fused(args, ctx, [q, k, v], mask, p, [batch, heads, length, keys, headWidth]);
  const flat = view(ctx, tensor(ctx.call("torch.Tensor.contiguous", [transpose(ctx, context, 0, 1)])), [
    mul(length, batch),
    width,
  ]);
  const outWeight = args.tensor("out_proj_weight");
  const projected = linear(ctx, flat, outWeight, args.optionalTensor("out_proj_bias"));
  const shaped = view(ctx, projected, [length, batch, shapeOf(outWeight)[0] ?? 1]);
  const output = isBatched ? shaped : squeeze(ctx, shaped, [1]);
  if (weights === undefined) return tuple([output, none]);
  const perHead = view(ctx, weights, [batch, heads, length, keys]);
  const averaged = args.bool("average_attn_weights", true)
    ? tensor(ctx.call("torch.mean", [perHead], { dim: int(1) }))
    : perHead;
  return tuple([output, isBatched ? averaged : squeeze(ctx, averaged, [0])]);
}

function explicit(
  ctx: OpContext,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mask: Tensor | undefined,
  p: number,
): readonly [Tensor, Tensor] {
  const width = hintOf(shapeOf(q)[2] ?? 1) ?? 1;
  const scaledQ = tensor(ctx.call("torch.mul", [q, float(1 / Math.sqrt(width))]));
  const scores = bmm(ctx, scaledQ, transpose(ctx, k, -2, -1), mask);
  let weights = tensor(ctx.call("torch.softmax", [scores, int(-1)]));
  if (p > 0) weights = tensor(ctx.call("torch.nn.functional.dropout", [weights, float(p), bool(true)]));
  return [bmm(ctx, weights, v), weights];
}

function fused(
  args: Args,
  ctx: OpContext,
  [q, k, v]: Triple,
  mask: Tensor | undefined,
  p: number,
  [batch, heads, length, keys, width]: readonly [
    ReturnType<typeof mul>,
    ReturnType<typeof mul>,
    ReturnType<typeof mul>,
    ReturnType<typeof mul>,
    ReturnType<typeof mul>,
  ],
): readonly [Tensor, undefined] {
  const spread = (t: Tensor, size: typeof keys): Tensor => view(ctx, t, [batch, heads, size, width]);
  const bias: Value =
    mask === undefined
      ? none
      : shapeOf(mask)[0] === 1
        ? unsqueeze(ctx, mask, 0)
        : view(ctx, mask, [batch, heads, -1, keys]);
  const causal = bool(args.bool("is_causal", false) && mask === undefined);
  const made = tensor(
    ctx.call("torch.nn.functional.scaled_dot_product_attention", [
      spread(q, length),
      spread(k, keys),
      spread(v, keys),
      bias,
      float(p),
      causal,
    ]),
  );
  return [reshape(ctx, made, [product([batch, heads]), length, width]), undefined];
}

export const ops: readonly Op[] = [
  defineOp({ names: ["torch.nn.functional.multi_head_attention_forward"], params, run: attend }),
];
