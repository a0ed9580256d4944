import type { Category, FixSafety, Severity } from "../report/report.ts";
import { rulePage } from "../report/rule-page.ts";
import type { Certainty, Equivalent, NamedRule, Rule, Topic, Version } from "../rules/_rule.ts";
import { type Preset, presetsOf } from "./presets.ts";
import { readRuleDocs } from "./rule-docs.ts";

/** A rule as plain data: what lists and pages of rules show. */
export interface RuleInfo {
  readonly id: string;
  readonly category: Category;
  readonly topic: Topic;
  /** Default severity by how sure the rule is. */
  readonly severity: Readonly<Record<Certainty, Severity | "off">>;
  readonly fix: FixSafety;
  readonly since: string;
  /** The torch versions the rule holds for: from the first one on, before the second one. */
  readonly torch: { readonly from: string | undefined; readonly before: string | undefined };
  readonly libraries: readonly string[];
  /** The presets under which it runs. */
  readonly presets: readonly Preset[];
  readonly equivalents: readonly Equivalent[];
  readonly summary: string;
  readonly page: string;
}

const written = (version: Version | undefined): string | undefined => version?.join(".");

export const ruleInfo = (rule: NamedRule): RuleInfo => ({
  id: rule.id,
  category: rule.category,
  topic: rule.topic,
  severity: rule.severity,
  fix: rule.fix,
  since: rule.since,
  torch: { from: written(rule.torch?.from), before: written(rule.torch?.before) },
  libraries: rule.libraries ?? [],
  presets: presetsOf(rule),
  equivalents: rule.equivalents ?? [],
  summary: readRuleDocs(rule.docs).summary.replaceAll("\n", " "),
  page: rulePage(rule.id),
});

/** What a page says of a rule before its words begin, by name. */
export function ruleFacts(rule: Rule): readonly (readonly [name: string, value: string])[] {
  const { certain, likely, possible } = rule.severity;
  const gates = [
    ...(rule.torch?.from === undefined ? [] : [`torch ${written(rule.torch.from)} and later`]),
    ...(rule.torch?.before === undefined ? [] : [`torch before ${written(rule.torch.before)}`]),
    ...(rule.libraries ?? []),
  ];
  const equivalents = (rule.equivalents ?? []).map(({ tool, rule: id, differs }) =>
    differs === undefined ? `${tool} ${id}` : `${tool} ${id} (${differs.replace(/\.$/, "")})`,
  );
  return [
    ["Category", `${rule.category}, ${rule.topic}`],
    ["Severity", `${certain} when certain, ${likely} when likely, ${possible} when possible`],
    ["Presets", presetsOf(rule).join(", ")],
    ["Fix", rule.fix],
    ["Since", rule.since],
    ...(gates.length === 0 ? [] : [["Holds for", gates.join(", ")] as const]),
    ["Elsewhere", equivalents.length === 0 ? "no other tool known" : equivalents.join(", ")],
  ];
}
