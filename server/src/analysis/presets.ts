import type { Severity } from "../report/report.ts";
import type { Certainty, Rule } from "../rules/_rule.ts";

/**
 * `recommended`: what is right often enough to interrupt for. `strict`: everything. `bugs-only`: what makes programs
 * wrong, nothing that makes them slow.
 */
export type Preset = "recommended" | "strict" | "bugs-only";
export const presets = ["recommended", "strict", "bugs-only"] as const satisfies readonly Preset[];
export const defaultPreset: Preset = "recommended";

type Described = Pick<Rule, "category" | "severity" | "strictOnly">;

/** Whether a preset shows a finding of a rule: hints only where they are certain, save under `strict`. */
function shows(preset: Preset, rule: Described, certainty: Certainty): boolean {
  const severity: Severity | "off" = rule.severity[certainty];
  if (severity === "off") return false;
  switch (preset) {
    case "strict":
      return true;
    case "recommended":
      return rule.strictOnly !== true && (severity !== "hint" || certainty === "certain");
    case "bugs-only":
      return rule.category === "bug" && shows("recommended", rule, certainty);
  }
}

const certainties: readonly Certainty[] = ["certain", "likely", "possible"];

/** How sure a rule must be for its findings to show under a preset; empty when the rule does not run. */
export const shownCertainties = (preset: Preset, rule: Described): ReadonlySet<Certainty> =>
  new Set(certainties.filter((each) => shows(preset, rule, each)));

/** The presets under which a rule can find anything. */
export const presetsOf = (rule: Described): readonly Preset[] =>
  presets.filter((preset) => shownCertainties(preset, rule).size > 0);
