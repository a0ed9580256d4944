import * as z from "zod";
import { meant } from "../base/did-you-mean.ts";
import { type Severity, severities } from "../report/report.ts";

/** What exceeds `warn` is told, what exceeds `block` stops the change. */
export interface Levels<T> {
  readonly warn?: T | undefined;
  readonly block?: T | undefined;
}

/** Budgets with a limit; a number alone in the configuration is one that blocks. */
export const amountBudgets = [
  /** USD per month, all models together, more than before. */
  "monthly-increase",
  /** The same in percent of what it was. */
  "monthly-increase-percent",
  /** USD per month, all models together. */
  "monthly-total",
  /** USD per month of one model. */
  "model-monthly",
  /** Joules of one model. */
  "energy-per-inference",
  /** Grams of one model. */
  "co2e-per-inference",
  /** Kilograms of CO2e per month, all models together, more than before. */
  "carbon-increase",
  /** Kilograms of CO2e per month, all models together. */
  "carbon-total",
] as const;
export type AmountBudget = (typeof amountBudgets)[number];

export interface Budgets extends Readonly<Partial<Record<AmountBudget, Levels<number> | undefined>>> {
  /** A model that does not fit into the memory of the accelerator any more. */
  readonly "memory-fit"?: "warn" | "block" | "allow" | undefined;
  /** From this severity on. */
  readonly "new-findings"?: Levels<Severity> | undefined;
}

/** Budgets of some models or files alone. */
export interface ScopedBudgets {
  /** Patterns in the manner of .gitignore. */
  readonly paths: readonly string[];
  /** Names of classes; `*` stands for any letters. */
  readonly models: readonly string[];
  readonly budgets: Budgets;
}

/**
 * Which end of an interval is held against a limit. `interval`: its lower end blocks, and its upper end warns.
 * `lower`, `value`, `upper`: that one decides alone.
 */
export const decisions = ["interval", "lower", "value", "upper"] as const;
export type Decision = (typeof decisions)[number];

/** What the section `gate` of a configuration says. */
export interface GateConfig {
  readonly mode?: "block" | "audit" | undefined;
  /** Allowed increase per month in USD: what `budgets.monthly-increase` blocks. */
  readonly budgetThreshold?: number | undefined;
  /** Allowed increase per month in kilograms of CO2e: what `budgets.carbon-increase` blocks. */
  readonly carbonLimit?: number | undefined;
  readonly decide?: Decision | undefined;
  /** What a model that could not be counted in full leads to. */
  readonly incomplete?: "warn" | "block" | "allow" | undefined;
  /** Files whose models are not compared: patterns in the manner of .gitignore. */
  readonly exclude?: readonly string[] | undefined;
  /** Labels of a pull request that let costs pass. */
  readonly overrideLabels?: readonly string[] | undefined;
  readonly budgets?: Budgets | undefined;
  readonly scoped?: readonly ScopedBudgets[] | undefined;
}

/** Tests build small models and many of them: nobody runs those a million times a month. */
export const usualExclude: readonly string[] = ["test_*.py", "*_test.py", "conftest.py", "tests/"];
export const usualOverrideLabels: readonly string[] = ["ecocompute:allow-cost"];

const positive = z.number().nonnegative();
const strings = z.array(z.string().min(1));
const severity = z.enum([...severities]);

const levels = <T>(of: z.ZodType<T>): z.ZodType<Levels<T>> =>
  z.union([
    of.transform((block) => ({ block })),
    z.strictObject({ warn: of.optional(), block: of.optional() }),
  ]);

interface Key {
  readonly schema: z.ZodType;
  readonly wanted: string;
}

const amountKey: Key = {
  schema: levels(positive),
  wanted: "a number from 0 on, or a table such as { warn = 100, block = 500 }",
};

