import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "../server/src/analysis/config.ts";
import type { GateConfig } from "../server/src/analysis/gate-config.ts";
import { changeOf, sumOf } from "../server/src/gate/difference.ts";
import type { GateModel, Quantity } from "../server/src/gate/gate-result.ts";
import { judge } from "../server/src/gate/judge.ts";
import { hunksBetween } from "../server/src/gate/line-diff.ts";
import { renderJunit } from "../server/src/gate/render-junit.ts";
import { renderGateSarif } from "../server/src/gate/render-sarif.ts";
import { gateFinding, gateModel, gateResult } from "./harness/gate-result.ts";
import { sarifProblems } from "./harness/sarif.ts";

function configOf(toml: string): GateConfig {
  const { config, problems } = loadConfig(toml, "own", []);
  assert.deepEqual(problems, []);
  assert.ok(config !== undefined);
  return config.gate;
}

/** A model that goes from $1,000 to $4,000 a month: $2,700 to $3,300 more, a tenth either way in everything. */
const dearer = gateModel();
const lost: Quantity = { value: null, low: null, high: null, unit: "gCO2e", atLeast: true, why: "no region" };
const figures = (more: Partial<GateModel["figures"]>): Partial<GateModel> => ({
  figures: { ...dearer.figures, ...more },
});

interface Case {
  readonly toml: string;
  readonly model?: Partial<GateModel>;
  /** `budget level` of each reason. */
  readonly expect: readonly string[];
}

const cases: readonly Case[] = [
  { toml: "", expect: [] },
  { toml: "[gate]\nbudget_threshold = 2600", expect: ["monthly-increase block"] },
  { toml: "[gate]\nbudget-threshold = 2600", expect: ["monthly-increase block"] },
  { toml: "[gate]\nbudget_threshold = 3000", expect: ["monthly-increase warn"] },
  { toml: "[gate]\nbudget_threshold = 3400", expect: [] },
  { toml: '[gate]\nbudget_threshold = 2900\ndecide = "value"', expect: ["monthly-increase block"] },
  { toml: '[gate]\nbudget_threshold = 3100\ndecide = "value"', expect: [] },
  { toml: '[gate]\nbudget_threshold = 3200\ndecide = "upper"', expect: ["monthly-increase block"] },
  { toml: '[gate]\nbudget_threshold = 2900\ndecide = "lower"', expect: [] },
  { toml: "[gate.budgets]\nmonthly-increase = { warn = 100 }", expect: ["monthly-increase warn"] },
  {
    toml: "[gate.budgets]\nmonthly-increase = { warn = 100, block = 9000 }",
    expect: ["monthly-increase warn"],
  },
  { toml: "[gate.budgets]\nmonthly-increase-percent = 200", expect: ["monthly-increase-percent block"] },
  { toml: "[gate.budgets]\nmonthly_increase_percent = 301", expect: ["monthly-increase-percent warn"] },
  { toml: "[gate.budgets]\nmonthly-total = 3500", expect: ["monthly-total block"] },
  { toml: "[gate.budgets]\nmodel-monthly = 3500", expect: ["model-monthly block"] },
  { toml: "[gate.budgets]\nenergy-per-inference = 0.3", expect: ["energy-per-inference block"] },
  { toml: "[gate.budgets]\nenergy-per-inference = 0.42", expect: ["energy-per-inference warn"] },
  { toml: "[gate.budgets]\nco2e-per-inference = 0.017", expect: ["co2e-per-inference block"] },
  { toml: "[gate]\ncarbon_limit = 13", expect: ["carbon-increase block"] },
  { toml: "[gate]\ncarbon_limit = 17", expect: [] },
  { toml: "[gate.budgets]\ncarbon-total = { warn = 17 }", expect: ["carbon-total warn"] },
  {
    toml: "[gate]\ncarbon_limit = 13",
    model: figures({ co2ePerMonth: { before: lost, after: lost, delta: lost } }),
    expect: ["carbon-increase warn"],
  },
  {
    toml: '[gate]\ncarbon_limit = 13\nincomplete = "block"',
    model: figures({ co2ePerMonth: { before: lost, after: lost, delta: lost } }),
    expect: ["carbon-increase block"],
  },
  { toml: "", model: { fit: { before: "fits", after: "too-large" } }, expect: ["memory-fit warn"] },
  { toml: "", model: { fit: { before: "too-large", after: "too-large" } }, expect: [] },
  {
    toml: '[gate.budgets]\nmemory-fit = "block"',
    model: { fit: { before: "tight", after: "too-large" } },
    expect: ["memory-fit block"],
  },
  {
    toml: '[gate.budgets]\nmemory-fit = "allow"',
    model: { fit: { before: "fits", after: "too-large" } },
    expect: [],
  },
  { toml: "", model: { complete: { before: true, after: false } }, expect: ["incomplete warn"] },
  {
    toml: '[gate]\nincomplete = "block"',
    model: { complete: { before: true, after: false } },
    expect: ["incomplete block"],
  },
  { toml: '[gate]\nincomplete = "allow"', model: { complete: { before: true, after: false } }, expect: [] },
  {
    toml: '[gate]\nincomplete = "block"',
    model: { complete: { before: false, after: false }, status: "unchanged" },
    expect: [],
  },
  {
    toml: '[[gate.for]]\npaths = ["src/**"]\nbudgets = { monthly-increase = 10 }',
    expect: ["monthly-increase block"],
  },
  { toml: '[[gate.for]]\npaths = ["other/**"]\nbudgets = { monthly-increase = 10 }', expect: [] },
  {
    toml: '[[gate.for]]\nmodels = ["N*"]\nbudgets = { model-monthly = 10 }',
    expect: ["model-monthly block"],
  },
  {
    // What is said of some holds for them in place of what is said of all.
    toml: '[gate.budgets]\nmodel-monthly = 10\n[[gate.for]]\nmodels = ["Net"]\nbudgets = { model-monthly = 9000 }',
    expect: [],
  },
  { toml: '[[gate.for]]\nmodels = ["N.*"]\nbudgets = { model-monthly = 10 }', expect: [] },
];

