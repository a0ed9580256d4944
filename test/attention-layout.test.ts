import assert from "node:assert/strict";
import { test } from "node:test";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import { parseInputSpecs } from "../server/src/model/input-spec.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);

/** A model that calls attention with these arguments; `r` makes a tensor. */
function estimate(args: string, then = ""): ModelEstimate {
  const text = `
import torch
import torch.nn.functional as F
from torch import nn, randn as r

class Net(nn.Module):
    def forward(self, x):
        return F.scaled_dot_product_attention(${args})${then}
`;
  const inputs = parseInputSpecs("float32[1]");
  assert.ok(inputs);
  const [made] = estimateModels(interpreter, {
    file: "net.py",
    source: syntax.parse(text),
    entry: "Net()",
    inputs,
  });
  assert.ok(made);
  return made;
}

const bshd = "r(2, 9, 4, 8).transpose(1, 2)";
const plain = "r(2, 4, 9, 8)";
const same = (query: string, more = ""): string =>
  [query, query, query, more].filter((each) => each !== "").join(", ");

/** Strides that torch 2.14 gave on a processor. */
const strides: Readonly<Record<string, readonly number[]>> = {
  [same(plain)]: [288, 72, 8, 1],
  [same(bshd)]: [288, 8, 32, 1],
  [[bshd, plain, plain].join(", ")]: [288, 8, 32, 1],
  [[plain, bshd, bshd].join(", ")]: [288, 72, 8, 1],
  [same("r(9, 2, 4, 8).permute(1, 2, 0, 3)")]: [32, 8, 64, 1],
  [same("r(2, 9, 3, 4, 8).unbind(2)[0].transpose(1, 2)")]: [288, 8, 32, 1],
  [same("r(2, 4, 8, 9).transpose(2, 3)")]: [288, 72, 8, 1],
  [[bshd, "r(2, 4, 8, 9).transpose(2, 3)", plain].join(", ")]: [288, 72, 8, 1],
  [same("r(9, 4, 8).transpose(0, 1)")]: [8, 32, 1],
  [same("r(2, 2, 9, 4, 8).transpose(2, 3)")]: [576, 288, 72, 8, 1],
  [[bshd, "r(1, 4, 9, 8)", "r(1, 4, 9, 8)"].join(", ")]: [288, 72, 8, 1],
  [[bshd, bshd, "r(2, 9, 4, 16).transpose(1, 2)"].join(", ")]: [576, 144, 16, 1],
  [same(bshd, "attn_mask=torch.zeros(9, 9)")]: [288, 8, 32, 1],
  [same(bshd, "attn_mask=torch.zeros(4, 9, 9)")]: [288, 72, 8, 1],
  [same(bshd, "attn_mask=torch.zeros(9, 9, requires_grad=True)")]: [288, 72, 8, 1],
  [same(bshd, "dropout_p=0.1")]: [288, 72, 8, 1],
  [`${bshd}, r(2, 9, 2, 8).transpose(1, 2), r(2, 9, 2, 8).transpose(1, 2), enable_gqa=True`]: [288, 8, 32, 1],
};

for (const [args, expected] of Object.entries(strides))
  test(`attention is laid out as in torch: ${args}`, () => {
    const op = estimate(args).graph.ops.find(({ name }) => name === "scaled_dot_product_attention");
    assert.deepEqual(op?.outputs[0]?.meta.strides, expected);
  });

test("heads are joined by a view where the query was split by one", () => {
  assert.equal(estimate(same(bshd), ".transpose(1, 2).view(2, 9, 32)").complete, true);
  const { failure } = estimate(same(plain), ".transpose(1, 2).view(2, 9, 32)");
  assert.match(failure?.message ?? "", /view size is not compatible/);
});
