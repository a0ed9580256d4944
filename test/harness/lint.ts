import { analyzeText } from "../../server/src/analysis/analyzer.ts";
import type { Finding } from "../../server/src/analysis/finding.ts";
import { createRuleRunner } from "../../server/src/analysis/run-rules.ts";
import type { NamedRule, Version } from "../../server/src/rules/_rule.ts";
import { rules } from "../../server/src/rules/registry.gen.ts";
import { syntax } from "./syntax.ts";

interface Options {
  readonly path?: string;
  readonly torch?: Version | undefined;
  readonly only?: readonly NamedRule[];
}

/** All findings of all rules in one file; a rule that throws fails the test. */
export function lint(
  text: string,
  { path = "/project/model.py", torch, only }: Options = {},
): readonly Finding[] {
  const runner = createRuleRunner(
    { rules: only ?? rules, torch, severity: new Map() },
    undefined,
    (rule, error) => {
      throw new Error(`${rule.id} threw`, { cause: error });
    },
  );
  return analyzeText(path, text, syntax, runner).findings;
}
