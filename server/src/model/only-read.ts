import type { Node } from "../syntax/ast.ts";
import type { Value } from "./values.ts";

/** What code may do with a container without changing it, as long as nothing that it holds can be changed. */
const reading: ReadonlySet<string> = new Set([
  ...["len", "sum", "min", "max", "any", "all", "sorted", "enumerate", "zip", "reversed", "range"],
  ...["list", "tuple", "set", "dict", "str", "repr", "print", "isinstance", "type"],
]);
const readingMethods: ReadonlySet<string> = new Set([
  ...["keys", "values", "items", "get", "index", "count", "copy"],
]);

/**
 * Whether code that stands at this place can do nothing but read what it gets: a table of settings is gone through, or one
 * of its rows becomes arguments.
 *
 * @param held what the node may be
 */
export function isOnlyRead(node: Node, held: readonly Value[]): boolean {
  if (isTarget(node)) return false;
  if (held.every(isFixed)) return true;
  const { parent } = node;
  switch (parent?.kind) {
    case "Subscript":
      return (
        parent.value === node &&
        isOnlyRead(parent, parent.index.kind === "Slice" ? held : held.flatMap(elementsOf))
      );
    case "Keyword":
      return parent.name === undefined && areFlat(held);
    case "Starred":
      return areFlat(held) && !isTarget(parent);
    case "Compare":
      return true;
    case "For":
    case "Comprehension":
      return parent.iter === node && (held.every(isDict) || areFlat(held));
    case "Attribute":
      return parent.parent?.kind === "Call" &&
        parent.parent.func === parent &&
        readingMethods.has(parent.attr)
        ? parent.attr === "keys" || areFlat(held)
        : false;
    case "Call":
      return parent.func.kind === "Name" && reading.has(parent.func.id) && areFlat(held);
    default:
      return false;
  }
}

/** What stands here is set or deleted, itself or a part of it. */
function isTarget(node: Node): boolean {
  const { parent } = node;
  switch (parent?.kind) {
    case "Assign":
    case "Delete":
      return parent.targets.some((each) => each === node);
    case "AnnAssign":
    case "AugAssign":
    case "For":
    case "Comprehension":
    case "WithItem":
      return parent.target === node;
    case "Tuple":
    case "List":
    case "Starred":
      return isTarget(parent);
    default:
      return false;
  }
}

const isDict = (value: Value): boolean =>
  isFixed(value) || (typeof value === "object" && value.kind === "dict" && value.cls === undefined);

const areFlat = (held: readonly Value[]): boolean => held.every((each) => elementsOf(each).every(isFixed));

/** Nothing can change it: neither itself nor what it holds. */
function isFixed(value: Value): boolean {
  if (typeof value !== "object") return true;
  switch (value.kind) {
    case "tuple":
      return value.items.every(isFixed);
    case "none":
    case "ellipsis":
    case "float":
    case "complex":
    case "dtype":
    case "device":
    case "bytes":
    case "range":
    case "function":
    case "class":
    case "module":
      return true;
    default:
      return false;
  }
}

/** What a container of Python's own gives; anything else stands for itself. */
function elementsOf(value: Value): readonly Value[] {
  if (typeof value !== "object") return [];
  switch (value.kind) {
    case "list":
    case "tuple":
      return value.items;
    case "dict":
      return value.cls === undefined ? [...value.entries.values()].map((entry) => entry.value) : [value];
    case "set":
      return [...value.entries.values()];
    default:
      return [value];
  }
}
