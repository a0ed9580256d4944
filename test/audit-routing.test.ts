import assert from "node:assert/strict";
import { test } from "node:test";
import { modelTable } from "../server/src/audit/gemini-models.ts";
import { localAnswer, localReport } from "../server/src/audit/local-answer.ts";
import { route, type Task } from "../server/src/audit/router.ts";
import { engineOver } from "./harness/audit-engine.ts";

const text = `import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.wide = nn.Linear(1024, 8192)
        self.down = nn.Linear(8192, 1024)

    def forward(self, x):
        return self.down(torch.relu(self.wide(x)))


model = Net()
y = model(torch.randn(256, 1024))
with torch.cuda.amp.autocast():
    model(torch.randn(256, 1024))
`;
const engine = engineOver(text);
const examined = engine.examine(text);

interface Asked {
  readonly task?: Task;
  readonly focus?: string;
  readonly question?: string;
}

const finding = examined.findings.find(({ fix }) => fix === "safe");
assert.ok(finding, "the file has a finding with a safe fix");
const aboutFinding = `${finding.rule}, line ${finding.line}: ${finding.message}`;
const aboutAnother = "dominant-layer-energy, line 9: `self.wide` takes most of the energy";

/** What people ask, the level that answers, and what its reason or its answer says. */
const requests: readonly (readonly [Asked, 1 | 2 | 3, RegExp])[] = [
  [{ question: "How many parameters does this model have?" }, 1, /16,786,432/],
  [{ question: "what is the parameter count" }, 1, /16,786,432/],
  [{ question: "How big is the model?" }, 1, /16,786,432/],
  [{ question: "How many MACs is a forward pass?" }, 1, /MACs \| 4,294,967,296/],
  [{ question: "FLOPs?" }, 1, /MACs/],
  [{ question: "How much computation is it" }, 1, /MACs/],
  [{ question: "What latency can I expect?" }, 1, /time of a batch \| [\d.]+ µs/],
  [{ question: "How long does one batch take?" }, 1, /time of a batch/],
  [{ question: "Why is this slow?" }, 1, /time of a batch/],
  [{ question: "What throughput do I get?" }, 1, /time of a batch/],
  [{ question: "How much energy does an inference use?" }, 1, /energy of a batch \| [\d.]+ mJ/],
  [{ question: "How many joules per batch" }, 1, /energy of a batch/],
  [{ question: "What is the power draw of this?" }, 1, /energy of a batch/],
  [{ question: "What does a million requests cost?" }, 1, /cost of a million inferences \| \$[\d.]+/],
  [{ question: "how expensive is this model in production" }, 1, /cost of a million/],
  [{ question: "What will my bill be?" }, 1, /cost of a million/],
  [{ question: "What is the carbon footprint?" }, 1, /CO2e of a million inferences \| [\d.]+ m?g CO2e/],
  [{ question: "How much CO2 does it emit?" }, 1, /CO2e/],
  [{ question: "Does it fit into 8 GB?" }, 1, /memory at the peak of inference \| [\d.]+ MiB/],
  [{ question: "How much VRAM do I need for training?" }, 1, /peak of a training step \| [\d.]+ MiB/],
  [{ question: "Why do I get out of memory?" }, 1, /memory at the peak/],
  [{ question: "What shape comes out?" }, 1, /float32\[256, 1024\]/],
  [{ question: "What does forward return?" }, 1, /output \| float/],
  [{ question: "Which layers are the most expensive?" }, 1, /Net.*wide.*% of the energy/],
  [{ question: "Where does the energy go?" }, 1, /Where the energy goes/],
  [{ question: "What is the bottleneck?" }, 1, /Where the energy goes/],
  [{ question: "Give me a breakdown of the cost" }, 1, /Where the energy goes/],
  [{ question: "Are there any bugs in this file?" }, 1, /What the rules find/],
  [{ question: "What is wrong here?" }, 1, /What the rules find/],
  [{ question: "Does this waste anything?" }, 1, /What the rules find/],
  [{ question: "What is underlined and why" }, 1, /What the rules find/],
  [{ question: "Would it be cheaper on an L4?" }, 1, /\| l4 \| `Net`/],
  [{ question: "How does H100 compare with A100?" }, 1, /\| h100-sxm \|/],
  [{ question: "Which GPU is the cheapest for this?" }, 1, /\| rtx4090 \|/],
  [{ question: "What do I save with fp16?" }, 1, /What optimizations would save[\s\S]*precision/i],
  [{ question: "How much does int8 quantization save?" }, 1, /What optimizations would save/],
  [{ question: "Does torch.compile help?" }, 1, /What optimizations would save[\s\S]*compil/i],
  [{ question: "What does a larger batch save?" }, 1, /What optimizations would save[\s\S]*batch/i],
  [{ question: "Which optimizations would save energy?" }, 1, /What optimizations would save/],
  [{ question: "What is the board power of an H100?" }, 1, /board power: \d+ W/],
  [{ question: "What is the grid intensity in us-east-1?" }, 1, /gCO2/],
  [{ question: "Why is something not counted?" }, 1, /All of it was counted/],
  [{ question: "Explain the rule missing-zero-grad" }, 1, /missing-zero-grad/],
  [{ question: "Why does consecutive-linear-no-activation matter?" }, 1, /consecutive-linear/],
  [{ task: "explain-finding", focus: aboutFinding }, 1, new RegExp(finding.rule)],
  [{ task: "explain-finding", focus: aboutAnother }, 1, /dominant-layer-energy/],
  [{ task: "fix-finding", focus: aboutFinding }, 1, /safe fix/],
  [{ task: "fix-finding", focus: aboutAnother }, 2, /small, local question/],
  [{ task: "explain-finding", focus: "a thing that is no rule" }, 2, /small, local question/],
  [{ question: "Can you suggest a shorter way to write forward?" }, 2, /small, local question/],
  [{ question: "Should I use GELU here?" }, 2, /small, local question/],
  [{ question: "Will this hurt accuracy?" }, 2, /small, local question/],
  [
    { task: "follow-up", question: "Would you still recommend that for batch 1?" },
    2,
    /small, local question/,
  ],
  [{ task: "follow-up", question: "And how many parameters are left?" }, 2, /small, local question/],
  [{ task: "follow-up", question: "How many parameters does the model have?" }, 1, /16,786,432/],
  [{}, 3, /whole architecture/],
  [{ task: "audit-model", focus: "Net" }, 3, /whole architecture/],
  [{ task: "audit-selection", focus: "self.wide" }, 3, /whole architecture/],
  [{ question: "Redesign the architecture for a phone" }, 3, /whole architecture/],
  [{ question: "How should I restructure the training loop?" }, 3, /whole architecture/],
  [{ question: "Is there a state of the art replacement?" }, 3, /whole architecture/],
];

