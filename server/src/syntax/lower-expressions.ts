import type {
  BinaryOperator,
  CompareOperator,
  Comprehension,
  DictItem,
  Expr,
  Invalid,
  Keyword,
  Param,
  UnaryOperator,
} from "./ast.ts";
import {
  childByField,
  children,
  childrenByField,
  type FlatTree,
  namedChildren,
  textOf,
  typeOf,
} from "./flat-tree.ts";
import { lowerString, lowerStrings } from "./lower-strings.ts";

export const startOf = (tree: FlatTree, node: number): number => tree.start[node] ?? 0;
export const endOf = (tree: FlatTree, node: number): number => tree.end[node] ?? 0;
export const spanOf = (tree: FlatTree, node: number): { start: number; end: number } => ({
  start: startOf(tree, node),
  end: endOf(tree, node),
});

/** What stands for a child that broken code does not have. */
export const missing = (at: number): Invalid => ({ kind: "Invalid", start: at, end: at });

export function lowerField(tree: FlatTree, node: number, field: string): Expr {
  const child = childByField(tree, node, field);
  return child === undefined ? missing(endOf(tree, node)) : lowerExpr(tree, child);
}

function optionalField(tree: FlatTree, node: number, field: string): Expr | undefined {
  const child = childByField(tree, node, field);
  return child === undefined ? undefined : lowerExpr(tree, child);
}

const lowerAll = (tree: FlatTree, nodes: readonly number[]): readonly Expr[] =>
  nodes.map((child) => lowerExpr(tree, child));

/** The only named child, for nodes that wrap one expression. */
function lowerOnly(tree: FlatTree, node: number): Expr {
  const child = namedChildren(tree, node)[0];
  return child === undefined ? missing(endOf(tree, node)) : lowerExpr(tree, child);
}

