import type { Comment, Stmt } from "./ast.ts";
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
}

export interface PlacedChunk {
  readonly chunk: Chunk;
  /** Offset of the chunk in its file. */
  readonly start: number;
  /** So much text from `start` on decided where the chunk ends; 0 when its own text and the next statement did. */
  readonly reach: number;
}

/** A file as parsed: the chunks cover the text without gaps. */
export interface SourceFile {
  readonly text: string;
  readonly chunks: readonly PlacedChunk[];
}
