import type { Edit, Span } from "../base/text.ts";
import type { NamedRule, Reported } from "../rules/_rule.ts";
import type { Chunk } from "../syntax/chunk.ts";
import { type Suppression, silences, suppressionsOf } from "./directives.ts";

/** The rule by which these findings are configured, explained and counted. */
export const unusedSuppressionId = "unused-suppression";

/** What was found in a chunk, silenced or not. */
interface Found {
  readonly rule: Pick<NamedRule, "id">;
  readonly finding: Pick<Reported, "at">;
}

/**
 * Comments of a chunk that name rules which find nothing there. A comment that names no rule is let be: it may be meant for
 * what this run did not look at.
 * @param inChunk everything the rules found in the chunk, @param inFile the names of the rules that found something in
 * the file, @param ran the names of the rules whose silence means that there is nothing.
 */
export function unusedSuppressions(
  chunk: Chunk,
  inChunk: readonly Found[],
  inFile: ReadonlySet<string>,
  ran: ReadonlySet<string>,
): readonly Reported[] {
  return suppressionsOf(chunk).flatMap((suppression) => {
    const named = suppression.rules ?? [];
    const unused = named.filter(
      (name) =>
        ran.has(name) &&
        !(suppression.scope === "file"
          ? inFile.has(name)
          : inChunk.some(
              ({ rule, finding }) => rule.id === name && silences(chunk, suppression, finding.at),
            )),
    );
    return unused.length === 0 ? [] : [reportOf(chunk, suppression, named, unused)];
  });
}

function reportOf(
  chunk: Chunk,
  { scope, span }: Suppression,
  named: readonly string[],
  unused: readonly string[],
): Reported {
  const listed = unused.map((name) => `\`${name}\``).join(", ");
  const where = scope === "file" ? "in this file" : "here";
  const isWhole = unused.length === named.length;
  return {
    at: span,
    certainty: "certain",
    message: `${listed} ${unused.length === 1 ? "finds" : "find"} nothing ${where}: this comment would only hide what comes later. Remove ${isWhole ? "it" : unused.length === 1 ? "the name" : "the names"}.`,
    fixes: [
      {
        title: isWhole ? "Remove the comment" : `Remove ${unused.join(", ")} from the comment`,
        safety: "safe",
        edits: isWhole ? [removal(chunk.text, span)] : [withoutNames(chunk.text, span, unused)],
      },
    ],
  };
}

const directive = /#\s*ecocompute\s*:\s*[\w-]+\s*\[([^\]]*)\]/i;

function withoutNames(text: string, span: Span, unused: readonly string[]): Edit {
  const match = directive.exec(text.slice(span.start, span.end));
  const list = match?.[1] ?? "";
  const start = span.start + (match?.index ?? 0) + (match?.[0].length ?? 0) - 1 - list.length;
  const kept = list.split(",").filter((name) => name.trim() !== "" && !unused.includes(name.trim()));
  return {
    span: { start, end: start + list.length },
    text: kept.map((name) => name.trim()).join(", "),
  };
}

/** Takes out the comment with the space before it, and its line when nothing else stands there; other remarks stay. */
function removal(text: string, span: Span): Edit {
  const comment = text.slice(span.start, span.end);
  const at = comment.search(directive);
  const next = comment.indexOf("#", at + 1);
  let start = span.start + Math.max(at, 0);
  if (next !== -1) return { span: { start, end: span.start + next }, text: "" };
  while (start > 0 && /[ \t]/.test(text[start - 1] ?? "")) start--;
  const isOwnLine = start === 0 || /[\r\n]/.test(text[start - 1] ?? "");
  const lineBreak = /^\r?\n|^\r/.exec(text.slice(span.end))?.[0] ?? "";
  return { span: { start, end: span.end + (isOwnLine ? lineBreak.length : 0) }, text: "" };
}
