import type { Category } from "../report/report.ts";
import { type NamedRule, topics } from "../rules/_rule.ts";

const categories: readonly Category[] = ["bug", "performance", "energy", "memory"];

/** What a list of rules may hold: names of rules, categories, topics, and `all`. */
export const selectorNames = (rules: readonly Pick<NamedRule, "id">[]): readonly string[] => [
  ...rules.map((rule) => rule.id),
  ...categories,
  ...topics,
  "all",
];

type Named = Pick<NamedRule, "id" | "category" | "topic">;

export const isNamed = (selectors: readonly string[], rule: Named): boolean => selectors.includes(rule.id);

/** By its own name, that of its category or topic, or `all`. */
export const isCovered = (selectors: readonly string[], rule: Named): boolean =>
  isNamed(selectors, rule) ||
  selectors.includes(rule.category) ||
  selectors.includes(rule.topic) ||
  selectors.includes("all");
