import { readFileSync, writeFileSync } from "node:fs";
import pc from "picocolors";
import { plainText, readRuleDocs } from "../analysis/rule-docs.ts";
import { version } from "../base/version.ts";
import { absolutePath, relativeTo, uriOfPath } from "../host/paths.ts";
import { decodePython } from "../host/read-python.ts";
import { count } from "../report/count.ts";
import type { DetailedReport } from "../report/detailed-report.ts";
import { renderGithub } from "../report/render-github.ts";
import { renderSarif } from "../report/render-sarif.ts";
import { renderText } from "../report/render-text.ts";
import { type ReportProblem, type Severity, severities } from "../report/report.ts";
import { rulePage } from "../report/rule-page.ts";
import { rules } from "../rules/registry.gen.ts";
import { baselineProblems, writeBaselines } from "./baselines.ts";
import { createChecker, type FileResult } from "./check-file.ts";
import { type CheckSettings, createConfigs } from "./check-settings.ts";
import { collectFiles } from "./collect-files.ts";
import { checkFiles } from "./pool.ts";
import { createProgress } from "./progress.ts";

export type Format = "text" | "json" | "sarif" | "github";

export interface CheckOptions {
  readonly settings: CheckSettings;
  readonly format: Format;
  /** Write all findings down as known, in this file or the one that the configuration names. */
  readonly writeBaseline: { readonly path: string | undefined } | undefined;
  readonly failOn: Severity;
  readonly exitZero: boolean;
  readonly output: string | undefined;
  readonly quiet: boolean;
  readonly statistics: boolean;
  readonly stdinFilename: string | undefined;
  readonly jobs: number | undefined;
}

export interface Console {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** What a thread of the same program starts from. */
  readonly program: URL;
}

/** 0: clean. 1: findings at or above the level to fail on. 2: the check could not be done in full. */
export type ExitCode = 0 | 1 | 2;

interface Outcome {
  readonly report: DetailedReport;
  readonly fixed: number;
  /** Findings of the baseline that are there no more. */
  readonly gone: number;
  /** A sentence for each baseline that was written. */
  readonly written: readonly string[];
  /** Something that was asked for could not be checked. */
  readonly incomplete: boolean;
  /** The text from standard input with its fixes. */
  readonly text: string | undefined;
}

export async function check(
  args: readonly string[],
  options: CheckOptions,
  console: Console,
): Promise<ExitCode> {
  const outcome = args.includes("-") ? await checkStdin(options) : await checkPaths(args, options, console);
  const rendered = render(outcome, options);
  if (options.output !== undefined)
    writeFileSync(absolutePath(options.output, options.settings.folder), rendered);
  if (outcome.text !== undefined && options.settings.fix) {
    // The fixed text is the answer; what is left to say goes beside it.
    console.stdout.write(outcome.text);
    if (options.output === undefined) console.stderr.write(rendered);
  } else if (options.output === undefined) console.stdout.write(rendered);
  if (outcome.incomplete) return 2;
  if (options.writeBaseline !== undefined) return 0;
  const limit = severities.indexOf(options.failOn);
  const fails = outcome.report.findings.some((each) => severities.indexOf(each.severity) <= limit);
  return fails && !options.exitZero ? 1 : 0;
}

async function checkPaths(
  args: readonly string[],
  { settings, quiet, jobs, writeBaseline }: CheckOptions,
  { stderr, program }: Console,
): Promise<Outcome> {
  const configOf = createConfigs(settings);
  const { files, named, missing, unread, leftOut } = await collectFiles(
    args.length === 0 ? ["."] : args,
    settings.folder,
    (path) => configOf(path).isExcluded(path),
  );
  const problem = (path: string, message: string): ReportProblem => ({
    file: path === settings.folder ? "." : relativeTo(settings.folder, path),
    message,
    range: undefined,
  });
  const unreadProblems = (isNamed: boolean): readonly ReportProblem[] =>
    unread
      .filter((each) => each.isNamed === isNamed)
      .map(({ path, why }) => problem(path, `This folder was not checked: ${why}.`));
  const progress = createProgress(stderr);
  try {
    const results = await checkFiles(files, {
      settings,
      jobs,
      program,
      progress: (done) => {
        if (!quiet) progress.show(`Checking ${done} of ${count(files.length, "file")}`);
      },
    });
    const config = configProblems(files, settings, configOf);
    const lost = missing.map((name) => problem(name, "There is no such file or folder."));
    const problems = [...lost, ...unreadProblems(true), ...config, ...baselineProblems(settings)];
    const notes = [
      ...unreadProblems(false),
      ...leftOut.map((path) =>
        problem(
          path,
          "No file in this folder was checked: the configuration or a `.gitignore` leaves out all of them.",
        ),
      ),
    ];
    const isWanting = results.some(({ path, isRead }) => !isRead && named.has(path));
    const outcome = outcomeOf(results, { problems, notes, isWanting }, undefined);
    if (writeBaseline === undefined || outcome.incomplete) return outcome;
    return { ...known(outcome), written: writeBaselines(results, writeBaseline.path, settings, configOf) };
  } finally {
    progress.clear();
  }
}

