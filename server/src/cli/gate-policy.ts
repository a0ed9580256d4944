import { type ConfigFiles, createConfigFinder, type FoundConfig } from "../host/find-config.ts";
import { folderOf, isInside, nameOf, relativeTo } from "../host/paths.ts";
import type { Tree } from "../host/tree.ts";
import { rules } from "../rules/registry.gen.ts";

/**
 * Whose configuration holds for both sides: a file that was named, or what a side says. A change that loosens its own
 * budget is judged by the budget that was there before.
 */
export type PolicySource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "side"; readonly side: "base" | "head" };

/** The configuration of files by their path, relative to the root of the sides; the same answer is the same object. */
export function createGateConfigs(
  policy: PolicySource,
  trees: { readonly base: Tree; readonly head: Tree },
): (path: string) => FoundConfig {
  const tree = trees[policy.kind === "side" ? policy.side : "head"];
  const limits = { ceilingOf: () => tree.root, fallbackOf: () => tree.root };
  if (policy.kind === "file") {
    const finder = createConfigFinder(rules, limits);
    return () => finder.withFile(policy.path, tree.root);
  }
  const finder = createConfigFinder(rules, limits, configFiles(tree));
  return (path) => finder.forFile(`${tree.root}/${path}`);
}

/** The files of a tree as a search for configuration asks for them. */
function configFiles(tree: Tree): ConfigFiles {
  let folders: Map<string, string[]> | undefined;
  const namesByFolder = (): Map<string, string[]> => {
    const found = new Map<string, string[]>();
    for (const path of tree.entries.keys()) {
      const file = `${tree.root}/${path}`;
      const names = found.get(folderOf(file));
      if (names === undefined) found.set(folderOf(file), [nameOf(file)]);
      else names.push(nameOf(file));
    }
    return found;
  };
  return {
    readText(path) {
      if (!isInside(path, tree.root)) return undefined;
      const bytes = tree.read(relativeTo(tree.root, path));
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
    },
    namesIn(folder) {
      folders ??= namesByFolder();
      return folders.get(folder) ?? [];
    },
  };
}
