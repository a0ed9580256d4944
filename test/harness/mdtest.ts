import assert from "node:assert/strict";
import type { Finding } from "../../server/src/analysis/finding.ts";
import { applyEdits } from "../../server/src/base/text.ts";
import type { NamedRule, Version } from "../../server/src/rules/_rule.ts";
import { rules } from "../../server/src/rules/registry.gen.ts";
import { lint } from "./lint.ts";
import { lintModels } from "./lint-models.ts";
import { syntax } from "./syntax.ts";

/** One `##` section of a fixture: Python with `# expect: rule` on the lines that must be reported. */
export interface Scenario {
  readonly name: string;
  readonly py: string;
  /** The text after all fixes, without the expectations. */
  readonly fixed: string | undefined;
  /** From `torch: 2.4` in the prose. */
  readonly torch: Version | undefined;
  /** From `path: tests/test_x.py` in the prose. */
  readonly path: string | undefined;
  /** From `accelerator: h100` in the prose: what models run on. */
  readonly accelerator: string | undefined;
}

export function parseMdtest(markdown: string): readonly Scenario[] {
  return markdown
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const block = (language: string): string | undefined =>
        new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "m").exec(section)?.[1];
      const prose = section.replace(/^```[\s\S]*?^```/gm, "");
      return {
        name: section.slice(0, section.indexOf("\n")).trim(),
        py: block("py") ?? "",
        fixed: block("fixed"),
        torch: /^torch: ([\d.]+)$/m.exec(prose)?.[1]?.split(".").map(Number),
        path: /^path: (\S+)$/m.exec(prose)?.[1],
        accelerator: /^accelerator: (\S+)$/m.exec(prose)?.[1],
      };
    });
}

const isOfModels = (id: string): boolean =>
  rules.some((rule) => rule.id === id && rule.onModel !== undefined);

/** Models are interpreted for the rules that read them alone: it takes its time. */
const ofModels = (py: string, rule: NamedRule, accelerator: string | undefined): readonly Finding[] =>
  rule.onModel === undefined ? [] : lintModels(py, accelerator);

const lineOf = (text: string, at: number): number => text.slice(0, at).split("\n").length;
const withoutExpectations = (text: string): string => text.replace(/ *# expect: .*$/gm, "");
const hasErrors = (text: string): boolean =>
  syntax.parse(text).chunks.some((placed) => placed.chunk.hasErrors);

/**
 * The one place where rule tests touch the API. Closed world: an unexpected finding of any rule fails.
 * `# expect: rule-a, rule-b`, `# expect: rule (certain)`, `# expect: rule "part of the message"`.
 */
export function check({ py, fixed, torch, path, accelerator }: Scenario, rule: NamedRule): void {
  const options = { torch, ...(path === undefined ? {} : { path: `/project/${path}` }) };
  assert.ok(py.trim() !== "", "a scenario needs a py block");
  const findings = [...lint(py, options), ...ofModels(py, rule, accelerator)];
  const actual = findings.map((finding) => `${lineOf(py, finding.span.start)}: ${finding.rule.id}`);
  const expected = py.split("\n").flatMap((line, i) => expectationsOn(line, i + 1, py, findings));
  assert.deepEqual([...actual].sort(), [...expected].sort());

  for (const finding of findings) {
    const strongest = finding.fixes.some((fix) => fix.safety === "safe")
      ? "safe"
      : finding.fixes.length > 0
        ? "suggestion"
        : "none";
    const allowed = {
      safe: ["safe", "suggestion", "none"],
      suggestion: ["suggestion", "none"],
      none: ["none"],
    };
    assert.ok(
      allowed[finding.rule.fix].includes(strongest),
      `${finding.rule.id} offers a ${strongest} fix, declares ${finding.rule.fix}`,
    );
  }
  const text = applyUntilStable(py, options, rule);
  if (fixed !== undefined) assert.equal(withoutExpectations(text), fixed);
}

function expectationsOn(
  line: string,
  number: number,
  py: string,
  findings: readonly Finding[],
): readonly string[] {
  const match = /# expect: (.*)$/.exec(line);
  return [...(match?.[1] ?? "").matchAll(/([a-z][a-z0-9-]+)(?: \((\w+)\))?(?: "([^"]*)")?/g)].map(
    ([, id, certainty, words]) => {
      const here = findings.filter(
        (finding) => finding.rule.id === id && lineOf(py, finding.span.start) === number,
      );
      if (certainty !== undefined)
        assert.ok(
          here.some((finding) => finding.certainty === certainty),
          `line ${number}: ${id} is not ${certainty}`,
        );
      if (words !== undefined)
        assert.ok(
          here.some((finding) => finding.message.includes(words)),
          `line ${number}: no message of ${id} has "${words}": ${here.map((f) => f.message).join(" | ")}`,
        );
      return `${number}: ${id}`;
    },
  );
}

/** Applies the first fix of the first fixable finding of the rule until none is left: fixes converge, keep the syntax and remove their finding. */
function applyUntilStable(py: string, options: Parameters<typeof lint>[1], rule: NamedRule): string {
  let text = py;
  for (let round = 0; ; round++) {
    const before = lint(text, options);
    const finding = before.find((each) => each.rule.id === rule.id && each.fixes.length > 0);
    const fix = finding?.fixes[0];
    if (finding === undefined || fix === undefined) return text;
    assert.ok(round < 25, "fixes do not converge");
    const next = applyEdits(text, fix.edits);
    assert.notEqual(next, text, `the fix of ${rule.id} changes nothing`);
    assert.ok(hasErrors(text) || !hasErrors(next), `the fix of ${rule.id} broke the syntax:\n${next}`);
    const after = lint(next, options);
    const count = (all: readonly Finding[], id: string): number =>
      all.filter((each) => each.rule.id === id).length;
    assert.ok(
      count(after, rule.id) < count(before, rule.id),
      `the fix of ${rule.id} leaves its finding:\n${next}`,
    );
    for (const other of after)
      assert.ok(
        count(after, other.rule.id) <= count(before, other.rule.id),
        `the fix of ${rule.id} adds ${other.rule.id}:\n${next}`,
      );
    text = next;
  }
}

/** The examples in a rule's own docs are tests: the first block fires at least once, the second not at all. */
export function checkDocs(rule: NamedRule): void {
  const [bad, good] = [...rule.docs.matchAll(/^```py\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? "");
  const accelerator = /^Computed on `(\S+)`/m.exec(rule.docs)?.[1];
  const found = (text = ""): readonly string[] =>
    [...lint(text), ...ofModels(text, rule, accelerator)].map((finding) => finding.rule.id);
  // Of the code of a model other rules may have something to say as well.
  const bads = rule.onModel === undefined ? found(bad) : found(bad).filter((id) => isOfModels(id));
  assert.deepEqual(bads, [rule.id], "the bad example");
  assert.deepEqual(found(good), [], "the good example");
  for (const heading of ["## Why is this bad?", "## Example", "## Fix safety", "## When not to use it"])
    assert.ok(rule.docs.includes(heading), `the page lacks "${heading}"`);
  assert.ok(!/\bSAY:/.test(rule.docs), "the page still says what it should say");
}
