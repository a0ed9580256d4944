import { Code, endOfLine, endOfLogicalLine, type Scan, skipBlank, startsWith } from "./logical-lines.ts";

/**
 * Splits Python into pieces without parsing it. Whatever is broken inside one piece stays in it, because a `def`,
 * `class`, `@` or `import` at the level of the pieces always starts afresh.
 */

/** A piece of simple statements is closed once it is this long, so that a script of 1,000 lines is not one piece. */
const groupLength = 1_500;

/** The scan of a long piece can be taken up again about every so many characters. */
const checkpointDistance = 1_000;

const continuesPrevious = /(?:else|elif|except|finally)\b|[)\]}]/y;
const opensBlock = /(?:def|class|async|if|for|while|with|try|match)\b|@/y;

export interface Piece {
  readonly start: number;
  /** The text before this offset decided where the piece ends: an edit before it may move that end. */
  readonly reach: number;
  /** Starts of lines in it where the scan can be taken up: only the text before each was looked at to get there. */
  readonly checkpoints: readonly number[];
}

/** What the scanner has seen of the piece so far. */
interface State extends Scan {
  /** Start of the piece being collected. */
  piece: number;
  /** The piece holds a compound statement, so the next statement starts another. */
  block: boolean;
  /** The previous line is a decorator: what follows belongs to it. */
  decorated: boolean;
  /** Comments at the level of the pieces that belong to whatever statement follows them; -1 without. */
  comments: number;
  /** A statement was seen since `piece`. */
  hasCode: boolean;
  /** Start of the first line that is less indented than the pieces; -1 without. */
  left: number;
  checkpoints: number[];
}

const stateAt = (text: string, indent: string, piece: number): State => ({
  text,
  indent,
  piece,
  checkpoints: [],
  reach: 0,
  unclosed: false,
  block: false,
  decorated: false,
  comments: -1,
  hasCode: false,
  left: -1,
});

/** Says where the scan may end. */
export interface Until {
  /** Asked at each later start of a piece: true when all that follows is known. */
  start(at: number): boolean;
  /** Asked at each possible checkpoint of the piece at `piece`: the further ones of it, when all that follows is known. */
  checkpoint(at: number, piece: number): readonly number[] | undefined;
}

const untilTheEnd: Until = { start: () => false, checkpoint: () => undefined };

/** The top-level pieces of `text` from `from` on, which must be 0 or the start of a piece. */
export const splitPieces = (text: string, from = 0, until = untilTheEnd): readonly Piece[] =>
  collectPieces(stateAt(text, "", from), from, until);

/** The same from the last of `checkpoints` of the piece at `piece` on, of which there must be one. */
export const splitPiecesAgain = (
  text: string,
  piece: number,
  checkpoints: readonly number[],
  until: Until,
): readonly Piece[] =>
  collectPieces(
    { ...stateAt(text, "", piece), block: true, hasCode: true, checkpoints: [...checkpoints] },
    checkpoints[checkpoints.length - 1] ?? piece,
    until,
  );

/** The pieces of a body, which is indented by `indent`, from `from` on; `end` is where something less indented starts. */
export function piecesOfBody(
  text: string,
  indent: string,
  from: number,
): { readonly starts: readonly number[]; readonly end: number } {
  const state = stateAt(text, indent, from);
  const starts = collectPieces(state, from, untilTheEnd).map(({ start }) => start);
  return { starts, end: state.left < 0 ? text.length : state.left };
}

function collectPieces(state: State, from: number, until: Until): readonly Piece[] {
  const { text } = state;
  const pieces: Piece[] = [];
  let at = from;
  while (at < text.length && state.left < 0) {
    const boundary = boundaryAt(state, at);
    if (boundary !== undefined) {
      pieces.push(pieceOf(state));
      if (until.start(boundary)) return pieces;
      state.piece = boundary;
      state.reach = 0;
      state.block = false;
      state.decorated = false;
      state.hasCode = false;
      state.comments = -1;
      state.checkpoints = [];
    } else if (canBeTakenUp(state, at)) {
      const further = until.checkpoint(at, state.piece);
      if (further !== undefined) {
        state.checkpoints.push(...further);
        break;
      }
      const last = state.checkpoints[state.checkpoints.length - 1] ?? state.piece;
      if (at >= last + checkpointDistance) state.checkpoints.push(at);
    }
    at = noteLine(state, at);
  }
  pieces.push(pieceOf(state));
  return pieces;
}

const pieceOf = ({ piece, reach, checkpoints }: State): Piece => ({ start: piece, reach, checkpoints });

/** Whether the state at the line at `at` is that of any line in a block, and rests on nothing below. */
const canBeTakenUp = ({ block, hasCode, decorated, comments, reach }: State, at: number): boolean =>
  block && hasCode && !decorated && comments < 0 && reach <= at;

/** Where a new piece starts if the line at `at` opens one: at that line, or at the comments above it. */
function boundaryAt(state: State, at: number): number | undefined {
  const { text, indent } = state;
  if (!isStatementStart(state, at) || !state.hasCode || state.decorated) return undefined;
  const code = at + indent.length;
  if (startsWith(continuesPrevious, text, code)) return undefined;
  const start = state.comments >= 0 ? state.comments : at;
  const long = start - state.piece >= groupLength;
  return state.block || long || startsWith(opensBlock, text, code) ? start : undefined;
}

/** Whether the line at `at` holds a statement at the level of the pieces. */
function isStatementStart({ text, indent }: State, at: number): boolean {
  if (!text.startsWith(indent, at)) return false;
  const code = text.charCodeAt(at + indent.length);
  return (
    code !== Code.space &&
    code !== Code.tab &&
    code !== Code.newline &&
    code !== Code.cr &&
    code !== Code.formFeed &&
    code !== Code.hash &&
    code !== Code.bom &&
    !Number.isNaN(code)
  );
}

/** Notes what the logical line at `at` is and returns where the next one starts. */
function noteLine(state: State, at: number): number {
  const { text, indent } = state;
  if (isStatementStart(state, at)) {
    const code = at + indent.length;
    if (startsWith(opensBlock, text, code)) state.block = true;
    state.decorated = text.charCodeAt(code) === 64;
    state.hasCode = true;
    state.comments = -1;
    return endOfLogicalLine(state, code);
  }
  const first = skipBlank(text, at);
  const inner = text.charCodeAt(first);
  if (inner === Code.hash) {
    if (state.comments < 0 && first === at + indent.length) state.comments = at;
    return endOfLine(text, first);
  }
  if (Number.isNaN(inner) || inner === Code.newline || inner === Code.cr) return endOfLine(text, first);
  state.comments = -1;
  if (first - at <= indent.length) state.left = at;
  return endOfLogicalLine(state, first);
}
