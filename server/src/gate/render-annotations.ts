import { commandData, commandFile, commandProperty, logLine } from "../report/escape.ts";
import type { Severity } from "../report/report.ts";
import type { GateResult } from "./gate-result.ts";

type Level = "error" | "warning" | "notice";

interface Annotation {
  readonly level: Level;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly title: string;
  readonly message: string;
}

/** GitHub shows ten of each level from one step and drops the rest in silence; the last tells how many. */
const mostOfLevel = 10;

/** Workflow commands: budgets first, then the lines that cost, then new findings, the gravest first. */
export function renderAnnotations(result: GateResult): string {
  const all = [...budgetsOf(result), ...causesOf(result), ...findingsOf(result)];
  return (["error", "warning", "notice"] as const)
    .flatMap((level) =>
      limited(
        level,
        all.filter((each) => each.level === level),
      ),
    )
    .map((each) => `${command(each)}\n`)
    .join("");
}

function limited(level: Level, all: readonly Annotation[]): readonly Annotation[] {
  if (all.length <= mostOfLevel) return all;
  const shown = all.slice(0, mostOfLevel - 1);
  const message = `and ${all.length - shown.length} more: the summary of the run has all of them`;
  return [...shown, { level, file: undefined, line: undefined, title: "EcoCompute", message }];
}

function budgetsOf({ reasons, models, mode }: GateResult): readonly Annotation[] {
  return reasons.map(({ budget, level, decision, model, file, line, allowed }) => {
    const found = models.find(({ id }) => id === model);
    const levelShown =
      allowed !== null ? "notice" : level === "block" && mode === "block" ? "error" : "warning";
    return {
      level: levelShown,
      file: file ?? found?.file,
      line: line ?? found?.line ?? undefined,
      title: `EcoCompute: ${budget}`,
      message: allowed === null ? decision : `${decision} Allowed: ${allowed.reason}`,
    };
  });
}

const causesOf = ({ models }: GateResult): readonly Annotation[] =>
  models.flatMap(({ name, causes }) =>
    causes
      .filter(({ side }) => side === "head")
      .map(({ file, line, what }) => ({
        level: "notice" as const,
        file,
        line,
        title: `EcoCompute: ${name}`,
        message: what,
      })),
  );

const findingsOf = ({ findings }: GateResult): readonly Annotation[] =>
  findings.new.map(({ rule, severity, message, file, range }) => ({
    level: levels[severity],
    file,
    line: range.start.line + 1,
    title: `EcoCompute: ${rule}`,
    message,
  }));

/** A finding is never an `error` here: the verdict alone blocks. */
const levels: Readonly<Record<Severity, Level>> = {
  critical: "warning",
  error: "warning",
  warning: "warning",
  info: "notice",
  hint: "notice",
};

function command({ level, file, line, title, message }: Annotation): string {
  const properties = [
    ...(file === undefined ? [] : [`file=${commandFile(file)}`]),
    ...(file === undefined || line === undefined ? [] : [`line=${line}`]),
    `title=${commandProperty(logLine(title))}`,
  ].join(",");
  return `::${level} ${properties}::${commandData(logLine(message))}`;
}
