import assert from "node:assert/strict";
import { test } from "node:test";
import type { GateOptions } from "../server/src/cli/gate.ts";
import {
  exitCodeOf,
  type GateModel,
  type GateResult,
  gateResultSchema,
} from "../server/src/gate/gate-result.ts";
import { renderMarkdown } from "../server/src/gate/render-markdown.ts";
import { fusedAttention, manualAttention, perceptron, resnet, transformer } from "./gate/models.ts";
import { gateResult } from "./harness/gate.ts";
import { type TestRepository, testRepository } from "./harness/git-repository.ts";

type Files = Readonly<Record<string, string | null>>;

/** A branch with one commit on top of `before`. */
function branch(before: Readonly<Record<string, string>>, change: Files): TestRepository {
  const repository = testRepository(before);
  repository.git("checkout", "--quiet", "-b", "topic");
  repository.commit(change);
  return repository;
}

async function judged(
  before: Readonly<Record<string, string>>,
  change: Files,
  own: Partial<GateOptions> = {},
): Promise<GateResult> {
  const repository = branch(before, change);
  try {
    const result = await gateResult(repository.path, own);
    assert.deepEqual(gateResultSchema.parse(JSON.parse(JSON.stringify(result))), result);
    return result;
  } finally {
    repository.remove();
  }
}

function only({ models }: GateResult): GateModel {
  const [model, ...others] = models;
  assert.ok(model !== undefined && others.length === 0, `${models.length} models`);
  return model;
}

const valuesOf = ({ figures }: GateModel, name: keyof GateModel["figures"]) => [
  figures[name].before?.value,
  figures[name].after?.value,
];

const within = (value: number | null | undefined, low: number, high: number): void =>
  assert.ok(value != null && low <= value && value <= high, `${value} is not within ${low} and ${high}`);

test("a ResNet that becomes a Transformer is blocked over its budget, and told in audit mode", async () => {
  const change = [{ "model.py": resnet }, { "model.py": transformer }] as const;
  const result = await judged(...change, { gate: { budgetThreshold: 500, mode: "block" } });
  const model = only(result);
  assert.deepEqual([result.verdict, exitCodeOf(result)], ["block", 1]);
  assert.deepEqual([model.name, model.baseName, model.status], ["Transformer", "ResNet", "changed"]);
  // As PyTorch counts them.
  assert.deepEqual(valuesOf(model, "parameters"), [158_090, 85_652_746]);
  const { costPerMonth, latency } = model.figures;
  within(costPerMonth.delta.value, 500, 20_000);
  within(costPerMonth.delta.low, 500, costPerMonth.delta.value ?? 0);
  within((latency.after?.value ?? 0) / (latency.before?.value ?? 1), 5, 100);
  assert.equal(costPerMonth.after?.value, (model.figures.costPerMillion.after?.value ?? 0) * 1000);
  const [reason] = result.reasons;
  assert.equal(reason?.budget, "monthly-increase");
  assert.match(
    reason?.decision ?? "",
    /^The monthly increase is \+\$[\d,]+ \(\+\$[\d,]+ to \+\$[\d,]+\): even the lower end of the interval is above the limit of \$500\.$/,
  );
  assert.deepEqual(model.causes.map(({ file, line }) => `${file}:${line}`).slice(0, 2), [
    "model.py:15",
    "model.py:10",
  ]);

  const audit = await judged(...change, { gate: { budgetThreshold: 500, mode: "audit" } });
  assert.deepEqual([audit.verdict, audit.mode, exitCodeOf(audit)], ["block", "audit", 0]);
  assert.deepEqual(audit.reasons, result.reasons);
  const markdown = renderMarkdown(audit);
  assert.match(markdown, /audit mode/);
  assert.match(markdown, /was <code>ResNet<\/code>/);
  assert.match(markdown, /85\.7 M/);
});

