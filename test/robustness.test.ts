import assert from "node:assert/strict";
import { test } from "node:test";
import { analyzeText } from "../server/src/analysis/analyzer.ts";
import { createRuleRunner } from "../server/src/analysis/run-rules.ts";
import { rules } from "../server/src/rules/registry.gen.ts";
import { mutate } from "./harness/mutate.ts";
import { packageFolder, pythonFiles, seededRandom } from "./harness/real-files.ts";
import { syntax } from "./harness/syntax.ts";

const mutations = 5_000;
const limitMilliseconds = 100;

const runner = createRuleRunner(
  { rules, torch: undefined, severity: new Map() },
  undefined,
  (rule, error) => {
    throw new Error(`${rule.id} threw`, { cause: error });
  },
);

/** Processor time, since a shared machine stalls; only what stays slow when repeated is slow. */
function millisecondsOf(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 4 && best >= limitMilliseconds; attempt++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

test("no mutated real file throws or takes long", () => {
  const files = ["torch", "torchvision"]
    .flatMap((name) => pythonFiles(packageFolder(name), 60_000))
    .filter((f) => f.text.length > 0);
  assert.ok(files.length > 500, `only ${files.length} files found`);
  const random = seededRandom(20_261_122);
  let slowest = { milliseconds: 0, path: "" };
  for (let i = 0; i < mutations; i++) {
    const file = files[Math.floor(random() * files.length)];
    if (file === undefined) continue;
    let text = file.text;
    for (let round = 0; round < 3; round++) text = mutate(text, random);
    const milliseconds = millisecondsOf(() =>
      analyzeText(file.path, `import torch\n${text}`, syntax, runner),
    );
    if (milliseconds > slowest.milliseconds) slowest = { milliseconds, path: file.path };
  }
  assert.ok(
    slowest.milliseconds < limitMilliseconds,
    `${slowest.path} took ${slowest.milliseconds.toFixed(1)} ms`,
  );
});

const line = "x = torch.nn.functional.dropout(x)\n";
const odd: Readonly<Record<string, string>> = {
  "100,000 lines": `import torch\n${line.repeat(100_000)}`,
  "one function of 20,000 lines": `import torch\ndef f(x):\n${`    ${line}`.repeat(20_000)}`,
  "a binary": `import torch${"\0\u0001\u00ff".repeat(50_000)}`,
  "deep brackets": `import torch\nx = ${"(".repeat(20_000)}`,
  "deep blocks": `import torch\n${Array.from({ length: 300 }, (_, i) => `${" ".repeat(i)}if x:\n`).join("")}`,
  "a long chain": `import torch\nx = ${"a.b(c)[d]".repeat(1)}${".e(f)".repeat(20_000)}\n`,
  "a long sum": `import torch\nx = ${"1 + ".repeat(20_000)}1\n`,
  "Python 2": "import torch\nprint 'a', x\nexec 'b'\nraise E, 'c'\n`x`\n",
  "an open string": `import torch\nx = '''${"a\n".repeat(50_000)}`,
  "one long line": `import torch\nx = [${"1, ".repeat(300_000)}]\n`,
  "only carriage returns": "import torch\rx = 1\rdef f():\r    pass\r",
};

for (const [name, text] of Object.entries(odd))
  test(`${name} is survived`, () => {
    const before = process.cpuUsage();
    const file = analyzeText("/project/odd.py", text, syntax, runner);
    assert.equal(file.text, text);
    const { user, system } = process.cpuUsage(before);
    const milliseconds = (user + system) / 1000;
    assert.ok(milliseconds < 10_000, `${milliseconds.toFixed(0)} ms`);
  });

test("a broken function does not hide its neighbors", () => {
  const head = "import torch.nn as nn\nimport torch.nn.functional as F\n\n";
  const cls = (name: string, body: string): string =>
    `class ${name}(nn.Module):\n    def forward(self, x):\n        ${body}\n\n`;
  const good = (name: string): string => cls(name, "return F.dropout(x)");
  for (const broken of ["return (x", 'return """x', "if x[: foo(", "return x +", "def ("]) {
    const file = analyzeText(
      "/project/m.py",
      head + good("A") + cls("B", broken) + good("C"),
      syntax,
      runner,
    );
    const dropouts = file.findings.filter((finding) => finding.rule.id === "functional-dropout-always-on");
    assert.equal(dropouts.length, 2, broken);
  }
});

test("a line that nobody has closed yet does not hide the lines below it", () => {
  const head = "import torch.nn as nn\nimport torch.nn.functional as F\n\n";
  const lines = (indent: string): string => `${indent}y = scale(y)\n`.repeat(100);
  const body = (indent: string, broken: string): string =>
    `${indent}x = F.dropout(x)\n${lines(indent)}${indent}${broken}\n${lines(indent)}${indent}x = F.dropout(x)\n`;
  const places: Readonly<Record<string, (broken: string) => string>> = {
    "a long method": (broken) =>
      `${head}class A(nn.Module):\n    def forward(self, x, y):\n${body("        ", broken)}        return x\n\n    def g(self):\n        """Text."""\n`,
    "a long loop in a method": (broken) =>
      `${head}class A(nn.Module):\n    def forward(self, x):\n        for y in x:\n${body("            ", broken)}        return x\n`,
  };
  for (const [place, textOf] of Object.entries(places))
    for (const broken of ["return (x", 'z = """x', "if x[: foo(", "z = {1: [2,", '"""Says']) {
      const { findings } = analyzeText("/project/m.py", textOf(broken), syntax, runner);
      const dropouts = findings.filter(({ rule }) => rule.id === "functional-dropout-always-on");
      assert.equal(dropouts.length, 2, `${broken} in ${place}`);
    }
});
