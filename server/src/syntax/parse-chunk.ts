import type { Comment, Stmt } from "./ast.ts";
import type { Chunk } from "./chunk.ts";
import { type FlatTree, NodeFlag, typeOf } from "./flat-tree.ts";
import { createLowering, type LowerModule } from "./lower.ts";
import type { PythonParser, Tree } from "./parser.ts";
import { createTreeCache } from "./tree-cache.ts";
import { editTree } from "./tree-edit.ts";
import { link } from "./visit.ts";

/** Deeper than any person nests; what lies below counts as not understood, so that no recursive pass can exhaust the stack. */
const maxDepth = 400;
/** A single top-level statement larger than this is data, not code. */
const maxChunkLength = 2_000_000;

/** Parses the text of a chunk; `replaced` is the chunk it comes from by an edit. */
export type ParseChunk = (text: string, replaced: Chunk | undefined) => Chunk;

export function createChunkParser(parser: PythonParser): ParseChunk {
  const trees = createTreeCache();
  const lower = createLowering(parser.types);
  const read = (tree: Tree, text: string): Chunk => toChunk(parser.flatten(tree, text), lower);

  /** A tree with errors is no base for the next: what was recovered from them depends on how the text came to be. */
  const keep = (chunk: Chunk, tree: Tree): void => {
    if (chunk.hasErrors) tree.delete();
    else trees.put(chunk, tree);
  };

  /** The chunk by incremental parsing, which equals a fresh one only from sound code to sound code. */
  const reparse = (previous: Tree, replaced: Chunk, text: string): Chunk | undefined => {
    try {
      editTree(previous, replaced.text, text);
      const tree = parser.parse(text, previous);
      if (tree.rootNode.hasError) {
        tree.delete();
        return undefined;
      }
      const chunk = read(tree, text);
      keep(chunk, tree);
      return chunk;
    } finally {
      previous.delete();
    }
  };

  return (text, replaced) => {
    if (text.length > maxChunkLength) return opaque(text);
    if (replaced === undefined) {
      const tree = parser.parse(text, undefined);
      try {
        return read(tree, text);
      } finally {
        tree.delete();
      }
    }
    const previous = trees.take(replaced);
    if (previous !== undefined) {
      const chunk = reparse(previous, replaced, text);
      if (chunk !== undefined) return chunk;
    }
    const tree = parser.parse(text, undefined);
    const chunk = read(tree, text);
    keep(chunk, tree);
    return chunk;
  };
}

const opaque = (text: string): Chunk => {
  const body: readonly Stmt[] = [{ kind: "Invalid", start: 0, end: text.length }];
  return { text, body, comments: [], nodes: link(body), hasErrors: true };
};

function toChunk(flat: FlatTree, lower: LowerModule): Chunk {
  const comments: Comment[] = [];
  let hasErrors = cutBelow(flat, maxDepth);
  for (let node = 0; node < flat.count; node++) {
    const flags = flat.flags[node] ?? 0;
    if (flags === NodeFlag.named || flags === 0) continue;
    if ((flags & (NodeFlag.error | NodeFlag.missing)) !== 0) hasErrors = true;
    if ((flags & NodeFlag.extra) !== 0 && typeOf(flat, node) === "comment")
      comments.push({ start: flat.start[node] ?? 0, end: flat.end[node] ?? 0 });
  }
  const body = lower(flat);
  return { text: flat.text, body, comments, nodes: link(body), hasErrors };
}

/** Turns every node at `depth` into an error, so that nothing below it is looked at; true when there is one. */
function cutBelow(flat: FlatTree, depth: number): boolean {
  const ends: number[] = [];
  let cut = false;
  const error = flat.types.indexOf("ERROR");
  for (let node = 0; node < flat.count; node++) {
    while (ends.length > 0 && (ends[ends.length - 1] ?? 0) <= node) ends.pop();
    const next = flat.next[node] ?? 0;
    if (next === node + 1) continue;
    ends.push(next);
    if (ends.length < depth) continue;
    flat.type[node] = error;
    cut = true;
  }
  return cut;
}