const choiceKey = (choices: readonly string[]): Key => ({
  schema: z.enum([...choices]),
  wanted: `one of ${choices.map((each) => `\`${each}\``).join(", ")}`,
});

const budgetKeys: Readonly<Record<string, Key>> = {
  ...Object.fromEntries(amountBudgets.map((key) => [key, amountKey] as const)),
  "memory-fit": choiceKey(["warn", "block", "allow"]),
  "new-findings": {
    schema: levels(severity),
    wanted: `a severity (${severities.join(", ")}), or a table such as { warn = "warning", block = "error" }`,
  },
};

const listKey: Key = { schema: strings, wanted: "a list of strings" };

const keys: Readonly<Record<string, Key & { readonly field: keyof GateConfig }>> = {
  mode: { field: "mode", ...choiceKey(["block", "audit"]) },
  "budget-threshold": {
    field: "budgetThreshold",
    schema: positive,
    wanted: "US dollars per month, a number from 0 on",
  },
  "carbon-limit": {
    field: "carbonLimit",
    schema: positive,
    wanted: "kilograms of CO2e per month, a number from 0 on",
  },
  decide: { field: "decide", ...choiceKey(decisions) },
  incomplete: { field: "incomplete", ...choiceKey(["warn", "block", "allow"]) },
  exclude: { field: "exclude", ...listKey },
  "override-labels": { field: "overrideLabels", ...listKey },
};

const table = z.record(z.string(), z.unknown());

/** Told of what cannot be used, at the path of its key. */
type Report = (message: string, path: readonly string[]) => void;

/** `budget_threshold` and `budget-threshold` are one key. */
const spelled = (name: string): string => name.replaceAll("_", "-");

/** Reads the section `gate` of a configuration; what is wrong in it is told and left out. */
export function readGate(section: unknown, report: Report): GateConfig {
  if (section === undefined) return {};
  const parsed = table.safeParse(section);
  if (!parsed.success) {
    report("`gate` must be a table.", ["gate"]);
    return {};
  }
  const all = [...Object.keys(keys), "budgets", "for"];
  const found = Object.entries(parsed.data).flatMap(
    ([name, value]): readonly (readonly [string, unknown])[] => {
      const path = ["gate", name];
      const key = keys[spelled(name)];
      if (key !== undefined) return readKey(name, value, key, (message) => report(message, path), key.field);
      if (name === "budgets") return [["budgets", readBudgets(value, path, report)]];
      if (name === "for") return [["scoped", readScoped(value, path, report)]];
      report(`Unknown key \`${name}\`.${meant(spelled(name), all)}`, path);
      return [];
    },
  );
  return Object.fromEntries(found);
}

function readKey(
  name: string,
  value: unknown,
  { schema, wanted }: Key,
  report: (message: string) => void,
  field = name,
): readonly (readonly [string, unknown])[] {
  const parsed = schema.safeParse(value);
  if (parsed.success) return [[field, parsed.data]];
  report(`\`${name}\` must be ${wanted}.`);
  return [];
}

function readBudgets(value: unknown, path: readonly string[], report: Report): Budgets {
  const parsed = table.safeParse(value);
  if (!parsed.success) {
    report("`budgets` must be a table.", path);
    return {};
  }
  const found = Object.entries(parsed.data).flatMap(([name, each]) => {
    const key = budgetKeys[spelled(name)];
    if (key !== undefined)
      return readKey(name, each, key, (message) => report(message, [...path, name]), spelled(name));
    report(`Unknown budget \`${name}\`.${meant(spelled(name), Object.keys(budgetKeys))}`, [...path, name]);
    return [];
  });
  return Object.fromEntries(found);
}

const scopedSchema = z.strictObject({
  paths: strings.default([]),
  models: strings.default([]),
  budgets: z.unknown(),
});

function readScoped(value: unknown, path: readonly string[], report: Report): readonly ScopedBudgets[] {
  const parsed = z.array(scopedSchema).safeParse(value);
  if (!parsed.success || parsed.data.some((each) => each.paths.length + each.models.length === 0)) {
    report("`for` must be a list of tables with `paths` or `models`, and `budgets`.", path);
    return [];
  }
  return parsed.data.map(({ paths, models, budgets }) => ({
    paths,
    models,
    budgets: readBudgets(budgets, path, report),
  }));
}
