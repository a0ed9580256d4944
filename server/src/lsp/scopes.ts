import type { Config } from "../analysis/config.ts";
import { emptyConfig } from "../analysis/config.ts";
import type { OnRuleCrash } from "../analysis/dispatch.ts";
import { fillConfig, mergeConfig, type Overrides } from "../analysis/merge-config.ts";
import { selectorNames } from "../analysis/selectors.ts";
import { parseVersion } from "../analysis/torch-version.ts";
import { unknownRule } from "../base/did-you-mean.ts";
import { createConfigFinder, type FoundConfig } from "../host/find-config.ts";
import { createLinter, type Linter } from "../host/linter.ts";
import { absolutePath, folderOf, isInside } from "../host/paths.ts";
import type { Settings } from "../protocol/settings.ts";
import type { NamedRule } from "../rules/_rule.ts";
import type { FileSystem } from "../semantic/file-system.ts";
import type { Syntax } from "../syntax/source-file.ts";

/** What holds for all files under one configuration in one workspace folder. */
export interface Scope {
  readonly linter: Linter;
  /** The user did not switch EcoCompute off here. */
  readonly enabled: boolean;
  readonly found: FoundConfig;
  readonly settings: Settings;
  /** Folders from which absolute imports of the project start, nearest first. */
  readonly roots: readonly string[];
  /** The folder of the window that holds the file. */
  readonly workspaceFolder?: string | undefined;
  /** The version that gates rules and where it was said: "2.4 (pyproject.toml)". */
  readonly torch: string | undefined;
}

export interface ScopesOptions {
  readonly syntax: Syntax;
  readonly rules: readonly NamedRule[];
  readonly files: FileSystem;
  /** Paths of the workspace folders. */
  readonly folders: readonly string[];
  settingsFor(folder: string | undefined): Settings;
  readonly onCrash: OnRuleCrash;
  /** Told once of each name in the settings that names no rule. */
  onProblem(message: string): void;
}

/** The scopes of the files asked about, each made once. Made anew when configuration or settings change. */
export interface Scopes {
  forFile(path: string): Scope;
  all(): readonly Scope[];
}

export function createScopes(options: ScopesOptions): Scopes {
  const { folders, rules } = options;
  const folderAround = (path: string): string | undefined =>
    folders.filter((folder) => isInside(path, folder)).sort((a, b) => b.length - a.length)[0];
  const onDisk = (path: string): boolean => path.startsWith("/") || /^[A-Za-z]:\//.test(path);
  const finder = createConfigFinder(rules, {
    ceilingOf: folderAround,
    fallbackOf: (path) => folderAround(path) ?? folderOf(path),
  });
  const made = new Map<FoundConfig, Map<string | undefined, Scope>>();
  const warned = new Set<string>();
  const nothing: FoundConfig = {
    path: undefined,
    folder: folders[0] ?? "/",
    config: emptyConfig,
    problems: [],
    baseline: undefined,
    baselinePath: undefined,
    torch: undefined,
  };

  const find = (path: string, folder: string | undefined, settings: Settings): FoundConfig => {
    if (settings.configurationPreference === "editorOnly") return nothing;
    if (settings.configuration !== null) {
      const at = folder ?? folderOf(path);
      return finder.withFile(absolutePath(settings.configuration, at), at);
    }
    // What has no place on disk goes by the first folder of the window.
    const beside = onDisk(path) ? path : folders[0] && `${folders[0]}/untitled.py`;
    return beside === undefined ? nothing : finder.forFile(beside);
  };

  const overridesOf = (settings: Settings): Overrides => {
    const names = [...(settings.select ?? []), ...settings.ignore, ...Object.keys(settings.rules)];
    const known = selectorNames(rules);
    for (const name of names) {
      if (known.includes(name) || warned.has(name)) continue;
      warned.add(name);
      options.onProblem(unknownRule(name, known));
    }
    return {
      torchVersion: settings.torchVersion === null ? undefined : parseVersion(settings.torchVersion),
      preset: settings.preset ?? undefined,
      select: settings.select ?? undefined,
      ignore: settings.ignore.length === 0 ? undefined : settings.ignore,
      severity: new Map(Object.entries(settings.rules)),
    };
  };

  const build = (found: FoundConfig, folder: string | undefined, settings: Settings): Scope => {
    const overrides = overridesOf(settings);
    const merge = settings.configurationPreference === "filesystemFirst" ? fillConfig : mergeConfig;
    const config = merge(found.config, overrides);
    const bases = [found.folder, ...(folder === undefined ? [] : [folder])];
    const roots = [...new Set(bases.flatMap((each) => [each, `${each}/src`]))];
    return {
      linter: createLinter({
        syntax: options.syntax,
        rules,
        config,
        folder: found.folder,
        baseline: found.baseline,
        torch: config.torchVersion ?? found.torch?.version,
        files: options.files,
        roots,
        onCrash: options.onCrash,
      }),
      enabled: settings.enable,
      found,
      settings,
      roots,
      workspaceFolder: folder,
      torch: torchText(config, found, overrides),
    };
  };

  return {
    forFile(path) {
      const folder = folderAround(path);
      const settings = options.settingsFor(folder);
      const found = find(path, folder, settings);
      const byFolder = made.get(found) ?? new Map<string | undefined, Scope>();
      made.set(found, byFolder);
      const scope = byFolder.get(folder) ?? build(found, folder, settings);
      byFolder.set(folder, scope);
      return scope;
    },
    all: () => [...made.values()].flatMap((byFolder) => [...byFolder.values()]),
  };
}

function torchText(config: Config, found: FoundConfig, overrides: Overrides): string | undefined {
  if (config.torchVersion === undefined)
    return found.torch && `${found.torch.version.join(".")} (${found.torch.source})`;
  const source = config.torchVersion === overrides.torchVersion ? "settings" : "configuration";
  return `${config.torchVersion.join(".")} (${source})`;
}
