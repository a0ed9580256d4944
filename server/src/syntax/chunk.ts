import type { Comment, Stmt } from "./ast.ts";
import type { Part } from "./part.ts";
import type { NodesByKind } from "./visit.ts";

/**
 * One or more top-level statements with the text they stand in: the unit of caching.
 * All offsets inside are relative to the chunk, and a chunk never changes, so it can be reused when it moves.
 */
export interface Chunk {
  readonly text: string;
  readonly body: readonly Stmt[];
  readonly comments: readonly Comment[];
  readonly nodes: NodesByKind;
  /** The text holds something that is not Python (yet). */
  readonly hasErrors: boolean;
  /** `undefined` unless the chunk is a class that was parsed by its members. */
  readonly members: Members | undefined;
}

/** A class in pieces: what is concluded from one piece alone stays true while the others change. */
export interface Members {
  /** The head of the class without its body, then member by member, and what follows the class. */
  readonly pieces: readonly Piece[];
  /**
   * How often anything was read that the pieces only make up together: text, nodes, comments or statements of the
   * chunk, body or end of the class. When this stays the same, whoever ran meanwhile saw one piece and the head.
   */
  reads(): number;
}

export interface Piece {
  /** The same object for as long as the text is the same. */
  readonly part: Part;
  readonly nodes: NodesByKind;
}

export interface PlacedChunk {
  readonly chunk: Chunk;
  /** Offset of the chunk in its file. */
  readonly start: number;
  /** So much text from `start` on decided where the chunk ends; 0 when its own text and the next statement did. */
  readonly reach: number;
  /** Where in it the search for its end can be taken up after an edit further down: offsets from `start`. */
  readonly checkpoints: readonly number[];
}

/** A file as parsed: the chunks cover the text without gaps. */
export interface SourceFile {
  readonly text: string;
  readonly chunks: readonly PlacedChunk[];
}
