import type { Alias, ExceptHandler, Expr, MatchCase, Stmt, WithItem } from "./ast.ts";
import {
  childByField,
  children,
  childrenByField,
  type FlatTree,
  namedChildren,
  textOf,
  typeOf,
} from "./flat-tree.ts";
import {
  binaryOperator,
  endOf,
  lowerArguments,
  lowerExpr,
  lowerField,
  lowerParams,
  missing,
  spanOf,
  startOf,
} from "./lower-expressions.ts";
import { lowerPattern } from "./lower-patterns.ts";

/** Lowers the statements below `node` (a module or a block). */
export function lowerBody(tree: FlatTree, node: number): readonly Stmt[] {
  return children(tree, node)
    .filter((child) => typeOf(tree, child) !== ";")
    .map((child) => lowerStmt(tree, child));
}

function bodyField(tree: FlatTree, node: number, field = "body"): readonly Stmt[] {
  const body = childByField(tree, node, field);
  if (body === undefined) return [missing(endOf(tree, node))];
  return typeOf(tree, body) === "block" ? lowerBody(tree, body) : [lowerStmt(tree, body)];
}

function lowerStmt(tree: FlatTree, node: number): Stmt {
  const span = spanOf(tree, node);
  switch (typeOf(tree, node)) {
    case "expression_statement":
      return lowerExpressionStatement(tree, node);
    case "return_statement":
      return { kind: "Return", value: firstOrUndefined(tree, node), ...span };
    case "if_statement":
      return lowerIf(tree, node, childrenByField(tree, node, "alternative"));
    case "for_statement":
      return {
        kind: "For",
        target: lowerField(tree, node, "left"),
        iter: lowerField(tree, node, "right"),
        body: bodyField(tree, node),
        orelse: elseBody(tree, node),
        isAsync: isAsync(tree, node),
        ...span,
      };
    case "while_statement":
      return {
        kind: "While",
        test: lowerField(tree, node, "condition"),
        body: bodyField(tree, node),
        orelse: elseBody(tree, node),
        ...span,
      };
    case "with_statement":
      return {
        kind: "With",
        items: lowerWithItems(tree, node),
        body: bodyField(tree, node),
        isAsync: isAsync(tree, node),
        ...span,
      };
    case "try_statement":
      return lowerTry(tree, node);
    case "raise_statement":
      return {
        kind: "Raise",
        exception: firstOrUndefined(tree, node),
        cause: childByField(tree, node, "cause") === undefined ? undefined : lowerField(tree, node, "cause"),
        ...span,
      };
    case "assert_statement": {
      const [test, message] = namedChildren(tree, node).map((child) => lowerExpr(tree, child));
      return { kind: "Assert", test: test ?? missing(span.end), message, ...span };
    }
    case "import_statement":
      return { kind: "Import", names: lowerAliases(tree, childrenByField(tree, node, "name")), ...span };
    case "import_from_statement":
      return lowerImportFrom(tree, node);
    case "future_import_statement":
      return {
        kind: "ImportFrom",
        module: "__future__",
        level: 0,
        names: lowerAliases(tree, childrenByField(tree, node, "name")),
        ...span,
      };
    case "function_definition":
      return lowerFunction(tree, node, []);
    case "class_definition":
      return lowerClass(tree, node, []);
    case "decorated_definition":
      return lowerDecorated(tree, node);
    case "pass_statement":
      return { kind: "Pass", ...span };
    case "break_statement":
      return { kind: "Break", ...span };
    case "continue_statement":
      return { kind: "Continue", ...span };
    case "delete_statement":
      return { kind: "Delete", targets: flattenTargets(firstOrUndefined(tree, node)), ...span };
    case "global_statement":
      return {
        kind: "Global",
        names: namedChildren(tree, node).map((child) => textOf(tree, child)),
        ...span,
      };
    case "nonlocal_statement":
      return {
        kind: "Nonlocal",
        names: namedChildren(tree, node).map((child) => textOf(tree, child)),
        ...span,
      };
    case "type_alias_statement":
      return {
        kind: "TypeAlias",
        name: lowerField(tree, node, "left"),
        value: lowerField(tree, node, "right"),
        ...span,
      };
    case "match_statement":
      return lowerMatch(tree, node);
    case "print_statement":
      return { kind: "ExprStmt", value: lowerPrint(tree, node), ...span };
    default:
      return { kind: "Invalid", ...span };
  }
}