export function lowerExpr(tree: FlatTree, node: number): Expr {
  const span = spanOf(tree, node);
  switch (typeOf(tree, node)) {
    case "identifier":
    case "keyword_identifier":
      return { kind: "Name", id: textOf(tree, node), ...span };
    case "attribute":
    case "member_type":
      return lowerAttribute(tree, node);
    case "subscript":
      return lowerSubscript(tree, node);
    case "call":
      return lowerCall(tree, node);
    case "integer":
      return lowerNumber(textOf(tree, node), span);
    case "float":
      return lowerNumber(textOf(tree, node), span);
    case "string":
      return lowerString(tree, node, lowerExpr);
    case "concatenated_string":
      return lowerStrings(tree, node, lowerExpr);
    case "true":
      return { kind: "Bool", value: true, ...span };
    case "false":
      return { kind: "Bool", value: false, ...span };
    case "none":
      return { kind: "None", ...span };
    case "ellipsis":
      return { kind: "Ellipsis", ...span };
    case "parenthesized_expression":
    case "type":
    case "as_pattern_target":
    case "constrained_type":
      return lowerOnly(tree, node);
    case "binary_operator":
      return lowerBinary(tree, node);
    case "unary_operator":
      return {
        kind: "UnaryOp",
        op: unaryOperator(fieldText(tree, node, "operator")),
        operand: lowerField(tree, node, "argument"),
        ...span,
      };
    case "not_operator":
      return { kind: "UnaryOp", op: "not", operand: lowerField(tree, node, "argument"), ...span };
    case "boolean_operator":
      return lowerBoolean(tree, node);
    case "comparison_operator":
      return lowerComparison(tree, node);
    case "conditional_expression": {
      const [body, test, orelse] = lowerAll(tree, namedChildren(tree, node));
      const none = missing(span.end);
      return { kind: "IfExp", body: body ?? none, test: test ?? none, orelse: orelse ?? none, ...span };
    }
    case "named_expression":
      return {
        kind: "NamedExpr",
        target: lowerField(tree, node, "name"),
        value: lowerField(tree, node, "value"),
        ...span,
      };
    case "lambda": {
      const params = childByField(tree, node, "parameters");
      return {
        kind: "Lambda",
        params: params === undefined ? [] : lowerParams(tree, params),
        body: lowerField(tree, node, "body"),
        ...span,
      };
    }
    case "tuple":
    case "tuple_pattern":
    case "expression_list":
    case "pattern_list":
      return { kind: "Tuple", elts: lowerAll(tree, namedChildren(tree, node)), ...span };
    case "list":
    case "list_pattern":
      return { kind: "List", elts: lowerAll(tree, namedChildren(tree, node)), ...span };
    case "set":
      return { kind: "Set", elts: lowerAll(tree, namedChildren(tree, node)), ...span };
    case "dictionary":
      return {
        kind: "Dict",
        items: namedChildren(tree, node).map((child) => lowerItem(tree, child)),
        ...span,
      };
    case "list_comprehension":
      return lowerComprehension(tree, node, "ListComp");
    case "set_comprehension":
      return lowerComprehension(tree, node, "SetComp");
    case "generator_expression":
      return lowerComprehension(tree, node, "GeneratorExp");
    case "dictionary_comprehension":
      return lowerDictComprehension(tree, node);
    case "list_splat":
    case "list_splat_pattern":
    case "splat_type":
    case "parenthesized_list_splat":
      return { kind: "Starred", value: lowerOnly(tree, node), ...span };
    case "await":
      return { kind: "Await", value: lowerOnly(tree, node), ...span };
    case "yield":
      return lowerYield(tree, node);
    case "slice":
      return lowerSlice(tree, node);
    case "as_pattern":
      return lowerAsPattern(tree, node);
    case "generic_type":
      return lowerGenericType(tree, node);
    case "union_type": {
      const [left, right] = lowerAll(tree, namedChildren(tree, node));
      return {
        kind: "BinOp",
        op: "|",
        left: left ?? missing(span.start),
        right: right ?? missing(span.end),
        ...span,
      };
    }
    case "dotted_name":
      return lowerDotted(tree, node);
    // Python 2 leftovers and soft keywords that the grammar reads as names.
    case "print":
    case "exec":
      return { kind: "Name", id: textOf(tree, node), ...span };
    default:
      return { kind: "Invalid", ...span };
  }
}

function fieldText(tree: FlatTree, node: number, field: string): string {
  const child = childByField(tree, node, field);
  return child === undefined ? "" : textOf(tree, child);
}

/**
 * The grammar reads `*x.shape` as `(*x).shape`; Python reads `*(x.shape)`.
 * Postfix and binary operators therefore pull a star on their left operand out to themselves.
 */
function hoistStar(operand: Expr, rebuild: (inner: Expr) => Expr): Expr {
  if (operand.kind !== "Starred") return rebuild(operand);
  const value = rebuild(operand.value);
  return {
    kind: "Starred",
    value: { ...value, start: operand.value.start },
    start: operand.start,
    end: value.end,
  };
}

function lowerAttribute(tree: FlatTree, node: number): Expr {
  const named = namedChildren(tree, node);
  const object = childByField(tree, node, "object") ?? named[0];
  const attribute = childByField(tree, node, "attribute") ?? named[1];
  const span = spanOf(tree, node);
  const value = object === undefined ? missing(span.start) : lowerExpr(tree, object);
  return hoistStar(value, (inner) => ({
    kind: "Attribute",
    value: inner,
    attr: attribute === undefined ? "" : textOf(tree, attribute),
    attrStart: attribute === undefined ? span.end : startOf(tree, attribute),
    ...span,
  }));
}

