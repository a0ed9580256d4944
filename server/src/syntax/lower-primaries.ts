import { exact } from "../base/exact.ts";
import type { Expr, Keyword } from "./ast.ts";
import {
  childByField,
  endOf,
  fieldOf,
  isNamed,
  namedChildren,
  startOf,
  textOf,
  typeOf,
} from "./flat-tree.ts";
import {
  type ExprTable,
  fieldText,
  hoistStar,
  invalid,
  type LoweringTree,
  lastComma,
  lowerExpr,
  lowerField,
  lowerNamed,
  lowerOnly,
  lowerOrMissing,
  missing,
  oneOrTuple,
} from "./lowering.ts";

const lowerName = (tree: LoweringTree, node: number): Expr => ({
  kind: "Name",
  id: textOf(tree, node),
  start: startOf(tree, node),
  end: endOf(tree, node),
});

function lowerAttribute(tree: LoweringTree, node: number): Expr {
  let object = childByField(tree, node, "object");
  let attribute = childByField(tree, node, "attribute");
  if (object === undefined || attribute === undefined) {
    // `member_type` has no fields, and broken code may lack them.
    const named = namedChildren(tree, node);
    object ??= named[0];
    attribute ??= named[1];
  }
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  const attr = attribute === undefined ? "" : textOf(tree, attribute);
  const attrStart = attribute === undefined ? end : startOf(tree, attribute);
  const value = object === undefined ? missing(start) : lowerExpr(tree, object);
  if (value.kind !== "Starred") return { kind: "Attribute", value, attr, attrStart, start, end };
  return hoistStar(value, (inner) => ({ kind: "Attribute", value: inner, attr, attrStart, start, end }));
}

function lowerSubscript(tree: LoweringTree, node: number): Expr {
  const indices: number[] = [];
  const last = tree.next[node] ?? 0;
  for (let child = node + 1; child < last; child = tree.next[child] ?? last) {
    if (fieldOf(tree, child) === "subscript" && isNamed(tree, child)) indices.push(child);
  }
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  const index = oneOrTuple(tree, indices, lastComma(tree, node), end);
  return hoistStar(lowerField(tree, node, "value"), (value) => {
    // A star alone among the indices is a tuple of one: `x[*a]`.
    const whole: Expr =
      index.kind === "Starred" ? { kind: "Tuple", elts: [index], start: index.start, end: index.end } : index;
    return { kind: "Subscript", value, index: whole, start, end };
  });
}

function lowerCall(tree: LoweringTree, node: number): Expr {
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  const list = childByField(tree, node, "arguments");
  const given = list === undefined ? { args: [], keywords: [] } : lowerArguments(tree, list);
  const argsStart = list === undefined ? end : startOf(tree, list);
  const argsEnd = list === undefined ? end : endOf(tree, list);
  const { args, keywords } = given;
  const func = lowerField(tree, node, "function");
  if (func.kind !== "Starred") return { kind: "Call", func, args, keywords, argsStart, argsEnd, start, end };
  return hoistStar(func, (inner) => ({
    kind: "Call",
    func: inner,
    args,
    keywords,
    argsStart,
    argsEnd,
    start,
    end,
  }));
}

export function lowerArguments(
  tree: LoweringTree,
  list: number,
): { readonly args: readonly Expr[]; readonly keywords: readonly Keyword[] } {
  if (typeOf(tree, list) === "generator_expression") return { args: [lowerExpr(tree, list)], keywords: [] };
  const args: Expr[] = [];
  const keywords: Keyword[] = [];
  for (const child of namedChildren(tree, list)) {
    const type = typeOf(tree, child);
    if (type === "keyword_argument" || type === "dictionary_splat") {
      const name = type === "dictionary_splat" ? undefined : fieldText(tree, child, "name");
      const value = name === undefined ? lowerOnly(tree, child) : lowerField(tree, child, "value");
      keywords.push({
        kind: "Keyword",
        name,
        value,
        start: startOf(tree, child),
        end: endOf(tree, child),
      });
    } else {
      args.push(lowerExpr(tree, child));
    }
  }
  return { args: exact(args), keywords: exact(keywords) };
}

const lowerStarred = (tree: LoweringTree, node: number): Expr => ({
  kind: "Starred",
  value: lowerOnly(tree, node),
  start: startOf(tree, node),
  end: endOf(tree, node),
});

/** The grammar reads `await x ** 2` as `await (x ** 2)`; Python awaits first. */
function lowerAwait(tree: LoweringTree, node: number): Expr {
  const value = lowerOnly(tree, node);
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  const operand = namedChildren(tree, node)[0];
  const loose = operand !== undefined && typeOf(tree, operand) === "binary_operator";
  if (!loose || value.kind !== "BinOp") return { kind: "Await", value, start, end };
  const left: Expr = { kind: "Await", value: value.left, start, end: value.left.end };
  return { ...value, left, start };
}

