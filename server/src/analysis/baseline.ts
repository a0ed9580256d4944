import * as z from "zod";
import { lineStarts, positionAt } from "../base/text.ts";
import { createFingerprints } from "../report/fingerprint.ts";
import type { AnalyzedFile } from "./analyzer.ts";
import type { Finding } from "./finding.ts";

const baselineSchema = "ecocompute.baseline/1";

/** A finding that is known: shown no more, until it is fixed. */
export interface BaselineEntry {
  readonly rule: string;
  /** The line as it was, for people who read the file. */
  readonly code: string;
  readonly fingerprint: string;
}

/** Known findings by file: paths relative to the folder of the baseline, with `/` between folders. */
export type Baseline = ReadonlyMap<string, readonly BaselineEntry[]>;

const entrySchema = z.object({ rule: z.string(), code: z.string(), fingerprint: z.string() });
const fileSchema = z.object({
  schema: z.literal(baselineSchema),
  findings: z.record(z.string(), z.array(entrySchema)),
});

export type LoadedBaseline =
  | { readonly kind: "baseline"; readonly baseline: Baseline }
  | { readonly kind: "useless"; readonly why: string };

/** Reads a baseline; what cannot be read as a whole is not used in part. */
export function loadBaseline(text: string): LoadedBaseline {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "useless", why: "it is not valid JSON" };
  }
  const parsed = fileSchema.safeParse(value);
  if (parsed.success) return { kind: "baseline", baseline: new Map(Object.entries(parsed.data.findings)) };
  const [issue] = parsed.error.issues;
  const at = issue === undefined || issue.path.length === 0 ? "" : ` at \`${issue.path.join(".")}\``;
  return { kind: "useless", why: `it is not a baseline of EcoCompute${at}` };
}

/** The same findings always give the same text, one entry a line, so that a change of it reads well in a review. */
export function renderBaseline(baseline: Baseline): string {
  const files = [...baseline]
    .filter(([, entries]) => entries.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, entries]) => {
      const lines = entries.map((entry) => `      ${JSON.stringify(entry)}`);
      return `    ${JSON.stringify(path)}: [\n${lines.join(",\n")}\n    ]`;
    });
  const body = files.length === 0 ? "{}" : `{\n${files.join(",\n")}\n  }`;
  return `{\n  "schema": ${JSON.stringify(baselineSchema)},\n  "findings": ${body}\n}\n`;
}

/** Each finding with the name by which it is recognized after lines moved. */
export function fingerprinted(
  text: string,
  findings: readonly Finding[],
): readonly { readonly finding: Finding; readonly entry: BaselineEntry }[] {
  if (findings.length === 0) return [];
  const starts = lineStarts(text);
  const fingerprint = createFingerprints();
  return findings.map((finding) => {
    const { line } = positionAt(starts, finding.span.start);
    const code = text.slice(starts[line], starts[line + 1]);
    const rule = finding.rule.id;
    return { finding, entry: { rule, code: code.trim(), fingerprint: fingerprint(rule, code) } };
  });
}

export interface Compared {
  /** The findings that the baseline does not know. */
  readonly fresh: readonly Finding[];
  /** Entries of the baseline that are found no more. */
  readonly gone: number;
}

/**
 * Parts what is new in a file from what the baseline knows of it.
 * @param asked the names of the rules that were asked: nothing of another is fixed because it was not found.
 */
export function compareWith(
  known: readonly BaselineEntry[],
  { text }: Pick<AnalyzedFile, "text">,
  findings: readonly Finding[],
  asked: ReadonlySet<string>,
): Compared {
  const entries = known.filter(({ rule }) => asked.has(rule));
  if (entries.length === 0) return { fresh: findings, gone: 0 };
  const fingerprints = new Set(entries.map((entry) => entry.fingerprint));
  const named = fingerprinted(text, findings);
  const fresh = named.filter(({ entry }) => !fingerprints.has(entry.fingerprint));
  return {
    fresh: fresh.map(({ finding }) => finding),
    gone: fingerprints.size - (named.length - fresh.length),
  };
}