function firstOrUndefined(tree: FlatTree, node: number): Expr | undefined {
  const child = namedChildren(tree, node)[0];
  return child === undefined ? undefined : lowerExpr(tree, child);
}

const isAsync = (tree: FlatTree, node: number): boolean =>
  children(tree, node).some((child) => typeOf(tree, child) === "async");

function elseBody(tree: FlatTree, node: number): readonly Stmt[] {
  const clause = childByField(tree, node, "alternative");
  return clause === undefined ? [] : bodyField(tree, clause);
}

function flattenTargets(expr: Expr | undefined): readonly Expr[] {
  if (expr === undefined) return [];
  return expr.kind === "Tuple" ? expr.elts : [expr];
}

/** Python 2's `print a, b`: a call of `print`, so that its operands are still seen. */
function lowerPrint(tree: FlatTree, node: number): Expr {
  const span = spanOf(tree, node);
  const args = childrenByField(tree, node, "argument").map((child) => lowerExpr(tree, child));
  return {
    kind: "Call",
    func: { kind: "Name", id: "print", start: span.start, end: span.start + 5 },
    args,
    keywords: [],
    argsStart: span.start + 5,
    argsEnd: span.end,
    ...span,
  };
}

function lowerExpressionStatement(tree: FlatTree, node: number): Stmt {
  const span = spanOf(tree, node);
  const parts = namedChildren(tree, node);
  const only = parts[0];
  if (only === undefined) return { kind: "Invalid", ...span };
  if (parts.length > 1 || children(tree, node).some((child) => typeOf(tree, child) === ",")) {
    const elts = parts.map((child) => lowerExpr(tree, child));
    return { kind: "ExprStmt", value: { kind: "Tuple", elts, ...span }, ...span };
  }
  const type = typeOf(tree, only);
  if (type === "assignment") return lowerAssignment(tree, only);
  if (type === "augmented_assignment") {
    const operator = childByField(tree, only, "operator");
    return {
      kind: "AugAssign",
      target: lowerField(tree, only, "left"),
      op: binaryOperator(operator === undefined ? "" : textOf(tree, operator).slice(0, -1)),
      value: lowerField(tree, only, "right"),
      ...span,
    };
  }
  return { kind: "ExprStmt", value: lowerExpr(tree, only), ...span };
}

function lowerAssignment(tree: FlatTree, node: number): Stmt {
  const span = spanOf(tree, node);
  const annotation = childByField(tree, node, "type");
  if (annotation !== undefined) {
    return {
      kind: "AnnAssign",
      target: lowerField(tree, node, "left"),
      annotation: lowerExpr(tree, annotation),
      value: childByField(tree, node, "right") === undefined ? undefined : lowerField(tree, node, "right"),
      ...span,
    };
  }
  const targets = [lowerField(tree, node, "left")];
  let right = childByField(tree, node, "right");
  while (right !== undefined && typeOf(tree, right) === "assignment") {
    targets.push(lowerField(tree, right, "left"));
    right = childByField(tree, right, "right");
  }
  const value = right === undefined ? missing(span.end) : lowerExpr(tree, right);
  return { kind: "Assign", targets, value, ...span };
}

function lowerIf(tree: FlatTree, node: number, alternatives: readonly number[]): Stmt {
  const [next, ...rest] = alternatives;
  const orelse: readonly Stmt[] =
    next === undefined
      ? []
      : typeOf(tree, next) === "elif_clause"
        ? [lowerIf(tree, next, rest)]
        : bodyField(tree, next);
  return {
    kind: "If",
    test: lowerField(tree, node, "condition"),
    body: bodyField(tree, node, "consequence"),
    orelse,
    ...spanOf(tree, node),
  };
}

