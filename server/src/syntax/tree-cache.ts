import type { Chunk } from "./chunk.ts";
import type { Tree } from "./parser.ts";

/** Enough for edits that go back and forth between a few places, such as multiple cursors. */
const capacity = 4;

/** A text that was parsed by itself. */
export interface Part {
  readonly text: string;
  /** `undefined` when the parser gave the text up. */
  readonly tree: Tree | undefined;
}

/** The trees of the chunks edited last. All others are freed: WASM memory is not garbage collected. */
export interface TreeCache {
  /** The parts of `chunk`, whose trees now belong to the caller. */
  take(chunk: Chunk): readonly Part[];
  put(chunk: Chunk, parts: readonly Part[]): void;
}

export function createTreeCache(): TreeCache {
  const kept = new Map<Chunk, readonly Part[]>();
  return {
    take(chunk) {
      const parts = kept.get(chunk) ?? [];
      kept.delete(chunk);
      return parts;
    },
    put(chunk, parts) {
      kept.set(chunk, parts);
      for (const [oldest, old] of kept) {
        if (kept.size <= capacity) break;
        for (const { tree } of old) tree?.delete();
        kept.delete(oldest);
      }
    },
  };
}
