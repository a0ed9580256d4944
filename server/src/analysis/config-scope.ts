import ignore from "ignore";
import type { Severity } from "../report/report.ts";
import type { Certainty, NamedRule } from "../rules/_rule.ts";
import type { Config } from "./config.ts";
import type { Finding } from "./finding.ts";
import { defaultPreset, shownCertainties } from "./presets.ts";
import { isCovered, isNamed } from "./selectors.ts";

type Selection = Pick<Config, "preset" | "select" | "ignore" | "severity">;
type Selectable = Pick<NamedRule, "id" | "category" | "topic" | "severity" | "strictOnly">;

const nothing: ReadonlySet<Certainty> = new Set();

/**
 * How sure a rule must be for its findings to show; empty when the rule does not run. The preset decides, save that a
 * rule selected by its name shows all it finds, and one given a severity runs whatever the preset.
 */
export function shownFor(config: Selection, rule: Selectable): ReadonlySet<Certainty> {
  const { select = ["all"], ignore: ignored = [], preset = defaultPreset } = config;
  const severity = config.severity.get(rule.id);
  if (severity === "off" || isNamed(ignored, rule)) return nothing;
  if (isNamed(select, rule)) return shownCertainties("strict", rule);
  if (!isCovered(select, rule) || isCovered(ignored, rule)) return nothing;
  const shown = shownCertainties(preset, rule);
  return shown.size === 0 && severity !== undefined ? shownCertainties("strict", rule) : shown;
}

/** The rules that run. */
export const selectedRules = <R extends Selectable>(config: Selection, rules: readonly R[]): readonly R[] =>
  rules.filter((rule) => shownFor(config, rule).size > 0);

/** The overrides of severity that are not `off`: those rules do not run at all. */
export function severityOverrides(config: Pick<Config, "severity">): ReadonlyMap<string, Severity> {
  const found = new Map<string, Severity>();
  for (const [rule, severity] of config.severity) if (severity !== "off") found.set(rule, severity);
  return found;
}

/** Answers for files by their path relative to the folder of the configuration file, with `/` between folders. */
export interface PathScope {
  isExcluded(relativePath: string): boolean;
  /** Leaves out the findings that `per-file-ignores` silences in that file. */
  keep(relativePath: string, findings: readonly Finding[]): readonly Finding[];
}

export function pathScope(config: Pick<Config, "exclude" | "perFileIgnores">): PathScope {
  const excluded = ignore().add([...(config.exclude ?? [])]);
  const perFile = config.perFileIgnores.map((each) => ({ ...each, matcher: ignore().add(each.pattern) }));
  // A path outside the folder of the configuration is none of its business.
  const matches = (matcher: ignore.Ignore, path: string): boolean =>
    ignore.isPathValid(path) && matcher.ignores(path);
  return {
    isExcluded: (path) => matches(excluded, path),
    keep(path, findings) {
      const silenced = perFile.filter((each) => matches(each.matcher, path)).flatMap((each) => each.rules);
      return silenced.length === 0
        ? findings
        : findings.filter((finding) => !isCovered(silenced, finding.rule));
    },
  };
}
