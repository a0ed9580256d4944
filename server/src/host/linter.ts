import { type AnalyzedFile, analyzeText, previewAnalysis, updateAnalysis } from "../analysis/analyzer.ts";
import { type Compared, compareWith } from "../analysis/baseline.ts";
import type { Config } from "../analysis/config.ts";
import { selectedRules, severityOverrides, shownFor } from "../analysis/config-scope.ts";
import type { OnRuleCrash } from "../analysis/dispatch.ts";
import type { Finding } from "../analysis/finding.ts";
import { placeModelFindings } from "../analysis/place-model-findings.ts";
import type { ModelFinding } from "../analysis/run-model-rules.ts";
import { createRuleRunner } from "../analysis/run-rules.ts";
import type { Edit } from "../base/text.ts";
import type { NamedRule, Version } from "../rules/_rule.ts";
import type { FileSystem } from "../semantic/file-system.ts";
import { createProject } from "../semantic/project.ts";
import type { Syntax } from "../syntax/source-file.ts";
import type { BaselineFile } from "./baseline-file.ts";
import { fileScope } from "./path-scope.ts";

export interface LinterOptions {
  readonly syntax: Syntax;
  readonly rules: readonly NamedRule[];
  readonly config: Config;
  /** What the patterns of the configuration are relative to. */
  readonly folder: string;
  readonly baseline: BaselineFile | undefined;
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
  /** What the file would be after edits; it stays as it is. */
  preview(file: AnalyzedFile, edits: readonly Edit[]): AnalyzedFile;
  /** The same file after something around it changed. */
  again(file: AnalyzedFile): AnalyzedFile;
  isExcluded(path: string): boolean;
  /** What rules found in the models of the file, as far as the user wants to see it. */
  modelFindings(file: AnalyzedFile, found: readonly ModelFinding[]): readonly Finding[];
  /** Findings of the baseline that this file, as `analyze` gave it, has no more. */
  fixedSince(file: AnalyzedFile): number;
  /** A file changed, appeared or went away. */
  invalidate(path: string): void;
}

export function createLinter(options: LinterOptions): Linter {
  const { syntax, config, folder, baseline } = options;
  const activeRules = selectedRules(config, options.rules);
  const severity = severityOverrides(config);
  const project = createProject(syntax, options.files, options.roots);
  const runner = createRuleRunner(
    { rules: activeRules, torch: options.torch, severity },
    project,
    options.onCrash,
  );
  const scope = fileScope(config, folder);
  const certainties = new Map(activeRules.map((rule) => [rule.id, shownFor(config, rule)]));
  /** How often the baseline named a finding of a file that is there no more. */
  const gone = new WeakMap<AnalyzedFile, number>();
  const byId = new Map(activeRules.map((rule) => [rule.id, rule]));
  const ofModels = new Set(activeRules.filter((rule) => rule.onModel !== undefined).map((rule) => rule.id));
  const ofCode = new Set(activeRules.map((rule) => rule.id).filter((id) => !ofModels.has(id)));
  const compare = (
    file: Pick<AnalyzedFile, "path" | "text">,
    findings: readonly Finding[],
    asked: ReadonlySet<string>,
  ): Compared => {
    const wanted = findings.filter(({ rule, certainty }) => certainties.get(rule.id)?.has(certainty));
    return compareWith(baseline?.entriesOf(file.path) ?? [], file, scope.keep(file.path, wanted), asked);
  };
  const kept = (file: AnalyzedFile): AnalyzedFile => {
    const compared = compare(file, file.findings, ofCode);
    const shown = { ...file, findings: compared.fresh };
    if (compared.gone > 0) gone.set(shown, compared.gone);
    return shown;
  };
  return {
    activeRules,
    ruleIds: options.rules.map((rule) => rule.id),
    get revision() {
      return project.revision;
    },
    analyze: (path, text) => kept(analyzeText(path, text, syntax, runner)),
    update: (file, edits) => kept(updateAnalysis(file, edits, syntax, runner)),
    preview: (file, edits) => kept(previewAnalysis(file, edits, syntax, runner)),
    again: (file) => kept(updateAnalysis(file, [], syntax, runner)),
    isExcluded: (path) => scope.isExcluded(path),
    modelFindings: (file, found) =>
      file.source === undefined
        ? []
        : compare(file, placeModelFindings(found, file.source, byId, severity), ofModels).fresh,
    fixedSince: (file) => gone.get(file) ?? 0,
    invalidate: (path) => project.invalidate(path),
  };
}