function lowerWithItems(tree: FlatTree, node: number): readonly WithItem[] {
  const clause = namedChildren(tree, node).find((child) => typeOf(tree, child) === "with_clause");
  if (clause === undefined) return [];
  return namedChildren(tree, clause).map((item) => {
    const span = spanOf(tree, item);
    const value = childByField(tree, item, "value") ?? namedChildren(tree, item)[0];
    if (value === undefined)
      return { kind: "WithItem", context: missing(span.end), target: undefined, ...span };
    if (typeOf(tree, value) !== "as_pattern")
      return { kind: "WithItem", context: lowerExpr(tree, value), target: undefined, ...span };
    const [context, alias] = namedChildren(tree, value);
    return {
      kind: "WithItem",
      context: context === undefined ? missing(span.end) : lowerExpr(tree, context),
      target: alias === undefined ? undefined : lowerExpr(tree, alias),
      ...span,
    };
  });
}

function lowerTry(tree: FlatTree, node: number): Stmt {
  const handlers: ExceptHandler[] = [];
  let orelse: readonly Stmt[] = [];
  let finalbody: readonly Stmt[] = [];
  for (const child of children(tree, node)) {
    const type = typeOf(tree, child);
    if (type === "except_clause" || type === "except_group_clause") handlers.push(lowerHandler(tree, child));
    else if (type === "else_clause") orelse = bodyField(tree, child);
    else if (type === "finally_clause") finalbody = blockOf(tree, child);
  }
  return { kind: "Try", body: bodyField(tree, node), handlers, orelse, finalbody, ...spanOf(tree, node) };
}

function blockOf(tree: FlatTree, node: number): readonly Stmt[] {
  const block = children(tree, node).find((child) => typeOf(tree, child) === "block");
  return block === undefined ? [missing(endOf(tree, node))] : lowerBody(tree, block);
}

function lowerHandler(tree: FlatTree, node: number): ExceptHandler {
  const parts = namedChildren(tree, node).filter((child) => typeOf(tree, child) !== "block");
  const type = parts[0];
  const base = { kind: "ExceptHandler", body: blockOf(tree, node), ...spanOf(tree, node) } as const;
  if (type === undefined) return { ...base, type: undefined, name: undefined };
  if (typeOf(tree, type) === "as_pattern") {
    const [caught, alias] = namedChildren(tree, type);
    return {
      ...base,
      type: caught === undefined ? undefined : lowerExpr(tree, caught),
      name: alias === undefined ? undefined : textOf(tree, alias),
    };
  }
  const alias = parts[1];
  return {
    ...base,
    type: lowerExpr(tree, type),
    name: alias === undefined ? undefined : textOf(tree, alias),
  };
}

function lowerAliases(tree: FlatTree, nodes: readonly number[]): readonly Alias[] {
  return nodes.map((node) => {
    const span = spanOf(tree, node);
    if (typeOf(tree, node) !== "aliased_import")
      return { kind: "Alias", name: dotted(textOf(tree, node)), asName: undefined, ...span };
    const name = childByField(tree, node, "name");
    const alias = childByField(tree, node, "alias");
    return {
      kind: "Alias",
      name: name === undefined ? "" : dotted(textOf(tree, name)),
      asName: alias === undefined ? undefined : textOf(tree, alias),
      ...span,
    };
  });
}

const dotted = (text: string): string => text.replace(/\s+/g, "");

function lowerImportFrom(tree: FlatTree, node: number): Stmt {
  const span = spanOf(tree, node);
  const module = childByField(tree, node, "module_name");
  const text = module === undefined ? "" : dotted(textOf(tree, module));
  const level = /^\.*/.exec(text)?.[0].length ?? 0;
  const star = namedChildren(tree, node).find((child) => typeOf(tree, child) === "wildcard_import");
  const names: readonly Alias[] =
    star === undefined
      ? lowerAliases(tree, childrenByField(tree, node, "name"))
      : [{ kind: "Alias", name: "*", asName: undefined, ...spanOf(tree, star) }];
  return { kind: "ImportFrom", module: text.slice(level), level, names, ...span };
}

