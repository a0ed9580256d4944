import assert from "node:assert/strict";
import { test } from "node:test";
import { backwardWork } from "../server/src/graph/backward.ts";
import { hintOf, sum } from "../server/src/graph/dim.ts";
import { evaluate } from "./harness/op-eval.ts";

/**
 * The integers that PyTorch's own test of `torch.utils.flop_counter` expects (`test/test_flop_counter.py`); it counts two
 * FLOPs for a multiply-accumulate. `training` includes the backward pass, attention as its flash kernel does it.
 */
interface Published {
  readonly calls: readonly string[];
  readonly flops: number;
  readonly training?: true;
}

const attention = (queries: number, keys: number): string =>
  `F.scaled_dot_product_attention(g16[4, 8, ${queries}, 64], g16[4, 8, ${keys}, 64], g16[4, 8, ${keys}, 64], is_causal=True)`;

const published: readonly Published[] = [
  {
    calls: [
      "torch.mm(f32[4, 5], f32[5, 6])",
      "torch.addmm(f32[4, 6], f32[4, 5], f32[5, 6], beta=0.5, alpha=0.5)",
      "torch.matmul(f32[5, 6], f32[6, 7])",
      'torch.einsum("ab,bc->ac", f32[6, 7], f32[7, 8])',
      "F.linear(f32[8, 9], f32[10, 9], f32[10])",
    ],
    flops: 3012,
  },
  { calls: ["torch.mm(f32[4, 5], f32[5, 6])"], flops: 240 },
  { calls: ["torch.bmm(f32[3, 4, 5], f32[3, 5, 6])"], flops: 720 },
  {
    calls: [
      "torch.addmm(f32[4, 6], f32[4, 5], f32[5, 6])",
      "torch.addmm(f32[4, 1], f32[4, 5], f32[5, 6])",
      "torch.addmm(f32[6], f32[4, 5], f32[5, 6])",
    ],
    flops: 720,
  },
  { calls: ["torch.baddbmm(f32[3, 4, 6], f32[3, 4, 5], f32[3, 5, 6])"], flops: 720 },
  { calls: ["torch.conv2d(f32[2, 3, 6, 6], f32[6, 3, 4, 4], padding=1)"], flops: 28800 },
  { calls: ["torch.conv1d(f32[2, 3, 6], f32[6, 3, 4], padding=1)"], flops: 1440 },
  {
    calls: ["torch.bmm(torch.mm(g32[4, 5], f32[5, 6]).unsqueeze(0).expand(7, 4, 6), f32[7, 6, 7]).sum()"],
    flops: 5184,
    training: true,
  },
  { calls: [attention(128, 128)], flops: 134217728 },
  { calls: [attention(128, 128)], flops: (134217728 * 7) / 2, training: true },
  { calls: [attention(128, 256)], flops: 268435456 },
  { calls: [attention(128, 256)], flops: 939524096, training: true },
];

for (const { calls, flops, training } of published)
  test(`${flops} FLOPs: ${calls.join("; ").slice(0, 60)}`, () => {
    const ops = calls.flatMap((call) => evaluate(call).ops);
    const forward = ops.map((op) => op.work.macs);
    const backward = training === true ? ops.map((op) => backwardWork(op).macs) : [];
    assert.equal(2 * (hintOf(sum([...forward, ...backward])) ?? 0), flops);
  });
