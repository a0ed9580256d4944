import { type ModelReport, modelReport } from "./model-report.ts";

export type ReadReport =
  | { readonly kind: "read"; readonly report: ModelReport }
  /** `why` in words that the model can repair it by. */
  | { readonly kind: "unreadable"; readonly why: string };

/** The report in an answer: as JSON, in a fence, or with words around it. */
export function readReport(text: string): ReadReport {
  const json = jsonIn(text);
  if (json === undefined) return { kind: "unreadable", why: "it is no JSON" };
  const read = modelReport.safeParse(json.value);
  if (read.success) return { kind: "read", report: read.data };
  const issues = read.error.issues.slice(0, 5).map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  return { kind: "unreadable", why: issues.join("; ") };
}

function jsonIn(text: string): { readonly value: unknown } | undefined {
  const fenced = /```(?:json)?[^\S\n]*\n([\s\S]*?)\n[^\S\n]*```/.exec(text)?.[1];
  const braced = text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1);
  for (const candidate of [text, fenced, braced]) {
    if (candidate === undefined || candidate.trim() === "") continue;
    try {
      return { value: JSON.parse(candidate) };
    } catch {
      // The next form may be the one.
    }
  }
  return undefined;
}
