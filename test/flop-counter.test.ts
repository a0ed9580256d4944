import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { backwardWork } from "../server/src/graph/backward.ts";
import { type Dim, hintOf, sum } from "../server/src/graph/dim.ts";
import type { OpRecord } from "../server/src/graph/ir.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { parseInputSpecs } from "../server/src/model/input-spec.ts";
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
  {
    calls: ["torch.mm(g32[4, 5], g32[4, 5].t()).sum()", "torch.mm(g32[4, 5], g32[4, 5].t()).sum()"],
    flops: 960,
    training: true,
  },
  { calls: ["torch.mm(f32[10, 10], f32[10, 10], out=torch.zeros(10, 10))"], flops: 2000 },
  {
    calls: ["torch.mm(torch.mm(g32[10, 10].relu(), g32[10, 10].relu()), g32[10, 10].exp())"],
    flops: 12000,
    training: true,
  },
  { calls: ["torch.mm(g32[10, 10], g32[10, 10]).sum()"], flops: 6000, training: true },
  { calls: ["F.conv_transpose2d(f32[1, 1, 2, 2], f32[1, 1, 2, 2])"], flops: 32 },
  { calls: ["F.conv2d(f32[1, 1, 2, 2], f32[1, 1, 1, 1])"], flops: 8 },
  {
    calls: Array.from(
      { length: 50 },
      () => "F.conv_transpose2d(f32[1, 4, 30, 2], g32[4, 8, 2, 2], g32[8], stride=2).sum()",
    ),
    flops: 1536000,
    training: true,
  },
  { calls: [attention(128, 128)], flops: 134217728 },
  { calls: [attention(128, 128)], flops: (134217728 * 7) / 2, training: true },
  { calls: [attention(128, 256)], flops: 268435456 },
  { calls: [attention(128, 256)], flops: 939524096, training: true },
];

/** Of each size that its test of convolutions has: both gradients cost twice what the forward pass does. */
const convolutions = [
  [1, 1],
  [1, 3],
  [3, 1],
  [3, 7],
  [2, 4],
  [4, 2],
].flatMap(([from, to]) => [
  `F.conv2d(g32[1, ${from}, 4, 4], g32[${to}, ${from}, 2, 2])`,
  `F.conv_transpose2d(g32[1, ${from}, 4, 4], g32[${from}, ${to}, 2, 2])`,
]);

test("the backward pass of a convolution is two more", () => {
  for (const call of [
    "F.conv_transpose2d(g32[1, 1, 2, 2], g32[1, 1, 2, 2])",
    "F.conv2d(g32[1, 1, 2, 2], g32[1, 1, 1, 1])",
    ...convolutions,
  ]) {
    const { ops } = evaluate(call);
    const [forward, backward] = [ops.map((op) => op.work.macs), ops.map((op) => backwardWork(op).macs)];
    assert.ok((hintOf(sum(forward)) ?? 0) > 0, call);
    assert.equal(hintOf(sum(backward)), 2 * (hintOf(sum(forward)) ?? 0), call);
  }
});

test("a step of ResNet-18, and its first stage", async (t) => {
  const packages = "/usr/lib/python3/dist-packages";
  if (!existsSync(`${packages}/torchvision`)) {
    t.diagnostic(`torchvision is not installed in ${packages}: its source cannot be read`);
    return;
  }
  const { interpreter, syntax } = await createSession([packages], defaultLimits);
  const [made] = estimateModels(interpreter, {
    file: "resnet.py",
    source: syntax.parse("from torchvision.models import resnet18\n"),
    entry: "resnet18()",
    inputs: parseInputSpecs("float32[1, 3, 224, 224]") ?? [],
    training: true,
  });
  assert.ok(made?.complete === true);
  const { ops } = made.graph;
  const flops = (all: readonly OpRecord[], of: (op: OpRecord) => Dim): number =>
    2 * (hintOf(sum(all.map(of))) ?? 0);
  const layer1 = ops.filter(({ site }) => site.modulePath.startsWith("layer1."));
  assert.equal(
    flops(layer1, ({ work }) => work.macs),
    924844032,
  );
  assert.equal(
    flops(layer1, (op) => backwardWork(op).macs),
    1849688064,
  );
  // PyTorch's test wants the gradient of the image too: as much again as the first convolution.
  const image = flops(
    ops.filter(({ site }) => site.modulePath === "conv1"),
    ({ work }) => work.macs,
  );
  const step = flops(ops, ({ work }) => work.macs) + flops(ops, (op) => backwardWork(op).macs);
  assert.equal(step + image, 10884440064);
});

for (const { calls, flops, training } of published)
  test(`${flops} FLOPs: ${calls.join("; ").slice(0, 60)}`, () => {
    const ops = calls.flatMap((call) => evaluate(call).ops);
    const forward = ops.map((op) => op.work.macs);
    const backward = training === true ? ops.map((op) => backwardWork(op).macs) : [];
    assert.equal(2 * (hintOf(sum([...forward, ...backward])) ?? 0), flops);
  });