for (const each of cases)
  test(`${each.toml.replaceAll("\n", " ") || "no configuration"}, ${Object.keys(each.model ?? {}).join() || "dearer"}: ${each.expect.join() || "nothing"}`, () => {
    const subject = { models: [gateModel(each.model)], newFindings: [], broken: [], volume: 1_000_000 };
    const reasons = judge(subject, configOf(each.toml));
    assert.deepEqual(
      reasons.map(({ budget, level }) => `${budget} ${level}`),
      each.expect,
    );
    for (const { decision } of reasons) assert.match(decision, /^[A-Z].*\.$/s);
  });

test("new findings count from the severity that is named", () => {
  const judged = (toml: string) =>
    judge(
      {
        models: [],
        newFindings: [gateFinding({ severity: "warning" }), gateFinding()],
        broken: [],
        volume: 1,
      },
      configOf(toml),
    ).map(({ level, decision }) => [level, decision.replace(/,.*/, "")]);
  assert.deepEqual(judged(""), [["warn", "1 new finding of severity error or above"]]);
  assert.deepEqual(judged('[gate.budgets]\nnew-findings = { warn = "info", block = "critical" }'), [
    ["warn", "2 new findings of severity info or above"],
  ]);
  assert.deepEqual(judged('[gate.budgets]\nnew-findings = "warning"'), [
    ["block", "2 new findings of severity warning or above"],
  ]);
});

test("a model whose cost is allowed adds nothing to what the others may", () => {
  const allowed = { kind: "comment", name: "allow-cost", reason: "agreed", file: "a.py", line: 3 } as const;
  const models = [gateModel({ id: "a", allowed }), gateModel({ id: "b" })];
  const subject = { models, newFindings: [], broken: [], volume: 1_000_000 };
  const [reason, ...others] = judge(subject, configOf("[gate]\nbudget_threshold = 2600"));
  assert.deepEqual([reason?.value?.value, others], [3000, []]);
  assert.match(reason?.decision ?? "", /without 1 model whose cost is allowed/);
  const perModel = judge(subject, configOf("[gate.budgets]\nmodel-monthly = 10"));
  assert.deepEqual(
    perModel.map(({ model, allowed: by }) => [model, by?.reason]),
    [
      ["b", undefined],
      ["a", "agreed"],
    ],
  );
});

