import type { Comment, Stmt } from "./ast.ts";
import { type NodesByKind, shiftNodes } from "./visit.ts";

/**
 * A text that is read by itself: a whole chunk, or of a compound statement its headers without the bodies, one or more
 * statements of a body, which are called a member, or what follows it.
 * The only syntax that ever changes: a part belongs to one chunk at a time and moves with its text to the next.
 */
export interface Part {
  text: string;
  /** Offset in the chunk, to which all offsets below are relative. */
  start: number;
  comments: readonly Comment[];
  readonly statements: readonly Stmt[];
  readonly isMember: boolean;
  /** All nodes below `statements`, linked. */
  readonly nodes: NodesByKind;
  /** The text holds something that is not Python (yet). */
  readonly hasErrors: boolean;
  /** A `yield` in it makes a generator of the function around it. */
  readonly yields: boolean;
  /** The headers and then the members that a long compound statement is made of; none for what was parsed at once. */
  readonly parts: readonly Part[];
}

/** Moves a part to where its text stands now. */
export function movePart(part: Part, text: string, start: number): void {
  const from = part.start;
  // The same characters, but a slice of the text of today: the old one shall not live on for its sake.
  part.text = text;
  part.start = start;
  for (const inner of part.parts) {
    const at = inner.start - from;
    movePart(inner, text.slice(at, at + inner.text.length), inner.start - from + start);
  }
  if (start === from) return;
  const by = start - from;
  part.comments = part.comments.map((comment) => ({ start: comment.start + by, end: comment.end + by }));
  if (part.parts.length === 0) shiftNodes(part.nodes, by);
}