function lowerFunction(tree: FlatTree, node: number, decorators: readonly Expr[]): Stmt {
  const span = spanOf(tree, node);
  const name = childByField(tree, node, "name");
  const params = childByField(tree, node, "parameters");
  const body = childByField(tree, node, "body");
  const returns = childByField(tree, node, "return_type");
  return {
    kind: "FunctionDef",
    name: name === undefined ? "" : textOf(tree, name),
    nameStart: name === undefined ? span.start : startOf(tree, name),
    params: params === undefined ? [] : lowerParams(tree, params),
    returns: returns === undefined ? undefined : lowerExpr(tree, returns),
    body: bodyField(tree, node),
    decorators,
    isAsync: isAsync(tree, node),
    isGenerator: body !== undefined && hasYield(tree, body),
    ...span,
  };
}

function hasYield(tree: FlatTree, node: number): boolean {
  const end = tree.next[node] ?? 0;
  let at = node + 1;
  while (at < end) {
    const type = typeOf(tree, at);
    if (type === "yield") return true;
    const skip = type === "function_definition" || type === "lambda" || type === "class_definition";
    at = skip ? (tree.next[at] ?? end) : at + 1;
  }
  return false;
}

function lowerClass(tree: FlatTree, node: number, decorators: readonly Expr[]): Stmt {
  const span = spanOf(tree, node);
  const name = childByField(tree, node, "name");
  const list = childByField(tree, node, "superclasses");
  const { args, keywords } = list === undefined ? { args: [], keywords: [] } : lowerArguments(tree, list);
  return {
    kind: "ClassDef",
    name: name === undefined ? "" : textOf(tree, name),
    nameStart: name === undefined ? span.start : startOf(tree, name),
    bases: args,
    keywords,
    body: bodyField(tree, node),
    decorators,
    ...span,
  };
}

function lowerDecorated(tree: FlatTree, node: number): Stmt {
  const span = spanOf(tree, node);
  const decorators = namedChildren(tree, node)
    .filter((child) => typeOf(tree, child) === "decorator")
    .map((child) => firstOrUndefined(tree, child) ?? missing(endOf(tree, child)));
  const definition = childByField(tree, node, "definition");
  if (definition === undefined) return { kind: "Invalid", ...span };
  return typeOf(tree, definition) === "class_definition"
    ? { ...lowerClass(tree, definition, decorators), start: span.start }
    : { ...lowerFunction(tree, definition, decorators), start: span.start };
}

function lowerMatch(tree: FlatTree, node: number): Stmt {
  const span = spanOf(tree, node);
  const subjects = childrenByField(tree, node, "subject").map((child) => lowerExpr(tree, child));
  const first = subjects[0];
  const last = subjects[subjects.length - 1];
  const subject: Expr =
    first === undefined || last === undefined
      ? missing(span.end)
      : subjects.length === 1
        ? first
        : { kind: "Tuple", elts: subjects, start: first.start, end: last.end };
  const body = childByField(tree, node, "body") ?? node;
  const cases = namedChildren(tree, body)
    .filter((child) => typeOf(tree, child) === "case_clause")
    .map((child): MatchCase => {
      const patterns = namedChildren(tree, child).filter((c) => typeOf(tree, c) === "case_pattern");
      const guard = childByField(tree, child, "guard");
      const only = patterns[0];
      return {
        kind: "MatchCase",
        pattern:
          only === undefined
            ? missing(startOf(tree, child))
            : patterns.length === 1
              ? lowerPattern(tree, only)
              : {
                  kind: "MatchSequence",
                  patterns: patterns.map((pattern) => lowerPattern(tree, pattern)),
                  ...spanOf(tree, only),
                },
        guard: guard === undefined ? undefined : firstOrUndefined(tree, guard),
        body: bodyField(tree, child, "consequence"),
        ...spanOf(tree, child),
      };
    });
  return { kind: "Match", subject, cases, ...span };
}
