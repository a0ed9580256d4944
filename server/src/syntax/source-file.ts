import type { Edit } from "../base/text.ts";
import type { Chunk, PlacedChunk, SourceFile } from "./chunk.ts";
import { createChunkParser, type ParseChunk } from "./parse-chunk.ts";
import type { PythonParser } from "./parser.ts";
import { createReader, type ReadOnce } from "./read-once.ts";
import { type Piece, splitPieces } from "./split.ts";

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
      const pieces = splitPieces(text, 0, () => false);
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

const place = (piece: Piece, chunk: Chunk): PlacedChunk => ({
  chunk,
  start: piece.start,
  reach: Math.max(0, piece.reach - piece.start),
});

function updateOnce(file: SourceFile, edit: Edit, build: ParseChunk): SourceFile {
  const { chunks } = file;
  const start = Math.min(edit.span.start, file.text.length);
  const end = Math.max(start, Math.min(edit.span.end, file.text.length));
  const text = file.text.slice(0, start) + edit.text + file.text.slice(end);
  const editEnd = start + edit.text.length;
  const shift = editEnd - end;

  const touched = lastStartingBefore(chunks, start);
  const first = firstConcerned(chunks, touched, start);
  let old = touched;
  let synced = false;
  const pieces = splitPieces(text, chunks[first]?.start ?? 0, (at) => {
    while (old < chunks.length && (chunks[old]?.start ?? 0) + shift < at) old++;
    const candidate = chunks[old];
    // A boundary inside or right at the edit is new even if an old one stood there.
    synced =
      at > editEnd && candidate !== undefined && candidate.start >= end && candidate.start + shift === at;
    return synced;
  });
  const resume = synced ? old : chunks.length;
  const limit = synced ? (chunks[resume]?.start ?? 0) + shift : text.length;

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

/** The first chunk whose end an edit at `offset` may move: the one before the edited one, or one that looked this far. */
function firstConcerned(chunks: readonly PlacedChunk[], touched: number, offset: number): number {
  const found = chunks.findIndex(({ start, reach }) => start + reach > offset);
  const before = Math.max(0, touched - 1);
  return found === -1 ? before : Math.min(found, before);
}
