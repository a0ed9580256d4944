import { Code, endOfLine, endOfLogicalLine, type Scan, skipBlank, startsWith } from "./logical-lines.ts";
import { piecesOfBody } from "./split.ts";

/** A block longer than this is read member by member; below, one parse costs less than many. */
const longBlock = 3_000;

const classHeader = /class\b/y;
const longHeader = /(?:class|if|while|try)\b|(?:async[ \t]+)?(?:def|for|with)\b/y;
/** What else may have indented lines below it. */
const otherHeader = /match\b|@/y;
const furtherClause = /(?:elif|else|except|finally)\b/y;

/** A clause of a compound statement: `if`, `elif`, `else`, or the only one there is. */
export interface Clause {
  /** The first word of a further clause; empty for the first. */
  readonly keyword: string;
  /** Where its header starts, with what stands before it, and where it ends. */
  readonly start: number;
  readonly body: number;
  /** The starts of the members on lines of their own: without gaps from `body` to the next clause. */
  readonly members: readonly number[];
}

/** Where to cut the text of a compound statement. */
export interface CompoundCuts {
  readonly kind: "class" | "block";
  readonly clauses: readonly Clause[];
  /** Start of the statements that follow it, which is so only where a bracket in it is open; else the text's end. */
  readonly end: number;
}

/**
 * A long text that cannot be told from what is broken above it: a bracket or string that nobody has closed in its
 * header or first statement, or lines below a statement that are indented although it opens no block.
 */
export interface BrokenHeader {
  readonly kind: "broken";
}

/** `undefined` when the text is not one class or long block with members on lines of their own. */
export function compoundCuts(text: string): CompoundCuts | BrokenHeader | undefined {
  const indent = indentationAfter(text, 0);
  const scan: Scan = { text, indent, reach: 0, unclosed: false };
  const isLong = text.length > longBlock;
  const header = headerIn(scan, isLong ? longHeader : classHeader);
  if (header === undefined) return isLong && isBrokenAbove(scan) ? { kind: "broken" } : undefined;
  const clauses: Clause[] = [];
  let start = 0;
  let keyword = "";
  let end = 0;
  for (let word: number | undefined = header; word !== undefined; ) {
    const body = endOfLogicalLine(scan, word);
    if (scan.unclosed && isLong) return { kind: "broken" };
    const members = membersFrom(text, body, indent);
    clauses.push({ keyword, start, body, members: members.starts });
    end = members.end;
    start = end;
    keyword = text.startsWith(indent, end) ? wordAt(furtherClause, text, end + indent.length) : "";
    word = keyword === "" ? undefined : end + indent.length;
  }
  const isWhole = end === text.length || (indent === "" && indentationAfter(text, end) === "");
  const members = clauses.reduce((sum, clause) => sum + clause.members.length, 0);
  if (!isWhole || members < (isLong ? 1 : 2)) return undefined;
  return { kind: startsWith(classHeader, text, header) ? "class" : "block", clauses, end };
}

/** Where the header of the statement starts, behind comments and decorators. */
function headerIn(scan: Scan, opens: RegExp): number | undefined {
  const { text, indent } = scan;
  let at = 0;
  while (at < text.length) {
    const first = skipBlank(text, at);
    const code = text.charCodeAt(first);
    const isHere = first === at + indent.length && text.startsWith(indent, at);
    if (isHere && startsWith(opens, text, first)) return first;
    if (isHere && code === 64) at = endOfLogicalLine(scan, first);
    else if (isLineBreak(code) || code === Code.hash) at = endOfLine(text, first);
    else return undefined;
  }
  return undefined;
}

function isBrokenAbove(scan: Scan): boolean {
  const { text, indent } = scan;
  const first = nextCode(text, 0) + indent.length;
  if (startsWith(otherHeader, text, first)) return false;
  const next = endOfLogicalLine(scan, first);
  return scan.unclosed || blanks(indentationAfter(text, next)) > blanks(indent);
}

/** A form feed is no indentation. */
const blanks = (indent: string): number => indent.replaceAll("\f", "").length;

/** The pieces of the body at `from`, if it is more indented than `outer`. */
function membersFrom(text: string, from: number, outer: string): ReturnType<typeof piecesOfBody> {
  const indent = indentationAfter(text, from);
  return indent.length > outer.length
    ? piecesOfBody(text, indent, from)
    : { starts: [], end: nextCode(text, from) };
}

/** Start of the first line with code at or after `from`. */
function nextCode(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const first = skipBlank(text, at);
    const code = text.charCodeAt(first);
    if (first < text.length && !isLineBreak(code) && code !== Code.hash) return at;
    at = endOfLine(text, first);
  }
  return text.length;
}

/** The blanks before the first code at or after `from`. */
function indentationAfter(text: string, from: number): string {
  const at = nextCode(text, from);
  return text.slice(at, skipBlank(text, at));
}

function wordAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

const isLineBreak = (code: number): boolean => code === Code.newline || code === Code.cr;
