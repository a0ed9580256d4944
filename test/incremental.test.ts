import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import {
  type AnalyzedFile,
  analyzeText,
  previewAnalysis,
  updateAnalysis,
} from "../server/src/analysis/analyzer.ts";
import { createRuleRunner } from "../server/src/analysis/run-rules.ts";
import type { Edit } from "../server/src/base/text.ts";
import { rules } from "../server/src/rules/registry.gen.ts";
import { fingerprint } from "./harness/edits.ts";
import { syntax } from "./harness/syntax.ts";

const path = "/project/model.py";

const newRunner = () =>
  createRuleRunner({ rules, torch: undefined, severity: new Map() }, undefined, (rule, error) => {
    throw new Error(`${rule.id} threw`, { cause: error });
  });

/** Examples of ours and every Python block of the rules' fixtures: code on which rules have something to say. */
const plain = [
  ...readdirSync("examples")
    .filter((file) => file.endsWith(".py"))
    .map((file) => readFileSync(`examples/${file}`, "utf8")),
  ...readdirSync("test/rules").map((file) =>
    [...readFileSync(`test/rules/${file}`, "utf8").matchAll(/^```py\n([\s\S]*?)^```/gm)]
      .map((m) => m[1])
      .join("\n\n"),
  ),
];

const indented = (code: string, by: number): string => code.replaceAll(/^(?=.*\S)/gm, " ".repeat(by));

/** The same below clauses of a function that is so long that it is read member by member. */
const inLongFunctions = plain.map(
  (text) => `import torch
import torch.nn.functional as F
from torch import nn


def long(a, model, loader):
    if a:
${indented(text, 8)}
    else:
        for x in loader:
${indented(text, 12)}
    return model
`,
);

const texts = [...plain, ...inLongFunctions];

const numRuns = Number(process.env["FUZZ_RUNS"] ?? 250);

/** What people type, and what breaks parsers. */
const snippets = [
  "",
  "\n",
  " ",
  "    ",
  "x",
  "#",
  "# ecocompute: ignore\n",
  "# ecocompute: ignore-file\n",
  '"""',
  "'",
  "(",
  ")",
  "[",
  "]",
  ":",
  "@",
  "\\\n",
  "\r\n",
  "\t",
  "🙂",
  "\ndef f():\n    pass\n",
  "\nclass A(nn.Module):\n",
  "import torch\n",
  "\nF = None\n",
  "\ndef F(x):\n    return x\n",
  "\nclass nn:\n    pass\n",
  "\nf = torch.compile(f)\n",
  "self.training",
  ".detach()",
  "optimizer.zero_grad()\n",
  "\nwith torch.no_grad():\n    ",
  "return ",
  "else:\n",
  "print 'a'\n",
];

const at = fc.double({ min: 0, max: 1, noNaN: true });
const edits = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("insert" as const), at, text: fc.constantFrom(...snippets) }),
    fc.record({ kind: fc.constant("delete" as const), at, length: fc.integer({ min: 1, max: 80 }) }),
    fc.record({ kind: fc.constant("move" as const), at, to: at, length: fc.integer({ min: 1, max: 400 }) }),
  ),
  { minLength: 1, maxLength: 25 },
);

type Step = typeof edits extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

function toEdits(step: Step, text: string): readonly Edit[] {
  const start = Math.floor(step.at * text.length);
  if (step.kind === "insert") return [{ span: { start, end: start }, text: step.text }];
  const end = Math.min(text.length, start + step.length);
  const removal: Edit = { span: { start, end }, text: "" };
  if (step.kind === "delete") return [removal];
  const to = Math.floor(step.to * (text.length - (end - start)));
  return [removal, { span: { start: to, end: to }, text: text.slice(start, end) }];
}

const comparable = (file: AnalyzedFile): unknown =>
  file.findings.map((f) => ({
    rule: f.rule.id,
    severity: f.severity,
    span: f.span,
    message: f.message,
    fixes: f.fixes,
    related: f.related,
  }));

for (const [where, some] of [
  ["", plain],
  [" in long functions", inLongFunctions],
] as const)
  test(`after any edits${where} the findings equal those of a fresh analysis`, () => {
    let withFindings = 0;
    fc.assert(
      fc.property(fc.constantFrom(...some), edits, (text, steps) => {
        const runner = newRunner();
        let file = analyzeText(path, text, syntax, runner);
        for (const step of steps) {
          file = updateAnalysis(file, toEdits(step, file.text), syntax, runner);
          const fresh = analyzeText(path, file.text, syntax, newRunner());
          if (fresh.findings.length > 0) withFindings++;
          assert.deepEqual(comparable(file), comparable(fresh));
        }
      }),
      { numRuns },
    );
    assert.ok(
      withFindings > 2 * numRuns,
      `only ${withFindings} states had findings: the comparison says little`,
    );
  });

test("a look at what an edit would do leaves the file as it is", () => {
  for (const text of texts) {
    const runner = newRunner();
    const file = analyzeText(path, text, syntax, runner);
    if (file.source === undefined) continue;
    const before = fingerprint(file.source);
    for (const part of [0.1, 0.5, 0.9]) {
      const at = text.indexOf("\n", Math.floor(part * text.length)) + 1;
      const edit: Edit = { span: { start: at, end: at }, text: "# ecocompute: ignore\n" };
      const looked = previewAnalysis(file, [edit], syntax, runner);
      assert.deepEqual(comparable(looked), comparable(analyzeText(path, looked.text, syntax, newRunner())));
      assert.equal(fingerprint(file.source), before);
    }
    const edit: Edit = { span: { start: 0, end: 0 }, text: "import os\n" };
    const after = updateAnalysis(file, [edit], syntax, runner);
    assert.deepEqual(comparable(after), comparable(analyzeText(path, after.text, syntax, newRunner())));
  }
});

test("typing a fixture character by character gives the findings of the whole", () => {
  for (const text of plain) {
    const runner = newRunner();
    let file = analyzeText(path, "import torch\n", syntax, runner);
    for (const line of text.split(/(?<=\n)/)) {
      const end = file.text.length;
      file = updateAnalysis(file, [{ span: { start: end, end }, text: line }], syntax, runner);
    }
    assert.deepEqual(comparable(file), comparable(analyzeText(path, file.text, syntax, newRunner())));
  }
});

test("a program named test.py becomes a test, and a program again, with what it imports", () => {
  const program = [
    "import torch",
    "from argparse import ArgumentParser",
    "",
    "def main(model, loader):",
    "    ArgumentParser().parse_args()",
    "    model.eval()",
    "    for x in loader:",
    "        print(model(x))",
    "",
  ].join("\n");
  const runner = newRunner();
  const named = "/project/test.py";
  const before = analyzeText(named, program, syntax, runner);
  const told = before.findings.map((f) => f.rule.id);
  assert.deepEqual(told, ["eval-without-no-grad"]);
  const line = "import pytest\n\nmark = pytest.mark.slow\n";
  const added = updateAnalysis(before, [{ span: { start: 0, end: 0 }, text: line }], syntax, runner);
  assert.deepEqual(added.findings, []);
  const removed = updateAnalysis(added, [{ span: { start: 0, end: line.length }, text: "" }], syntax, runner);
  assert.deepEqual(
    removed.findings.map((f) => f.rule.id),
    told,
  );
});
