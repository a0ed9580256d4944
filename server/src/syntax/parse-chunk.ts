import type { Stmt } from "./ast.ts";
import type { Chunk } from "./chunk.ts";
import { joinMembers } from "./join-members.ts";
import { createPartParser, type ParsePart, unparsedMember } from "./parse-part.ts";
import type { PythonParser } from "./parser.ts";
import { movePart, type Part } from "./part.ts";
import { memberStarts } from "./split.ts";
import { link } from "./visit.ts";

/** A single top-level statement larger than this is data, not code. */
const maxChunkLength = 2_000_000;

/** The scanner of the grammar looks through all of these again at each of them. */
const endlessContinuation = /(?:\\\r?\n[ \t]*){500}/;

/**
 * Parses the text of a chunk. `replaced` is the chunk it comes from by an edit, which is used up: members of a class
 * whose text is the same move over to the new chunk.
 */
export type ParseChunk = (text: string, replaced: Chunk | undefined) => Chunk;

export function createChunkParser(parser: PythonParser): ParseChunk {
  const parsePart = createPartParser(parser);
  const partsOf = new WeakMap<Chunk, readonly Part[]>();

  const parseAt = (text: string, starts: readonly number[], old: readonly Part[]): Chunk | undefined => {
    const parts = parseParts(parsePart, text, starts, old);
    const chunk = parts && assemble(text, parts);
    if (parts !== undefined && chunk !== undefined) partsOf.set(chunk, parts);
    return chunk;
  };

  return (text, replaced) => {
    if (text.length > maxChunkLength || endlessContinuation.test(text)) return opaque(text);
    const old = (replaced && partsOf.get(replaced)) ?? [];
    if (replaced !== undefined) partsOf.delete(replaced);
    const starts = memberStarts(text);
    const byMembers = starts === undefined ? undefined : parseAt(text, starts, old);
    return byMembers ?? parseAt(text, [0], starts === undefined ? old : []) ?? opaque(text);
  };
}

const opaque = (text: string): Chunk => {
  const body: readonly Stmt[] = [{ kind: "Invalid", start: 0, end: text.length }];
  return { text, body, comments: [], nodes: link(body), hasErrors: true, members: undefined };
};

/** `undefined` when there are members and no class that they join. */
function assemble(text: string, parts: readonly Part[]): Chunk | undefined {
  const [head, ...members] = parts;
  if (head === undefined || members.length > 0) return head && joinMembers(text, head, members);
  const { statements, comments, nodes, hasErrors } = head;
  return { text, body: statements, comments, nodes, hasErrors, members: undefined };
}

/** The parts that start at `starts`, from `old` where their text is in it. `undefined` when the first is given up. */
function parseParts(
  parsePart: ParsePart,
  chunkText: string,
  starts: readonly number[],
  old: readonly Part[],
): readonly Part[] | undefined {
  const wanted = starts.map((start, i) => ({
    text: chunkText.slice(start, starts[i + 1] ?? chunkText.length),
    chunkText,
    start,
    isMember: i > 0,
  }));
  const { before, after } = sameAround(wanted, old);
  const moved = old.length - wanted.length;
  const parts: Part[] = [];
  for (const [i, each] of wanted.entries()) {
    const same = i < before ? old[i] : i >= wanted.length - after ? old[i + moved] : undefined;
    if (same !== undefined) {
      movePart(same, each.text, each.start);
      parts.push(same);
      continue;
    }
    const replaced = i < old.length - after ? old[i] : undefined;
    const part = parsePart(each, replaced) ?? (each.isMember ? unparsedMember(each) : undefined);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return parts;
}

interface HasText {
  readonly text: string;
}

/** How many texts are the same from the start, and from the end. The first of all stays apart: it is no member. */
function sameAround(
  now: readonly HasText[],
  old: readonly HasText[],
): { readonly before: number; readonly after: number } {
  const limit = Math.min(now.length, old.length);
  let before = 0;
  while (before < limit && now[before]?.text === old[before]?.text) before++;
  let after = 0;
  while (
    after < limit - Math.max(before, 1) &&
    now[now.length - 1 - after]?.text === old[old.length - 1 - after]?.text
  )
    after++;
  return { before, after };
}
