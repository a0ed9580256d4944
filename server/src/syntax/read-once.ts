import type { FunctionDef, Stmt } from "./ast.ts";
import type { Chunk } from "./chunk.ts";
import type { FlatTree, Placement } from "./flat-tree.ts";
import { type FunctionBody, functionBodies, restoreOffsets, withoutBodies } from "./function-bodies.ts";
import { createLowering } from "./lower.ts";
import type { PythonParser } from "./parser.ts";
import { splitPieces } from "./split.ts";
import { walk } from "./visit.ts";

/** Top-level statements that stand together; their offsets count from `start`. */
export interface Statements {
  readonly start: number;
  readonly body: readonly Stmt[];
}

/**
 * Reads a file that is run and never edited, such as one of an installed package. What comes out is what parsing it
 * gives, but without links to parents, and what is in a function is parsed when somebody looks: most are never called.
 */
export type ReadOnce = (text: string) => readonly Statements[];

/** Deeper code goes the way that knows where to stop. */
const maxDepth = 200;

const memberHeader = "class _:\n";

/** @param build parses a chunk whole, for code that is broken. */
export function createReader(parser: PythonParser, build: (text: string) => Chunk): ReadOnce {
  const lowering = createLowering(parser.types);

  /** The statements that `lower` makes of a text; `undefined` when it is broken or too deep. */
  const readSound = (
    text: string,
    place: Placement,
    lower: (tree: FlatTree) => readonly Stmt[],
  ): readonly Stmt[] | undefined => {
    const tree = parser.parse(text);
    if (tree === undefined) return undefined;
    try {
      if (tree.rootNode.hasError) return undefined;
      const flat = parser.flatten(tree, place);
      return isDeep(flat) ? undefined : lower(flat);
    } finally {
      tree.delete();
    }
  };

  const readFunction = (chunk: string, body: FunctionBody): FunctionDef | undefined => {
    const { start, nameStart, isIndented } = body;
    const header = isIndented ? memberHeader : "";
    const place = { text: chunk, shift: start - header.length, from: start };
    const lower = isIndented ? (flat: FlatTree) => lowering.members(flat, start) : lowering.module;
    const sound = readSound(header + chunk.slice(start, body.to), place, lower);
    return functionIn(sound ?? [], nameStart) ?? functionIn(build(chunk).body, nameStart);
  };

  const readChunk = (chunk: string): readonly Stmt[] => {
    const bodies = functionBodies(chunk);
    const short = withoutBodies(chunk, bodies);
    const statements = readSound(short.text, { text: chunk, shift: 0, from: 0 }, (flat) => {
      restoreOffsets(flat.start, flat.count, short);
      restoreOffsets(flat.end, flat.count, short);
      return lowering.module(flat);
    });
    if (statements === undefined) return build(chunk).body;
    if (bodies.length === 0) return statements;
    const byName = new Map(bodies.map((body) => [body.nameStart, body]));
    const complete = withFunctions(statements, (node) => {
      const body = byName.get(node.nameStart);
      byName.delete(node.nameStart);
      return body === undefined ? node : readLater(node, () => readFunction(chunk, body));
    });
    // Every body that was left out has to be there again.
    return byName.size === 0 ? complete : build(chunk).body;
  };

  return (text) => {
    const pieces = splitPieces(text);
    return pieces.map(({ start }, i) => ({
      start,
      body: readChunk(text.slice(start, pieces[i + 1]?.start ?? text.length)),
    }));
  };
}

function readLater(node: FunctionDef, read: () => FunctionDef | undefined): FunctionDef {
  let whole: FunctionDef | undefined;
  const known = (): FunctionDef => {
    whole ??= read() ?? node;
    return whole;
  };
  return {
    ...node,
    get body() {
      return known().body;
    },
    get isGenerator() {
      return known().isGenerator;
    },
  };
}

/** The statements with each outermost function changed. */
const withFunctions = (
  statements: readonly Stmt[],
  change: (node: FunctionDef) => FunctionDef,
): readonly Stmt[] => statements.map((node) => withFunctionsIn(node, change));

function withFunctionsIn(node: Stmt, change: (node: FunctionDef) => FunctionDef): Stmt {
  const all = (statements: readonly Stmt[]): readonly Stmt[] => withFunctions(statements, change);
  switch (node.kind) {
    case "FunctionDef":
      return change(node);
    case "ClassDef":
    case "With":
      return { ...node, body: all(node.body) };
    case "If":
    case "For":
    case "While":
      return { ...node, body: all(node.body), orelse: all(node.orelse) };
    case "Try":
      return {
        ...node,
        body: all(node.body),
        handlers: node.handlers.map((handler) => ({ ...handler, body: all(handler.body) })),
        orelse: all(node.orelse),
        finalbody: all(node.finalbody),
      };
    default:
      return node;
  }
}

function functionIn(statements: readonly Stmt[], nameStart: number): FunctionDef | undefined {
  let found: FunctionDef | undefined;
  for (const statement of statements)
    walk(statement, (node) => {
      if (node.kind === "FunctionDef" && node.nameStart === nameStart) found = node;
      return found === undefined;
    });
  return found;
}

/** Whether anything lies deeper than `maxDepth`. */
function isDeep({ count, next }: FlatTree): boolean {
  const ends: number[] = [];
  for (let node = 0; node < count; node++) {
    while (ends.length > 0 && (ends[ends.length - 1] ?? 0) <= node) ends.pop();
    if (next[node] === node + 1) continue;
    ends.push(next[node] ?? 0);
    if (ends.length > maxDepth) return true;
  }
  return false;
}
