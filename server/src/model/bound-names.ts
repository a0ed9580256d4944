import type { Expr, Stmt } from "../syntax/ast.ts";

/** Methods by which a container changes. */
const changing = new Set([
  "add",
  "append",
  "clear",
  "discard",
  "extend",
  "insert",
  "pop",
  "popitem",
  "remove",
  "reverse",
  "setdefault",
  "sort",
  "update",
]);

/** Names that a statement may bind, or whose container it may change, in the scope it stands in. */
export function boundNames(node: Stmt, into: Set<string> = new Set()): ReadonlySet<string> {
  switch (node.kind) {
    case "Assign":
      for (const target of node.targets) targets(target, into);
      break;
    case "AnnAssign":
    case "AugAssign":
      targets(node.target, into);
      break;
    case "ExprStmt":
      if (
        node.value.kind === "Call" &&
        node.value.func.kind === "Attribute" &&
        changing.has(node.value.func.attr)
      )
        targets(node.value.func.value, into);
      break;
    case "FunctionDef":
    case "ClassDef":
      into.add(node.name);
      break;
    case "Import":
      for (const alias of node.names) into.add(alias.asName ?? alias.name.split(".")[0] ?? alias.name);
      break;
    case "ImportFrom":
      for (const alias of node.names) if (alias.name !== "*") into.add(alias.asName ?? alias.name);
      break;
    case "For":
      targets(node.target, into);
      blocks([node.body, node.orelse], into);
      break;
    case "If":
    case "While":
      blocks([node.body, node.orelse], into);
      break;
    case "With":
      for (const item of node.items) if (item.target !== undefined) targets(item.target, into);
      blocks([node.body], into);
      break;
    case "Try":
      blocks([node.body, node.orelse, node.finalbody, ...node.handlers.map((handler) => handler.body)], into);
      break;
    case "Match":
      blocks(
        node.cases.map((each) => each.body),
        into,
      );
      break;
    default:
      break;
  }
  return into;
}

/** The same for statements that follow each other. */
export function namesBoundBy(body: readonly Stmt[]): ReadonlySet<string> {
  const names = new Set<string>();
  blocks([body], names);
  return names;
}

function blocks(bodies: readonly (readonly Stmt[])[], into: Set<string>): void {
  for (const body of bodies) for (const statement of body) boundNames(statement, into);
}

function targets(node: Expr, into: Set<string>): void {
  if (node.kind === "Name") into.add(node.id);
  else if (node.kind === "Tuple" || node.kind === "List") for (const each of node.elts) targets(each, into);
  else if (node.kind === "Starred") targets(node.value, into);
  else if (node.kind === "Subscript" || node.kind === "Attribute") targets(node.value, into);
}
