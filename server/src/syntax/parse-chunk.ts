import type { Stmt } from "./ast.ts";
import type { Chunk } from "./chunk.ts";
import { joinMembers } from "./join-members.ts";
import { createPartParser, type ParsePart, unparsed } from "./parse-part.ts";
import type { PythonParser } from "./parser.ts";
import { movePart, type Part } from "./part.ts";
import { type MemberCuts, memberCuts } from "./split.ts";
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

  const parseAt = (text: string, cuts: MemberCuts, old: readonly Part[]): Chunk | undefined => {
    const parts = parseParts(parsePart, text, cuts, old);
    const chunk = parts && assemble(text, parts);
    if (parts !== undefined && chunk !== undefined) partsOf.set(chunk, parts);
    return chunk;
  };

  return (text, replaced) => {
    if (text.length > maxChunkLength || endlessContinuation.test(text)) return opaque(text);
    const old = (replaced && partsOf.get(replaced)) ?? [];
    if (replaced !== undefined) partsOf.delete(replaced);
    const cuts = memberCuts(text);
    const byMembers = cuts && parseAt(text, cuts, old);
    return byMembers ?? parseAt(text, uncut, cuts === undefined ? old : []) ?? opaque(text);
  };
}

const uncut: MemberCuts = { starts: [0], tail: undefined };

const opaque = (text: string): Chunk => {
  const body: readonly Stmt[] = [{ kind: "Invalid", start: 0, end: text.length }];
  return { text, body, comments: [], nodes: link(body), hasErrors: true, members: undefined };
};

/** `undefined` when there are further parts and no class that they join. */
function assemble(text: string, parts: readonly Part[]): Chunk | undefined {
  const [head, ...others] = parts;
  if (head === undefined || others.length > 0) return head && joinMembers(text, head, others);
  const { statements, comments, nodes, hasErrors } = head;
  return { text, body: statements, comments, nodes, hasErrors, members: undefined };
}

/** The parts between `cuts`, from `old` where their text is in it. `undefined` when the first is given up. */
function parseParts(
  parsePart: ParsePart,
  chunkText: string,
  cuts: MemberCuts,
  old: readonly Part[],
): readonly Part[] | undefined {
  const { tail } = cuts;
  const starts = tail === undefined ? cuts.starts : [...cuts.starts, tail];
  const wanted = starts.map((start, i) => ({
    text: chunkText.slice(start, starts[i + 1] ?? chunkText.length),
    chunkText,
    start,
    isMember: i > 0 && start !== tail,
  }));
  const kept = keptParts(wanted, old);
  const gone = new Set(old);
  for (const part of kept) if (part !== undefined) gone.delete(part);
  const parts: Part[] = [];
  for (const [i, each] of wanted.entries()) {
    const same = kept[i];
    if (same !== undefined) {
      movePart(same, each.text, each.start);
      parts.push(same);
      continue;
    }
    const before = old[i];
    const replaced = before !== undefined && gone.has(before) ? before : undefined;
    const part = parsePart(each, replaced) ?? (i > 0 ? unparsed(each) : undefined);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return parts;
}

/** For each of `wanted` the old part with its text, which is there only once even where texts are the same. */
function keptParts(
  wanted: readonly Pick<Part, "text" | "isMember">[],
  old: readonly Part[],
): readonly (Part | undefined)[] {
  const heads = old.slice(0, 1);
  const members = new Map<string, Part[]>();
  for (const part of old.slice(1)) {
    if (!part.isMember) continue;
    const same = members.get(part.text);
    if (same === undefined) members.set(part.text, [part]);
    else same.push(part);
  }
  return wanted.map(({ text, isMember }, i) => {
    if (isMember) return members.get(text)?.shift();
    return i === 0 ? heads.find((head) => head.text === text) : undefined;
  });
}