function lowerSubscript(tree: FlatTree, node: number): Expr {
  const span = spanOf(tree, node);
  const indices = lowerAll(tree, childrenByField(tree, node, "subscript"));
  const first = indices[0];
  const last = indices[indices.length - 1];
  const hasComma = children(tree, node).some((child) => typeOf(tree, child) === ",");
  const index: Expr =
    first === undefined || last === undefined
      ? missing(span.end)
      : indices.length === 1 && !hasComma
        ? first
        : { kind: "Tuple", elts: indices, start: first.start, end: last.end };
  return hoistStar(lowerField(tree, node, "value"), (inner) => ({
    kind: "Subscript",
    value: inner,
    index,
    ...span,
  }));
}

function lowerGenericType(tree: FlatTree, node: number): Expr {
  const span = spanOf(tree, node);
  const [base, parameters] = namedChildren(tree, node);
  const indices = parameters === undefined ? [] : lowerAll(tree, namedChildren(tree, parameters));
  const first = indices[0];
  const last = indices[indices.length - 1];
  const index: Expr =
    first === undefined || last === undefined
      ? missing(span.end)
      : indices.length === 1
        ? first
        : { kind: "Tuple", elts: indices, start: first.start, end: last.end };
  return {
    kind: "Subscript",
    value: base === undefined ? missing(span.start) : lowerExpr(tree, base),
    index,
    ...span,
  };
}

function lowerCall(tree: FlatTree, node: number): Expr {
  const span = spanOf(tree, node);
  const list = childByField(tree, node, "arguments");
  const { args, keywords } = list === undefined ? { args: [], keywords: [] } : lowerArguments(tree, list);
  return hoistStar(lowerField(tree, node, "function"), (func) => ({
    kind: "Call",
    func,
    args,
    keywords,
    argsStart: list === undefined ? span.end : startOf(tree, list),
    argsEnd: list === undefined ? span.end : endOf(tree, list),
    ...span,
  }));
}

export function lowerArguments(
  tree: FlatTree,
  list: number,
): { readonly args: readonly Expr[]; readonly keywords: readonly Keyword[] } {
  if (typeOf(tree, list) === "generator_expression") return { args: [lowerExpr(tree, list)], keywords: [] };
  const args: Expr[] = [];
  const keywords: Keyword[] = [];
  for (const child of namedChildren(tree, list)) {
    const span = spanOf(tree, child);
    const type = typeOf(tree, child);
    if (type === "keyword_argument") {
      keywords.push({
        kind: "Keyword",
        name: fieldText(tree, child, "name"),
        value: lowerField(tree, child, "value"),
        ...span,
      });
    } else if (type === "dictionary_splat") {
      keywords.push({ kind: "Keyword", name: undefined, value: lowerOnly(tree, child), ...span });
    } else {
      args.push(lowerExpr(tree, child));
    }
  }
  return { args, keywords };
}

function lowerNumber(text: string, span: { start: number; end: number }): Expr {
  const digits = text.replaceAll("_", "").toLowerCase();
  if (digits.endsWith("j")) return { kind: "Imaginary", value: Number(digits.slice(0, -1)), ...span };
  if (/^0[xob]/.test(digits)) return { kind: "Int", value: Number(digits), ...span };
  // Python 2: `10L` and octal `017`.
  const plain = digits.replace(/l$/, "");
  if (/^0\d+$/.test(plain)) return { kind: "Int", value: Number.parseInt(plain, 8) || 0, ...span };
  return { kind: /^\d+$/.test(plain) ? "Int" : "Float", value: Number(plain), ...span };
}

const binaryOperators: readonly BinaryOperator[] = [
  "+",
  "-",
  "*",
  "/",
  "//",
  "%",
  "**",
  "@",
  "&",
  "|",
  "^",
  "<<",
  ">>",
];

export function binaryOperator(text: string): BinaryOperator {
  return binaryOperators.find((op) => op === text) ?? "+";
}

function unaryOperator(text: string): UnaryOperator {
  return text === "-" || text === "~" ? text : "+";
}

