import type { Comment, Kind, Stmt } from "./ast.ts";
import { type FlatTree, NodeFlag, typeOf } from "./flat-tree.ts";
import { createLowering } from "./lower.ts";
import type { PythonParser, Tree } from "./parser.ts";
import type { Part } from "./part.ts";
import { createTreeCache } from "./tree-cache.ts";
import { editTree } from "./tree-edit.ts";
import { link, type NodesByKind } from "./visit.ts";

/** Deeper than any person nests; what lies below counts as not understood, so that no recursive pass can exhaust the stack. */
const maxDepth = 400;

/** Stands before a member that is parsed by itself. */
const memberHeader = "class _:\n";

export interface PartText {
  readonly text: string;
  /** The text of the chunk, and where in it the part starts. */
  readonly chunkText: string;
  readonly start: number;
  readonly isMember: boolean;
  /** What is left out of the text, in order. */
  readonly gaps: readonly Gap[];
}

export interface Gap {
  /** Offset in the text, and how many characters of the chunk are missing there. */
  readonly at: number;
  readonly length: number;
}

/**
 * Parses a part; `replaced` is what it comes from by an edit. What comes out never depends on that: see `reparse`.
 * `undefined` when the parser gives the text up.
 */
export type ParsePart = (wanted: PartText, replaced: Part | undefined) => Part | undefined;

export function createPartParser(parser: PythonParser): ParsePart {
  const trees = createTreeCache();
  const lowering = createLowering(parser.types);
  return (wanted, replaced) => {
    const { text, chunkText, start, isMember, gaps } = wanted;
    const header = isMember ? memberHeader : "";
    // A member is parsed behind a header that other parts don't have.
    const old = replaced?.isMember === isMember ? trees.take(replaced) : undefined;
    const reused = replaced && old && reparse(parser, old, header + replaced.text, header + text);
    const tree = reused ?? parser.parse(header + text);
    if (tree === undefined) return undefined;
    const flat = parser.flatten(tree, { text: chunkText, shift: start - header.length, from: start });
    for (const gap of gaps.toReversed()) openGap(flat, start + gap.at, gap.length);
    const flags = readFlags(flat);
    const statements = isMember ? lowering.members(flat, start) : lowering.module(flat);
    const nodes = link(statements);
    const part = {
      text,
      start,
      isMember,
      statements,
      nodes,
      yields: yieldsIn(nodes),
      parts: [],
      ...flags,
    };
    if (replaced === undefined) tree.delete();
    else trees.put(part, tree);
    return part;
  };
}

/**
 * The tree of `after` by incremental parsing, which equals a fresh one only from sound code to sound code: what is
 * recovered from errors depends on how the text came to be. `undefined` when either side has errors.
 */
function reparse(parser: PythonParser, tree: Tree, before: string, after: string): Tree | undefined {
  try {
    if (tree.rootNode.hasError) return undefined;
    editTree(tree, before, after);
    return parser.parseSound(after, tree);
  } finally {
    tree.delete();
  }
}

/** A part that the parser gave up. */
export function unparsed({ text, start, isMember }: PartText): Part {
  const statements: readonly Stmt[] = [{ kind: "Invalid", start, end: start + text.length }];
  return {
    text,
    start,
    isMember,
    statements,
    comments: [],
    nodes: link(statements),
    hasErrors: true,
    yields: false,
    parts: [],
  };
}

/** Whether a yield belongs to no function among the nodes. */
const yieldsIn = (nodes: NodesByKind): boolean =>
  [...(nodes.get("Yield") ?? []), ...(nodes.get("YieldFrom") ?? [])].some((node) => {
    let above = node.parent;
    while (above !== undefined && !opensScope.has(above.kind)) above = above.parent;
    return above === undefined;
  });

const opensScope: ReadonlySet<Kind> = new Set(["FunctionDef", "Lambda", "ClassDef"]);

/** Moves what lies behind `at` on. */
function openGap(flat: FlatTree, at: number, by: number): void {
  for (let node = 0; node < flat.count; node++) {
    const start = flat.start[node] ?? 0;
    const end = flat.end[node] ?? 0;
    if (start >= at) flat.start[node] = start + by;
    if (end > at || (start >= at && end === at)) flat.end[node] = end + by;
  }
}

function readFlags(flat: FlatTree): Pick<Part, "comments" | "hasErrors"> {
  const comments: Comment[] = [];
  let hasErrors = cutBelow(flat, maxDepth);
  for (let node = 0; node < flat.count; node++) {
    const flags = flat.flags[node] ?? 0;
    if (flags === NodeFlag.named || flags === 0) continue;
    if ((flags & (NodeFlag.error | NodeFlag.missing)) !== 0) hasErrors = true;
    if ((flags & NodeFlag.extra) !== 0 && typeOf(flat, node) === "comment")
      comments.push({ start: flat.start[node] ?? 0, end: flat.end[node] ?? 0 });
  }
  return { comments, hasErrors };
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
