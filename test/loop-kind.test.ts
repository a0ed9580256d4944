import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isStepLoop, isTrainingStep, iteratesLoader } from "../server/src/semantic/loop-kind.ts";
import type { Loop } from "../server/src/semantic/loops.ts";
import { createModule } from "../server/src/semantic/module.ts";
import { nodesOf } from "../server/src/syntax/visit.ts";
import { syntax } from "./harness/syntax.ts";

/** What is said of the first loop of a program. */
function firstLoop(...lines: string[]): {
  readonly loader: boolean;
  readonly training: boolean;
  readonly step: boolean;
} {
  const source = syntax.parse(["import torch", ...lines, ""].join("\n"));
  const module = createModule("/project/x.py", source);
  const loops = source.chunks.flatMap(({ chunk }): readonly Loop[] => [
    ...nodesOf(chunk.nodes, "For"),
    ...nodesOf(chunk.nodes, "While"),
  ]);
  const [loop] = loops;
  assert.ok(loop !== undefined);
  return {
    loader: iteratesLoader(loop, module),
    training: isTrainingStep(loop),
    step: isStepLoop(loop, module),
  };
}

describe("loops over batches and steps", () => {
  for (const header of [
    "for x, y in train_loader:",
    "for i, x in enumerate(tqdm(self.val_loader)):",
    "for i in range(len(trainloader)):",
    "for a, b in zip(loader, other):",
    "for x in metric_logger.log_every(data_loader, 10):",
  ])
    test(header, () => {
      assert.deepEqual(firstLoop(header, "    f()"), { loader: true, training: false, step: true });
    });

  test("a loader by what made it", () => {
    const made = "batches_of = torch.utils.data.DataLoader(data)";
    assert.equal(firstLoop(made, "for x in batches_of:", "    f(x)").loader, true);
  });

  for (const header of ["for epoch in range(10):", "for name in load_names():", "while True:"])
    test(header, () => {
      assert.deepEqual(firstLoop(header, "    f()"), { loader: false, training: false, step: false });
    });

  test("a backward pass makes a step, in the innermost loop only", () => {
    assert.equal(firstLoop("while True:", "    loss.backward()").step, true);
    assert.deepEqual(firstLoop("for epoch in range(3):", "    for x in xs:", "        loss.backward()"), {
      loader: false,
      training: false,
      step: false,
    });
  });
});