async function checkStdin({ settings, stdinFilename }: CheckOptions): Promise<Outcome> {
  const path = absolutePath(stdinFilename ?? "stdin.py", settings.folder);
  const read = decodePython(readFileSync(0));
  const config = configProblems([path], settings, createConfigs(settings));
  if (read.kind === "unreadable") {
    const file = relativeTo(settings.folder, path);
    const problem = { file, message: `It was not checked: ${read.why}.`, range: undefined };
    return outcomeOf([], { problems: [...config, problem] }, undefined);
  }
  const checker = await createChecker(settings);
  const result = checker.text(path, read);
  return outcomeOf([result], { problems: config }, (read.byteOrderMark ? "\uFEFF" : "") + result.text);
}

interface Trouble {
  /** Those that leave the check incomplete: what was asked for does not exist or cannot be understood. */
  readonly problems: readonly ReportProblem[];
  /** Those that do not. */
  readonly notes?: readonly ReportProblem[];
  /** A file that was asked for by name could not be read, as its result says. */
  readonly isWanting?: boolean;
}

function outcomeOf(
  results: readonly FileResult[],
  { problems, notes = [], isWanting = false }: Trouble,
  text: string | undefined,
): Outcome {
  return {
    report: {
      schema: "ecocompute.report/1",
      filesChecked: results.filter((result) => result.isRead).length,
      findings: results.flatMap((result) => result.findings),
      problems: [...problems, ...notes, ...results.flatMap((result) => result.problems)],
    },
    fixed: results.reduce((sum, result) => sum + result.fixed, 0),
    gone: results.reduce((sum, result) => sum + result.gone, 0),
    written: [],
    incomplete: problems.length > 0 || isWanting || results.some((result) => result.failed),
    text,
  };
}

/** What was written down as known is reported no more. */
const known = (outcome: Outcome): Outcome => ({ ...outcome, report: { ...outcome.report, findings: [] } });

function configProblems(
  files: readonly string[],
  settings: CheckSettings,
  configOf: ReturnType<typeof createConfigs>,
): readonly ReportProblem[] {
  const used = new Set(files.map((file) => configOf(file).found));
  return [...used].flatMap(({ path, problems }) =>
    path === undefined
      ? []
      : problems
          .filter((each) => each.isAboutBaseline !== true || settings.baseline.kind === "configured")
          .map(({ message, range }) => ({ file: relativeTo(settings.folder, path), message, range })),
  );
}

function render({ report, fixed, gone, written, incomplete }: Outcome, options: CheckOptions): string {
  const { settings, format } = options;
  switch (format) {
    case "json":
      return `${JSON.stringify(report, null, 2)}\n`;
    case "github":
      return renderGithub(report);
    case "sarif": {
      const log = renderSarif(report, {
        version,
        complete: !incomplete,
        root: `${uriOfPath(settings.folder)}/`,
        rules: rules.map((rule) => ({
          id: rule.id,
          summary: readRuleDocs(rule.docs).summary.replaceAll("\n", " "),
          markdown: rule.docs,
          text: plainText(rule.docs),
          page: rulePage(rule.id),
          category: rule.category,
          severity: rule.severity.certain,
        })),
      });
      return `${JSON.stringify(log, null, 2)}\n`;
    }
    case "text":
      return renderText(report, {
        paint: options.output === undefined ? pc : pc.createColors(false),
        quiet: options.quiet,
        statistics: options.statistics,
        fixed: settings.fix ? fixed : undefined,
        gone,
        written,
      });
  }
}