test("a doubled width names the line that sets it", async () => {
  const result = await judged(
    { "net.py": perceptron(2048) },
    { "net.py": perceptron(4096) },
    { gate: { budgets: { "monthly-increase-percent": { warn: 10, block: 30 } } } },
  );
  const model = only(result);
  assert.equal(result.verdict, "block");
  assert.deepEqual(
    result.reasons.map(({ budget, level, limit }) => [budget, level, limit?.value]),
    [["monthly-increase-percent", "block", 30]],
  );
  // Weights and biases of both layers; multiply-accumulates of 512 rows.
  assert.deepEqual(valuesOf(model, "parameters"), [
    2 * 1024 * 2048 + 2048 + 1024,
    2 * 1024 * 4096 + 4096 + 1024,
  ]);
  assert.deepEqual(valuesOf(model, "macs"), [2 * 512 * 1024 * 2048, 2 * 512 * 1024 * 4096]);
  const [cause] = model.causes;
  assert.deepEqual([cause?.file, cause?.line, cause?.text], ["net.py", 6, "def __init__(self, width=4096):"]);
  assert.match(
    cause?.what ?? "",
    /^sets what net\.py:12 and 2 more costs: \+2\.15 GMACs, \+\d+ % of the time before$/,
  );
});

test("attention without its fused kernel costs more at the same size, and is a new finding", async () => {
  const result = await judged(
    { "attention.py": fusedAttention },
    { "attention.py": manualAttention },
    { gate: { budgetThreshold: 1 } },
  );
  const model = only(result);
  assert.equal(result.verdict, "block");
  const [before, after] = valuesOf(model, "macs");
  assert.equal(before, after);
  within(model.figures.latency.delta.low, 1e-6, 1);
  within((model.figures.memory.after?.value ?? 0) / (model.figures.memory.before?.value ?? 1), 3, 100);
  assert.equal(model.causes[0]?.text, "y = F.softmax(scores, dim=-1) @ v");
  assert.deepEqual(
    result.findings.new.map(({ rule, file }) => [rule, file]),
    [["manual-attention", "attention.py"]],
  );
  const back = await judged(
    { "attention.py": manualAttention },
    { "attention.py": fusedAttention },
    { gate: { budgetThreshold: 1 } },
  );
  assert.equal(back.verdict, "pass");
  assert.deepEqual(
    back.findings.fixed.map(({ rule }) => rule),
    ["manual-attention"],
  );
  assert.ok((back.totals.costPerMonth.delta.value ?? 0) < 0);
});

test("a harmless rename changes nothing: neither of the class nor of the file, nor both at once", async () => {
  const before = perceptron(2048);
  const renamed = before.replaceAll("Net", "Perceptron").replaceAll("first", "inner");
  for (const [change, matchedBy] of [
    [{ "net.py": renamed }, "structure"],
    [{ "net.py": null, "models/mlp.py": before }, "file-rename"],
    [{ "net.py": null, "models/mlp.py": renamed }, "structure"],
  ] as const) {
    const result = await judged({ "net.py": before }, change, {
      gate: { budgetThreshold: 0, carbonLimit: 0 },
    });
    const model = only(result);
    assert.deepEqual([result.verdict, model.status, model.matchedBy], ["pass", "renamed", matchedBy]);
    assert.equal(result.totals.costPerMonth.delta.value, 0);
    assert.deepEqual([result.findings.new, result.findings.fixed], [[], []]);
  }
});

test("documentation and comments change nothing", async () => {
  const before = perceptron(2048);
  const docs = await judged(
    { "net.py": before },
    { "README.md": "# Net\n" },
    { gate: { budgetThreshold: 0 } },
  );
  assert.deepEqual([docs.verdict, docs.models, docs.files.changed], ["pass", [], 1]);
  assert.match(renderMarkdown(docs), /No model changes what it costs/);
  const comment = await judged(
    { "net.py": before },
    { "net.py": before.replace("class Net", "# Two layers.\nclass Net") },
    { gate: { budgetThreshold: 0 } },
  );
  assert.deepEqual([comment.verdict, only(comment).status], ["pass", "unchanged"]);
});