function lowerBinary(tree: FlatTree, node: number): Expr {
  const span = spanOf(tree, node);
  const op = binaryOperator(fieldText(tree, node, "operator"));
  const right = lowerField(tree, node, "right");
  return hoistStar(lowerField(tree, node, "left"), (left) => ({ kind: "BinOp", left, op, right, ...span }));
}

function lowerBoolean(tree: FlatTree, node: number): Expr {
  const op = fieldText(tree, node, "operator") === "or" ? "or" : "and";
  const left = lowerField(tree, node, "left");
  const right = lowerField(tree, node, "right");
  // `a and b and c` nests to the left in the grammar and is flat in CPython; parentheses keep their own node.
  const leftNode = childByField(tree, node, "left");
  const flat =
    left.kind === "BoolOp" &&
    left.op === op &&
    leftNode !== undefined &&
    typeOf(tree, leftNode) === "boolean_operator";
  return {
    kind: "BoolOp",
    op,
    values: flat ? [...left.values, right] : [left, right],
    ...spanOf(tree, node),
  };
}

const compareOperators: readonly CompareOperator[] = [
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "is",
  "is not",
  "in",
  "not in",
];

function lowerComparison(tree: FlatTree, node: number): Expr {
  const operands: Expr[] = [];
  const ops: CompareOperator[] = [];
  for (const child of children(tree, node)) {
    const text = textOf(tree, child).replace(/\s+/g, " ").replace("<>", "!=");
    const op = compareOperators.find((known) => known === text);
    if (op !== undefined && tree.fields[tree.field[child] ?? 0] === "operators") ops.push(op);
    else operands.push(lowerExpr(tree, child));
  }
  const [left, ...comparators] = operands;
  const span = spanOf(tree, node);
  if (left === undefined || comparators.length !== ops.length) return { kind: "Invalid", ...span };
  return { kind: "Compare", left, ops, comparators, ...span };
}

function lowerItem(tree: FlatTree, node: number): DictItem {
  const span = spanOf(tree, node);
  if (typeOf(tree, node) === "pair")
    return {
      kind: "DictItem",
      key: lowerField(tree, node, "key"),
      value: lowerField(tree, node, "value"),
      ...span,
    };
  if (typeOf(tree, node) === "dictionary_splat")
    return { kind: "DictItem", key: undefined, value: lowerOnly(tree, node), ...span };
  return { kind: "DictItem", key: missing(span.start), value: { kind: "Invalid", ...span }, ...span };
}

function lowerGenerators(tree: FlatTree, node: number): readonly Comprehension[] {
  const found: { -readonly [K in keyof Comprehension]: Comprehension[K] }[] = [];
  for (const child of children(tree, node)) {
    const type = typeOf(tree, child);
    const last = found[found.length - 1];
    if (type === "for_in_clause") {
      const rights = lowerAll(
        tree,
        childrenByField(tree, child, "right").filter((c) => typeOf(tree, c) !== ","),
      );
      const first = rights[0];
      const iter: Expr =
        first === undefined
          ? missing(endOf(tree, child))
          : rights.length === 1
            ? first
            : { kind: "Tuple", elts: rights, start: first.start, end: endOf(tree, child) };
      found.push({
        kind: "Comprehension",
        target: lowerField(tree, child, "left"),
        iter,
        ifs: [],
        isAsync: children(tree, child).some((c) => typeOf(tree, c) === "async"),
        ...spanOf(tree, child),
      });
    } else if (type === "if_clause" && last !== undefined) {
      last.ifs = [...last.ifs, lowerOnly(tree, child)];
      last.end = endOf(tree, child);
    }
  }
  return found;
}

function lowerComprehension(
  tree: FlatTree,
  node: number,
  kind: "ListComp" | "SetComp" | "GeneratorExp",
): Expr {
  return {
    kind,
    elt: lowerField(tree, node, "body"),
    generators: lowerGenerators(tree, node),
    ...spanOf(tree, node),
  };
}

