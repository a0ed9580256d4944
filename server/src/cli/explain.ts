import { type RuleInfo, ruleFacts, ruleInfo } from "../analysis/rule-info.ts";
import type { Paint } from "../report/render-text.ts";
import type { NamedRule } from "../rules/_rule.ts";
import { terminalMarkdown } from "./terminal-markdown.ts";

/** The page of a rule for a terminal. */
export function explain(rule: NamedRule, paint: Paint): string {
  const info = ruleInfo(rule);
  return `${paint.bold(info.id)}\n\n${facts(rule)}\n\n${terminalMarkdown(rule.docs, paint)}\n\n${paint.dim(info.page)}\n`;
}

const facts = (rule: NamedRule): string =>
  ruleFacts(rule)
    .map(([name, value]) => `${name.padEnd(9)}  ${value}`)
    .join("\n");

/** One line for each rule. */
export function listRules(rules: readonly NamedRule[], paint: Paint): string {
  const infos = rules.map(ruleInfo);
  const width = (of: (info: RuleInfo) => string): number => Math.max(...infos.map((info) => of(info).length));
  const ids = width((info) => info.id);
  const categories = width((info) => info.category);
  const topics = width((info) => info.topic);
  const levels = width((info) => info.severity.certain);
  const fixes = width((info) => info.fix);
  return infos
    .map(
      (info) =>
        `${paint.cyan(info.id.padEnd(ids))}  ${info.category.padEnd(categories)}  ${info.topic.padEnd(topics)}  ${info.severity.certain.padEnd(levels)}  ${info.fix.padEnd(fixes)}  ${inlineSummary(info, paint)}\n`,
    )
    .join("");
}

const inlineSummary = ({ summary }: RuleInfo, paint: Paint): string => terminalMarkdown(summary, paint);
