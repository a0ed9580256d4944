import type { Note } from "../gate/gate-result.ts";
import { type ConfigFiles, createConfigFinder, type FoundConfig } from "../host/find-config.ts";
import { absolutePath, folderOf, isInside, nameOf, relativeTo } from "../host/paths.ts";
import type { Tree } from "../host/tree.ts";
import { rules } from "../rules/registry.gen.ts";
import type { Sides } from "./gate-sides.ts";

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

export interface PolicyProblem {
  readonly message: string;
  readonly file: string;
  readonly line: number;
}

export const problemText = ({ file, line, message }: PolicyProblem): string => `${file}:${line}: ${message}`;

export interface Policy {
  readonly source: PolicySource;
  readonly config: FoundConfig;
  readonly problems: readonly PolicyProblem[];
  readonly notes: readonly Note[];
}

/** The configuration of the base holds where it has one: a change does not set its own budget. */
export function policyOf(
  sides: Sides,
  { config: named, folder }: { readonly config: string | undefined; readonly folder: string },
): Policy {
  const here = sides.within === "" ? "here.py" : `${sides.within}/here.py`;
  const from = (source: PolicySource): FoundConfig => createGateConfigs(source, sides)(here);
  if (named !== undefined) {
    const source: PolicySource = { kind: "file", path: absolutePath(named, folder) };
    const config = from(source);
    return { source, config, problems: problemsIn([config], sides), notes: [] };
  }
  const [base, head] = [from({ kind: "side", side: "base" }), from({ kind: "side", side: "head" })];
  const isOfBase = base.path !== undefined;
  const configs = [base, head].filter(({ path }) => path !== undefined);
  const differs = isOfBase && JSON.stringify(settingsOf(base)) !== JSON.stringify(settingsOf(head));
  return {
    source: { kind: "side", side: isOfBase ? "base" : "head" },
    config: isOfBase ? base : head,
    problems: problemsIn(configs, sides),
    notes: differs
      ? [
          {
            kind: "config",
            message:
              "This change alters the settings of EcoCompute: it is judged by those of the base, and the new ones hold once it is merged.",
            file: relativeTo(sides.base.root, base.path),
            line: null,
          },
        ]
      : [],
  };
}

const settingsOf = ({ config: { gate: own, scenario } }: FoundConfig) => ({ own, scenario });

function problemsIn(configs: readonly FoundConfig[], { base, head }: Sides): readonly PolicyProblem[] {
  const found = configs.flatMap(({ path = "", problems }) =>
    problems
      .filter(({ isAboutBaseline }) => isAboutBaseline !== true)
      .map(({ message, range }) => ({
        message,
        file: relativeTo(head.root, relativeTo(base.root, path)),
        line: range.start.line + 1,
      })),
  );
  return [...new Map(found.map((each) => [problemText(each), each])).values()];
}
