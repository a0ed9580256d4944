import type { Edit } from "../base/text.ts";
import type { GpuFeed } from "../semantic/loader-use.ts";
import { nodesOf } from "../syntax/visit.ts";
import { appendArgument } from "./_edits.ts";
import type { RuleContext } from "./_rule.ts";

/**
 * Makes the copies of a pinned loader's batches ones that nobody waits for: pinning alone saves little. `undefined` when one of the loops
 * stands in another chunk, where a fix cannot reach.
 */
export function withoutWaiting(feed: GpuFeed, ctx: RuleContext): readonly Edit[] | undefined {
  const here = nodesOf(ctx.chunk.nodes, "For");
  if (feed.waits.length > 0 && feed.loops.some((loop) => !here.includes(loop))) return undefined;
  return feed.waits.map((move) => appendArgument(move, "non_blocking=True", ctx.chunk.text));
}
