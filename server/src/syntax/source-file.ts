import type { Edit } from "../base/text.ts";
import type { Comment, Stmt } from "./ast.ts";
import type { Chunk, PlacedChunk, SourceFile } from "./chunk.ts";
import { type FlatTree, NodeFlag, typeOf } from "./flat-tree.ts";
import { createLowering, type LowerModule } from "./lower.ts";
import { type PythonParser, type Tree, TreeEdit } from "./parser.ts";
import { splitStarts } from "./split.ts";
import { link } from "./visit.ts";

/** Deeper than any person nests; beyond it the recursive passes could exhaust the stack, so the piece counts as not understood. */
const maxDepth = 400;
/** A single top-level statement larger than this is data, not code. */
const maxChunkLength = 2_000_000;

/** Turns text into `SourceFile`s and keeps up with edits; owns the trees that make the next edit cheap. */
export interface Syntax {
  parse(text: string): SourceFile;
  /** The file after `edits` (as LSP gives them: each relative to the text the one before left); unchanged chunks are the same objects. */
  update(file: SourceFile, edits: readonly Edit[]): SourceFile;
}

export function createSyntax(parser: PythonParser): Syntax {
  const trees = createTreeCache();
  const lower = createLowering(parser.types);
  const build = (text: string, replaced: Chunk | undefined): Chunk =>
    parseChunk(parser, trees, lower, text, replaced);
  return {
    parse: (text) => ({
      text,
      chunks: chunksFrom(
        text,
        0,
        () => false,
        (piece) => build(piece, undefined),
      ),
    }),
    update: (file, edits) => edits.reduce((current, edit) => updateOnce(current, edit, build), file),
  };
}

function chunksFrom(
  text: string,
  from: number,
  stop: (start: number) => boolean,
  build: (text: string, start: number) => Chunk,
  until: number = text.length,
): readonly PlacedChunk[] {
  const starts = splitStarts(text, from, stop);
  return starts.map((start, i) => ({
    chunk: build(text.slice(start, starts[i + 1] ?? until), start),
    start,
  }));
}

function updateOnce(
  file: SourceFile,
  edit: Edit,
  build: (text: string, replaced: Chunk | undefined) => Chunk,
): SourceFile {
  const { start, end } = edit.span;
  const text = file.text.slice(0, start) + edit.text + file.text.slice(end);
  const shift = edit.text.length - (end - start);
  // The chunk before the edited one takes part: an edit at a chunk's start may join the two.
  const touched = file.chunks.findIndex((_, i) => (file.chunks[i + 1]?.start ?? file.text.length) >= start);
  const first = Math.max(0, touched - 1);
  const before = file.chunks.slice(0, first);
  const from = file.chunks[first]?.start ?? 0;

  const reusable = new Map(
    file.chunks.filter((placed) => placed.start >= end).map((p) => [p.start + shift, p]),
  );
  let sync: PlacedChunk | undefined;
  const starts = splitStarts(text, from, (at) => {
    // A boundary inside or right at the edit is new even if an old one stood there.
    sync = at > start + edit.text.length ? reusable.get(at) : undefined;
    return sync !== undefined;
  });
  const resume = sync === undefined ? text.length : sync.start + shift;
  const after = sync === undefined ? [] : file.chunks.slice(file.chunks.indexOf(sync));

  const replaced = file.chunks.slice(first, sync === undefined ? undefined : file.chunks.indexOf(sync));
  const middle = starts.map((at, i): PlacedChunk => {
    const piece = text.slice(at, starts[i + 1] ?? resume);
    const same = replaced.find((old) => old.chunk.text === piece);
    return { chunk: same?.chunk ?? build(piece, replaced[i]?.chunk), start: at };
  });
  const moved =
    shift === 0 ? after : after.map((p): PlacedChunk => ({ chunk: p.chunk, start: p.start + shift }));
  return { text, chunks: [...before, ...middle, ...moved] };
}

