import { type Baseline, type BaselineEntry, loadBaseline } from "../analysis/baseline.ts";
import type { ConfigProblem, NamedPath } from "../analysis/config.ts";
import { folderOf, relativeTo } from "./paths.ts";
import { readTextIfThere } from "./read-file.ts";

/** A baseline on disk. */
export interface BaselineFile {
  readonly path: string;
  readonly baseline: Baseline;
  /** What it knows of a file. @param path absolute. */
  entriesOf(path: string): readonly BaselineEntry[];
}

export const baselineName = "ecocompute-baseline.json";

export type ReadBaseline =
  | { readonly kind: "baseline"; readonly file: BaselineFile }
  | { readonly kind: "useless"; readonly why: string };

/** @param path absolute. */
export function readBaseline(path: string): ReadBaseline {
  const text = readTextIfThere(path);
  if (text === undefined) return { kind: "useless", why: "there is no such file" };
  const loaded = loadBaseline(text);
  if (loaded.kind === "useless") return loaded;
  const { baseline } = loaded;
  const folder = folderOf(path);
  return {
    kind: "baseline",
    file: { path, baseline, entriesOf: (file) => baseline.get(relativeTo(folder, file)) ?? [] },
  };
}

/** What the user reads where a baseline was named that cannot be used. */
export const uselessBaseline = (named: NamedPath, why: string): ConfigProblem => ({
  message: `The baseline \`${named.path}\` is not used: ${why}. \`ecocompute check --write-baseline\` writes one.`,
  range: named.range,
  isAboutBaseline: true,
});
