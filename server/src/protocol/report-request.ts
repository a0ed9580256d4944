import type { Report } from "../report/report.ts";

/** What a report is about: one document, open or on disk, or every Python file of the workspace. */
export type ReportScope = { readonly kind: "file"; readonly uri: string } | { readonly kind: "workspace" };

export interface ReportParams {
  readonly scope: ReportScope;
}

/**
 * Client to server, cancellable: `ReportParams` in, `Report` out. Every `file` in the answer is a URI; open documents
 * are reported as they are in the editor, unsaved changes included. A file without torch gives a report without
 * findings; a file that cannot be read gives a problem.
 */
export const reportMethod = "ecocompute/report";

export type ReportAnswer = Report;

/** Server to client: the findings of these files are no longer what the last report said. */
export const reportChangedMethod = "ecocompute/reportChanged";

export interface ReportChangedParams {
  /** Empty when everything may have changed, such as after an edit of the configuration. */
  readonly uris: readonly string[];
}
