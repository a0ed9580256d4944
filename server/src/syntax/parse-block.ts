import { type CompoundCuts, compoundCuts } from "./compound-cuts.ts";
import { compoundOf, type JoinedBlock, joinBlock } from "./join-block.ts";
import { type Gap, type ParsePart, type PartText, unparsed } from "./parse-part.ts";
import { movePart, type Part } from "./part.ts";

/** Long blocks in long blocks are cut this deep: what is below is parsed with what is around it. */
const maxNesting = 8;

/** A compound statement and the parts that it is made of: its headers, its members, what follows it. */
export interface ParsedBlock {
  readonly joined: JoinedBlock;
  readonly parts: readonly Part[];
}

export interface BlockParser {
  /**
   * The parts of these texts: those of `old` where the text is the same, which are used up, the others parsed. Texts
   * and `old` are in the order of the chunk.
   */
  parts(texts: readonly PartText[], old: readonly Part[]): readonly Part[];
  /** `old` are the parts of a block that this one comes from by an edit, which are used up. */
  block(text: PartText, cuts: CompoundCuts, old: readonly Part[]): ParsedBlock;
}

export function createBlockParser(parsePart: ParsePart): BlockParser {
  const parts = (texts: readonly PartText[], old: readonly Part[], nesting: number): readonly Part[] => {
    const kept = keptParts(texts, old);
    const replaced = replacedParts(texts, kept, old);
    return texts.map((text, i) => {
      const same = kept[i];
      if (same === undefined) return member(text, replaced.get(text), nesting);
      movePart(same, text.text, text.start);
      return same;
    });
  };

  const member = (text: PartText, replaced: Part | undefined, nesting: number): Part => {
    const cuts = text.isMember && nesting < maxNesting ? compoundCuts(text.text) : undefined;
    if (cuts === undefined) return parsePart(text, replaced) ?? unparsed(text);
    if (cuts.kind === "broken") return { ...unparsed(text), parts: replaced?.parts ?? [] };
    const { joined, parts } = block(text, cuts, replaced?.parts ?? [], nesting + 1);
    return { ...joined, text: text.text, start: text.start, isMember: true, parts };
  };

  const block = (text: PartText, cuts: CompoundCuts, old: readonly Part[], nesting: number): ParsedBlock => {
    const head = parsePart(headersOf(text, cuts), undefined);
    const statement = head && compoundOf(head);
    // What is below broken headers is not looked at, and kept for when they are sound again.
    if (head === undefined || statement === undefined) return { joined: unparsed(text), parts: old };
    const others = parts(memberTexts(text, cuts), old.slice(1), nesting);
    let next = 0;
    const clauses = cuts.clauses.map(({ keyword, members }) => {
      const from = next;
      next += members.length;
      return { keyword, members: others.slice(from, next) };
    });
    const joined = joinBlock(head, statement, clauses, others[next]) ?? unparsed(text);
    return { joined, parts: [head, ...others] };
  };

  return {
    parts: (texts, old) => parts(texts, old, 0),
    block: (text, cuts, old) => block(text, cuts, old, 0),
  };
}

/** The members of all clauses, and what follows the statement. */
export function memberTexts(whole: PartText, { clauses, end }: CompoundCuts): readonly PartText[] {
  const members = clauses.flatMap(({ members }, i) =>
    members.map((start, j) => sliceOf(whole, start, members[j + 1] ?? clauses[i + 1]?.start ?? end, true)),
  );
  const isAll = end === whole.text.length;
  return isAll ? members : [...members, sliceOf(whole, end, whole.text.length, false)];
}

const sliceOf = (whole: PartText, start: number, end: number, isMember: boolean): PartText => ({
  text: whole.text.slice(start, end),
  chunkText: whole.chunkText,
  start: whole.start + start,
  isMember,
  gaps: [],
});

/** The text without the members. */
function headersOf(whole: PartText, { clauses, end }: CompoundCuts): PartText {
  let text = "";
  const gaps: Gap[] = [];
  for (const [i, { start, body, members }] of clauses.entries()) {
    const next = clauses[i + 1]?.start ?? end;
    text += whole.text.slice(start, members.length > 0 ? body : next);
    if (members.length > 0) gaps.push({ at: text.length, length: next - body });
  }
  return { ...whole, text, gaps };
}

/** For each text the old part that has it, which is there only once even where texts are the same. */
function keptParts(texts: readonly PartText[], old: readonly Part[]): readonly (Part | undefined)[] {
  const kept = texts.map((): Part | undefined => undefined);
  // An edit changes little: what is before and behind it is found without a look at all of the text.
  let first = 0;
  while (first < kept.length && isSame(texts[first], old[first])) {
    kept[first] = old[first];
    first++;
  }
  const shift = old.length - kept.length;
  let last = kept.length;
  while (last > first && last + shift > first && isSame(texts[last - 1], old[last + shift - 1])) {
    last--;
    kept[last] = old[last + shift];
  }
  const byText = new Map<string, Part[]>();
  for (const part of old.slice(first, last + shift)) {
    if (!part.isMember) continue;
    const same = byText.get(part.text);
    if (same === undefined) byText.set(part.text, [part]);
    else same.push(part);
  }
  for (const [i, { text, isMember }] of texts.slice(first, last).entries())
    if (isMember) kept[first + i] = byText.get(text)?.shift();
  return kept;
}

const isSame = (text: PartText | undefined, part: Part | undefined): boolean =>
  text?.isMember === true && part?.isMember === true && text.text === part.text;

/** What became of the old parts that are not kept: one is what most of it went to, several are taken in order. */
function replacedParts(
  texts: readonly PartText[],
  kept: readonly (Part | undefined)[],
  old: readonly Part[],
): ReadonlyMap<PartText, Part> {
  const stay = new Set(kept);
  const gone = old.filter((part) => !stay.has(part));
  const fresh = texts.filter((_, i) => kept[i] === undefined);
  const [only, second] = gone;
  if (only === undefined || second !== undefined)
    return new Map(gone.flatMap((part, i) => fresh.slice(i, i + 1).map((text) => [text, part])));
  const distance = ({ text }: PartText): number => Math.abs(text.length - only.text.length);
  const nearest = fresh.toSorted((a, b) => distance(a) - distance(b))[0];
  return new Map(nearest && [[nearest, only]]);
}
