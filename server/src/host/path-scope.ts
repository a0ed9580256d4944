import type { Config } from "../analysis/config.ts";
import { pathScope } from "../analysis/config-scope.ts";
import type { Finding } from "../analysis/finding.ts";
import { relativeTo } from "./paths.ts";

/** What the patterns of a configuration, and of those it extends, say of files by their absolute path. */
export interface FileScope {
  isExcluded(path: string): boolean;
  /** Leaves out the findings that `per-file-ignores` silences in that file. */
  keep(path: string, findings: readonly Finding[]): readonly Finding[];
}

/** Whether a relative path fits one of some patterns in the manner of .gitignore. */
export function patternScope(patterns: readonly string[]): (path: string) => boolean {
  const scope = pathScope({ exclude: patterns, perFileIgnores: [] });
  return (path) => scope.isExcluded(path);
}

/** @param folder what the patterns of the configuration itself are relative to. */
export function fileScope(config: Config, folder: string): FileScope {
  const scopes = [{ folder, ...config }, ...config.inherited].map((each) => ({
    folder: each.folder,
    scope: pathScope(each),
  }));
  return {
    isExcluded: (path) => scopes.some((each) => each.scope.isExcluded(relativeTo(each.folder, path))),
    keep: (path, findings) =>
      scopes.reduce((left, each) => each.scope.keep(relativeTo(each.folder, path), left), findings),
  };
}
