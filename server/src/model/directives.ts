import type { SourceFile } from "../syntax/chunk.ts";

/** A comment `# ecocompute: input x = ...` or `# ecocompute: model = ...`. */
export interface ModelDirective {
  readonly kind: "input" | "model";
  readonly text: string;
  /** Offset in the file. */
  readonly start: number;
  readonly end: number;
}

const form = /^#\s*ecocompute:\s*(input|model)\s*=?\s*(.*)$/;

export function modelDirectives(source: SourceFile): readonly ModelDirective[] {
  const found: ModelDirective[] = [];
  for (const { chunk, start } of source.chunks)
    for (const comment of chunk.comments) {
      const match = form.exec(chunk.text.slice(comment.start, comment.end));
      if (match === null) continue;
      found.push({
        kind: match[1] === "input" ? "input" : "model",
        text: (match[2] ?? "").trim(),
        start: start + comment.start,
        end: start + comment.end,
      });
    }
  return found;
}
