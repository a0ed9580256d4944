import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { attributeReads } from "../server/src/semantic/attributes.ts";
import { functionalName } from "../server/src/semantic/functional-name.ts";
import { weightLayersOf } from "../server/src/semantic/layer-weights.ts";
import { createModule } from "../server/src/semantic/module.ts";
import { qualifiedName } from "../server/src/semantic/names.ts";
import { traceSkip } from "../server/src/semantic/skip-flow.ts";
import { methodsOf, selfName } from "../server/src/semantic/structure.ts";
import type { ClassDef } from "../server/src/syntax/ast.ts";
import { syntax } from "./harness/syntax.ts";

const source = `
import torch
import torch.nn as nn
import torch.nn.functional as F

def conv3x3(c):
    return nn.Conv2d(c, c, 3, padding=1)

class Inner(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a = nn.Linear(c, c)
        self.b = nn.Sequential(nn.Conv2d(c, c, 1), nn.ReLU(), conv3x3(c))

class Block(nn.Module):
    def __init__(self, c, norm_layer):
        super().__init__()
        self.conv = conv3x3(c)
        self.relu = nn.ReLU()
        self.inner = Inner(c)
        self.norm = norm_layer(c)
        self.filled = nn.Sequential()
        self.filled.add_module("conv", conv3x3(c))
        if c > 3:
            self.choice = nn.Conv2d(c, c, 1)
        else:
            self.choice = nn.Identity()

    def forward(self, x):
BODY
`;

/** The block with `lines` as its `forward`. */
function block(...lines: string[]) {
  const text = source.replace("BODY", lines.map((line) => `        ${line}`).join("\n"));
  const module = createModule("/project/block.py", syntax.parse(text));
  const cls = module.bindings("Block")[0]?.binding.node;
  assert.ok(cls?.kind === "ClassDef");
  return { cls, module };
}

function flow(...lines: string[]) {
  const { cls, module } = block(...lines);
  const forward = methodsOf(cls).get("forward");
  assert.ok(forward !== undefined);
  const found = traceSkip(forward, undefined, forward.end, ["x"], selfName(forward), cls, module, (expr) =>
    qualifiedName(expr, module),
  );
  return `${found.joins ? "joins" : "plain"}${found.opaque ? ", opaque" : ""}, ${found.layers} layers`;
}

describe("layers with weights", () => {
  const { cls, module } = block("return x");
  const count = (attr: string, of: ClassDef = cls): number | undefined => weightLayersOf(of, attr, module);
  test("are counted through functions, containers and classes of the file", () => {
    assert.equal(count("conv"), 1);
    assert.equal(count("relu"), 0);
    assert.equal(count("inner"), 3);
  });
  test("are unknown where a part comes from outside, and the fewest where there is a choice", () => {
    assert.equal(count("norm"), undefined);
    assert.equal(count("nothing"), undefined);
    assert.equal(count("choice"), 0);
  });
  test("a container that is only filled is not read", () => {
    assert.equal(attributeReads(cls, "filled").length, 0);
  });
});

describe("the way of a skipped value", () => {
  test("through layers, without a connection", () => {
    assert.equal(flow("return self.relu(self.conv(x))"), "plain, 1 layers");
    assert.equal(flow("y = self.inner(x)", "y = y + self.conv(y)", "return y"), "plain, 4 layers");
  });
  test("joined with its own main path", () => {
    assert.equal(flow("return self.conv(x) + x"), "joins, 1 layers");
    assert.equal(flow("y = self.conv(x)", "y += x", "return y"), "joins, 1 layers");
    assert.equal(flow("return torch.cat([self.conv(x), x], 1)"), "joins, 1 layers");
    assert.equal(flow("y = x", "x = self.conv(x)", "return torch.add(y, x)"), "joins, 1 layers");
  });
  test("what is not known may join it or be it", () => {
    assert.equal(flow("return self.norm(x) + x"), "joins, 0 layers");
    assert.equal(flow("y = mystery(x)", "return self.conv(y)"), "plain, opaque, 1 layers");
  });
  test("a branch may leave it as it is; a size is not a value", () => {
    assert.equal(
      flow("y = x", "if self.training:", "    y = self.conv(x)", "return y + self.conv(x)"),
      "joins, 2 layers",
    );
    assert.equal(flow("return self.conv(x) + x.shape[1]"), "plain, 1 layers");
  });
});

test("the name under which a file knows torch.nn.functional", () => {
  const named = (text: string): string | undefined =>
    functionalName(createModule("/project/a.py", syntax.parse(text)));
  assert.equal(named("import torch.nn.functional as F\n"), "F");
  assert.equal(named("from torch import nn\n"), "nn.functional");
  assert.equal(named("import torch\n"), "torch.nn.functional");
  assert.equal(named("import numpy as F\n"), undefined);
  assert.equal(named("import torch.nn.functional as F\nF = None\n"), undefined);
});
