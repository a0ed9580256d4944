import type { Position } from "../base/text.ts";
import type { Saving } from "./saving.ts";

export type Severity = "critical" | "error" | "warning" | "info" | "hint";
/** From the gravest down. */
export const severities: readonly Severity[] = ["critical", "error", "warning", "info", "hint"];

export type Category = "bug" | "performance" | "energy" | "memory";

/** `safe` keeps what the program computes; a `suggestion` may change numerics, randomness or training. */
export type FixSafety = "safe" | "suggestion" | "none";

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export interface ReportFinding {
  /** Kebab-case id, also the name of its page. */
  readonly rule: string;
  readonly severity: Severity;
  readonly category: Category;
  readonly message: string;
  /** Path or URI as the caller named the file. */
  readonly file: string;
  readonly range: Range;
  readonly fix: FixSafety;
  readonly page: string;
  readonly related: readonly { readonly file: string; readonly range: Range; readonly message: string }[];
  /** What the change saves, where that could be computed. */
  readonly saving?: Saving;
}

/** A file or a part of the configuration that could not be used, and why: never silently left out. */
export interface ReportProblem {
  readonly file: string;
  readonly message: string;
  readonly range: Range | undefined;
}

/** What the analysis says of a file, a folder or a workspace: plain data, the same in editor, terminal and CI. */
export interface Report {
  readonly schema: "ecocompute.report/1";
  readonly filesChecked: number;
  readonly findings: readonly ReportFinding[];
  readonly problems: readonly ReportProblem[];
}
