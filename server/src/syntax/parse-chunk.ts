import type { Stmt } from "./ast.ts";
import type { Chunk } from "./chunk.ts";
import { type BrokenHeader, type CompoundCuts, compoundCuts } from "./compound-cuts.ts";
import { joinMembers } from "./join-members.ts";
import { createBlockParser, memberTexts } from "./parse-block.ts";
import { createPartParser, type PartText } from "./parse-part.ts";
import type { PythonParser } from "./parser.ts";
import { movePart, type Part } from "./part.ts";
import { link } from "./visit.ts";

/** A single top-level statement larger than this is data, not code. */
export const maxChunkLength = 2_000_000;

/** The scanner of the grammar looks through all of these again at each of them. */
const endlessContinuation = /(?:\\\r?\n[ \t]*){500}/;

/**
 * Parses the text of a chunk. `replaced` is the chunk it comes from by an edit, which is used up: members whose text
 * is the same move over to the new chunk.
 */
export type ParseChunk = (text: string, replaced: Chunk | undefined) => Chunk;

export function createChunkParser(parser: PythonParser): ParseChunk {
  const parsePart = createPartParser(parser);
  const { parts: parseParts, block: parseBlock } = createBlockParser(parsePart);
  const partsOf = new WeakMap<Chunk, readonly Part[]>();

  /** A chunk with the parts that it is made of. */
  type Parsed = readonly [Chunk, readonly Part[]];

  const parseClass = (text: string, cuts: CompoundCuts, old: readonly Part[]): Parsed | undefined => {
    const [cls, further] = cuts.clauses;
    if (cls === undefined || further !== undefined) return undefined;
    const whole = wholeOf(text);
    const [before, ...others] = old;
    const head = parseHead(text.slice(0, cls.body), text, before);
    if (head === undefined) return undefined;
    const parts = [head, ...parseParts(memberTexts(whole, cuts), others)];
    const chunk = joinMembers(text, head, parts.slice(1));
    return chunk && [chunk, parts];
  };

  const parseHead = (head: string, text: string, before: Part | undefined): Part | undefined => {
    if (before?.text !== head) return parsePart({ ...wholeOf(text), text: head }, before);
    movePart(before, head, 0);
    return before;
  };

  const parseCompound = (text: string, cuts: CompoundCuts, old: readonly Part[]): Parsed => {
    const { joined, parts } = parseBlock(wholeOf(text), cuts, old);
    return [chunkOf(text, joined), parts];
  };

  const parseCuts = (
    text: string,
    cuts: CompoundCuts | BrokenHeader,
    old: readonly Part[],
  ): Parsed | undefined => {
    // Kept for when the header is whole again.
    if (cuts.kind === "broken") return [opaque(text), old];
    return cuts.kind === "class" ? parseClass(text, cuts, old) : parseCompound(text, cuts, old);
  };

  const parseWhole = (text: string, old: readonly Part[]): Parsed | undefined => {
    const part = parsePart(wholeOf(text), old.length === 1 ? old[0] : undefined);
    return part && [chunkOf(text, part), [part]];
  };

  return (text, replaced) => {
    if (text.length > maxChunkLength || endlessContinuation.test(text)) return opaque(text);
    const old = (replaced && partsOf.get(replaced)) ?? [];
    if (replaced !== undefined) partsOf.delete(replaced);
    const cuts = compoundCuts(text);
    const parsed = (cuts && parseCuts(text, cuts, old)) ?? parseWhole(text, cuts === undefined ? old : []);
    if (parsed === undefined) return opaque(text);
    const [chunk, parts] = parsed;
    partsOf.set(chunk, parts);
    return chunk;
  };
}

const wholeOf = (text: string): PartText => ({ text, chunkText: text, start: 0, isMember: false, gaps: [] });

const chunkOf = (
  text: string,
  { statements, comments, nodes, hasErrors }: Pick<Part, "statements" | "comments" | "nodes" | "hasErrors">,
): Chunk => ({ text, body: statements, comments, nodes, hasErrors, members: undefined });

const opaque = (text: string): Chunk => {
  const body: readonly Stmt[] = [{ kind: "Invalid", start: 0, end: text.length }];
  return { text, body, comments: [], nodes: link(body), hasErrors: true, members: undefined };
};
