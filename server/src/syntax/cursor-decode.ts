import type { Tree } from "web-tree-sitter";
import { type FlatTree, NodeFlag, type Placement } from "./flat-tree.ts";
import type { Grammar } from "./grammar.ts";

/** Copies a tree out of WASM through the public cursor: slower than reading the heap, and right for any version. */
export function decodeWithCursor(tree: Tree, { text, shift, from }: Placement, grammar: Grammar): FlatTree {
  const count = tree.rootNode.descendantCount;
  const type = new Uint16Array(count);
  const field = new Uint8Array(count);
  const start = new Uint32Array(count);
  const end = new Uint32Array(count);
  const next = new Uint32Array(count);
  const flags = new Uint8Array(count);
  const cursor = tree.walk();
  let at = 0;
  const read = (): number => {
    const id = at++;
    const name = cursor.nodeType;
    type[id] = grammar.typeIds.get(name) ?? grammar.errorType;
    field[id] = cursor.currentFieldId;
    start[id] = Math.max(from, cursor.startIndex + shift);
    end[id] = Math.max(from, cursor.endIndex + shift);
    flags[id] =
      (cursor.nodeIsNamed ? NodeFlag.named : 0) |
      (grammar.extras.has(name) ? NodeFlag.extra : 0) |
      (cursor.nodeIsMissing ? NodeFlag.missing : 0) |
      (name === "ERROR" ? NodeFlag.error : 0);
    return id;
  };
  // Iterative: deeply nested code must not exhaust the stack.
  const open: number[] = [];
  for (;;) {
    const id = read();
    if (cursor.gotoFirstChild()) {
      open.push(id);
      continue;
    }
    next[id] = at;
    while (!cursor.gotoNextSibling()) {
      const parent = open.pop();
      if (parent === undefined) {
        cursor.delete();
        const { types, fields } = grammar;
        return { text, count: at, type, field, start, end, next, flags, types, fields };
      }
      next[parent] = at;
      cursor.gotoParent();
    }
  }
}
