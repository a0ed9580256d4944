/**
 * Scans lines of Python without parsing them: brackets, strings and backslashes carry a logical line over several.
 * What nobody ever closes ends where a statement starts at the indentation the scan is for: while a line is typed, the
 * lines below it stay what they are.
 */

export const Code = {
  newline: 10,
  cr: 13,
  space: 32,
  tab: 9,
  formFeed: 12,
  hash: 35,
  backslash: 92,
  bom: 0xfeff,
} as const;

/** A scan in progress. */
export interface Scan {
  readonly text: string;
  /** The blanks before each statement of interest: none for the top level. */
  readonly indent: string;
  /** The text before this offset decided where a line ends, beyond that line itself; 0 without. */
  reach: number;
  /** The last line ended with a bracket or string that nobody has closed. */
  unclosed: boolean;
}

const startsAfresh = /(?:(?:async[ \t]+)?def|class)[ \t]+\w|import[ \t]|from[ \t.]|@\w/y;
/** A decorator stands alone on its line: `@Author: name` is what headers of files say. */
const definition =
  /(?:(?:async[ \t]+)?def|class)[ \t]+\w+[ \t]*[([:]|@[A-Za-z_][\w.]*[ \t]*(?:\(|[\r\n#]|$)/y;
const wordCharacter = /\w/y;
/** What a line of prose hardly looks like: an assignment, a call, the header of a block, a jump. */
const looksLikeCode =
  /[\w.]+(?:\[[^\]\r\n]*\])?[ \t]*(?:[-+*/%|&^@]|\/\/|\*\*)?=(?!=)|(?:if|for|while|with)?[ \t]*[\w.]*\(|(?:if|elif|else|for|while|with|try|except|finally|async)\b.*:[ \t]*\r?$|(?:return|raise|assert|pass|break|continue)\b/my;

export const startsWith = (pattern: RegExp, text: string, at: number): boolean => {
  pattern.lastIndex = at;
  return pattern.test(text);
};

const statementAt = (pattern: RegExp, { text, indent }: Scan, at: number): boolean =>
  text.startsWith(indent, at) && startsWith(pattern, text, at + indent.length);

/** Offset of the first character at or after `from` that is not blank; line ends count as characters. */
export function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code !== Code.space && code !== Code.tab && code !== Code.formFeed && code !== Code.bom) break;
    at++;
  }
  return at;
}

/** Offset after the line break that ends the line at `at`. */
export function endOfLine(text: string, from: number): number {
  const at = skip(ofLine, text, from);
  const code = text.charCodeAt(at);
  if (code === Code.newline) return at + 1;
  if (code === Code.cr) return text.charCodeAt(at + 1) === Code.newline ? at + 2 : at + 1;
  return at;
}

const ofCode = /[^()[\]{}#"'\\\r\n]*/y;
const ofLine = /[^\r\n]*/y;
const insideDouble = /[^"\\\n]*/y;
const insideSingle = /[^'\\\n]*/y;

/** Where what `run` describes ends: for long runs several times as fast as a look at each character. */
function skip(run: RegExp, text: string, from: number): number {
  run.lastIndex = from;
  run.test(text);
  return run.lastIndex;
}

/** Offset after the logical line at `from`: brackets, strings and backslashes may carry it over several lines. */
export function endOfLogicalLine(scan: Scan, from: number): number {
  const { text } = scan;
  let depth = 0;
  let at = from;
  /** The first line below that may be the next statement, if the brackets stay open. */
  let below = -1;
  scan.unclosed = false;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    switch (code) {
      case 40: // (
      case 91: // [
      case 123: // {
        depth++;
        at++;
        break;
      case 41: // )
      case 93: // ]
      case 125: // }
        if (depth > 0) depth--;
        at++;
        break;
      case Code.hash:
        at = endOfLine(text, at) - 1;
        if (text.charCodeAt(at) !== Code.newline && text.charCodeAt(at) !== Code.cr) return text.length;
        break;
      case 34: // "
      case 39: // '
        at = endOfString(scan, at, code);
        if (scan.unclosed) return at;
        break;
      case Code.backslash:
        at =
          text.charCodeAt(at + 1) === Code.cr && text.charCodeAt(at + 2) === Code.newline ? at + 3 : at + 2;
        break;
      case Code.newline:
      case Code.cr: {
        at = endOfLine(text, at);
        if (depth === 0) return at;
        if (statementAt(startsAfresh, scan, at))
          return unclosedAt(scan, below < 0 ? at : below, endOfLine(text, at));
        if (below < 0 && statementAt(wordCharacter, scan, at)) below = at;
        break;
      }
      default:
        at = skip(ofCode, text, at);
    }
  }
  if (depth === 0) return text.length;
  return unclosedAt(scan, below < 0 ? text.length : below, Number.POSITIVE_INFINITY);
}

/** Notes that what `end` ends is open, which the text before `reach` decided. */
function unclosedAt(scan: Scan, end: number, reach: number): number {
  scan.unclosed = true;
  scan.reach = Math.max(scan.reach, reach);
  return end;
}

/** Offset after the string that opens at `at`. A plain string ends with its line at the latest. */
function endOfString(scan: Scan, from: number, quote: number): number {
  const { text } = scan;
  if (text.charCodeAt(from + 1) === quote && text.charCodeAt(from + 2) === quote)
    return endOfTripleString(scan, from, quote);
  let at = from + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === Code.backslash) {
      at += text.charCodeAt(at + 1) === Code.cr && text.charCodeAt(at + 2) === Code.newline ? 3 : 2;
    } else if (code === quote) {
      return at + 1;
    } else if (code === Code.newline || code === Code.cr) {
      return at;
    } else {
      at++;
    }
  }
  return text.length;
}

/**
 * A triple-quoted string that nobody has closed yet swallows everything up to the next docstring, which then reads
 * as code. It is told from one that holds code by what its end looks like, and ends at the first line of code in it.
 */
function endOfTripleString(scan: Scan, from: number, quote: number): number {
  const { text } = scan;
  const inside = quote === 34 ? insideDouble : insideSingle;
  let firstDefinition = -1;
  let firstCode = -1;
  let at = from + 3;
  while (at < text.length) {
    at = skip(inside, text, at);
    const code = text.charCodeAt(at);
    if (code === Code.backslash) {
      at += 2;
    } else if (code === quote && text.charCodeAt(at + 1) === quote && text.charCodeAt(at + 2) === quote) {
      if (firstDefinition < 0) return at + 3;
      scan.reach = Math.max(scan.reach, at + 4);
      return opensRatherThanCloses(text, at) ? unclosedAt(scan, firstCode, at + 4) : at + 3;
    } else {
      at++;
      if (code !== Code.newline || firstDefinition >= 0) continue;
      if (statementAt(definition, scan, at)) firstDefinition = at;
      if (firstCode < 0 && (firstDefinition >= 0 || statementAt(looksLikeCode, scan, at))) firstCode = at;
    }
  }
  return unclosedAt(scan, firstCode < 0 ? text.length : firstCode, Number.POSITIVE_INFINITY);
}

/** Whether the triple quote at `at` looks like the start of a docstring: words follow it, or a block opens above it. */
function opensRatherThanCloses(text: string, at: number): boolean {
  if (startsWith(wordCharacter, text, at + 3)) return true;
  let before = at - 1;
  while (before > 0 && isBlank(text.charCodeAt(before))) before--;
  return isLineBreakBetween(text, before, at) && text.charCodeAt(before) === 58; // :
}

const isBlank = (code: number): boolean =>
  code === Code.space || code === Code.tab || code === Code.newline || code === Code.cr;

function isLineBreakBetween(text: string, from: number, to: number): boolean {
  const found = text.indexOf("\n", from);
  return found !== -1 && found < to;
}
