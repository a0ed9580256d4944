import type { ModuleRow } from "../../server/src/protocol/models-request.ts";

/** Modules deeper than this are folded away at first. */
const firstDepth = 1;

/** The rows of the tree in the order of the model, parents first, and how many deeper ones are left out. */
export function moduleRows(
  modules: readonly ModuleRow[],
  expanded: boolean,
): { readonly rows: readonly ModuleRow[]; readonly hidden: number } {
  const order = new Map(modules.map((row, i) => [row.path, i]));
  // A parent stands where the first of its children does.
  const key = (path: string): readonly number[] => {
    const parts = path === "" ? [] : path.split(".");
    return parts.map((_, i) => {
      const prefix = parts.slice(0, i + 1).join(".");
      return order.get(prefix) ?? firstBelow(modules, prefix);
    });
  };
  const sorted = modules
    .map((row) => ({ row, key: key(row.path) }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ row }) => row);
  const rows = expanded ? sorted : sorted.filter(({ path }) => depthOf(path) <= firstDepth);
  return { rows, hidden: sorted.length - rows.length };
}

const depthOf = (path: string): number => (path === "" ? 0 : path.split(".").length);

const firstBelow = (modules: readonly ModuleRow[], prefix: string): number =>
  modules.findIndex(({ path }) => path.startsWith(`${prefix}.`));

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
