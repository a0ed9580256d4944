import type { Comment, Stmt } from "./ast.ts";
import type { Chunk } from "./chunk.ts";
import { type FlatTree, NodeFlag, typeOf } from "./flat-tree.ts";
import { createLowering, type Lowering } from "./lower.ts";
import { parseParts } from "./parse-parts.ts";
import type { PythonParser } from "./parser.ts";
import { memberStarts } from "./split.ts";
import { createTreeCache, type Part } from "./tree-cache.ts";
import { link } from "./visit.ts";

/** Deeper than any person nests; what lies below counts as not understood, so that no recursive pass can exhaust the stack. */
const maxDepth = 400;
/** A single top-level statement larger than this is data, not code. */
const maxChunkLength = 2_000_000;

/** The scanner of the grammar looks through all of these again at each of them. */
const endlessContinuation = /(?:\\\r?\n[ \t]*){500}/;

/** Parses the text of a chunk; `replaced` is the chunk it comes from by an edit. */
export type ParseChunk = (text: string, replaced: Chunk | undefined) => Chunk;

/** Stands before a member of a class that is parsed by itself. */
const memberHeader = "class _:\n";

export function createChunkParser(parser: PythonParser): ParseChunk {
  const trees = createTreeCache();
  const lowering = createLowering(parser.types);

  const parseAt = (
    text: string,
    starts: readonly number[],
    replaced: Chunk | undefined,
  ): Chunk | undefined => {
    const texts = starts.map((start, i) => {
      const own = text.slice(start, starts[i + 1] ?? text.length);
      return i === 0 ? own : memberHeader + own;
    });
    const parts = parseParts(parser, texts, replaced === undefined ? [] : trees.take(replaced));
    const chunk = assemble(parser, lowering, text, starts, parts);
    if (chunk === undefined || replaced === undefined) for (const { tree } of parts) tree?.delete();
    else trees.put(chunk, parts);
    return chunk;
  };

  return (text, replaced) => {
    if (text.length > maxChunkLength || endlessContinuation.test(text)) return opaque(text);
    const starts = memberStarts(text);
    const byMembers = starts === undefined ? undefined : parseAt(text, starts, replaced);
    return byMembers ?? parseAt(text, [0], replaced) ?? opaque(text);
  };
}

const opaque = (text: string): Chunk => {
  const body: readonly Stmt[] = [{ kind: "Invalid", start: 0, end: text.length }];
  return { text, body, comments: [], nodes: link(body), hasErrors: true };
};

/** What was found in the trees of a chunk so far. */
interface Findings {
  readonly comments: Comment[];
  hasErrors: boolean;
}

/** The chunk whose text is cut at `starts`: members after the first part join the class in it. `undefined` without one. */
function assemble(
  parser: PythonParser,
  lowering: Lowering,
  text: string,
  starts: readonly number[],
  parts: readonly Part[],
): Chunk | undefined {
  const found: Findings = { comments: [], hasErrors: false };
  const members: Stmt[] = [];
  let body: readonly Stmt[] = [];
  for (const [i, { tree }] of parts.entries()) {
    const from = starts[i] ?? 0;
    if (tree === undefined) {
      if (i === 0) return opaque(text);
      found.hasErrors = true;
      members.push({ kind: "Invalid", start: from, end: starts[i + 1] ?? text.length });
      continue;
    }
    const flat = parser.flatten(tree, { text, shift: i === 0 ? 0 : from - memberHeader.length, from });
    scanFlags(flat, found);
    if (i === 0) {
      body = lowering.module(flat);
      if (parts.length > 1 && body[body.length - 1]?.kind !== "ClassDef") return undefined;
    } else {
      for (const member of lowering.members(flat, from)) members.push(member);
    }
  }
  const whole = members.length === 0 ? body : joinMembers(body, members);
  return { text, body: whole, comments: found.comments, nodes: link(whole), hasErrors: found.hasErrors };
}

function joinMembers(body: readonly Stmt[], members: readonly Stmt[]): readonly Stmt[] {
  const cls = body[body.length - 1];
  if (cls?.kind !== "ClassDef") return body;
  const end = members[members.length - 1]?.end ?? cls.end;
  return [...body.slice(0, -1), { ...cls, body: [...cls.body, ...members], end }];
}

function scanFlags(flat: FlatTree, found: Findings): void {
  if (cutBelow(flat, maxDepth)) found.hasErrors = true;
  for (let node = 0; node < flat.count; node++) {
    const flags = flat.flags[node] ?? 0;
    if (flags === NodeFlag.named || flags === 0) continue;
    if ((flags & (NodeFlag.error | NodeFlag.missing)) !== 0) found.hasErrors = true;
    if ((flags & NodeFlag.extra) !== 0 && typeOf(flat, node) === "comment")
      found.comments.push({ start: flat.start[node] ?? 0, end: flat.end[node] ?? 0 });
  }
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
