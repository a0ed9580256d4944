import type { PythonParser, Tree } from "./parser.ts";
import type { Part } from "./tree-cache.ts";
import { editTree } from "./tree-edit.ts";

/**
 * Parses `texts`, reusing the trees of the parts they were before an edit. All `old` trees are consumed.
 * What comes out never depends on what they were: see `reparse`.
 */
export function parseParts(
  parser: PythonParser,
  texts: readonly string[],
  old: readonly Part[],
): readonly Part[] {
  const reusable = new Map(old.map((part) => [part.text, part]));
  const kept = texts.map((text) => {
    const part = reusable.get(text);
    reusable.delete(text);
    return part;
  });
  const used = new Set(kept);
  const stale = old.filter((part) => !used.has(part));
  let next = 0;
  const parts = texts.map((text, i): Part => {
    const same = kept[i];
    if (same !== undefined) return same;
    const previous = stale[next++];
    const tree = (previous && reparse(parser, text, previous)) ?? parser.parse(text);
    return { text, tree };
  });
  for (const { tree } of stale) tree?.delete();
  return parts;
}

/**
 * The tree of `text` by incremental parsing, which equals a fresh one only from sound code to sound code: what is
 * recovered from errors depends on how the text came to be. `undefined` when either side has errors.
 */
function reparse(parser: PythonParser, text: string, previous: Part): Tree | undefined {
  const { tree } = previous;
  if (tree === undefined || tree.rootNode.hasError) return undefined;
  editTree(tree, previous.text, text);
  return parser.parseSound(text, tree);
}
