import ignore from "ignore";
import type { Budgets, GateConfig, ScopedBudgets } from "../analysis/gate-config.ts";
import type { GateModel } from "./gate-result.ts";

/** Which models a group of budgets speaks of. */
export interface Scope {
  readonly budgets: Budgets;
  /** In words, ` of serving/**`; empty for all. */
  readonly of: string;
  readonly covers: (model: GateModel) => boolean;
}

/** The groups of models that have budgets of their own, in the order of the configuration. */
export const scopesOf = ({ scoped = [] }: GateConfig): readonly Scope[] =>
  scoped.map(({ paths, models, budgets }) => ({
    budgets,
    of: ` of ${[...models, ...paths].map((each) => `\`${each}\``).join(", ")}`,
    covers: coverage({ paths, models }),
  }));

/** Both a path and a name have to fit where both are given. */
function coverage({ paths, models }: Pick<ScopedBudgets, "paths" | "models">): Scope["covers"] {
  const files = ignore().add([...paths]);
  const names = models.map((pattern) => new RegExp(`^${pattern.split("*").map(literal).join(".*")}$`));
  return ({ file, headPath, name }) =>
    (names.length === 0 || names.some((each) => each.test(name))) &&
    (paths.length === 0 ||
      [file, headPath ?? file].some((path) => ignore.isPathValid(path) && files.ignores(path)));
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
