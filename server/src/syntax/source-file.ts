import type { Edit } from "../base/text.ts";
import type { Chunk, PlacedChunk, SourceFile } from "./chunk.ts";
import { createChunkParser, type ParseChunk } from "./parse-chunk.ts";
import type { PythonParser } from "./parser.ts";
import { createReader, type ReadOnce } from "./read-once.ts";
import { type Piece, splitPieces, splitPiecesAgain, type Until } from "./split.ts";

/** Turns text into `SourceFile`s and keeps up with edits; owns the trees that make the next edit cheap. */
export interface Syntax {
  readonly parse: (text: string) => SourceFile;
  /** For files that are run and never edited. */
  readonly read: ReadOnce;
  /**
   * The file after `edits` (as LSP gives them: each relative to the text the one before left); unchanged chunks are the
   * same objects. `file` is used up: members of an edited class move over from it, so its chunks are no longer true.
   */
  update(file: SourceFile, edits: readonly Edit[]): SourceFile;
  /** The same, for a look at what edits would do: `file` stays as it is, and what they touch is parsed anew. */
  preview(file: SourceFile, edits: readonly Edit[]): SourceFile;
}

export function createSyntax(parser: PythonParser): Syntax {
  const build = createChunkParser(parser);
  return {
    parse(text) {
      const pieces = splitPieces(text);
      const chunks = pieces.map((piece, i) => {
        const end = pieces[i + 1]?.start ?? text.length;
        return place(piece, build(text.slice(piece.start, end), undefined));
      });
      return { text, chunks };
    },
    read: createReader(parser, (text) => build(text, undefined)),
    update: (file, edits) => edits.reduce((current, edit) => updateOnce(current, edit, build), file),
    preview: (file, edits) =>
      edits.reduce((current, edit) => updateOnce(current, edit, (text) => build(text, undefined)), file),
  };
}

const place = ({ start, reach, checkpoints }: Piece, chunk: Chunk): PlacedChunk => ({
  chunk,
  start,
  reach: Math.max(0, reach - start),
  checkpoints: checkpoints.map((at) => at - start),
});

/** A file with an edit in it, and the range of its old chunks that the edit concerns. */
interface EditedFile {
  readonly chunks: SourceFile["chunks"];
  /** The text after the edit, and how much further on it is what follows the edit. */
  readonly text: string;
  readonly start: number;
  readonly shift: number;
  readonly first: number;
  /** Index of the first chunk from which on all are what they were. */
  readonly resume: number;
  /** What the text of the chunks between is cut into now. */
  readonly pieces: readonly Piece[];
}

/** Cuts what an edit concerns anew. */
function recut({ text: before, chunks }: SourceFile, edit: Edit): EditedFile {
  const start = Math.min(edit.span.start, before.length);
  const end = Math.max(start, Math.min(edit.span.end, before.length));
  const text = before.slice(0, start) + edit.text + before.slice(end);
  const editEnd = start + edit.text.length;
  const shift = editEnd - end;

  const touched = lastStartingBefore(chunks, start);
  const edited = chunks[touched];
  let old = touched;
  let synced = false;
  const until: Until = {
    start(at) {
      while (old < chunks.length && (chunks[old]?.start ?? 0) + shift < at) old++;
      const candidate = chunks[old];
      // A boundary inside or right at the edit is new even if an old one stood there.
      synced =
        at > editEnd && candidate !== undefined && candidate.start >= end && candidate.start + shift === at;
      return synced;
    },
    checkpoint(at, piece) {
      if (at <= editEnd || edited === undefined || piece !== edited.start || edited.reach > 0)
        return undefined;
      const known = edited.checkpoints.indexOf(at - shift - piece);
      if (known < 0) return undefined;
      old = touched + 1;
      synced = old < chunks.length;
      return edited.checkpoints.slice(known).map((each) => each + piece + shift);
    },
  };
  const reaching = chunks.findIndex((each) => each.start + each.reach > start);
  const isAlone = reaching === -1 || reaching >= touched;
  // Lines above the edit decided as much of the chunk as they did before.
  const above = edited?.checkpoints.map((each) => each + edited.start).filter((each) => each < start) ?? [];
  const isInside = edited !== undefined && isAlone && above.length > 0;
  // An edit may join the chunk with the one before, or move the end of one that looked this far.
  const first = isInside ? touched : Math.max(0, isAlone ? touched - 1 : Math.min(reaching, touched - 1));
  const pieces = isInside
    ? splitPiecesAgain(text, edited.start, above, until)
    : splitPieces(text, chunks[first]?.start, until);
  return { chunks, text, start, shift, first, resume: synced ? old : chunks.length, pieces };
}

function updateOnce(file: SourceFile, edit: Edit, build: ParseChunk): SourceFile {
  const { chunks, text, start, shift, first, resume, pieces } = recut(file, edit);
  const next = chunks[resume];
  const limit = next === undefined ? text.length : next.start + shift;
  const replaced = chunks.slice(first, resume);
  const byText = new Map(replaced.map(({ chunk }) => [chunk.text, chunk]));
  const texts = pieces.map((piece, i) => text.slice(piece.start, pieces[i + 1]?.start ?? limit));
  const kept = texts.map((own) => {
    const same = byText.get(own);
    // A chunk stands in one place only.
    byText.delete(own);
    return same;
  });
  const gone = replaced.filter(({ chunk }) => byText.get(chunk.text) === chunk);
  // What most of the text was before: definitions stay what they are while the borders between chunks come and go.
  const donors = new Map<Piece, Chunk>();
  for (const [own, piece] of fresh(pieces, texts, kept)) {
    const center = piece.start + own.length / 2;
    const before = center < start ? center : Math.max(start, center - shift);
    const donor = gone.findLastIndex((old) => old.start <= before);
    for (const { chunk } of donor < 0 ? [] : gone.splice(donor, 1)) donors.set(piece, chunk);
  }
  const middle = pieces.map((piece, i) => place(piece, kept[i] ?? build(texts[i] ?? "", donors.get(piece))));
  const after = chunks.slice(resume);
  const moved = shift === 0 ? after : after.map((placed) => ({ ...placed, start: placed.start + shift }));
  return { text, chunks: [...chunks.slice(0, first), ...middle, ...moved] };
}

/** The pieces that are not kept, with their texts, longest first: they have most to take over. */
const fresh = (
  pieces: readonly Piece[],
  texts: readonly string[],
  kept: readonly (Chunk | undefined)[],
): readonly (readonly [string, Piece])[] =>
  pieces
    .flatMap((piece, i) => (kept[i] === undefined ? [[texts[i] ?? "", piece] as const] : []))
    .sort(([one], [other]) => other.length - one.length);

/** Index of the last chunk that starts before `offset`, or 0. */
function lastStartingBefore(chunks: readonly PlacedChunk[], offset: number): number {
  let low = 0;
  let high = chunks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((chunks[middle]?.start ?? 0) < offset) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}
