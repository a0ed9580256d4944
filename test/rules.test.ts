import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { kindsOf } from "../server/src/analysis/dispatch.ts";
import { type Preset, presetsOf, shownCertainties } from "../server/src/analysis/presets.ts";
import { ruleFacts } from "../server/src/analysis/rule-info.ts";
import { unusedSuppressionId } from "../server/src/analysis/unused-suppressions.ts";
import { type NamedRule, topics } from "../server/src/rules/_rule.ts";
import { rules } from "../server/src/rules/registry.gen.ts";
import { check, checkDocs, parseMdtest } from "./harness/mdtest.ts";

const fixtures = readdirSync("test/rules").map((file) => file.replace(/\.md$/, ""));

test("every rule has a fixture and every fixture a rule", () => {
  assert.deepEqual([...fixtures].sort(), rules.map((rule) => rule.id).sort());
});

test("what is said of rules beside their words", () => {
  const text = (rule: NamedRule): string => ruleFacts(rule).flat().join(" ");
  for (const rule of rules) {
    assert.match(rule.id, /^[a-z0-9]+(?:-[a-z0-9]+)+$/);
    assert.ok(topics.includes(rule.topic), rule.id);
    assert.ok(presetsOf(rule).length > 0, `${rule.id} runs under no preset`);
    assert.ok(
      kindsOf(rule).length > 0 || rule.onModel !== undefined || rule.id === unusedSuppressionId,
      `${rule.id} looks at nothing`,
    );
    for (const { tool, rule: id, differs } of rule.equivalents ?? []) {
      assert.ok(text(rule).includes(`${tool} ${id}`), rule.id);
      assert.ok(differs === undefined || / /.test(differs), `${rule.id}: ${differs} is no sentence`);
    }
  }
  assert.ok(rules.filter((rule) => (rule.equivalents ?? []).length > 0).length >= 10);
});

describe("presets", () => {
  const shown = (preset: Preset, of: Parameters<typeof shownCertainties>[1]): string =>
    [...shownCertainties(preset, of)].join(" ");
  const severity = { certain: "hint", likely: "hint", possible: "off" } as const;
  const slow = { category: "performance", severity } as const;
  const wrong = {
    category: "bug",
    severity: { certain: "error", likely: "warning", possible: "hint" },
  } as const;

  test("hints show where they are certain, all of them under strict", () => {
    assert.equal(shown("recommended", slow), "certain");
    assert.equal(shown("strict", slow), "certain likely");
    assert.equal(shown("recommended", wrong), "certain likely");
    assert.equal(shown("strict", wrong), "certain likely possible");
  });
  test("bugs only", () => {
    assert.equal(shown("bugs-only", slow), "");
    assert.equal(shown("bugs-only", wrong), "certain likely");
  });
  test("what is kept for strict", () => {
    assert.equal(shown("recommended", { ...wrong, strictOnly: true }), "");
    assert.deepEqual(presetsOf({ ...wrong, strictOnly: true }), ["strict"]);
  });
});

for (const rule of rules) {
  describe(rule.id, () => {
    test("its page's examples", () => {
      checkDocs(rule);
    });
    const scenarios = fixtures.includes(rule.id)
      ? parseMdtest(readFileSync(`test/rules/${rule.id}.md`, "utf8"))
      : [];
    test("has positives and negatives", () => {
      assert.ok(scenarios.some((scenario) => scenario.py.includes(`# expect: ${rule.id}`)));
      assert.ok(scenarios.some((scenario) => !scenario.py.includes("# expect:")));
    });
    for (const scenario of scenarios)
      test(scenario.name, () => {
        check(scenario, rule);
      });
  });
}
