import type { Comprehension, DictItem, Expr } from "./ast.ts";
import {
  childByField,
  childOfType,
  children,
  endOf,
  fieldOf,
  isNamed,
  namedChildren,
  startOf,
  typeOf,
} from "./flat-tree.ts";
import {
  type ExprLowerer,
  type ExprTable,
  type LoweringTree,
  lastComma,
  lowerField,
  lowerOnly,
  missing,
  oneOrTuple,
} from "./lowering.ts";

function lowerItem(tree: LoweringTree, node: number): DictItem {
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  switch (typeOf(tree, node)) {
    case "pair": {
      const key = lowerField(tree, node, "key");
      return { kind: "DictItem", key, value: lowerField(tree, node, "value"), start, end };
    }
    case "dictionary_splat":
      return { kind: "DictItem", key: undefined, value: lowerOnly(tree, node), start, end };
    default:
      return { kind: "DictItem", key: missing(start), value: { kind: "Invalid", start, end }, start, end };
  }
}

const lowerDict = (tree: LoweringTree, node: number): Expr => ({
  kind: "Dict",
  items: namedChildren(tree, node).map((child) => lowerItem(tree, child)),
  start: startOf(tree, node),
  end: endOf(tree, node),
});

function lowerGenerators(tree: LoweringTree, node: number): readonly Comprehension[] {
  const found: { -readonly [K in keyof Comprehension]: Comprehension[K] }[] = [];
  for (const child of children(tree, node)) {
    const type = typeOf(tree, child);
    const last = found[found.length - 1];
    if (type === "for_in_clause") {
      const sources = namedChildren(tree, child).filter(
        (part) => fieldOf(tree, part) === "right" && isNamed(tree, part),
      );
      found.push({
        kind: "Comprehension",
        target: lowerField(tree, child, "left"),
        iter: oneOrTuple(tree, sources, lastComma(tree, child), endOf(tree, child)),
        ifs: [],
        isAsync: childOfType(tree, child, "async") !== undefined,
        start: startOf(tree, child),
        end: endOf(tree, child),
      });
    } else if (type === "if_clause" && last !== undefined) {
      last.ifs = [...last.ifs, lowerOnly(tree, child)];
      last.end = endOf(tree, child);
    }
  }
  return found;
}

const lowerComprehension =
  (kind: "ListComp" | "SetComp" | "GeneratorExp"): ExprLowerer =>
  (tree, node) => ({
    kind,
    elt: lowerField(tree, node, "body"),
    generators: lowerGenerators(tree, node),
    start: startOf(tree, node),
    end: endOf(tree, node),
  });

function lowerDictComprehension(tree: LoweringTree, node: number): Expr {
  const start = startOf(tree, node);
  const pair = childByField(tree, node, "body");
  return {
    kind: "DictComp",
    key: pair === undefined ? missing(start) : lowerField(tree, pair, "key"),
    value: pair === undefined ? missing(start) : lowerField(tree, pair, "value"),
    generators: lowerGenerators(tree, node),
    start,
    end: endOf(tree, node),
  };
}

export const comprehensionLowerers: ExprTable = {
  dictionary: lowerDict,
  list_comprehension: lowerComprehension("ListComp"),
  set_comprehension: lowerComprehension("SetComp"),
  generator_expression: lowerComprehension("GeneratorExp"),
  dictionary_comprehension: lowerDictComprehension,
};
