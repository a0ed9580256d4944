import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { analyzeText } from "../server/src/analysis/analyzer.ts";
import { loadConfig } from "../server/src/analysis/config.ts";
import { pathScope, selectedRules, severityOverrides } from "../server/src/analysis/config-scope.ts";
import { createRuleRunner } from "../server/src/analysis/run-rules.ts";
import { lineStarts } from "../server/src/base/text.ts";
import type { Category, Severity } from "../server/src/report/report.ts";
import type { Topic } from "../server/src/rules/_rule.ts";
import { rules } from "../server/src/rules/registry.gen.ts";
import { syntax } from "./harness/syntax.ts";

const sampleRule = (id: string, category: Category, topic: Topic, severity: Severity) => ({
  id,
  category,
  topic,
  severity: { certain: severity, likely: severity, possible: "hint" } as const,
});
const known = [
  sampleRule("missing-zero-grad", "bug", "training", "error"),
  sampleRule("manual-attention", "performance", "attention", "warning"),
  sampleRule("item-in-training-loop", "performance", "synchronization", "info"),
];

const at = (line: number, start: number, end: number) => ({
  start: { line, character: start },
  end: { line, character: end },
});

const own = (text: string) => loadConfig(text, "own", known);

/** Each problem as `line: marked text: message`. */
function problems(text: string, file: "own" | "pyproject" = "own"): readonly string[] {
  const starts = lineStarts(text);
  return loadConfig(text, file, known).problems.map(({ message, range: { start, end } }) => {
    const from = (starts[start.line] ?? 0) + start.character;
    const to = (starts[end.line] ?? 0) + end.character;
    return `${start.line + 1}: ${text.slice(from, to)}: ${message}`;
  });
}

