import type { Alias, Stmt } from "./ast.ts";
import {
  childByField,
  childOfType,
  childrenByField,
  endOf,
  type FlatTree,
  startOf,
  textOf,
  typeOf,
} from "./flat-tree.ts";
import { fieldText, type LoweringTree, type StmtTable } from "./lowering.ts";

/** A dotted name without the blanks, comments and line breaks that may stand in it. */
const dotted = (text: string): string => (/[^\w.]/.test(text) ? text.replace(/\\\r?\n|#.*|\s+/g, "") : text);

function lowerAliases(tree: LoweringTree, nodes: readonly number[]): readonly Alias[] {
  return nodes.map((node) => {
    const span = { start: startOf(tree, node), end: endOf(tree, node) };
    if (typeOf(tree, node) !== "aliased_import")
      return { kind: "Alias", name: dotted(textOf(tree, node)), asName: undefined, ...span };
    const alias = childByField(tree, node, "alias");
    const asName = alias === undefined ? undefined : textOf(tree, alias);
    return { kind: "Alias", name: dotted(fieldText(tree, node, "name")), asName, ...span };
  });
}

const lowerImport = (tree: LoweringTree, node: number): Stmt => ({
  kind: "Import",
  names: lowerAliases(tree, childrenByField(tree, node, "name")),
  start: startOf(tree, node),
  end: endOf(tree, node),
});

function lowerFuture(tree: LoweringTree, node: number): Stmt {
  const names = lowerAliases(tree, childrenByField(tree, node, "name"));
  const module = "__future__";
  return { kind: "ImportFrom", module, level: 0, names, start: startOf(tree, node), end: endOf(tree, node) };
}

function lowerImportFrom(tree: LoweringTree, node: number): Stmt {
  const text = dotted(fieldText(tree, node, "module_name"));
  let level = 0;
  while (text[level] === ".") level++;
  const star = childOfType(tree, node, "wildcard_import");
  const names =
    star === undefined ? lowerAliases(tree, childrenByField(tree, node, "name")) : [starAlias(tree, star)];
  const module = text.slice(level);
  return { kind: "ImportFrom", module, level, names, start: startOf(tree, node), end: endOf(tree, node) };
}

const starAlias = (tree: FlatTree, node: number): Alias => ({
  kind: "Alias",
  name: "*",
  asName: undefined,
  start: startOf(tree, node),
  end: endOf(tree, node),
});

export const importLowerers: StmtTable = {
  import_statement: lowerImport,
  import_from_statement: lowerImportFrom,
  future_import_statement: lowerFuture,
};
