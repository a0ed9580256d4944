/** Controls and characters that change how text reads without being seen: bidirectional marks, zero-width ones, tags. */
const hidden = /(?![\n\t])[\p{Cc}\p{Cf}]/gu;

/** The text of a model without anything that hides: what a person sees is what is there. */
export const visibleText = (text: string): string => text.replace(hidden, "");

/**
 * Text of a model as Markdown that shows itself and does nothing: no links, images, HTML or commands.
 * Fenced code stays code.
 */
export function inertMarkdown(text: string): string {
  return visibleText(text)
    .split(/(^```[\s\S]*?^```[^\S\n]*$)/m)
    .map((part, i) => (i % 2 === 1 ? part : inertProse(part)))
    .join("");
}

const inertProse = (text: string): string =>
  text
    .replace(/[<&]/g, (character) => (character === "<" ? "&lt;" : "&amp;"))
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/!?\[([^\]]*)\]\[[^\]]*\]/g, "$1")
    .replace(/^[ \t]*\[[^\]]+\]:.*$/gm, "")
    .replace(
      /\b(?:https?|ftp|file|vscode|command|data|javascript):(?=\S)/gi,
      (scheme) => `${scheme.slice(0, -1)}&#58;`,
    )
    .replace(/\bwww\.(?=\S)/gi, "www&#46;");