test("what is wrong in the section is told at its place, and the rest of it holds", () => {
  const text = [
    "[gate]",
    'mode = "strict"',
    "budget_threshold = -5",
    "budgett = 4",
    "carbon_limit = 7",
    "[gate.budgets]",
    "monthly = 1",
    'memory-fit = "never"',
    "model-monthly = { wran = 1 }",
  ].join("\n");
  const { config, problems } = loadConfig(text, "own", []);
  assert.deepEqual(
    problems.map(({ message, range }) => `${range.start.line + 1}: ${message}`),
    [
      "2: `mode` must be one of `block`, `audit`.",
      "3: `budget_threshold` must be US dollars per month, a number from 0 on.",
      "4: Unknown key `budgett`. Did you mean `budgets`?",
      "7: Unknown budget `monthly`.",
      "8: `memory-fit` must be one of `warn`, `block`, `allow`.",
      "9: `model-monthly` must be a number from 0 on, or a table such as { warn = 100, block = 500 }.",
    ],
  );
  assert.deepEqual([config?.gate.carbonLimit, config?.gate.mode], [7, undefined]);
});

const known = (value: number, low: number, high: number): Quantity => ({
  value,
  low,
  high,
  unit: "USD",
  atLeast: false,
  why: null,
});

test("a difference is surer than what it is between: what both have in common cancels", () => {
  const [before, after] = [known(100, 80, 125), known(110, 88, 137.5)];
  const alone = changeOf(before, after).delta;
  assert.deepEqual([alone.value, alone.low, alone.high], [10, 88 - 125, 137.5 - 80]);
  const common = changeOf(before, after, 0).delta;
  assert.deepEqual([common.value, common.low, common.high], [10, 8, 12.5]);
  const { low, high } = changeOf(before, after, 0.05).delta;
  assert.ok(low !== null && high !== null && low < 8 && low > 0 && high > 12.5 && high < 20);
  const less = changeOf(after, before, 0).delta;
  assert.deepEqual([less.value, less.low, less.high], [-10, -12.5, -8]);
  assert.deepEqual(changeOf(before, null).delta, { ...known(-100, -125, -80), unit: "USD" });
  assert.deepEqual(changeOf(null, after).delta, after);
});

test("a sum over something unknown is a lower bound", () => {
  const sum = sumOf([known(1, 1, 2), lost], "USD");
  assert.deepEqual([sum.value, sum.high, sum.atLeast], [1, 2, true]);
  assert.equal(sumOf([lost], "USD").value, null);
  assert.deepEqual(sumOf([], "USD"), { ...known(0, 0, 0) });
});

test("hunks turn one text into the other", () => {
  const [a, b] = ["a\nb\nc\nd\n", "a\nx\nc\nd\ne\n"];
  assert.deepEqual(hunksBetween(a, b), [
    { baseStart: 2, baseLines: ["b"], headStart: 2, headLines: ["x"] },
    { baseStart: 5, baseLines: [], headStart: 5, headLines: ["e"] },
  ]);
  assert.deepEqual(hunksBetween(a, a), []);
  assert.deepEqual(hunksBetween("", "x"), [{ baseStart: 1, baseLines: [], headStart: 1, headLines: ["x"] }]);
});

test("JUnit fails for what blocks, and only in block mode", () => {
  assert.match(renderJunit(gateResult()), /tests="2" failures="1".*<failure type="monthly-increase"/s);
  assert.match(renderJunit(gateResult({ mode: "audit" })), /failures="0".*<system-out>block: The change/s);
});

test("SARIF keeps to the standard, with fingerprints that outlive the figures", () => {
  const root = "file:///project/";
  const log = renderGateSarif(gateResult(), root);
  assert.deepEqual(sarifProblems(JSON.parse(JSON.stringify(log))), []);
  const results = log.runs[0]?.results ?? [];
  assert.deepEqual(
    results.map(({ ruleId, partialFingerprints }) => [ruleId, partialFingerprints?.["ecocompute/v1"]]),
    [
      ["missing-zero-grad", "00000000deadbeef:1"],
      ["gate-monthly-increase", "gate-monthly-increase:all"],
    ],
  );
  const { models } = gateResult();
  assert.deepEqual(
    results[1]?.locations?.[0]?.physicalLocation?.region?.startLine,
    models[0]?.causes[0]?.line,
  );
});
