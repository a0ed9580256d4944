import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { rules } from "../server/src/rules/registry.gen.ts";
import { check, checkDocs, parseMdtest } from "./harness/mdtest.ts";

const fixtures = readdirSync("test/rules").map((file) => file.replace(/\.md$/, ""));

test("every rule has a fixture and every fixture a rule", () => {
  assert.deepEqual([...fixtures].sort(), rules.map((rule) => rule.id).sort());
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