test("a file is compared when what it imports changes, settings that it reads included", async () => {
  const net = perceptron(2048)
    .replace("import torch\n", "import torch\nfrom sizes import WIDTH\n")
    .replace("width=2048", "width=WIDTH");
  const result = await judged(
    { "net.py": net, "sizes.py": "WIDTH = 2048\n" },
    { "sizes.py": "WIDTH = 4096\n" },
  );
  const model = only(result);
  assert.deepEqual([model.file, model.status], ["net.py", "changed"]);
  assert.deepEqual(
    model.causes.map(({ file, line }) => [file, line]),
    [["sizes.py", 1]],
  );

  const read = perceptron(2048)
    .replace("import torch\n", 'import json\nimport torch\nWIDTH = json.load(open("sizes.json"))["width"]\n')
    .replace("width=2048", "width=WIDTH");
  const settings = await judged(
    { "net.py": read, "sizes.json": '{"width": 2048}' },
    { "sizes.json": '{"width": 4096}' },
  );
  assert.equal(only(settings).status, "changed");
});

test("what others merged to the base since is not held against a change", async () => {
  const repository = branch({ "net.py": perceptron(1024) }, { "other.txt": "x" });
  try {
    repository.git("checkout", "--quiet", "main");
    repository.commit({ "net.py": perceptron(8192) });
    repository.git("checkout", "--quiet", "topic");
    const result = await gateResult(repository.path, { gate: { budgetThreshold: 0 } });
    assert.deepEqual([result.verdict, result.models], ["pass", []]);
    const back = await gateResult(repository.path, {
      states: { kind: "revisions", base: "topic", head: "main" },
      gate: { budgetThreshold: 0 },
    });
    assert.equal(back.verdict, "block");
  } finally {
    repository.remove();
  }
});

test("two folders are compared like two revisions", async () => {
  const repository = testRepository({ "a/net.py": perceptron(2048), "b/net.py": perceptron(4096) });
  try {
    const result = await gateResult(repository.path, {
      states: { kind: "folders", base: "a", head: "b" },
      gate: { budgetThreshold: 0 },
    });
    assert.deepEqual([result.verdict, only(result).status], ["block", "changed"]);
    assert.deepEqual([result.base.commit, result.head.name], [null, "b"]);
  } finally {
    repository.remove();
  }
});

test("a model that runs inside another is not counted twice, nor one that two files build", async () => {
  const layered = `${perceptron(2048).replace("Net()(torch.randn(512, 1024))\n", "")}

class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = Net()
        self.two = Net()

    def forward(self, x):
        return self.two(self.one(x))


net = Net()
deep = Deep()
deep(torch.randn(512, 1024))
net(torch.randn(512, 1024))
`;
  const use = "import torch\nfrom net import Deep\n\nmodel = Deep()\nmodel(torch.randn(512, 1024))\n";
  const result = await judged(
    { "net.py": layered, "use.py": use },
    { "net.py": layered.replace("width=2048", "width=4096") },
  );
  assert.deepEqual(only(result).name, "Deep");
});

test("a language model that is loaded by its name is compared by what it writes a token for", async () => {
  const load = (name: string): string =>
    `from transformers import AutoModelForCausalLM\n\nmodel = AutoModelForCausalLM.from_pretrained("${name}")\n`;
  const result = await judged(
    { "chat.py": load("meta-llama/Llama-3.1-8B") },
    { "chat.py": load("meta-llama/Llama-3.1-70B") },
    { gate: { budgetThreshold: 500 } },
  );
  const model = only(result);
  assert.deepEqual([model.status, model.baseName], ["changed", "meta-llama/Llama-3.1-8B"]);
  within(model.figures.parameters.after?.value, 7.0e10, 7.1e10);
  assert.deepEqual([result.verdict, model.fit.after], ["block", "too-large"]);
  assert.deepEqual(
    result.reasons.map(({ budget }) => budget),
    ["monthly-increase", "memory-fit"],
  );
  assert.deepEqual(
    model.causes.map(({ file, line }) => [file, line]),
    [["chat.py", 3]],
  );
});
