import assert from "node:assert/strict";
import { test } from "node:test";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);

/** What a forward pass gives for `x` of 2x3x4 elements, a mask `m` of 2x3 and indices `i` of 2x6. */
function estimate(expression: string) {
  const program = `import torch, einx
from einx import get_at
from torch import nn

class Net(nn.Module):
    def forward(self, x, m, i):
        seq = torch.arange(5)
        return ${expression}

Net()(torch.randn(2, 3, 4), torch.ones(2, 3).bool(), torch.zeros(2, 6).long())
`;
  const [made] = estimateModels(interpreter, { file: "net.py", source: syntax.parse(program) });
  assert.ok(made);
  return made;
}

// Checked against einx 0.4.3 on torch 2.13.
const cases: readonly (readonly [expression: string, shape: readonly number[]])[] = [
  ['einx.less("j, i -> i j", seq, torch.arange(3))', [3, 5]],
  ['einx.where("b n, b n d, -> b n d", m, x, 0.)', [2, 3, 4]],
  ['einx.where("b n, b n d,", m, x, 0.)', [2, 3, 4]],
  ['einx.multiply("b n d, b", x, x[:, 0, 0])', [2, 3, 4]],
  ['einx.add("b n d, s d -> (b s) n d", x, torch.randn(7, 4))', [14, 3, 4]],
  ['einx.add("... j, ... j k -> ... (j k)", x, torch.randn(2, 3, 4, 6))', [2, 3, 24]],
  ['einx.subtract("i, j -> 1 1 i j", seq, seq)', [1, 1, 5, 5]],
  ['einx.where("..., ... k, -> ... k", m, x, 0.)', [2, 3, 4]],
  ['einx.sum("... c -> ...", x)', [2, 3]],
  ['einx.mean("b [n] d", x)', [2, 4]],
  ['einx.max("b n d -> d b", x)', [4, 2]],
  ['get_at("b [n] d, b k -> b k d", x, i)', [2, 6, 4]],
  ['get_at("[c] d, b ... -> b ... d", torch.randn(9, 4), i)', [2, 6, 4]],
  ['get_at("q [c] d, b n q -> q b n d", torch.randn(8, 9, 4), torch.zeros(2, 6, 8).long())', [8, 2, 6, 4]],
  [
    'get_at("b h [j] d, b i k -> b h i k d", torch.randn(2, 5, 9, 4), torch.zeros(2, 6, 8).long())',
    [2, 5, 6, 8, 4],
  ],
  ['get_at("b [j], b i k -> b 1 i k", torch.randn(2, 9), torch.zeros(2, 6, 8).long())', [2, 1, 6, 8]],
];

for (const [expression, shape] of cases)
  test(`einx: ${expression}`, () => {
    const { output, complete } = estimate(expression);
    assert.deepEqual(output?.kind === "tensor" ? output.shape : output, shape);
    assert.ok(complete);
  });

for (const expression of [
  'einx.add("b n d, b n d", x, torch.randn(1, 3, 4))',
  'get_at("b [n] d, b k -> b k d", x, torch.zeros(1, 6).long())',
])
  test(`einx: an axis has one length: ${expression}`, () => {
    assert.match(estimate(expression).failure?.message ?? "", /^AxisSizeError/);
  });

for (const expression of [
  'einx.dot("b n [d], [d] e", x, torch.randn(4, 5))',
  'einx.add("b n d, n b d", x, x.transpose(0, 1))',
  'einx.add("a, b -> a b c", seq, seq, c=3)',
  'get_at("b [n d], b k [2] -> b k", x, torch.zeros(2, 6, 2).long())',
])
  test(`einx: what is not known stays open: ${expression}`, () => {
    const { complete, failure } = estimate(expression);
    assert.equal(complete, false);
    assert.equal(failure, undefined);
  });