/** The trees of the chunks edited last. All others are freed: WASM memory is not garbage collected. */
interface TreeCache {
  take(chunk: Chunk): Tree | undefined;
  put(chunk: Chunk, tree: Tree): void;
}

function createTreeCache(): TreeCache {
  const capacity = 4;
  const kept = new Map<Chunk, Tree>();
  return {
    take(chunk) {
      const tree = kept.get(chunk);
      kept.delete(chunk);
      return tree;
    },
    put(chunk, tree) {
      kept.set(chunk, tree);
      for (const [oldest, old] of kept) {
        if (kept.size <= capacity) break;
        old.delete();
        kept.delete(oldest);
      }
    },
  };
}

function parseChunk(
  parser: PythonParser,
  trees: TreeCache,
  lower: LowerModule,
  text: string,
  replaced: Chunk | undefined,
): Chunk {
  if (text.length > maxChunkLength) return opaque(text);
  const previous = replaced === undefined ? undefined : trees.take(replaced);
  if (previous !== undefined && replaced !== undefined) editTree(previous, replaced.text, text);
  try {
    const tree = parser.parse(text, previous);
    const flat = parser.flatten(tree, text);
    const chunk = lowerChunk(flat, lower);
    if (replaced === undefined) tree.delete();
    else trees.put(chunk, tree);
    return chunk;
  } finally {
    previous?.delete();
  }
}

const opaque = (text: string): Chunk => {
  const body: readonly Stmt[] = [{ kind: "Invalid", start: 0, end: text.length }];
  return { text, body, comments: [], nodes: link(body), hasErrors: true };
};

function lowerChunk(flat: FlatTree, lower: LowerModule): Chunk {
  if (depthOf(flat) > maxDepth) return opaque(flat.text);
  const body = lower(flat);
  const comments: Comment[] = [];
  let hasErrors = false;
  for (let node = 0; node < flat.count; node++) {
    const flags = flat.flags[node] ?? 0;
    if ((flags & (NodeFlag.error | NodeFlag.missing)) !== 0) hasErrors = true;
    if ((flags & NodeFlag.extra) !== 0 && typeOf(flat, node) === "comment")
      comments.push({ start: flat.start[node] ?? 0, end: flat.end[node] ?? 0 });
  }
  return { text: flat.text, body, comments, nodes: link(body), hasErrors };
}

function depthOf(flat: FlatTree): number {
  const ends: number[] = [];
  let deepest = 0;
  for (let node = 0; node < flat.count; node++) {
    while (ends.length > 0 && (ends[ends.length - 1] ?? 0) <= node) ends.pop();
    ends.push(flat.next[node] ?? 0);
    if (ends.length > deepest) deepest = ends.length;
  }
  return deepest;
}

/** Tells a tree what changed between two texts: the part between their common prefix and suffix. */
function editTree(tree: Tree, before: string, after: string): void {
  const limit = Math.min(before.length, after.length);
  let prefix = 0;
  while (prefix < limit && before.charCodeAt(prefix) === after.charCodeAt(prefix)) prefix++;
  let suffix = 0;
  while (
    suffix < limit - prefix &&
    before.charCodeAt(before.length - 1 - suffix) === after.charCodeAt(after.length - 1 - suffix)
  )
    suffix++;
  const oldEnd = before.length - suffix;
  const newEnd = after.length - suffix;
  const edit = new TreeEdit({
    startIndex: prefix,
    oldEndIndex: oldEnd,
    newEndIndex: newEnd,
    startPosition: pointAt(before, prefix),
    oldEndPosition: pointAt(before, oldEnd),
    newEndPosition: pointAt(after, newEnd),
  });
  tree.edit(edit);
}

/** Row and column as tree-sitter counts them: only `\n` ends a row. */
function pointAt(text: string, offset: number): { row: number; column: number } {
  let row = 0;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    row++;
    lineStart = at + 1;
  }
  return { row, column: offset - lineStart };
}
