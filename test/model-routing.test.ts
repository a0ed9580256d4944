import assert from "node:assert/strict";
import { test } from "node:test";
import { hintOf, printDim, sum } from "../server/src/graph/dim.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import { parseInputSpecs } from "../server/src/model/input-spec.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);

/** Four experts, two of them for each of the rows of `x`; `body` sends the rows to them. */
const mixture = (body: string, experts = "nn.Linear(8, 8, bias=False) for _ in range(4)"): string => `
import torch
import torch.nn.functional as F
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(8, 4, bias=False)
        self.fixed = nn.Linear(8, 8, bias=False)
        self.experts = nn.ModuleList(${experts})

    def forward(self, x):
        weights, chosen = self.gate(x).softmax(-1).topk(2, dim=-1)
        out = torch.zeros_like(x)
${body
  .split("\n")
  .map((line) => `        ${line}`)
  .join("\n")}
        return out
`;

function estimate(text: string, input = "float32[10, 8]"): ModelEstimate {
  const inputs = parseInputSpecs(input);
  assert.ok(inputs);
  const file = "net.py";
  const [made] = estimateModels(interpreter, { file, source: syntax.parse(text), entry: "Net()", inputs });
  assert.ok(made);
  return made;
}

const macs = (made: ModelEstimate) => sum(made.graph.ops.map((op) => op.work.macs));

const loop = `
for i, expert in enumerate(self.experts):
    token, place = torch.where(chosen == i)
    out.index_add_(0, token, expert(x[token]) * weights[token, place, None])`;

/** Of each, the number of products depends on which experts the router chooses. */
const routed: Readonly<Record<string, string>> = {
  "experts of different sizes": mixture(
    loop.replace("expert(x[token])", "expert(x[token])[:, :8]"),
    "nn.Linear(8, 8 + i) for i in range(4)",
  ),
  "a loop over some of the experts": mixture(
    loop.replace("enumerate(self.experts)", "enumerate(self.experts[:3])"),
  ),
  "products of rows with each other": mixture(
    loop.replace("expert(x[token])", "(x[token] @ x[token].T @ x[token])"),
  ),
  "a product of fixed size for each expert in use": mixture(`
for i in (F.one_hot(chosen, 4).sum((0, 1)) > 0).nonzero():
    token, place = torch.where(chosen == i)
    bias = self.fixed(x[:1])
    out.index_add_(0, token, self.experts[i](x[token]) + bias)`),
  "a product of fixed size that an empty expert skips": mixture(`
for i, expert in enumerate(self.experts):
    token, place = torch.where(chosen == i)
    if len(token) == 0:
        continue
    out.index_add_(0, token, expert(x[token]) + self.fixed(x[:1]))`),
  "a product for experts without rows": mixture(`
for i, expert in enumerate(self.experts):
    token = torch.where(chosen == i)[0]
    if len(token) > 0:
        out.index_add_(0, token, expert(x[token]))
    else:
        out = out + self.fixed(x[:1])`),
  "another module for experts without rows": mixture(`
for i, expert in enumerate(self.experts):
    token = torch.where(chosen == i)[0]
    out = out.index_add(0, token, expert(x[token])) if token.numel() > 0 else self.fixed(out)`),
  "a capacity that drops rows": mixture(`
mask = F.one_hot(chosen, 4).sum(1)
mask = mask * (mask.cumsum(0) <= 3)
for i, expert in enumerate(self.experts):
    token = torch.where(mask[:, i])[0]
    out.index_add_(0, token, expert(x[token]))`),
  "a capacity that cuts a piece": mixture(`
for i, expert in enumerate(self.experts):
    token = torch.where(chosen == i)[0][:3]
    out.index_add_(0, token, expert(x[token]))`),
  "a mask that is changed": mixture(`
mask = F.one_hot(chosen, 4)
mask[0] = 0
for i, expert in enumerate(self.experts):
    token = torch.where(mask[..., i])[0]
    out.index_add_(0, token, expert(x[token]))`),
  "a threshold": mixture(`
for i, expert in enumerate(self.experts):
    token = torch.where(self.gate(x)[:, i] > 0.5)[0]
    out.index_add_(0, token, expert(x[token]))`),
  "choices that may repeat, marked once": mixture(`
chosen = torch.cat([chosen, chosen], dim=1)
mask = torch.zeros(10, 4).scatter(1, chosen, 1)
for i, expert in enumerate(self.experts):
    token = torch.where(mask[:, i])[0]
    out.index_add_(0, token, expert(x[token]))`),
  "rows that are many for one expert": mixture(`
for i, expert in enumerate(self.experts):
    token = torch.where(chosen == i)[0]
    if len(token) > 4:
        out.index_add_(0, token, expert(x[token]))`),
  "experts that the routing leaves out of the output": mixture(
    "out = [expert(x[torch.where(chosen == i)[0]]) for i, expert in enumerate(self.experts)]",
  ),
};

