import ignore from "ignore";
import type { Severity } from "../report/report.ts";
import type { NamedRule } from "../rules/_rule.ts";
import type { Config } from "./config.ts";
import type { Finding } from "./finding.ts";

type Selection = Pick<Config, "select" | "ignore" | "severity">;
type Named = Pick<NamedRule, "id" | "category">;

const named = (selectors: readonly string[], rule: Named): boolean => selectors.includes(rule.id);
const covered = (selectors: readonly string[], rule: Named): boolean =>
  named(selectors, rule) || selectors.includes(rule.category) || selectors.includes("all");

/** The rules that run: those selected and not ignored; the name of a rule outweighs its category. */
export function selectedRules<R extends Named>(config: Selection, rules: readonly R[]): readonly R[] {
  const select = config.select ?? ["all"];
  const ignored = config.ignore ?? [];
  return rules.filter((rule) => {
    if (config.severity.get(rule.id) === "off" || named(ignored, rule)) return false;
    return named(select, rule) || (covered(select, rule) && !covered(ignored, rule));
  });
}

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
        : findings.filter((finding) => !covered(silenced, finding.rule));
    },
  };
}
