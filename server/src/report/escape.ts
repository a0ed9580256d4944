/**
 * Text from elsewhere (file names, code, names of models, what an API answered) made harmless for the place that shows
 * it. Each function takes any string and gives a string that stays within its place and shows what was there.
 */

/** Controls, and characters that change how text reads without being seen. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** Halves of surrogate pairs that no UTF-8 file can hold. */
const lone = /\p{Cs}/gu;

const codeOf = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u{${code.toString(16).padStart(4, "0")}}`;
};

const names: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** One line in which everything can be seen: line breaks, controls and bidirectional marks become their escapes. */
export const visibleLine = (text: string): string =>
  text.replace(hidden, (character) => names[character] ?? codeOf(character));

/** At most `length` UTF-16 units, never half a character, with a sign that something is missing. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${text.slice(0, Math.max(0, length - 1)).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

const entity = (character: string): string => `&#${character.codePointAt(0)};`;

/**
 * Text within Markdown, as GitHub and GitLab read it: no emphasis, links, images, HTML, table cells, formulas or quick
 * actions. What both look for in the rendered text (mentions, references, addresses, emoji) is broken by a zero-width
 * space.
 */
export const markdownText = (text: string): string =>
  visibleLine(text)
    .trim()
    .replace(/[@#!$&~^:](?=\S)|%(?=[\w"])/g, "$&\u200b")
    .replace(/\b(?:www(?=\.)|GH(?=-))/gi, "$&\u200b")
    .replace(/^(?:[=/>]|[-+](?=[\s-]|$)|\d+(?=[.)](?:\s|$)))/, "$&\u200b")
    .replace(/[^\p{L}\p{N}\p{M}\u200b .,;?…%:()+/='"-]/gu, entity);

/** Code within a line of Markdown. The element keeps mentions and references from being found in it. */
export const markdownCode = (text: string): string => {
  const held = visibleLine(text === "" ? " " : text)
    .replace(/(?<=[\w.+-])@/g, "$&\u200b")
    .replace(/[^\p{L}\p{N}\p{M}\u200b .,;?…()+/='"-]/gu, entity)
    .replace(/www\./gi, "www&#46;");
  return `<code>${held}</code>`;
};

/** A message within Markdown, its parts between backticks as code. */
export const markdownMessage = (text: string): string =>
  visibleLine(text)
    .split(/`([^`]+)`/)
    .map((part, i) => (i % 2 === 1 ? markdownCode(part) : spaced(part)))
    .join("");

/** The spaces that part it from code stay. */
const spaced = (text: string): string =>
  `${/^ /.test(text) ? " " : ""}${markdownText(text)}${/\S $/.test(text) ? " " : ""}`;

/** Text of Slack's mrkdwn, to be sent as `verbatim`: no mentions, links, emphasis, code or emoji. */
export const mrkdwnText = (text: string): string =>
  visibleLine(text)
    .replace(/[*_~`:@#]/g, "$&\u200b")
    .replace(/[&<>]/g, (character) => (character === "&" ? "&amp;" : character === "<" ? "&lt;" : "&gt;"));

/** The value of a property of a workflow command. */
export const commandProperty = (text: string): string =>
  commandData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/**
 * The file of a workflow command: line breaks as GitHub reads them back, other characters that cannot be seen left out.
 * Runners know an older form of commands, which counts in the middle of a line; a file named like that gets no mark.
 */
export const commandFile = (name: string): string =>
  commandProperty(
    name.replace(hidden, (character) => (/[\r\n]/.test(character) ? character : "")),
  ).replaceAll("##[", "## [");

/** The message of a workflow command. */
export const commandData = (text: string): string =>
  text.replace(lone, "\ufffd").replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

/** A line of a log that a runner reads for commands (`::name::` and `##[name]`) and a terminal for escapes. */
export const logLine = (text: string): string =>
  visibleLine(text)
    .replaceAll("##[", "## [")
    .replace(/^(\s*):(?=:)/, "$1:\u200b");

/** Text or an attribute of XML 1.0, in double quotes; what XML cannot hold at all is shown by its escape. */
export const xmlText = (text: string): string =>
  text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, codeOf)
    .replace(/[&<>"'\t\n\r]/g, entity);