test("work that depends on the routing is never complete", async (t) => {
  for (const [name, text] of Object.entries(routed))
    await t.test(name, () => {
      const made = estimate(text);
      assert.equal(made.failure, undefined);
      assert.equal(made.complete, false);
      assert.ok(made.notCounted.length > 0, "no reason given");
    });
});

test("the rows of all experts are tokens times chosen experts", () => {
  const made = estimate(mixture(loop));
  assert.deepEqual(made.notCounted, []);
  assert.equal(made.complete, true);
  assert.equal(macs(made), 10 * 8 * 4 + 20 * 8 * 8);
  assert.deepEqual(made.assumptions, [
    "20 routed rows (tokens x chosen experts) are spread evenly over 4 experts",
  ]);
});

const grouped = (offsets: string): string =>
  mixture(`
sizes = torch.bincount(chosen.flatten(), minlength=4)
order = chosen.flatten().argsort()
weight = torch.stack([expert.weight.T for expert in self.experts])
rows = F.grouped_mm(x[order // 2], weight, offs=${offsets})
out.index_add_(0, order // 2, rows)`);

test("a grouped product counts the rows of all groups, when its offsets cover them", () => {
  const made = estimate(grouped("sizes.cumsum(0).to(torch.int32)"));
  assert.deepEqual(made.notCounted, []);
  assert.equal(made.complete, true);
  assert.equal(macs(made), 10 * 8 * 4 + 20 * 8 * 8);
  for (const offsets of ["(sizes + 1).cumsum(0)", "(sizes * 2).cumsum(0)", "sizes.cumsum(0)[:3]"])
    assert.equal(estimate(grouped(offsets)).complete, false, offsets);
});

test("a symbolic number of tokens gives a formula", () => {
  const made = estimate(mixture(loop), "float32[T=10, 8]");
  assert.deepEqual(made.notCounted, []);
  assert.equal(printDim(macs(made)), `${8 * 4 + 2 * 8 * 8}*T`);
  assert.equal(hintOf(macs(made)), 10 * 8 * 4 + 20 * 8 * 8);
});

test("one token reads the weights of its experts only", () => {
  const made = estimate(mixture(loop), "float32[1, 8]");
  assert.equal(made.complete, true);
  assert.equal(macs(made), 8 * 4 + 2 * 8 * 8);
  const products = made.graph.ops.filter((op) => op.work.macs !== 0);
  assert.equal(products.length, 1 + 2);
  assert.ok(
    products.every((op, i) => op.id === made.graph.ops.indexOf(op) && (i === 0 || op.work.macs === 64)),
  );
});

test("names in a loop over experts keep the sizes of every round", () => {
  const made = estimate(mixture(loop), "float32[3, 8]");
  const rows = made.bindings
    .flatMap(({ tensors }) => tensors.map(({ meta }) => meta.shape))
    .filter((shape) => Array.isArray(shape) && shape.length === 1);
  assert.deepEqual(rows.slice(0, 4), [[2], [2], [1], [1]]);
});

test("windows over rows of which only the run knows how many there are never count less than nothing", () => {
  const made = estimate(mixture("out = F.conv1d(x[: int(x.sum())].T[None], torch.ones(4, 8, 7))"));
  assert.equal(made.complete, false);
  assert.ok(
    made.graph.ops.every(({ work }) => Object.values(work).every((each) => (hintOf(each) ?? 0) >= 0)),
  );
  assert.equal(hintOf(macs(made)), 10 * 8 * 4);
});
