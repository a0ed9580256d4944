import assert from "node:assert/strict";
import { test } from "node:test";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);

/** What a forward pass gives for `w` of 6x3x2x2 elements and `x` of 2x3x4. */
function shapes(expression: string): unknown {
  const program = `import torch, einops
from einops.layers.torch import EinMix
from functools import partial
from torch import nn
from einops.einops import rearrange, reduce

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(6, 3, 2, 2))
    def forward(self, x):
        w = self.w
        return ${expression}

Net()(torch.randn(2, 3, 4))
`;
  const [made] = estimateModels(interpreter, { file: "net.py", source: syntax.parse(program) });
  assert.ok(made);
  if (made.failure !== undefined) return made.failure.message;
  assert.deepEqual(made.notCounted, []);
  return made.output?.kind === "tensor" ? made.output.shape : made.output;
}

// Checked against einops 0.8.2 on torch 2.13.
const cases: readonly (readonly [expression: string, shape: unknown])[] = [
  ['einops.reduce(w, "o ... -> o 1 1 1", partial(torch.var, unbiased=False))', [6, 1, 1, 1]],
  ['einops.reduce(x, "b (n 3) d -> n (b d)", lambda t, axes: t.amax(axes))', [1, 8]],
  ['einops.reduce(x, "b (h n) d -> n b", torch.sum, h=3)', [1, 2]],
  ['einops.reduce([x, x], "k b n d -> d", torch.mean)', [4]],
  ['einops.reduce(x, "b n d -> ", torch.sum)', []],
  ['EinMix("b n (h d) -> b h n k", "h d k", "h k", h=2, d=2, k=5)(x)', [2, 2, 3, 5]],
  ['EinMix("b n d -> b (n k)", "d k", "n k", n=3, d=4, k=5)(x)', [2, 15]],
  ['EinMix("... d -> ... k", "d k", "k", d=4, k=5)(x)', [2, 3, 5]],
  ['EinMix("b n d -> b 1 (d n)", "n", n=3)(x)', [2, 1, 12]],
  ['einops.reduce(x, "b n d -> b d", "mean")', [2, 4]],
  ['reduce(x, "b n d -> d", "max")', [4]],
  ['rearrange(x, "b n d -> d n b")', [4, 3, 2]],
  ['x.new_zeros(*einops.parse_shape(x, "b _ d").values())', [2, 4]],
  [
    'x.new_zeros(einops.parse_shape(pattern="b ... k", x=w)["k"], len(einops.parse_shape(x, "_ _ _")))',
    [2, 0],
  ],
  [
    'einops.parse_shape(x, "b n")',
    "RuntimeError: Can't parse shape with different number of dimensions: b n torch.Size([2, 3, 4])",
  ],
  [
    'einops.parse_shape(x, "a b ... c d")',
    "RuntimeError: Can't parse shape with this number of dimensions: a b ... c d torch.Size([2, 3, 4])",
  ],
];

for (const [expression, shape] of cases)
  test(`einops: ${expression}`, () => assert.deepEqual(shapes(expression), shape));

test("einops: a function that does not reduce what it is asked to gives what is not known", () => {
  const program = `import torch, einops
from einops.layers.torch import EinMix
from torch import nn

class Net(nn.Module):
    def forward(self, x):
        return einops.reduce(x, "b n d -> b", lambda t, axes: t)

Net()(torch.randn(2, 3, 4))
`;
  const [made] = estimateModels(interpreter, { file: "net.py", source: syntax.parse(program) });
  assert.equal(made?.failure, undefined);
  assert.equal(made?.complete, false);
});
