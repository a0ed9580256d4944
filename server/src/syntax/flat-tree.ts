/**
 * A concrete syntax tree in pre-order as parallel arrays, free of WASM memory.
 * Node `i` spans `[start[i], end[i])` in UTF-16 code units; its subtree is the nodes `i .. next[i] - 1`,
 * so the first child of `i` is `i + 1` and the sibling after child `c` is `next[c]`.
 */
export interface FlatTree {
  readonly text: string;
  readonly count: number;
  /** Index into `types`. */
  readonly type: ArrayLike<number>;
  /** Index into `fields`; 0 is no field. */
  readonly field: ArrayLike<number>;
  readonly start: ArrayLike<number>;
  readonly end: ArrayLike<number>;
  readonly next: ArrayLike<number>;
  /** Bits of `NodeFlag`. */
  readonly flags: ArrayLike<number>;
  /** Node type names by id, anonymous ones (`"+"`) included. */
  readonly types: readonly string[];
  readonly fields: readonly string[];
}

export const NodeFlag = { named: 1, extra: 2, missing: 4, error: 8 } as const;

export const typeOf = (tree: FlatTree, node: number): string => tree.types[tree.type[node] ?? 0] ?? "";
export const textOf = (tree: FlatTree, node: number): string =>
  tree.text.slice(tree.start[node] ?? 0, tree.end[node] ?? 0);
const isNamed = (tree: FlatTree, node: number): boolean => ((tree.flags[node] ?? 0) & NodeFlag.named) !== 0;

/** Children that carry meaning: comments and line continuations are left out. */
export function children(tree: FlatTree, node: number): readonly number[] {
  const found: number[] = [];
  const end = tree.next[node] ?? 0;
  for (let child = node + 1; child < end; child = tree.next[child] ?? end) {
    if (((tree.flags[child] ?? 0) & NodeFlag.extra) === 0 || typeOf(tree, child) === "ERROR")
      found.push(child);
  }
  return found;
}

export const namedChildren = (tree: FlatTree, node: number): readonly number[] =>
  children(tree, node).filter((child) => isNamed(tree, child));

/** The first child under `field`, or `undefined`: broken code lacks any of them. */
export function childByField(tree: FlatTree, node: number, field: string): number | undefined {
  const end = tree.next[node] ?? 0;
  for (let child = node + 1; child < end; child = tree.next[child] ?? end) {
    if (tree.fields[tree.field[child] ?? 0] === field && ((tree.flags[child] ?? 0) & NodeFlag.extra) === 0)
      return child;
  }
  return undefined;
}

export const childrenByField = (tree: FlatTree, node: number, field: string): readonly number[] =>
  children(tree, node).filter((child) => tree.fields[tree.field[child] ?? 0] === field);
