import type { Comment, Stmt } from "./ast.ts";
import { type NodesByKind, shiftNodes } from "./visit.ts";

/**
 * A text that is parsed by itself: a whole chunk, or of a class its head without the body, one or more statements of
 * the body, which are called a member, or what follows the class.
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
}

/** Moves a part to where its text stands now. */
export function movePart(part: Part, text: string, start: number): void {
  const by = start - part.start;
  // The same characters, but a slice of the text of today: the old one shall not live on for its sake.
  part.text = text;
  if (by === 0) return;
  part.start = start;
  part.comments = part.comments.map((comment) => ({ start: comment.start + by, end: comment.end + by }));
  shiftNodes(part.nodes, by);
}
