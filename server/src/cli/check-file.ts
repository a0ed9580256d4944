import { writeFileSync } from "node:fs";
import type { AnalyzedFile } from "../analysis/analyzer.ts";
import { type BaselineEntry, fingerprinted } from "../analysis/baseline.ts";
import { applySafeFixes } from "../analysis/fix-all.ts";
import { withFindings } from "../analysis/place-model-findings.ts";
import { reportFindings, reportProblems } from "../analysis/report-of.ts";
import { applyEdits, lineStarts, positionAt } from "../base/text.ts";
import { createDisk } from "../host/disk.ts";
import { createLinter, type Linter } from "../host/linter.ts";
import { parserBinaries } from "../host/parser-binaries.ts";
import { relativeTo } from "../host/paths.ts";
import { type PythonText, readPython } from "../host/read-python.ts";
import type { DetailedFinding } from "../report/detailed-report.ts";
import type { ReportProblem } from "../report/report.ts";
import type { NamedRule } from "../rules/_rule.ts";
import { rules } from "../rules/registry.gen.ts";
import { firstError, isTooLong } from "../syntax/first-error.ts";
import { loadPythonParser } from "../syntax/parser.ts";
import { createSyntax } from "../syntax/source-file.ts";
import { createModelChecker } from "./check-models.ts";
import { type CheckSettings, createConfigs, type FileConfig } from "./check-settings.ts";

/** What a check says of one file: plain data, it may come from another thread. */
export interface FileResult {
  /** Absolute. */
  readonly path: string;
  /** Whether the file could be read. */
  readonly isRead: boolean;
  readonly findings: readonly DetailedFinding[];
  readonly problems: readonly ReportProblem[];
  /** The findings as a baseline writes them down. */
  readonly entries: readonly BaselineEntry[];
  /** Findings of the baseline that are there no more. */
  readonly gone: number;
  /** Fixes that were applied. */
  readonly fixed: number;
  /** A fault of ours cost some of the answer. */
  readonly failed: boolean;
}

export interface Checker {
  file(path: string): FileResult;
  /** A text that is not on disk, and that text with fixes when they are asked for. */
  text(path: string, read: ReadText): FileResult & { readonly text: string };
}

type ReadText = PythonText & { readonly kind: "text" };

/** Loads the parser once; files are checked one after the other. */
export async function createChecker(settings: CheckSettings): Promise<Checker> {
  const syntax = createSyntax(await loadPythonParser(parserBinaries()));
  const configOf = createConfigs(settings);
  const linters = new Map<FileConfig, Linter>();
  let crashes: string[] = [];

  const onCrash = (rule: NamedRule, error: unknown): void => {
    crashes.push(`The rule \`${rule.id}\` failed: ${messageOf(error)}.`);
  };
  const rootsOf = ({ found: { folder } }: FileConfig): readonly string[] => [
    ...new Set([folder, `${folder}/src`, settings.folder, `${settings.folder}/src`]),
  ];
  const models = settings.models ? createModelChecker(syntax, createDisk(), settings.accelerator) : undefined;
  const withModels = (file: AnalyzedFile, linter: Linter, roots: readonly string[]): AnalyzedFile => {
    if (models === undefined) return file;
    try {
      const { findings, withSavings } = models.check(file, roots, onCrash);
      const all = withFindings(file, linter.modelFindings(file, findings));
      return { ...all, findings: withSavings(all.findings) };
    } catch (error) {
      crashes.push(`The models of this file could not be interpreted: ${messageOf(error)}.`);
      return file;
    }
  };

  const linterFor = (config: FileConfig): Linter => {
    const known = linters.get(config);
    if (known !== undefined) return known;
    const { folder } = config.found;
    const linter = createLinter({
      syntax,
      rules,
      config: config.config,
      folder,
      baseline: config.baseline,
      torch: config.config.torchVersion ?? config.found.torch?.version,
      files: createDisk(),
      roots: rootsOf(config),
      onCrash,
    });
    linters.set(config, linter);
    return linter;
  };

  /** @param save whether fixes were kept. */
  const check = (
    path: string,
    { text, written }: ReadText,
    save: (fixed: string) => string | undefined,
  ): FileResult & { readonly text: string } => {
    const name = relativeTo(settings.folder, path);
    const linter = linterFor(configOf(path));
    crashes = [];
    let file: AnalyzedFile;
    try {
      file = linter.analyze(path, text);
    } catch (error) {
      return {
        ...failure(path, name, `This file could not be analyzed: ${messageOf(error)}.`, true),
        text: written,
      };
    }
    const problems: ReportProblem[] = [];
    let fixed = 0;
    let result = written;
    if (settings.fix) {
      const after = applySafeFixes(file, (each) => linter.analyze(path, each));
      const changed = applyEdits(written, after.edits);
      const refusal = after.count === 0 ? undefined : save(changed);
      if (refusal !== undefined) problems.push({ file: name, message: refusal, range: undefined });
      else {
        file = after.file;
        fixed = after.count;
        result = changed;
      }
    }
    const gone = linter.fixedSince(file);
    file = withModels(file, linter, rootsOf(configOf(path)));
    for (const message of new Set(crashes)) problems.push({ file: name, message, range: undefined });
    problems.push(...unreadable(file, name), ...reportProblems(file, name, linter.ruleIds));
    return {
      path,
      isRead: true,
      findings: reportFindings(file, name),
      entries: fingerprinted(file.text, file.findings).map(({ entry }) => entry),
      gone,
      problems,
      fixed,
      failed: crashes.length > 0,
      text: result,
    };
  };

  return {
    text: (path, read) => check(path, read, () => undefined),
    file(path) {
      const name = relativeTo(settings.folder, path);
      const read = readPython(path);
      if (read.kind === "unreadable")
        return failure(path, name, `This file was not checked: ${read.why}.`, false);
      const { text: _, ...result } = check(path, read, (fixed) => {
        if (read.encoding !== "utf-8")
          return `Fixes were not applied: this file is in ${read.encoding}, and only UTF-8 is written.`;
        try {
          writeFileSync(path, (read.byteOrderMark ? "\uFEFF" : "") + fixed);
          return undefined;
        } catch (error) {
          return `Fixes could not be written: ${messageOf(error)}.`;
        }
      });
      return result;
    },
  };
}

/** Rules are silent about what does not parse, which is not to be taken for praise. */
function unreadable({ source }: AnalyzedFile, name: string): readonly ReportProblem[] {
  const at = source === undefined ? undefined : firstError(source);
  if (source === undefined || at === undefined) return [];
  const position = positionAt(lineStarts(source.text), at);
  const message = isTooLong(source, at)
    ? "This statement is too long to be read: it was not checked."
    : "This cannot be read as Python: the statement that holds it was not checked.";
  return [{ file: name, message, range: { start: position, end: position } }];
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const failure = (path: string, file: string, message: string, failed: boolean): FileResult => ({
  path,
  isRead: failed,
  findings: [],
  entries: [],
  gone: 0,
  problems: [{ file, message, range: undefined }],
  fixed: 0,
  failed,
});
