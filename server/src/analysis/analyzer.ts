import type { Edit } from "../base/text.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import type { Syntax } from "../syntax/source-file.ts";
import type { Finding } from "./finding.ts";
import type { RuleRunner } from "./run-rules.ts";

/** A file as last analyzed. Hand it back to `update` to pay only for what an edit touched. */
export interface AnalyzedFile {
  readonly path: string;
  readonly text: string;
  /** `undefined` for a file that has nothing to do with torch: it was not even parsed. */
  readonly source: SourceFile | undefined;
  readonly findings: readonly Finding[];
}

/** One word that every file of interest holds somewhere, in an import if nowhere else. */
const concernsTorch = /torch|lightning|transformers|bitsandbytes|diffusers|accelerate|timm|einops/;

/** A NUL byte in the head: not text, whatever its name says. */
const looksBinary = (text: string): boolean => text.slice(0, 8_000).includes("\0");

export function analyzeText(path: string, text: string, syntax: Syntax, rules: RuleRunner): AnalyzedFile {
  if (!concernsTorch.test(text) || looksBinary(text)) return { path, text, source: undefined, findings: [] };
  const source = syntax.parse(text);
  return { path, text, source, findings: rules.run(path, source) };
}

/** The file after edits, which use `file` up; each is relative to the text the one before left, as LSP gives them. */
export function updateAnalysis(
  file: AnalyzedFile,
  edits: readonly Edit[],
  syntax: Syntax,
  rules: RuleRunner,
): AnalyzedFile {
  if (file.source === undefined) {
    const text = edits.reduce((t, e) => t.slice(0, e.span.start) + e.text + t.slice(e.span.end), file.text);
    return analyzeText(file.path, text, syntax, rules);
  }
  const source = syntax.update(file.source, edits);
  return { path: file.path, text: source.text, source, findings: rules.run(file.path, source, file.source) };
}

/** What the file would be after edits. Unlike with `updateAnalysis`, `file` can be used afterwards. */
export function previewAnalysis(
  file: AnalyzedFile,
  edits: readonly Edit[],
  syntax: Syntax,
  rules: RuleRunner,
): AnalyzedFile {
  if (file.source === undefined) return updateAnalysis(file, edits, syntax, rules);
  const source = syntax.preview(file.source, edits);
  return { path: file.path, text: source.text, source, findings: rules.run(file.path, source) };
}
