import { exact } from "../base/exact.ts";
import type { ExceptHandler, Expr, MatchCase, Stmt, WithItem } from "./ast.ts";
import {
  childByField,
  childOfType,
  children,
  childrenByField,
  endOf,
  type FlatTree,
  firstNamed,
  isNamed,
  namedChildren,
  startOf,
  textOf,
  typeOf,
} from "./flat-tree.ts";
import { lowerParams } from "./lower-params.ts";
import { lowerPattern } from "./lower-patterns.ts";
import { lowerArguments } from "./lower-primaries.ts";
import {
  invalid,
  type LoweringTree,
  lastComma,
  lowerExpr,
  lowerField,
  lowerOnly,
  lowerOptional,
  lowerOrMissing,
  lowerStmt,
  missing,
  oneOrTuple,
  optionalField,
  type StmtTable,
} from "./lowering.ts";

/** More `elif`s than any person writes: each is one level of nesting, as in CPython. */
const maxElifs = 250;

/** Lowers the statements below `node` (a module or a block). */
export function lowerBody(tree: LoweringTree, node: number): readonly Stmt[] {
  const found: Stmt[] = [];
  for (const child of children(tree, node)) {
    if (typeOf(tree, child) !== ";") found.push(lowerStmt(tree, child));
  }
  return exact(found);
}

/** The statements below a made-up class header that ends at `from`; what is not below it is broken. */
export function lowerMembers(tree: LoweringTree, from: number): readonly Stmt[] {
  const found: Stmt[] = [];
  let hasClass = false;
  for (const child of children(tree, 0)) {
    if (endOf(tree, child) <= from) continue;
    const block =
      typeOf(tree, child) === "class_definition" && !hasClass ? childByField(tree, child, "body") : undefined;
    if (block === undefined) {
      found.push(lowerStmt(tree, child));
    } else {
      found.push(...lowerBody(tree, block));
      hasClass = true;
    }
  }
  return exact(found);
}

/** The block `body` of `node`; what is missing is one `Invalid`. */
const blockOr = (tree: LoweringTree, body: number | undefined, node: number): readonly Stmt[] =>
  body === undefined
    ? [missing(endOf(tree, node))]
    : typeOf(tree, body) === "block"
      ? lowerBody(tree, body)
      : [lowerStmt(tree, body)];

const bodyField = (tree: LoweringTree, node: number, field = "body"): readonly Stmt[] =>
  blockOr(tree, childByField(tree, node, field), node);

/** The block of a clause to which the grammar gives no field. */
const bareBlock = (tree: LoweringTree, node: number): readonly Stmt[] =>
  blockOr(tree, childOfType(tree, node, "block"), node);

/** Where a compound statement ends: with its last statement, not with the comments or blanks after it. */
function endOfBody(tree: FlatTree, node: number, ...bodies: readonly (readonly Stmt[])[]): number {
  for (let i = bodies.length - 1; i >= 0; i--) {
    const body = bodies[i] ?? [];
    const last = body[body.length - 1];
    if (last !== undefined) return last.end;
  }
  return endOf(tree, node);
}

const isAsync = (tree: FlatTree, node: number): boolean => childOfType(tree, node, "async") !== undefined;

function elseBody(tree: LoweringTree, node: number): readonly Stmt[] {
  const clause = childByField(tree, node, "alternative");
  return clause === undefined ? [] : bodyField(tree, clause);
}

const lowerIf = (tree: LoweringTree, node: number): Stmt =>
  lowerBranch(tree, node, childrenByField(tree, node, "alternative"), 0);

function lowerBranch(tree: LoweringTree, node: number, clauses: readonly number[], at: number): Stmt {
  const test = lowerField(tree, node, "condition");
  const body = bodyField(tree, node, "consequence");
  const orelse = lowerAlternative(tree, clauses, at);
  return {
    kind: "If",
    test,
    body,
    orelse,
    start: startOf(tree, node),
    end: endOfBody(tree, node, body, orelse),
  };
}

function lowerAlternative(tree: LoweringTree, clauses: readonly number[], at: number): readonly Stmt[] {
  const clause = clauses[at];
  if (clause === undefined) return [];
  if (at >= maxElifs) return [invalid(tree, clause)];
  if (typeOf(tree, clause) === "elif_clause") return [lowerBranch(tree, clause, clauses, at + 1)];
  return bodyField(tree, clause);
}

function lowerFor(tree: LoweringTree, node: number): Stmt {
  const target = lowerField(tree, node, "left");
  const iter = lowerField(tree, node, "right");
  const body = bodyField(tree, node);
  const orelse = elseBody(tree, node);
  const end = endOfBody(tree, node, body, orelse);
  const start = startOf(tree, node);
  return { kind: "For", target, iter, body, orelse, isAsync: isAsync(tree, node), start, end };
}

