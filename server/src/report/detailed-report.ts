import type { FixSafety, Range, Report, ReportFinding } from "./report.ts";

export interface ReportFix {
  readonly title: string;
  readonly safety: Exclude<FixSafety, "none">;
  /** Not overlapping; each range is of the text as it was checked. */
  readonly edits: readonly { readonly range: Range; readonly text: string }[];
}

export interface DetailedFinding extends ReportFinding {
  /** Stays the same when the code around the finding moves. */
  readonly fingerprint: string;
  readonly fixes: readonly ReportFix[];
}

/** A `Report` with what other tools need to follow a finding through time and to apply its fix. */
export interface DetailedReport extends Report {
  readonly findings: readonly DetailedFinding[];
}
