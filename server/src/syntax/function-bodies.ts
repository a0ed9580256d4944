import { Code, endOfLine, endOfLogicalLine, type Scan, skipBlank } from "./logical-lines.ts";

/** The body of a function, found in a text without parsing it. */
export interface FunctionBody {
  /** Start of the line of the `def`, with its blanks. */
  readonly start: number;
  /** Where the name of the function starts: no two functions share that. */
  readonly nameStart: number;
  /** Start of the first statement and end of the last. */
  readonly first: number;
  readonly to: number;
  readonly isIndented: boolean;
}

/** A body shorter than this is read with the rest. */
const worthwhile = 80;

const definition = /(?:async +)?def +(?=\w)/y;

/** How far such a line is indented cannot be counted. */
const oddIndentation = /^[ \f\t]*[\f\t]/m;

/** The outermost functions with a block below them; what takes more than a look at lines to tell is left out. */
export function functionBodies(text: string): readonly FunctionBody[] {
  if (oddIndentation.test(text)) return [];
  const scan: Scan = { text, indent: "", reach: 0, unclosed: false };
  const found: FunctionBody[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    const code = skipBlank(text, at);
    if (isEmpty(text, code)) {
      at = endOfLine(text, code);
      continue;
    }
    const from = endOfLogicalLine(scan, code);
    const nameStart = nameOf(text, code);
    const block = nameStart === undefined ? undefined : blockBelow(scan, from, code - start);
    at = block?.end ?? from;
    if (nameStart === undefined || block === undefined || block.to - block.first < worthwhile) continue;
    if (block.isUneven || endsInDoubt.test(text.slice(block.last, block.to))) continue;
    found.push({ start, nameStart, first: block.first, to: block.to, isIndented: code > start });
  }
  return found;
}

/** Nothing but a comment may stand in the line. */
function isEmpty(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return Number.isNaN(code) || code === Code.newline || code === Code.cr || code === Code.hash;
}

/** Where the name starts if a function is defined at `at`. */
function nameOf(text: string, at: number): number | undefined {
  definition.lastIndex = at;
  return definition.test(text) ? definition.lastIndex : undefined;
}

/** A last line that may end before its last character. */
const endsInDoubt = /[#;\\]/;

interface Block {
  /** Start of its first and of its last statement. */
  readonly first: number;
  readonly last: number;
  /** End of the last statement, and of its line. */
  readonly to: number;
  readonly end: number;
  /** A line is indented less than the first. */
  readonly isUneven: boolean;
}

/** The lines from `from` on that are indented by more than `outer` blanks. */
function blockBelow(scan: Scan, from: number, outer: number): Block | undefined {
  const { text } = scan;
  let block: Block | undefined;
  let inner = outer;
  let at = from;
  while (at < text.length) {
    const code = skipBlank(text, at);
    if (isEmpty(text, code)) {
      at = endOfLine(text, code);
      continue;
    }
    const indent = code - at;
    if (indent <= outer) break;
    if (block === undefined) inner = indent;
    const isUneven = indent < inner || block?.isUneven === true;
    at = endOfLogicalLine(scan, code);
    const to = code + text.slice(code, at).trimEnd().length;
    block = { first: block?.first ?? code, last: code, to, end: at, isUneven };
  }
  return block;
}

/** A text with one short statement in the place of each body. */
export interface ShortText {
  readonly text: string;
  /** Ends of the short statements in it, in order, and how many characters are missing up to there. */
  readonly ends: readonly number[];
  readonly missing: readonly number[];
}

const short = "pass";

export function withoutBodies(text: string, bodies: readonly FunctionBody[]): ShortText {
  let left = "";
  let done = 0;
  const ends: number[] = [];
  const missing: number[] = [];
  for (const { first, to } of bodies) {
    left += text.slice(done, first) + short;
    done = to;
    ends.push(left.length);
    missing.push(to - left.length);
  }
  return { text: left + text.slice(done), ends, missing };
}

/** Moves offsets of the short text to where the same stands in the whole; what ends with a short statement ends with its body. */
export function restoreOffsets(offsets: Uint32Array, count: number, { ends, missing }: ShortText): void {
  if (ends.length === 0) return;
  for (let i = 0; i < count; i++) {
    const offset = offsets[i] ?? 0;
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    if (low > 0) offsets[i] = offset + (missing[low - 1] ?? 0);
  }
}