function lowerWhile(tree: LoweringTree, node: number): Stmt {
  const test = lowerField(tree, node, "condition");
  const body = bodyField(tree, node);
  const orelse = elseBody(tree, node);
  const end = endOfBody(tree, node, body, orelse);
  return { kind: "While", test, body, orelse, start: startOf(tree, node), end };
}

function lowerWith(tree: LoweringTree, node: number): Stmt {
  const items = lowerWithItems(tree, node);
  const body = bodyField(tree, node);
  const start = startOf(tree, node);
  return { kind: "With", items, body, isAsync: isAsync(tree, node), start, end: endOfBody(tree, node, body) };
}

function lowerWithItems(tree: LoweringTree, node: number): readonly WithItem[] {
  const clause = childOfType(tree, node, "with_clause");
  if (clause === undefined) return [];
  const values = namedChildren(tree, clause).map(
    (item) => childByField(tree, item, "value") ?? firstNamed(tree, item) ?? item,
  );
  const [only] = values;
  if (values.length === 1 && only !== undefined && typeOf(tree, only) === "tuple") {
    // `with (a, b as c):` holds items, not a tuple, unless one of them could not be an item.
    const inner = namedChildren(tree, only);
    const items = inner.length > 0 && inner.every((child) => typeOf(tree, child) !== "list_splat");
    if (items) return inner.map((child) => lowerWithItem(tree, child));
  }
  if (values.length === 1 && only !== undefined && typeOf(tree, only) === "parenthesized_expression") {
    const inner = firstNamed(tree, only);
    if (inner !== undefined && typeOf(tree, inner) === "as_pattern") return [lowerWithItem(tree, inner)];
  }
  return values.map((value) => lowerWithItem(tree, value));
}

function lowerWithItem(tree: LoweringTree, value: number): WithItem {
  const start = startOf(tree, value);
  const end = endOf(tree, value);
  if (typeOf(tree, value) !== "as_pattern")
    return { kind: "WithItem", context: lowerExpr(tree, value), target: undefined, start, end };
  const context = lowerOrMissing(tree, firstNamed(tree, value), value);
  return { kind: "WithItem", context, target: optionalField(tree, value, "alias"), start, end };
}

function lowerTry(tree: LoweringTree, node: number): Stmt {
  const handlers: ExceptHandler[] = [];
  let orelse: readonly Stmt[] = [];
  let finalbody: readonly Stmt[] = [];
  for (const child of children(tree, node)) {
    const type = typeOf(tree, child);
    if (type === "except_clause") handlers.push(lowerHandler(tree, child));
    else if (type === "else_clause") orelse = bodyField(tree, child);
    else if (type === "finally_clause") finalbody = bareBlock(tree, child);
  }
  const body = bodyField(tree, node);
  const handled = handlers[handlers.length - 1];
  const tail = orelse.length > 0 || finalbody.length > 0 || handled === undefined;
  const end = tail ? endOfBody(tree, node, body, orelse, finalbody) : handled.end;
  return { kind: "Try", body, handlers, orelse, finalbody, start: startOf(tree, node), end };
}

function lowerHandler(tree: LoweringTree, node: number): ExceptHandler {
  const parts = namedChildren(tree, node).filter((child) => typeOf(tree, child) !== "block");
  const [first, second] = parts;
  const body = bareBlock(tree, node);
  const span = { start: startOf(tree, node), end: endOfBody(tree, node, body) };
  if (first === undefined) return { kind: "ExceptHandler", type: undefined, name: undefined, body, ...span };
  if (typeOf(tree, first) === "as_pattern") {
    const type = lowerOnly(tree, first);
    const alias = childByField(tree, first, "alias");
    const name = alias === undefined ? undefined : textOf(tree, alias);
    return { kind: "ExceptHandler", type, name, body, ...span };
  }
  // Python 2's `except Error, name:`; Python 3.14's `except One, Two:` names classes.
  const name = second === undefined ? undefined : textOf(tree, second);
  const isOld = parts.length === 2 && name !== undefined && /^[a-z_][a-z0-9_]*$/.test(name);
  const type = isOld
    ? lowerExpr(tree, first)
    : oneOrTuple(tree, parts, lastComma(tree, node), endOf(tree, node));
  return { kind: "ExceptHandler", type, name: isOld ? name : undefined, body, ...span };
}

