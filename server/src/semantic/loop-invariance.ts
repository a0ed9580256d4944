import type { Expr } from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import type { Loop } from "./loops.ts";
import { pathOf } from "./paths.ts";
import { mayBind } from "./reaching.ts";
import { walkOwn } from "./structure.ts";

/**
 * Whether what an expression gives may differ from turn to turn as far as names tell: it reads a name or attribute that the loop
 * binds. Objects that change inside are not seen.
 */
export function dependsOnLoop(expr: Expr, loop: Loop): boolean {
  const stored = storedAttributes(loop);
  let found = false;
  walk(expr, (node) => {
    if (node.kind === "Name") found ||= mayBind(loop, node.id);
    else if (node.kind === "Attribute") found ||= stored.has(pathOf(node) ?? "");
    return !found;
  });
  return found;
}

/** The paths such as `self.batch` that a loop gives new values. */
function storedAttributes(loop: Loop): ReadonlySet<string> {
  const found = new Set<string>();
  walkOwn(loop.body, (node) => {
    const targets =
      node.kind === "Assign"
        ? node.targets
        : node.kind === "AugAssign" || node.kind === "AnnAssign"
          ? [node.target]
          : [];
    for (const target of targets) {
      const path = target.kind === "Attribute" ? pathOf(target) : undefined;
      if (path !== undefined) found.add(path);
    }
  });
  return found;
}
