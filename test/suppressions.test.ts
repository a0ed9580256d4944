import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { suppressionProblems } from "../server/src/analysis/directives.ts";
import { rules } from "../server/src/rules/registry.gen.ts";
import { lint } from "./harness/lint.ts";
import { syntax } from "./harness/syntax.ts";

const rule = "functional-dropout-always-on";
const known = rules.map((each) => each.id);

const head = "import torch.nn as nn\nimport torch.nn.functional as F\n\n";
const model = (line: string, above = ""): string =>
  `${head}class A(nn.Module):\n    def forward(self, x):\n${above}        x = F.dropout(x, 0.1)${line}\n        return x\n`;

const lines = (text: string): readonly number[] =>
  lint(text)
    .filter((finding) => finding.rule.id === rule)
    .map((finding) => text.slice(0, finding.span.start).split("\n").length);

const problems = (text: string): readonly string[] =>
  suppressionProblems(syntax.parse(text), known).map(
    ({ span, message }) => `${text.slice(span.start, span.end)} -> ${message}`,
  );

describe("a comment at the end of the line", () => {
  const silences: readonly string[] = [
    `  # ecocompute: ignore[${rule}]`,
    `  # ecocompute: ignore[${rule}] Monte Carlo on purpose`,
    `  # ecocompute: ignore[missing-zero-grad, ${rule}]`,
    `  # ecocompute: ignore[ ${rule} , ]`,
    "  # ecocompute: ignore",
    "  # ecocompute: ignore: on purpose",
    `  # ecocompute:ignore[${rule}]`,
    `  #ecocompute: ignore [${rule}]`,
    `  # EcoCompute: Ignore[${rule}]`,
    `  # type: ignore  # ecocompute: ignore[${rule}]`,
  ];
  for (const comment of silences)
    test(comment.trim(), () => {
      assert.deepEqual(lines(model(comment)), []);
      assert.deepEqual(problems(model(comment)), []);
    });

  const keeps: readonly string[] = [
    "",
    "  # ecocompute: ignore[missing-zero-grad]",
    "  # ecocompute: ignore[]",
    `  # ecocompute: ignore[${rule}`,
    `  # ecocompute: ignored[${rule}]`,
    `  # ecocompute: ignore-line[${rule}]`,
    `  # ecocompute ignore[${rule}]`,
    `  # ecocompute: input x = float32[1, 2]`,
    "  # noqa",
    `  ; note = "# ecocompute: ignore[${rule}]"`,
  ];
  for (const comment of keeps)
    test(`keeps the finding: ${comment.trim()}`, () => {
      assert.deepEqual(lines(model(comment)), [6]);
    });

  test("speaks of its own line only", () => {
    const text = `${head}class A(nn.Module):\n    def forward(self, x):\n        x = F.dropout(x)  # ecocompute: ignore\n        return F.dropout(x)\n`;
    assert.deepEqual(lines(text), [7]);
  });

  test("the first or the last line of what is found", () => {
    const call = (first: string, middle: string, last: string): string =>
      `${head}class A(nn.Module):\n    def forward(self, x):\n        return F.dropout(${first}\n            x,${middle}\n        )${last}\n`;
    const comment = `  # ecocompute: ignore[${rule}]`;
    assert.deepEqual(lines(call(comment, "", "")), []);
    assert.deepEqual(lines(call("", "", comment)), []);
    assert.deepEqual(lines(call("", comment, "")), [6]);
  });
});

describe("a comment on a line of its own", () => {
  const indent = " ".repeat(8);
  const cases: readonly (readonly [string, string, readonly number[]])[] = [
    ["speaks of the line below", `${indent}# ecocompute: ignore[${rule}]\n`, []],
    ["whatever its indent", `# ecocompute: ignore[${rule}]\n`, []],
    [
      "through other comments and blank lines",
      `${indent}# ecocompute: ignore[${rule}]\n\n${indent}# why\n`,
      [],
    ],
    [
      "next to another of its kind",
      `${indent}# ecocompute: ignore[${rule}]\n${indent}# ecocompute: ignore[missing-zero-grad]\n`,
      [],
    ],
    ["of no line further down", `${indent}# ecocompute: ignore[${rule}]\n${indent}y = x\n`, [8]],
    ["of its own rule only", `${indent}# ecocompute: ignore[missing-zero-grad]\n`, [7]],
  ];
  for (const [name, above, expected] of cases)
    test(name, () => {
      assert.deepEqual(lines(model("", above)), expected);
    });

  test("at the top of the file's statements too", () => {
    const text = (comment: string): string =>
      `import torch\nopt = torch.optim.SGD(p, lr=0.1)\nfor x in data:\n    f(x).backward()\n${comment}    opt.step()\n`;
    assert.equal(lint(text("")).length, 1);
    assert.equal(lint(text("    # ecocompute: ignore[missing-zero-grad]\n")).length, 0);
  });

  test("with windows line ends", () => {
    const text = model("", `${indent}# ecocompute: ignore[${rule}]\n`).replaceAll("\n", "\r\n");
    assert.deepEqual(lines(text), []);
    assert.deepEqual(lines(model(`  # ecocompute: ignore[${rule}]`).replaceAll("\n", "\r\n")), []);
    assert.deepEqual(problems(text), []);
  });
});

describe("a comment for the file", () => {
  test("all rules, wherever it stands", () => {
    assert.deepEqual(lines(`# ecocompute: ignore-file\n${model("")}`), []);
    assert.deepEqual(lines(`${model("")}# ecocompute: ignore-file generated\n`), []);
    assert.deepEqual(lines(model("  # ecocompute: ignore-file")), []);
  });
  test("some rules", () => {
    assert.deepEqual(lines(`# ecocompute: ignore-file[${rule}]\n${model("")}`), []);
    assert.deepEqual(lines(`# ecocompute: ignore-file[missing-zero-grad]\n${model("")}`), [7]);
    assert.deepEqual(lines(`# ecocompute: ignore-file[]\n${model("")}`), [7]);
  });
  test("a word that only starts like it is none", () => {
    assert.deepEqual(lines(`# ecocompute: ignore-files\n${model("")}`), [7]);
  });
});

describe("comments that do not do what they say", () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    "ignore[functional-dropout-alway-on]": [
      "Unknown rule `functional-dropout-alway-on`. Did you mean `functional-dropout-always-on`?",
    ],
    "ignore-file[nonsense-of-mine]": ["Unknown rule `nonsense-of-mine`."],
    [`ignore[${rule}, also-not, nor-this]`]: ["Unknown rule `also-not`.", "Unknown rule `nor-this`."],
    "ignore[]": ["The list of rules is empty: nothing is ignored."],
    "ignore[missing-zero-grad": ["The list of rules after `ignore` is not closed: nothing is ignored."],
    "ignore-files": ["Unknown directive `ignore-files`. Did you mean `ignore-file`?"],
    "ingore[missing-zero-grad]": ["Unknown directive `ingore`. Did you mean `ignore`?"],
    "input x = float32[2, 3]": [],
    "model = GPT()": [],
  };
  for (const [comment, expected] of Object.entries(cases))
    test(comment, () => {
      const text = `import torch\n\n\ndef f(x):\n    return x  # ecocompute: ${comment}\n`;
      assert.deepEqual(
        problems(text),
        expected.map((message) => `# ecocompute: ${comment} -> ${message}`),
      );
    });
});
