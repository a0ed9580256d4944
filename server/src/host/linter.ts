import { type AnalyzedFile, analyzeText, updateAnalysis } from "../analysis/analyzer.ts";
import type { Config } from "../analysis/config.ts";
import { pathScope, selectedRules, severityOverrides } from "../analysis/config-scope.ts";
import { createRuleRunner, type OnRuleCrash } from "../analysis/run-rules.ts";
import type { Edit } from "../base/text.ts";
import type { NamedRule, Version } from "../rules/_rule.ts";
import type { FileSystem } from "../semantic/file-system.ts";
import { createProject } from "../semantic/project.ts";
import type { Syntax } from "../syntax/source-file.ts";
import { relativeTo } from "./paths.ts";

export interface LinterOptions {
  readonly syntax: Syntax;
  readonly rules: readonly NamedRule[];
  readonly config: Config;
  /** What the patterns of the configuration are relative to. */
  readonly folder: string;
  readonly torch: Version | undefined;
  readonly files: FileSystem;
  /** Folders from which absolute imports start, nearest first. */
  readonly roots: readonly string[];
  readonly onCrash: OnRuleCrash;
}

/** The rules of one configuration over the files it holds for. */
export interface Linter {
  readonly activeRules: readonly NamedRule[];
  /** The names of all rules, active or not. */
  readonly ruleIds: readonly string[];
  /** Changes whenever what was concluded from other files may no longer hold. */
  readonly revision: number;
  analyze(path: string, text: string): AnalyzedFile;
  /** @param edits each relative to the text the one before left. */
  update(file: AnalyzedFile, edits: readonly Edit[]): AnalyzedFile;
  /** The same file after something around it changed. */
  again(file: AnalyzedFile): AnalyzedFile;
  isExcluded(path: string): boolean;
  /** A file changed, appeared or went away. */
  invalidate(path: string): void;
}

export function createLinter(options: LinterOptions): Linter {
  const { syntax, config, folder } = options;
  const activeRules = selectedRules(config, options.rules);
  const project = createProject(syntax, options.files, options.roots);
  const runner = createRuleRunner(
    { rules: activeRules, torch: options.torch, severity: severityOverrides(config) },
    project,
    options.onCrash,
  );
  const scope = pathScope(config);
  const kept = (file: AnalyzedFile): AnalyzedFile =>
    file.findings.length === 0
      ? file
      : { ...file, findings: scope.keep(relativeTo(folder, file.path), file.findings) };
  return {
    activeRules,
    ruleIds: options.rules.map((rule) => rule.id),
    get revision() {
      return project.revision;
    },
    analyze: (path, text) => kept(analyzeText(path, text, syntax, runner)),
    update: (file, edits) => kept(updateAnalysis(file, edits, syntax, runner)),
    again: (file) => kept(updateAnalysis(file, [], syntax, runner)),
    isExcluded: (path) => scope.isExcluded(relativeTo(folder, path)),
    invalidate: (path) => project.invalidate(path),
  };
}
