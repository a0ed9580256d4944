/**
 * Splits Python into top-level pieces without parsing it: a scanner of lines that tracks brackets, strings and
 * line continuations. Each piece starts at column 0; whatever is broken inside one piece stays in it, because
 * a column-0 `def`, `class`, `@` or `import` always starts afresh.
 */

const Code = {
  newline: 10,
  cr: 13,
  space: 32,
  tab: 9,
  formFeed: 12,
  hash: 35,
  backslash: 92,
  bom: 0xfeff,
} as const;

/** A piece of simple statements is closed once it is this long, so that a script of 1,000 lines is not one piece. */
const groupLength = 1_500;

const startsAfresh = /(?:(?:async[ \t]+)?def|class)[ \t]+\w|import[ \t]|from[ \t.]|@\w/y;
const definition = /(?:(?:async[ \t]+)?def|class)[ \t]+\w+[ \t]*[([:]|@\w/y;
const continuesPrevious = /(?:else|elif|except|finally)\b|[)\]}]/y;
const opensBlock = /(?:def|class|async|if|for|while|with|try|match)\b|@/y;
const wordCharacter = /\w/y;

const startsWith = (pattern: RegExp, text: string, at: number): boolean => {
  pattern.lastIndex = at;
  return pattern.test(text);
};

export interface Piece {
  readonly start: number;
  /** The text before this offset decided where the piece ends: an edit before it may move that end. */
  readonly reach: number;
}

/** What the scanner has seen of the piece so far. */
interface State {
  /** Start of the piece being collected. */
  piece: number;
  /** See `Piece`. */
  reach: number;
  /** The piece holds a compound statement, so the next column-0 statement starts another. */
  block: boolean;
  /** The previous line is a decorator: what follows belongs to it. */
  decorated: boolean;
  /** Column-0 comments that belong to whatever statement follows them; -1 without. */
  comments: number;
  /** A statement was seen since `piece`. */
  hasCode: boolean;
}

/**
 * The pieces of `text` from `from` on, which must be 0 or the start of a piece.
 * `stop` is asked at each later start and ends the scan when it returns true.
 */
export function splitPieces(text: string, from: number, stop: (start: number) => boolean): readonly Piece[] {
  const pieces: Piece[] = [];
  const state: State = {
    piece: from,
    reach: 0,
    block: false,
    decorated: false,
    comments: -1,
    hasCode: false,
  };
  let at = from;
  while (at < text.length) {
    const boundary = boundaryAt(text, at, state);
    if (boundary !== undefined) {
      pieces.push({ start: state.piece, reach: state.reach });
      if (stop(boundary)) return pieces;
      state.piece = boundary;
      state.reach = 0;
      state.block = false;
      state.decorated = false;
      state.hasCode = false;
      state.comments = -1;
    }
    at = noteLine(text, at, state);
  }
  pieces.push({ start: state.piece, reach: state.reach });
  return pieces;
}

/** Where a new piece starts if the line at `at` opens one: at that line, or at the comments above it. */
function boundaryAt(text: string, at: number, state: State): number | undefined {
  if (!isStatementStart(text, at) || !state.hasCode || state.decorated) return undefined;
  if (startsWith(continuesPrevious, text, at)) return undefined;
  const start = state.comments >= 0 ? state.comments : at;
  const long = start - state.piece >= groupLength;
  return state.block || long || startsWith(opensBlock, text, at) ? start : undefined;
}

function isStatementStart(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (
    code !== Code.space &&
    code !== Code.tab &&
    code !== Code.newline &&
    code !== Code.cr &&
    code !== Code.formFeed &&
    code !== Code.hash &&
    code !== Code.bom
  );
}

/** Notes what the logical line at `at` is and returns where the next one starts. */
function noteLine(text: string, at: number, state: State): number {
  const code = text.charCodeAt(at);
  if (code === Code.hash) {
    if (state.comments < 0) state.comments = at;
    return endOfLine(text, at);
  }
  if (!isStatementStart(text, at)) {
    const first = skipBlank(text, at);
    const inner = text.charCodeAt(first);
    const blank = Number.isNaN(inner) || inner === Code.newline || inner === Code.cr || inner === Code.hash;
    if (!blank) state.comments = -1;
    return blank ? endOfLine(text, first) : endOfLogicalLine(text, first, state);
  }
  if (startsWith(opensBlock, text, at)) state.block = true;
  state.decorated = text.charCodeAt(at) === 64;
  state.hasCode = true;
  state.comments = -1;
  return endOfLogicalLine(text, at, state);
}

function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code !== Code.space && code !== Code.tab && code !== Code.formFeed && code !== Code.bom) break;
    at++;
  }
  return at;
}

/** Offset after the line break that ends the line at `at`. */
function endOfLine(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === Code.newline) return at + 1;
    if (code === Code.cr) return text.charCodeAt(at + 1) === Code.newline ? at + 2 : at + 1;
    at++;
  }
  return at;
}

/** Offset after the logical line at `from`: brackets, strings and backslashes may carry it over several lines. */
function endOfLogicalLine(text: string, from: number, state: State): number {
  let depth = 0;
  let at = from;
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
        at = endOfString(text, at, code, state);
        // An unclosed string ends where a definition starts at column 0, whatever brackets are open.
        if (at < text.length && isLineStart(text, at) && startsWith(definition, text, at)) return at;
        break;
      case Code.backslash:
        at =
          text.charCodeAt(at + 1) === Code.cr && text.charCodeAt(at + 2) === Code.newline ? at + 3 : at + 2;
        break;
      case Code.newline:
      case Code.cr: {
        const next = endOfLine(text, at);
        if (depth === 0 || startsWith(startsAfresh, text, next)) return next;
        at = next;
        break;
      }
      default:
        at++;
    }
  }
  return text.length;
}

const isLineStart = (text: string, at: number): boolean => {
  const before = text.charCodeAt(at - 1);
  return before === Code.newline || before === Code.cr;
};

/** Offset after the string that opens at `at`. A plain string ends with its line at the latest. */
function endOfString(text: string, from: number, quote: number, state: State): number {
  if (text.charCodeAt(from + 1) === quote && text.charCodeAt(from + 2) === quote)
    return endOfTripleString(text, from, quote, state);
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
 * as code. It is told from one that holds code by what its end looks like, and ends at the first definition in it.
 */
function endOfTripleString(text: string, from: number, quote: number, state: State): number {
  let firstDefinition = -1;
  let at = from + 3;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === Code.backslash) {
      at += 2;
    } else if (code === quote && text.charCodeAt(at + 1) === quote && text.charCodeAt(at + 2) === quote) {
      if (firstDefinition < 0) return at + 3;
      state.reach = Math.max(state.reach, at + 4);
      return opensRatherThanCloses(text, at) ? firstDefinition : at + 3;
    } else {
      at++;
      if (code === Code.newline && firstDefinition < 0 && startsWith(definition, text, at))
        firstDefinition = at;
    }
  }
  state.reach = Number.POSITIVE_INFINITY;
  return firstDefinition < 0 ? text.length : firstDefinition;
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