function lowerYield(tree: LoweringTree, node: number): Expr {
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  const [only] = namedChildren(tree, node);
  const last = tree.next[node] ?? 0;
  for (let child = node + 1; child < last; child = tree.next[child] ?? last) {
    if (typeOf(tree, child) === "from")
      return { kind: "YieldFrom", value: lowerOrMissing(tree, only, node), start, end };
  }
  return { kind: "Yield", value: only === undefined ? undefined : lowerExpr(tree, only), start, end };
}

function lowerSlice(tree: LoweringTree, node: number): Expr {
  const bounds: (Expr | undefined)[] = [undefined, undefined, undefined];
  let at = 0;
  const last = tree.next[node] ?? 0;
  for (let child = node + 1; child < last; child = tree.next[child] ?? last) {
    if (typeOf(tree, child) === ":") at++;
    else if (at < 3 && isNamed(tree, child) && tree.exprs[tree.type[child] ?? 0] !== undefined)
      bounds[at] = lowerExpr(tree, child);
  }
  const [lower, upper, step] = bounds;
  return { kind: "Slice", lower, upper, step, start: startOf(tree, node), end: endOf(tree, node) };
}

/** `a.b.c` as an expression. */
export function lowerDotted(tree: LoweringTree, node: number): Expr {
  let result: Expr | undefined;
  for (const part of namedChildren(tree, node)) {
    const id = textOf(tree, part);
    const start = startOf(tree, part);
    const end = endOf(tree, part);
    result =
      result === undefined
        ? { kind: "Name", id, start, end }
        : { kind: "Attribute", value: result, attr: id, attrStart: start, start: result.start, end };
  }
  return result ?? invalid(tree, node);
}

function lowerNamedExpr(tree: LoweringTree, node: number): Expr {
  const target = lowerField(tree, node, "name");
  const value = lowerField(tree, node, "value");
  return { kind: "NamedExpr", target, value, start: startOf(tree, node), end: endOf(tree, node) };
}

function lowerBool(tree: LoweringTree, node: number): Expr {
  const value = typeOf(tree, node) === "true";
  return { kind: "Bool", value, start: startOf(tree, node), end: endOf(tree, node) };
}

function lowerTuple(tree: LoweringTree, node: number): Expr {
  const elts = lowerNamed(tree, node);
  return { kind: "Tuple", elts, start: startOf(tree, node), end: endOf(tree, node) };
}

/** A target in parentheses is a tuple only with a comma: `for (x) in y`. */
function lowerTuplePattern(tree: LoweringTree, node: number): Expr {
  const inner = namedChildren(tree, node);
  const [only] = inner;
  const grouped = inner.length === 1 && only !== undefined && lastComma(tree, node) === undefined;
  return grouped ? lowerExpr(tree, only) : lowerTuple(tree, node);
}

const lowerList = (tree: LoweringTree, node: number): Expr => ({
  kind: "List",
  elts: lowerNamed(tree, node),
  start: startOf(tree, node),
  end: endOf(tree, node),
});

export const primaryLowerers: ExprTable = {
  identifier: lowerName,
  // Python 2 leftovers that the grammar may leave bare in broken code.
  print: lowerName,
  exec: lowerName,
  attribute: lowerAttribute,
  member_type: lowerAttribute,
  dotted_name: lowerDotted,
  subscript: lowerSubscript,
  call: lowerCall,
  slice: lowerSlice,
  await: lowerAwait,
  yield: lowerYield,
  named_expression: lowerNamedExpr,
  true: lowerBool,
  false: lowerBool,
  none: (tree, node) => ({ kind: "None", start: startOf(tree, node), end: endOf(tree, node) }),
  ellipsis: (tree, node) => ({ kind: "Ellipsis", start: startOf(tree, node), end: endOf(tree, node) }),
  parenthesized_expression: lowerOnly,
  type: lowerOnly,
  as_pattern_target: lowerOnly,
  constrained_type: lowerOnly,
  // `x as y` in an expression place appears only in broken code: the value is what can be read of it.
  as_pattern: lowerOnly,
  list_splat: lowerStarred,
  list_splat_pattern: lowerStarred,
  splat_type: lowerStarred,
  parenthesized_list_splat: lowerOnly,
  tuple: lowerTuple,
  tuple_pattern: lowerTuplePattern,
  expression_list: lowerTuple,
  pattern_list: lowerTuple,
  list: lowerList,
  list_pattern: lowerList,
  set: (tree, node) => ({
    kind: "Set",
    elts: lowerNamed(tree, node),
    start: startOf(tree, node),
    end: endOf(tree, node),
  }),
};