function lowerFunction(tree: LoweringTree, node: number, decorators: readonly Expr[], start: number): Stmt {
  const name = childByField(tree, node, "name");
  const params = childByField(tree, node, "parameters");
  const block = childByField(tree, node, "body");
  const body = blockOr(tree, block, node);
  return {
    kind: "FunctionDef",
    name: name === undefined ? "" : textOf(tree, name),
    nameStart: name === undefined ? start : startOf(tree, name),
    params: params === undefined ? [] : lowerParams(tree, params),
    returns: optionalField(tree, node, "return_type"),
    body,
    decorators,
    isAsync: isAsync(tree, node),
    isGenerator: block !== undefined && hasYield(tree, block),
    start,
    end: endOfBody(tree, node, body),
  };
}

function hasYield(tree: FlatTree, node: number): boolean {
  const end = tree.next[node] ?? 0;
  let at = node + 1;
  while (at < end) {
    // A word of the same spelling is a token inside the node it names.
    const type = isNamed(tree, at) ? typeOf(tree, at) : "";
    if (type === "yield") return true;
    const skip = type === "function_definition" || type === "lambda" || type === "class_definition";
    at = skip ? (tree.next[at] ?? end) : at + 1;
  }
  return false;
}

function lowerClass(tree: LoweringTree, node: number, decorators: readonly Expr[], start: number): Stmt {
  const name = childByField(tree, node, "name");
  const list = childByField(tree, node, "superclasses");
  const given = list === undefined ? { args: [], keywords: [] } : lowerArguments(tree, list);
  const body = bodyField(tree, node);
  return {
    kind: "ClassDef",
    name: name === undefined ? "" : textOf(tree, name),
    nameStart: name === undefined ? start : startOf(tree, name),
    bases: given.args,
    keywords: given.keywords,
    body,
    decorators,
    start,
    end: endOfBody(tree, node, body),
  };
}

function lowerDecorated(tree: LoweringTree, node: number): Stmt {
  const definition = childByField(tree, node, "definition");
  if (definition === undefined) return invalid(tree, node);
  const decorators = namedChildren(tree, node)
    .filter((child) => typeOf(tree, child) === "decorator")
    .map((child) => lowerOnly(tree, child));
  const start = startOf(tree, node);
  return typeOf(tree, definition) === "class_definition"
    ? lowerClass(tree, definition, decorators, start)
    : lowerFunction(tree, definition, decorators, start);
}

function lowerMatch(tree: LoweringTree, node: number): Stmt {
  const subjects = childrenByField(tree, node, "subject").filter((child) => isNamed(tree, child));
  const subject = oneOrTuple(tree, subjects, lastComma(tree, node), endOf(tree, node));
  const block = childByField(tree, node, "body") ?? node;
  const cases = namedChildren(tree, block)
    .filter((child) => typeOf(tree, child) === "case_clause")
    .map((child) => lowerCase(tree, child));
  const end = cases[cases.length - 1]?.end ?? endOf(tree, node);
  return { kind: "Match", subject, cases, start: startOf(tree, node), end };
}

function lowerCase(tree: LoweringTree, node: number): MatchCase {
  const patterns = namedChildren(tree, node).filter((child) => typeOf(tree, child) === "case_pattern");
  const guard = childByField(tree, node, "guard");
  const comma = lastComma(tree, node);
  const [first] = patterns;
  const last = patterns[patterns.length - 1];
  const lowered = patterns.map((pattern) => lowerPattern(tree, pattern));
  const body = bodyField(tree, node, "consequence");
  const start = startOf(tree, node);
  const [only] = lowered;
  const sequence = lowered.length > 1 || comma !== undefined || only?.kind === "MatchStar";
  return {
    kind: "MatchCase",
    pattern:
      only === undefined || first === undefined || last === undefined
        ? missing(start)
        : sequence
          ? {
              kind: "MatchSequence",
              patterns: lowered,
              start: startOf(tree, first),
              end: Math.max(endOf(tree, last), comma === undefined ? 0 : endOf(tree, comma)),
            }
          : only,
    guard: guard === undefined ? undefined : lowerOptional(tree, guard),
    body,
    start,
    end: endOfBody(tree, node, body),
  };
}

export const compoundLowerers: StmtTable = {
  if_statement: lowerIf,
  for_statement: lowerFor,
  while_statement: lowerWhile,
  with_statement: lowerWith,
  try_statement: lowerTry,
  function_definition: (tree, node) => lowerFunction(tree, node, [], startOf(tree, node)),
  class_definition: (tree, node) => lowerClass(tree, node, [], startOf(tree, node)),
  decorated_definition: lowerDecorated,
  match_statement: lowerMatch,
};
