import type { Config, RuleSeverity } from "../analysis/config.ts";
import { mergeConfig } from "../analysis/merge-config.ts";
import type { Preset } from "../analysis/presets.ts";
import { selectorNames } from "../analysis/selectors.ts";
import { parseVersion } from "../analysis/torch-version.ts";
import { unknownRule } from "../base/did-you-mean.ts";
import { type BaselineFile, readBaseline } from "../host/baseline-file.ts";
import { createConfigFinder, type FoundConfig } from "../host/find-config.ts";
import { fileScope } from "../host/path-scope.ts";
import { absolutePath } from "../host/paths.ts";
import { rules } from "../rules/registry.gen.ts";

/** What the user asked of a check, as plain data: worker threads get a copy. */
export interface CheckSettings {
  /** Absolute. */
  readonly folder: string;
  readonly preset: Preset | undefined;
  readonly select: readonly string[] | undefined;
  readonly ignore: readonly string[] | undefined;
  readonly severity: readonly (readonly [string, RuleSeverity])[];
  readonly torchVersion: string | undefined;
  /** A configuration file that replaces those that would be found. */
  readonly config: string | undefined;
  /** `configured`: the one that the configuration names. `none`: everything is reported. Otherwise the path of one. */
  readonly baseline: BaselineChoice;
  /** Interpret models for the rules that read them. */
  readonly models: boolean;
  /** What models run on; a name that the tables know. */
  readonly accelerator: string | undefined;
  /** Apply safe fixes and write the files. */
  readonly fix: boolean;
}

export type BaselineChoice =
  | { readonly kind: "configured" }
  | { readonly kind: "none" }
  | { readonly kind: "file"; readonly path: string };

export interface FileConfig {
  readonly found: FoundConfig;
  /** The configuration file with the command line on top. */
  readonly config: Config;
  readonly baseline: BaselineFile | undefined;
  isExcluded(path: string): boolean;
}

/** The configuration of each file; files with the same one share one object. */
export function createConfigs(settings: CheckSettings): (path: string) => FileConfig {
  const finder = createConfigFinder(rules, {
    ceilingOf: () => undefined,
    fallbackOf: () => settings.folder,
  });
  const named = namedBaseline(settings);
  const known = new Map<FoundConfig, FileConfig>();
  return (path) => {
    const found =
      settings.config === undefined
        ? finder.forFile(path)
        : finder.withFile(absolutePath(settings.config, settings.folder), settings.folder);
    const made = known.get(found);
    if (made !== undefined) return made;
    const config = mergeConfig(found.config, {
      torchVersion: settings.torchVersion === undefined ? undefined : parseVersion(settings.torchVersion),
      preset: settings.preset,
      select: settings.select,
      ignore: settings.ignore,
      severity: new Map(settings.severity),
    });
    const scope = fileScope(config, found.folder);
    const fresh: FileConfig = {
      found,
      config,
      baseline: settings.baseline.kind === "configured" ? found.baseline : named,
      isExcluded: (each) => scope.isExcluded(each),
    };
    known.set(found, fresh);
    return fresh;
  };
}

/** The baseline that the command line names; one that cannot be used was told of before. */
function namedBaseline({ baseline, folder }: CheckSettings): BaselineFile | undefined {
  if (baseline.kind !== "file") return undefined;
  const read = readBaseline(absolutePath(baseline.path, folder));
  return read.kind === "baseline" ? read.file : undefined;
}

/** The names among `names` that name no rule, in words. */
export function unknownRules(names: readonly string[], alsoCategories: boolean): readonly string[] {
  const ids = rules.map((rule) => rule.id);
  const known = alsoCategories ? selectorNames(rules) : ids;
  return names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const message = unknownRule(name, known);
      // A part of a name is a fair way to ask for it, and too far from it for a slip of the keyboard.
      const part = ids.find((id) => name.length > 2 && id.includes(name.toLowerCase()));
      return message.includes("Did you mean") || part === undefined
        ? message
        : `${message} Did you mean \`${part}\`?`;
    });
}
