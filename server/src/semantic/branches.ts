import type { Node, Stmt } from "../syntax/ast.ts";
import { blockOf } from "./reaching.ts";
import { statementOf } from "./structure.ts";

/** The statements around a node, innermost first, up to the function it stands in. */
function statementsAround(node: Node): readonly Stmt[] {
  const found: Stmt[] = [];
  for (let at = statementOf(node); at !== undefined && at.kind !== "FunctionDef"; ) {
    found.push(at);
    let up: Node | undefined = at.parent;
    while (up !== undefined && statementOf(up) !== up) up = up.parent;
    at = up === undefined ? undefined : statementOf(up);
  }
  return found;
}

/** Whether no single run through their common code reaches both: the one stands in the `if`, the other in its `else`. */
export function areExclusive(a: Node, b: Node): boolean {
  const around = statementsAround(a);
  for (const stmt of statementsAround(b)) {
    if (!around.includes(stmt)) continue;
    if (stmt.kind !== "If") return false;
    const inBody = (node: Node): boolean => stmt.body.some((each) => contains(each, node));
    const inElse = (node: Node): boolean => stmt.orelse.some((each) => contains(each, node));
    return (inBody(a) && inElse(b)) || (inElse(a) && inBody(b));
  }
  return false;
}

const contains = (outer: Node, inner: Node): boolean => outer.start <= inner.start && inner.end <= outer.end;

/** Whether every run that comes past `earlier` in the block of `later` goes on to `later`: nothing decides or leaves in between. */
export function alwaysFollows(earlier: Node, later: Node): boolean {
  const end = statementOf(later);
  const block = end === undefined ? undefined : blockOf(end);
  if (end === undefined || block === undefined) return false;
  const start = statementsAround(earlier).find((stmt) => block.includes(stmt));
  if (start === undefined || block.indexOf(start) >= block.indexOf(end)) return false;
  return !block.slice(block.indexOf(start), block.indexOf(end)).some(mayLeave);
}

function mayLeave(stmt: Stmt): boolean {
  switch (stmt.kind) {
    case "Return":
    case "Raise":
    case "Break":
    case "Continue":
      return true;
    case "If":
    case "For":
    case "While":
      return [...stmt.body, ...stmt.orelse].some(mayLeave);
    case "With":
      return stmt.body.some(mayLeave);
    case "Try":
      return [
        ...stmt.body,
        ...stmt.orelse,
        ...stmt.finalbody,
        ...stmt.handlers.flatMap((each) => each.body),
      ].some(mayLeave);
    default:
      return false;
  }
}