describe("configuration", () => {
  test("every key is read", () => {
    const { config, problems: none } = own(`
torch-version = "2.4"
preset = "strict"
extends = "../ecocompute.toml"
select = ["bug", "manual-attention"]
baseline = "known.json"
ignore = ["item-in-training-loop"]
exclude = ["third_party/", "*.gen.py"]

[severity]
missing-zero-grad = "warning"
manual-attention = "off"

[per-file-ignores]
"tests/**" = ["all"]
`);
    assert.deepEqual(none, []);
    assert.deepEqual(config, {
      torchVersion: [2, 4],
      select: ["bug", "manual-attention"],
      ignore: ["item-in-training-loop"],
      severity: new Map([
        ["missing-zero-grad", "warning"],
        ["manual-attention", "off"],
      ]),
      exclude: ["third_party/", "*.gen.py"],
      perFileIgnores: [{ pattern: "tests/**", rules: ["all"] }],
      preset: "strict",
      extends: { path: "../ecocompute.toml", range: at(3, 10, 30) },
      baseline: { path: "known.json", range: at(5, 11, 23) },
      factors: undefined,
      scenario: {},
      gate: {},
      inherited: [],
    });
  });

  test("a scenario and accelerators of one's own; what is wrong in them is told on its line", () => {
    const { config, problems } = own(`
[scenario]
accelerator = "my-board"
precision = "bf61"
batch = 8
regoin = "SE1"
currency = { code = "EUR", per-dollar = 0.86 }

[accelerators.my-board]
tflops = { bf16 = 400, fp32 = 50 }
memory = 64
bandwidth = 2000
board-limit = 500

[accelerators.other]
memory = 64
`);
    assert.deepEqual(config?.scenario, {
      accelerator: "my-board",
      batch: 8,
      currency: { code: "EUR", perDollar: 0.86 },
      accelerators: [
        { name: "my-board", tflops: { bf16: 400, fp32: 50 }, memory: 64, bandwidth: 2000, boardLimit: 500 },
      ],
    });
    assert.deepEqual(
      problems.map(({ message, range }) => [range.start.line, message.split(/[.(]/)[0]]),
      [
        [14, "The accelerator `other` "],
        [
          3,
          "`precision` must be one of `as-written`, `fp32`, `tf32`, `fp16`, `bf16`, `amp-fp16`, `amp-bf16`, `fp8`, `int8`",
        ],
        [5, "Unknown key `regoin`"],
      ],
    );
    const unknown = own('[scenario]\naccelerator = "h10"\n');
    assert.deepEqual(unknown.config?.scenario, {});
    assert.match(unknown.problems[0]?.message ?? "", /No accelerator is called `h10`\. Did you mean/);
    const wrong = own(
      '[scenario]\naccelerator = "h10"\nregion = "us-esat-1"\ncurrency = { code = "euro", per-dollar = 1 }\npue = 0.9\nvolume = 1e400\n[accelerators.a100]\nprice = "cheap"\n[accelerators.mine]\ntflops = {}\nmemory = 4\nbandwidth = 10\n',
    );
    assert.deepEqual(wrong.config?.scenario, {});
    assert.deepEqual(
      wrong.problems.map(({ message }) => message.slice(0, 34)),
      [
        "The `price` of `a100` must be US d",
        "The accelerator `mine` (`tflops`) ",
        "`currency` must be a table such as",
        "`pue` must be a number from 1 on.",
        "`volume` must be inferences per mo",
        "No accelerator is called `h10`. Di",
        "No region is called `us-esat-1`. D",
      ],
    );
  });

  test("what a file does not say stays open", () => {
    const { config } = own("");
    assert.equal(config?.select, undefined);
    assert.equal(config?.torchVersion, undefined);
    assert.equal(config?.severity.size, 0);
  });

  test("a pyproject without our section is none of our business, even a broken one", () => {
    assert.deepEqual(loadConfig('[project]\nname = "x"\n', "pyproject", known), {
      config: undefined,
      problems: [],
    });
    assert.deepEqual(loadConfig("[project\n", "pyproject", known).problems, []);
    assert.equal(loadConfig('[project]\ndescription = "ecocompute"\n', "pyproject", known).config, undefined);
  });

  test("the section may be written in several ways", () => {
    for (const text of [
      '[tool.ecocompute]\nselect = ["bug"]\n',
      '[tool]\necocompute.select = ["bug"]\n',
      '[tool]\necocompute = { select = ["bug"] }\n',
      'tool.ecocompute.select = ["bug"]\n',
    ])
      assert.deepEqual(loadConfig(text, "pyproject", known).config?.select, ["bug"], text);
  });
});

describe("problems of a configuration", () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ["unknown key", 'selct = ["bug"]\n', ["1: selct: Unknown key `selct`. Did you mean `select`?"]],
    ["unknown key, nothing near", "\n\nfrobnicate = 1\n", ["3: frobnicate: Unknown key `frobnicate`."]],
    [
      "underscores",
      'torch_version = "2.4"\n',
      ["1: torch_version: Unknown key `torch_version`. Did you mean `torch-version`?"],
    ],
    [
      "a version that lost its quotes",
      "torch-version = 2.10\n",
      ['1: torch-version: `torch-version` must be a version in quotes, such as "2.4", not the number 2.1.'],
    ],
    [
      "a version that is none",
      'torch-version = "latest"\n',
      [
        '1: torch-version: `torch-version` must be a version in quotes, such as "2.4", not the string "latest".',
      ],
    ],
    [
      "a string for a list",
      'ignore = "bug"\n',
      ['1: ignore: `ignore` must be a list of strings, not the string "bug".'],
    ],
    [
      "a number in a list",
      "exclude = [\n  'a',\n  3,\n]\n",
      ["1: exclude: `exclude` must be a list of strings, not a list with the number 3 in it."],
    ],
    [
      "a mistyped rule, deep in a list",
      'select = [\n  "bug",\n  "mising-zero-grad", # why\n]\nignore = []\n',
      ['3: "mising-zero-grad": Unknown rule `mising-zero-grad`. Did you mean `missing-zero-grad`?'],
    ],
    [
      "severity",
      '[severity]\nmanual-attention = "warn"\nmissing-zero-grad = true\nno-such = "off"\n',
      [
        '2: manual-attention: The severity of `manual-attention` must be one of `off`, `critical`, `error`, `warning`, `info`, `hint`, not the string "warn".',
        "3: missing-zero-grad: The severity of `missing-zero-grad` must be one of `off`, `critical`, `error`, `warning`, `info`, `hint`, not `true`.",
        "4: no-such: Unknown rule `no-such`.",
      ],
    ],
    [
      "severity as a string",
      'severity = "off"\n',
      ['1: severity: `severity` must be a table, not the string "off".'],
    ],
    [
      "per-file-ignores",
      '[per-file-ignores]\n"a/*.py" = "all"\n"b.py" = ["bgu"]\n',
      [
        '2: "a/*.py": The rules to ignore in `a/*.py` must be a list of strings, not the string "all".',
        '3: "bgu": Unknown rule `bgu`. Did you mean `bug`?',
      ],
    ],
    ["a date", "exclude = 2024-01-01\n", ["1: exclude: `exclude` must be a list of strings, not a date."]],
  ];
  for (const [name, text, expected] of cases)
    test(name, () => {
      assert.deepEqual(problems(text), expected);
    });

  test("the rest goes on with defaults", () => {
    const { config } = own('select = 3\nignore = ["bug", "nope"]\n');
    assert.equal(config?.select, undefined);
    assert.deepEqual(config?.ignore, ["bug"]);
  });

  test("in a pyproject the right table is marked", () => {
    const text =
      "[tool.other]\nselect = 1\n\n[tool.ecocompute]\nselect = 2\n\n[tool.ecocompute.severity]\nmanual-attention = 3\n";
    assert.deepEqual(
      problems(text, "pyproject").map((each) => each.slice(0, each.indexOf(":", 3))),
      ["5: select", "8: manual-attention"],
    );
  });

  test("keys inside multi-line strings are not keys", () => {
    assert.deepEqual(problems('exclude = ["""\nselect = 1\n"""]\nselect = 3\n'), [
      "4: select: `select` must be a list of strings, not the number 3.",
    ]);
  });

  test("a section that is not a table", () => {
    assert.deepEqual(problems("[tool]\necocompute = 3\n", "pyproject"), [
      "2: ecocompute: `tool.ecocompute` must be a table.",
    ]);
  });

  test("broken TOML is one problem on its line", () => {
    const [only, ...others] = problems('select = ["bug"]\nignore = [\n\n[tool.ecocompute');
    assert.deepEqual(others, []);
    assert.match(only ?? "", /^\d: .*Not valid TOML: /);
    assert.equal(problems("a = 1\na = 2\n")[0]?.slice(0, 10), "2: a = 2: ");
  });

  test("windows line ends keep their lines", () => {
    assert.deepEqual(problems("\r\n\r\nselct = 1\r\n"), [
      "3: selct: Unknown key `selct`. Did you mean `select`?",
    ]);
  });
});

