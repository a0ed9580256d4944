import assert from "node:assert/strict";
import { test } from "node:test";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);

function estimate(text: string): ModelEstimate {
  const [made] = estimateModels(interpreter, { file: "net.py", source: syntax.parse(text) });
  if (made === undefined) throw new Error("no model found");
  return made;
}

/** A model that picks its kernels when it is built, as attention layers of libraries do. */
const program = (call: string): string => `
import torch
from torch import nn

class Attend(nn.Module):
    def __init__(self):
        super().__init__()
        self.kernels = None
        if torch.cuda.is_available():
            self.kernels = (True, False)

    def forward(self, q):
        flash, plain = self.kernels if q.is_cuda else (True, True)
        return nn.functional.scaled_dot_product_attention(q, q, q)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.query = nn.Linear(8, 8)
        self.attend = Attend()

    def forward(self, x):
        return self.attend(self.query(x))

${call}
`;

const asksFor = /^a GPU: /;

test("a program that fails without a GPU is read as one for machines that have one", () => {
  const made = estimate(program("Net().cuda()(torch.randn(2, 2, 5, 8, device='cuda'))"));
  assert.equal(made.failure, undefined);
  assert.equal(made.complete, true);
  assert.equal(made.assumptions.filter((each) => asksFor.test(each)).length, 1);
});

test("elsewhere there is none, and nothing is taken for granted", () => {
  const made = estimate(program("Net()(torch.randn(2, 2, 5, 8))"));
  assert.equal(made.complete, true);
  assert.deepEqual(
    made.assumptions.filter((each) => asksFor.test(each)),
    [],
  );
});

test("what fails with a GPU as well is told as it fails without", () => {
  const made = estimate(
    program("Net()(torch.randn(2, 2, 5, 9, device='cuda' if torch.cuda.is_available() else 'cpu'))"),
  );
  assert.match(made.failure?.message ?? "", /mat1 and mat2 shapes cannot be multiplied \(20x9 and 8x8\)/);
  assert.deepEqual(
    made.assumptions.filter((each) => asksFor.test(each)),
    [],
  );
});
