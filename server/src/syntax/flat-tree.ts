/**
 * A concrete syntax tree in pre-order as parallel arrays, free of WASM memory.
 * Node `i` spans `[start[i], end[i])` in UTF-16 code units; its subtree is the nodes `i .. next[i] - 1`,
 * so the first child of `i` is `i + 1` and the sibling after child `c` is `next[c]`.
 */
export interface FlatTree {
  readonly text: string;
  readonly count: number;
  /** Index into `types`. */
  readonly type: Uint16Array;
  /** Index into `fields`; 0 is no field. */
  readonly field: Uint8Array;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  readonly next: Uint32Array;
  /** Bits of `NodeFlag`. */
  readonly flags: Uint8Array;
  /** Node type names by id, anonymous ones (`"+"`) included. */
  readonly types: readonly string[];
  readonly fields: readonly string[];
}

/** Where the text that was parsed stands in the text that offsets are for. */
export interface Placement {
  readonly text: string;
  /** What to add to an offset of the tree. */
  readonly shift: number;
  /** Nothing starts or ends before this offset: what was parsed may have had something of ours before it. */
  readonly from: number;
}

/** `extra`: a comment or a line continuation, which may stand anywhere. */
export const NodeFlag = { named: 1, extra: 2, missing: 4, error: 8 } as const;

const extraFlag = NodeFlag.extra;
const namedFlag = NodeFlag.named;

export const typeOf = (tree: FlatTree, node: number): string => tree.types[tree.type[node] ?? 0] ?? "";
export const startOf = (tree: FlatTree, node: number): number => tree.start[node] ?? 0;
export const endOf = (tree: FlatTree, node: number): number => tree.end[node] ?? 0;
export const textOf = (tree: FlatTree, node: number): string =>
  tree.text.slice(tree.start[node] ?? 0, tree.end[node] ?? 0);
export const fieldOf = (tree: FlatTree, node: number): string => tree.fields[tree.field[node] ?? 0] ?? "";
export const isNamed = (tree: FlatTree, node: number): boolean => ((tree.flags[node] ?? 0) & namedFlag) !== 0;

/** Children that carry meaning: comments and line continuations are left out. */
export function children(tree: FlatTree, node: number): readonly number[] {
  const found: number[] = [];
  const end = tree.next[node] ?? 0;
  for (let child = node + 1; child < end; child = tree.next[child] ?? end) {
    if (((tree.flags[child] ?? 0) & extraFlag) === 0) found.push(child);
  }
  return found;
}

export function namedChildren(tree: FlatTree, node: number): readonly number[] {
  const found: number[] = [];
  const end = tree.next[node] ?? 0;
  for (let child = node + 1; child < end; child = tree.next[child] ?? end) {
    if (((tree.flags[child] ?? 0) & (extraFlag | namedFlag)) === namedFlag) found.push(child);
  }
  return found;
}

export function firstNamed(tree: FlatTree, node: number): number | undefined {
  const end = tree.next[node] ?? 0;
  for (let child = node + 1; child < end; child = tree.next[child] ?? end) {
    if (((tree.flags[child] ?? 0) & (extraFlag | namedFlag)) === namedFlag) return child;
  }
  return undefined;
}

/** The first child of `type`, named or not. */
export function childOfType(tree: FlatTree, node: number, type: string): number | undefined {
  const end = tree.next[node] ?? 0;
  for (let child = node + 1; child < end; child = tree.next[child] ?? end) {
    if (typeOf(tree, child) === type) return child;
  }
  return undefined;
}

/** The first child under `field`, or `undefined`: broken code lacks any of them. */
export function childByField(tree: FlatTree, node: number, field: string): number | undefined {
  const end = tree.next[node] ?? 0;
  for (let child = node + 1; child < end; child = tree.next[child] ?? end) {
    if (fieldOf(tree, child) === field && ((tree.flags[child] ?? 0) & extraFlag) === 0) return child;
  }
  return undefined;
}

/** All children under `field`, the commas between them included when the grammar gives them the field. */
export const childrenByField = (tree: FlatTree, node: number, field: string): readonly number[] =>
  children(tree, node).filter((child) => fieldOf(tree, child) === field);
