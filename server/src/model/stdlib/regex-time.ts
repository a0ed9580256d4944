/**
 * How long matching may take. JavaScript's matcher tries ways one after another and cannot be interrupted: where repeated
 * parts can share out a text among them in many ways, the number of ways doubles with every character.
 */

/** Characters up to which also the worst patterns are quick. */
const fewEnough = 24;
/** Characters beyond which a pattern may take seconds by trying every start and every end. */
const many = 100_000;

/** Whether a pattern may run for longer than anybody waits. */
export const mayNotEnd = (pattern: string, text: string): boolean =>
  text.length > fewEnough && (hasRepeatedChoice(pattern) || (text.length > many && /[*+{]/.test(pattern)));

interface Group {
  /** What repeats without an end directly in it, or is itself a group that does. */
  readonly repeated: string[];
  /** Characters that have to be there once each time. */
  readonly separators: string[];
  hasChoice: boolean;
}

const newGroup = (): Group => ({ repeated: [], separators: [], hasChoice: false });

/** One element of a pattern, with how often it may come: an escape, a class of characters, the edge of a group, or a character. */
const element =
  /(\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]])*\]|\((?:\?(?:[:=!]|<[=!]|<\w+>))?|[)|]|[\s\S])((?:[*+?]|\{\d*(?:,\d*)?\})?)\??/g;

const isEndless = (count: string): boolean => /^(?:[*+]|\{\d*,\d*\}|\{\d{2,}\})$/.test(count);

/** A group that repeats without an end, in which something else does, or which has several forms. */
function hasRepeatedChoice(pattern: string): boolean {
  const open: Group[] = [newGroup()];
  for (const [, part = "", count = ""] of pattern.matchAll(element)) {
    const group = open.at(-1);
    if (group === undefined) return true;
    if (part.startsWith("(")) open.push(newGroup());
    else if (part === "|") group.hasChoice = true;
    else if (part === ")") {
      open.pop();
      const around = open.at(-1);
      if (around === undefined) return true;
      if (isEndless(count)) {
        if (group.hasChoice || (group.repeated.length > 0 && !isSeparated(group))) return true;
        around.repeated.push("(");
      } else {
        around.repeated.push(...group.repeated);
        around.hasChoice ||= group.hasChoice;
      }
    } else if (isEndless(count)) group.repeated.push(part);
    else if (count === "" && /^(?:\\\W|[^\\[.^$?])$/.test(part)) group.separators.push(part.slice(-1));
  }
  return false;
}

/** Whether every round ends where a character stands that nothing repeated in it matches. */
const isSeparated = ({ repeated, separators }: Group): boolean =>
  separators.some((separator) =>
    repeated.every((part) => part !== "(" && part !== "." && !new RegExp(`^${part}$`).test(separator)),
  );