const routed = ({ task = "audit-file", focus, question }: Asked) => {
  const local = localAnswer({ task, focus, question, engine, examined });
  const way = route({
    task,
    prompt: text,
    hasLocalAnswer: local !== undefined,
    question,
    forced: undefined,
    models: modelTable([]),
    day: "2026-11-22",
    allowsSearch: false,
  });
  return { local, way };
};

for (const [asked, level, says] of requests) {
  test(`level ${level}: ${asked.question ?? `${asked.task ?? "audit-file"} ${asked.focus ?? ""}`}`, () => {
    const { local, way } = routed(asked);
    assert.equal(way.level, level, local?.why ?? way.why);
    assert.match(level === 1 ? `${local?.markdown}` : way.why, says);
    if (level === 1) assert.match(local?.why ?? "", /at no cost$/);
    assert.deepEqual(routed(asked), { local, way }, "the same request takes the same way");
  });
}

test("about four of five requests are answered here", () => {
  const here = requests.filter(([asked]) => routed(asked).way.level === 1).length;
  const share = here / requests.length;
  assert.ok(share >= 0.75 && share <= 0.9, `${here} of ${requests.length}`);
});

test("level 1 of a file says all of it: figures, where they go, findings, what is missing", () => {
  const report = localReport({ task: "audit-file", focus: undefined, question: undefined, engine, examined });
  for (const part of [
    /parameters \| 16,786,432/,
    /Where the energy goes/,
    /What the rules find/,
    /All of it was counted/,
  ])
    assert.match(report, part);
});

test("an answer of level 1 does nothing when it is rendered, whatever the code is called", () => {
  const model = examined.models[0];
  assert.ok(model);
  const named = { ...examined, models: [{ ...model, name: "[x](command:evil)|<img>", output: "a|b" }] };
  const report = localReport({
    task: "audit-file",
    focus: undefined,
    question: undefined,
    engine,
    examined: named,
  });
  assert.ok(!/\]\(|<img/.test(report), report);
});

test("what could not be counted in full is told as the least, and an output that no run gave as unknown, with the reason", () => {
  const failing = `${text.slice(0, text.indexOf("    def forward"))}    def forward(self, x):
        x = self.down(torch.relu(self.wide(x)))
        raise ValueError("no head")


model = Net()
y = model(torch.randn(256, 1024))
`;
  const ended = engineOver(failing);
  const request = { task: "follow-up", focus: undefined, engine: ended } as const;
  const found = ended.examine(failing);
  const answer = (question: string): string =>
    localAnswer({ ...request, question, examined: found })?.markdown ?? "";
  assert.match(answer("How many MACs does the model have?"), /\| MACs \| at least 4,294,967,296 \|/);
  assert.match(answer("How fast is the model?"), /time of a batch \| at least [\d.]+ µs \(/);
  assert.match(answer("How much memory does the model need?"), /peak of inference \| at least /);
  assert.match(answer("What are the shapes?"), /\| output \| unknown: .*no head/);
  const whole = localReport({ ...request, task: "audit-file", question: undefined, examined });
  assert.doesNotMatch(whole, /at least|unknown/);
});

test("a file without models asks a model for what only figures could answer", () => {
  const empty = { parses: true, findings: [], models: [] };
  const local = localAnswer({
    task: "audit-file",
    focus: undefined,
    question: "how fast is it?",
    engine,
    examined: empty,
  });
  assert.equal(local, undefined);
});
