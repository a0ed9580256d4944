import assert from "node:assert/strict";
import { test } from "node:test";
import { isKnownShape } from "../server/src/graph/tensor.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);

/** The width of a layer that is 2 where a value is what a hint says, 1 where it is not; `undefined` where that is open. */
function width(value: string, hint: string): unknown {
  const program = `import torch
from beartype.door import is_bearable
from torch import nn

class Net(nn.Module):
    def forward(self, x):
        return torch.zeros(2 if is_bearable(${value}, ${hint}) else 1)

Net()(torch.randn(2, 3))
`;
  const [made] = estimateModels(interpreter, { file: "net.py", source: syntax.parse(program) });
  if (made?.complete !== true) return undefined;
  const { output } = made;
  return output?.kind === "tensor" && isKnownShape(output.shape) ? output.shape[0] : undefined;
}

for (const [value, hint, expected] of [
  ["3", "int", 2],
  ["'a'", "int", 1],
  ["(4, 2)", "int", 1],
  ["[4, 2]", "tuple[int, ...]", 1],
  ["x", "torch.Tensor", 2],
  // What an annotation says of items is not kept: these are False and True.
  ["((4,), (2,))", "tuple[int, ...]", undefined],
  ["(4, 2)", "tuple[int, ...]", undefined],
] as const)
  test(`beartype: whether ${value} is ${hint}`, () => assert.equal(width(value, hint), expected));
