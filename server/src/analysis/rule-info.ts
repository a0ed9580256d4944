import type { Category, FixSafety, Severity } from "../report/report.ts";
import { rulePage } from "../report/rule-page.ts";
import type { Certainty, NamedRule } from "../rules/_rule.ts";
import { readRuleDocs } from "./rule-docs.ts";

/** A rule as plain data: what lists and pages of rules show. */
export interface RuleInfo {
  readonly id: string;
  readonly category: Category;
  /** Default severity by how sure the rule is. */
  readonly severity: Readonly<Record<Certainty, Severity | "off">>;
  readonly fix: FixSafety;
  readonly since: string;
  /** The torch versions the rule holds for: from the first one on, before the second one. */
  readonly torch: { readonly from: string | undefined; readonly before: string | undefined };
  readonly summary: string;
  readonly page: string;
}

export const ruleInfo = (rule: NamedRule): RuleInfo => ({
  id: rule.id,
  category: rule.category,
  severity: rule.severity,
  fix: rule.fix,
  since: rule.since,
  torch: { from: rule.torch?.from?.join("."), before: rule.torch?.before?.join(".") },
  summary: readRuleDocs(rule.docs).summary.replaceAll("\n", " "),
  page: rulePage(rule.id),
});
