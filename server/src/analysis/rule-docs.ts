/** The page of a rule in its parts. */
export interface RuleDocs {
  /** The first paragraph: what the rule looks for. */
  readonly summary: string;
  /** By heading, without the `##`. */
  readonly sections: ReadonlyMap<string, string>;
}

export function readRuleDocs(docs: string): RuleDocs {
  const [head = "", ...rest] = docs.split(/^## /m);
  const sections = rest.map((section): readonly [string, string] => {
    const lineEnd = section.indexOf("\n");
    return lineEnd === -1
      ? [section.trim(), ""]
      : [section.slice(0, lineEnd).trim(), section.slice(lineEnd).trim()];
  });
  return { summary: (head.trim().split(/\n\s*\n/)[0] ?? "").trim(), sections: new Map(sections) };
}

const marks =
  /^```[^\n]*\n([\s\S]*?)^```$|`([^`\n]+)`|\*\*([^*]+)\*\*|!?\[((?:[^\]`]|`[^`]*`)+)\]\(([^)\s]+)[^)]*\)|^#{1,6} |^---$/gm;

/** Markdown as plain text: what a reader without a renderer wants to see. */
export function plainText(markdown: string): string {
  return withoutMarks(markdown)
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

const withoutMarks = (markdown: string): string =>
  markdown.replace(
    marks,
    (_, fenced?: string, code?: string, bold?: string, label?: string, address?: string) =>
      fenced ??
      code ??
      (bold === undefined ? undefined : withoutMarks(bold)) ??
      (label === undefined ? "" : `${withoutMarks(label)} (${address})`),
  );