function lowerDictComprehension(tree: FlatTree, node: number): Expr {
  const span = spanOf(tree, node);
  const pair = childByField(tree, node, "body");
  return {
    kind: "DictComp",
    key: pair === undefined ? missing(span.start) : lowerField(tree, pair, "key"),
    value: pair === undefined ? missing(span.start) : lowerField(tree, pair, "value"),
    generators: lowerGenerators(tree, node),
    ...span,
  };
}

function lowerYield(tree: FlatTree, node: number): Expr {
  const span = spanOf(tree, node);
  const parts = namedChildren(tree, node);
  const only = parts[0];
  if (children(tree, node).some((child) => typeOf(tree, child) === "from"))
    return {
      kind: "YieldFrom",
      value: only === undefined ? missing(span.end) : lowerExpr(tree, only),
      ...span,
    };
  return { kind: "Yield", value: only === undefined ? undefined : lowerExpr(tree, only), ...span };
}

function lowerSlice(tree: FlatTree, node: number): Expr {
  const bounds: (Expr | undefined)[] = [undefined, undefined, undefined];
  let at = 0;
  for (const child of children(tree, node)) {
    if (typeOf(tree, child) === ":") at++;
    else if (at < 3) bounds[at] = lowerExpr(tree, child);
  }
  const [lower, upper, step] = bounds;
  return { kind: "Slice", lower, upper, step, ...spanOf(tree, node) };
}

/** `x as y` in an expression place appears only in broken code or a parenthesized `with`. */
function lowerAsPattern(tree: FlatTree, node: number): Expr {
  const first = namedChildren(tree, node)[0];
  return first === undefined ? missing(endOf(tree, node)) : lowerExpr(tree, first);
}

export function lowerDotted(tree: FlatTree, node: number): Expr {
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
  return result ?? { kind: "Invalid", ...spanOf(tree, node) };
}

export function lowerParams(tree: FlatTree, node: number): readonly Param[] {
  const params: { -readonly [K in keyof Param]: Param[K] }[] = [];
  let keywordOnly = false;
  for (const child of namedChildren(tree, node)) {
    const span = spanOf(tree, child);
    const plain = { kind: "Param", annotation: undefined, default: undefined, ...span } as const;
    const mode = keywordOnly ? "keyword-only" : "positional";
    switch (typeOf(tree, child)) {
      case "identifier":
        params.push({ ...plain, name: textOf(tree, child), mode });
        break;
      case "default_parameter":
      case "typed_default_parameter":
        params.push({
          ...plain,
          name: fieldText(tree, child, "name"),
          annotation: optionalField(tree, child, "type"),
          default: lowerField(tree, child, "value"),
          mode,
        });
        break;
      case "typed_parameter": {
        const inner = namedChildren(tree, child)[0];
        const annotation = optionalField(tree, child, "type");
        if (inner === undefined) break;
        const starred = splatMode(typeOf(tree, inner));
        params.push({ ...plain, name: bareName(tree, inner), annotation, mode: starred ?? mode });
        if (starred === "var-positional") keywordOnly = true;
        break;
      }
      case "list_splat_pattern":
        params.push({ ...plain, name: bareName(tree, child), mode: "var-positional" });
        keywordOnly = true;
        break;
      case "dictionary_splat_pattern":
        params.push({ ...plain, name: bareName(tree, child), mode: "var-keyword" });
        break;
      case "keyword_separator":
        keywordOnly = true;
        break;
      case "positional_separator":
        for (const earlier of params) if (earlier.mode === "positional") earlier.mode = "positional-only";
        break;
      default:
        break;
    }
  }
  return params;
}

const splatMode = (type: string): "var-positional" | "var-keyword" | undefined =>
  type === "list_splat_pattern"
    ? "var-positional"
    : type === "dictionary_splat_pattern"
      ? "var-keyword"
      : undefined;

const bareName = (tree: FlatTree, node: number): string => textOf(tree, node).replace(/^\*+\s*/, "");
