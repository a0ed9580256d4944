/** A visible line of the tree: a group, or a row of an open group. */
export type TreeItem =
  | { readonly kind: "group"; readonly key: string; readonly open: boolean }
  | { readonly kind: "row"; readonly key: string; readonly group: string };

export type TreeAction =
  | { readonly kind: "move"; readonly key: string }
  | { readonly kind: "toggle"; readonly key: string }
  | { readonly kind: "activate"; readonly key: string; readonly stay: boolean };

/**
 * What a key does in a tree, as the ARIA pattern for trees has it; `undefined` when the key is not the tree's.
 * Enter goes to the code, space shows it and stays.
 */
export function treeAction(
  items: readonly TreeItem[],
  activeKey: string | undefined,
  pressed: string,
): TreeAction | undefined {
  const index = items.findIndex((item) => item.key === activeKey);
  const item = items[index];
  const move = (to: TreeItem | undefined): TreeAction | undefined =>
    to === undefined ? undefined : { kind: "move", key: to.key };
  if (item === undefined) return undefined;
  switch (pressed) {
    case "ArrowDown":
      return move(items[index + 1]);
    case "ArrowUp":
      return move(items[index - 1]);
    case "Home":
      return move(items[0]);
    case "End":
      return move(items.at(-1));
    case "PageDown":
      return move(items[Math.min(index + 10, items.length - 1)]);
    case "PageUp":
      return move(items[Math.max(index - 10, 0)]);
    case "ArrowRight":
      if (item.kind === "row") return undefined;
      return item.open ? move(items[index + 1]) : { kind: "toggle", key: item.key };
    case "ArrowLeft":
      if (item.kind === "group") return item.open ? { kind: "toggle", key: item.key } : undefined;
      return { kind: "move", key: item.group };
    case "Enter":
    case " ":
      return item.kind === "group"
        ? { kind: "toggle", key: item.key }
        : { kind: "activate", key: item.key, stay: pressed === " " };
    default:
      return undefined;
  }
}
