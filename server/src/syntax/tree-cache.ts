import type { Chunk } from "./chunk.ts";
import type { Tree } from "./parser.ts";

/** Enough for edits that go back and forth between a few places, such as multiple cursors. */
const capacity = 4;

/** The trees of the chunks edited last. All others are freed: WASM memory is not garbage collected. */
export interface TreeCache {
  /** The tree of `chunk`, which now belongs to the caller. */
  take(chunk: Chunk): Tree | undefined;
  put(chunk: Chunk, tree: Tree): void;
}

export function createTreeCache(): TreeCache {
  const kept = new Map<Chunk, Tree>();
  return {
    take(chunk) {
      const tree = kept.get(chunk);
      kept.delete(chunk);
      return tree;
    },
    put(chunk, tree) {
      kept.set(chunk, tree);
      for (const [oldest, old] of kept) {
        if (kept.size <= capacity) break;
        old.delete();
        kept.delete(oldest);
      }
    },
  };
}
