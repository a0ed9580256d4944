import { statSync } from "node:fs";
import type { AnalyzedFile } from "../analysis/analyzer.ts";
import { reportFindings, reportProblems } from "../analysis/report-of.ts";
import type { Linter } from "../host/linter.ts";
import { uriOfPath } from "../host/paths.ts";
import { readPython } from "../host/read-python.ts";
import { pythonFilesIn } from "../host/walk.ts";
import type { Report, ReportFinding, ReportProblem } from "../report/report.ts";
import type { Snapshot } from "./documents.ts";
import { withModels } from "./model-findings.ts";
import type { Models } from "./models.ts";
import type { Scope } from "./scopes.ts";
import type { Session } from "./session.ts";

/** A report of more files says where it stopped. */
const maxFiles = 20_000;
/** Milliseconds of work after which messages of the editor are let through. */
const slice = 12;

export interface ReportMaker {
  ofFile(uri: string, path: string): Report;
  /** @returns `undefined` when `isCancelled` said so. */
  ofWorkspace(
    isCancelled: () => boolean,
    progress: (filesChecked: number) => void,
  ): Promise<Report | undefined>;
}

interface Checked {
  readonly findings: readonly ReportFinding[];
  readonly problems: readonly ReportProblem[];
}

interface Remembered extends Checked {
  readonly scope: Scope;
  readonly revision: number;
  readonly stamp: string;
}

/** Makes reports; remembers what was found in files that have not changed since. */
export function createReportMaker(session: Session, models: Models): ReportMaker {
  const remembered = new Map<string, Remembered>();

  const ofDisk = (path: string, uri: string): Checked => {
    const scope = session.scopeFor(path);
    const stamp = stampOf(path);
    const known = remembered.get(path);
    const { revision } = scope.linter;
    if (known?.scope === scope && known.revision === revision && known.stamp === stamp) return known;
    const read = readPython(path);
    const checked: Checked =
      read.kind === "text"
        ? ofAnalyzed(scope.linter.analyze(path, read.text), uri, scope.linter)
        : { findings: [], problems: [problem(uri, `This file was not checked: ${read.why}.`)] };
    remembered.set(path, { ...checked, scope, revision, stamp });
    return checked;
  };

  const ofPath = (path: string): Checked => {
    const open = session.snapshotOfPath(path);
    return open === undefined ? ofDisk(path, uriOfPath(path)) : ofSnapshot(withModels(open, models));
  };

  return {
    ofFile(uri, path) {
      const open = session.snapshot(uri);
      const scope = session.scopeFor(path);
      const config = configProblems([scope]);
      if (open !== undefined) return report(1, [ofSnapshot(withModels(open, models))], config);
      if (scope.enabled && !scope.linter.isExcluded(path)) return report(1, [ofDisk(path, uri)], config);
      return report(0, [], [...config, problem(uri, "EcoCompute is switched off for this file.")]);
    },

    async ofWorkspace(isCancelled, progress) {
      const checked = new Map<string, Checked>();
      const scopes = new Set<Scope>();
      const problems: ReportProblem[] = [];
      let sliceEnd = performance.now() + slice;
      for (const folder of session.folders) {
        const isExcluded = (path: string): boolean => session.scopeFor(path).linter.isExcluded(path);
        for await (const path of pythonFilesIn(folder, { isExcluded })) {
          if (checked.has(path)) continue;
          if (checked.size >= maxFiles) {
            problems.push(
              problem(
                uriOfPath(folder),
                `Only the first ${maxFiles.toLocaleString("en-US")} files were checked.`,
              ),
            );
            break;
          }
          const scope = session.scopeFor(path);
          scopes.add(scope);
          if (!scope.enabled) continue;
          checked.set(path, ofPath(path));
          if (performance.now() < sliceEnd) continue;
          progress(checked.size);
          await new Promise((resolve) => setImmediate(resolve));
          if (isCancelled()) return undefined;
          sliceEnd = performance.now() + slice;
        }
      }
      for (const path of remembered.keys()) if (!checked.has(path)) remembered.delete(path);
      if ([...scopes].some((scope) => !scope.enabled))
        problems.push(problem("", "EcoCompute is switched off in a folder of this workspace."));
      return report(checked.size, [...checked.values()], [...problems, ...configProblems([...scopes])]);
    },
  };
}

const report = (
  filesChecked: number,
  checked: readonly Checked[],
  problems: readonly ReportProblem[],
): Report => ({
  schema: "ecocompute.report/1",
  filesChecked,
  findings: checked.flatMap((each) => each.findings),
  problems: [...problems, ...checked.flatMap((each) => each.problems)],
});

const problem = (file: string, message: string): ReportProblem => ({ file, message, range: undefined });

const ofSnapshot = ({ uri, file, skipped, scope }: Snapshot): Checked =>
  skipped === undefined
    ? ofAnalyzed(file, uri, scope.linter)
    : { findings: [], problems: [problem(uri, skipped.why)] };

const ofAnalyzed = (file: AnalyzedFile, uri: string, { ruleIds }: Linter): Checked => ({
  findings: reportFindings(file, uri),
  problems: reportProblems(file, uri, ruleIds),
});

function configProblems(scopes: readonly Scope[]): readonly ReportProblem[] {
  const found = new Set(scopes.map((scope) => scope.found));
  return [...found].flatMap(({ path, problems }) =>
    path === undefined ? [] : problems.map((each) => ({ file: uriOfPath(path), ...each })),
  );
}

function stampOf(path: string): string {
  try {
    const { mtimeMs, size } = statSync(path);
    return `${mtimeMs} ${size}`;
  } catch {
    return "gone";
  }
}
