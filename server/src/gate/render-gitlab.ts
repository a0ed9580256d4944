import { shortened, visibleLine } from "../report/escape.ts";
import type { Severity } from "../report/report.ts";
import type { GateResult } from "./gate-result.ts";

/** An entry of GitLab's code quality report. */
interface CodeQuality {
  readonly description: string;
  readonly check_name: string;
  /** Unique in a report, else GitLab shows the first alone. */
  readonly fingerprint: string;
  readonly severity: "info" | "minor" | "major" | "critical" | "blocker";
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } };
}

const mostDescription = 500;

/**
 * New findings, and budgets with a line that they are exceeded at.
 *
 * @see https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
export function renderCodeQuality({ findings, reasons, models }: GateResult): readonly CodeQuality[] {
  const entries: readonly CodeQuality[] = [
    ...reasons.flatMap(({ budget, level, decision, model, file, line, allowed }) => {
      const found = models.find(({ id }) => id === model);
      const path = file ?? found?.file;
      if (path === undefined || allowed !== null) return [];
      return [
        {
          description: descriptionOf(decision),
          check_name: `ecocompute-${budget}`,
          fingerprint: `${budget}:${model ?? path}`,
          severity: level === "block" ? ("blocker" as const) : ("major" as const),
          location: { path, lines: { begin: line ?? found?.line ?? 1 } },
        },
      ];
    }),
    ...findings.new.map(({ rule, message, fingerprint, severity, file, range }) => ({
      description: descriptionOf(message),
      check_name: rule,
      fingerprint: `${file}:${fingerprint}`,
      severity: severities[severity],
      location: { path: file, lines: { begin: range.start.line + 1 } },
    })),
  ];
  return distinct(entries);
}

const severities: Readonly<Record<Severity, CodeQuality["severity"]>> = {
  critical: "critical",
  error: "critical",
  warning: "major",
  info: "minor",
  hint: "info",
};

const descriptionOf = (text: string): string => shortened(visibleLine(text), mostDescription);

function distinct(entries: readonly CodeQuality[]): readonly CodeQuality[] {
  const seen = new Map<string, number>();
  return entries.map((entry) => {
    const before = seen.get(entry.fingerprint) ?? 0;
    seen.set(entry.fingerprint, before + 1);
    return before === 0 ? entry : { ...entry, fingerprint: `${entry.fingerprint}:${before + 1}` };
  });
}