describe("what a configuration selects", () => {
  const ids = (text: string): readonly string[] => {
    const { config } = own(text);
    assert.ok(config !== undefined);
    return selectedRules(config, known).map((rule) => rule.id);
  };
  const all = known.map((rule) => rule.id);

  test("everything by default", () => {
    assert.deepEqual(ids(""), all);
  });
  test("a category, a rule", () => {
    assert.deepEqual(ids('select = ["bug"]'), ["missing-zero-grad"]);
    assert.deepEqual(ids('ignore = ["bug", "manual-attention"]'), ["item-in-training-loop"]);
    assert.deepEqual(ids('ignore = ["all"]'), []);
    assert.deepEqual(ids("select = []"), []);
  });
  test("the name of a rule outweighs its category", () => {
    assert.deepEqual(ids('select = ["manual-attention"]\nignore = ["performance"]'), ["manual-attention"]);
    assert.deepEqual(ids('select = ["performance"]\nignore = ["manual-attention"]'), [
      "item-in-training-loop",
    ]);
  });
  test("topics and presets", () => {
    assert.deepEqual(ids('select = ["attention"]'), ["manual-attention"]);
    assert.deepEqual(ids('ignore = ["training", "synchronization"]'), ["manual-attention"]);
    assert.deepEqual(ids('preset = "bugs-only"'), ["missing-zero-grad"]);
    assert.deepEqual(
      ids('preset = "bugs-only"\nselect = ["manual-attention"]'),
      ["manual-attention"],
      "a name outweighs",
    );
    assert.deepEqual(ids('preset = "bugs-only"\n[severity]\nmanual-attention = "info"'), [
      "missing-zero-grad",
      "manual-attention",
    ]);
    assert.deepEqual(problems('preset = "bug-only"'), [
      '1: preset: `preset` must be one of `recommended`, `strict`, `bugs-only`, not the string "bug-only". Did you mean `bugs-only`?',
    ]);
    assert.equal(
      ids('select = ["manual-attentoin"]').length,
      ids("").length,
      "a selection of mistakes alone is none",
    );
    const many = Array.from({ length: 300_000 }, (_, i) => `"x${i}"`).join(",");
    assert.equal(problems(`ignore = [${many}]`).length, 50, "told of until nobody reads on");
    assert.deepEqual(problems('baseline = "known.py"\nextends = 3'), [
      "2: extends: `extends` must be the path of a .toml file, not the number 3.",
      '1: baseline: `baseline` must be the path of a .json file, not the string "known.py".',
    ]);
  });
  test("off is not run, other levels override", () => {
    assert.deepEqual(ids('[severity]\nmanual-attention = "off"'), [
      "missing-zero-grad",
      "item-in-training-loop",
    ]);
    const { config } = own('[severity]\nmanual-attention = "off"\nmissing-zero-grad = "hint"');
    assert.ok(config !== undefined);
    assert.deepEqual([...severityOverrides(config)], [["missing-zero-grad", "hint"]]);
  });

  test("paths", () => {
    const { config } = own(
      'exclude = ["third_party/", "*.gen.py"]\n[per-file-ignores]\n"tests/**" = ["bug"]\n',
    );
    assert.ok(config !== undefined);
    const scope = pathScope(config);
    assert.equal(scope.isExcluded("third_party/a/b.py"), true);
    assert.equal(scope.isExcluded("src/ops.gen.py"), true);
    assert.equal(scope.isExcluded("src/ops.py"), false);
    assert.equal(scope.isExcluded("../other/third_party/a.py"), false);
    const text =
      "import torch.nn as nn\nimport torch.nn.functional as F\nclass A(nn.Module):\n    def forward(self, x):\n        return F.dropout(x)\n";
    const runner = createRuleRunner({ rules, torch: undefined, severity: new Map() }, undefined, () => {});
    const { findings } = analyzeText("/p/a.py", text, syntax, runner);
    assert.equal(findings.length, 1);
    assert.equal(scope.keep("tests/a.py", findings).length, 0);
    assert.equal(scope.keep("src/a.py", findings).length, 1);
  });
});
