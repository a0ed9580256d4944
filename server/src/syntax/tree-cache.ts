import type { Tree } from "./parser.ts";
import type { Part } from "./part.ts";

/** Enough for edits that go back and forth between a few places, such as multiple cursors. */
const capacity = 4;

/** The trees of the parts edited last. All others are freed: WASM memory is not garbage collected. */
export interface TreeCache {
  /** The tree of `part`, which now belongs to the caller. */
  take(part: Part): Tree | undefined;
  put(part: Part, tree: Tree): void;
}

export function createTreeCache(): TreeCache {
  const kept = new Map<Part, Tree>();
  return {
    take(part) {
      const tree = kept.get(part);
      kept.delete(part);
      return tree;
    },
    put(part, tree) {
      kept.set(part, tree);
      for (const [oldest, old] of kept) {
        if (kept.size <= capacity) break;
        old.delete();
        kept.delete(oldest);
      }
    },
  };
}
