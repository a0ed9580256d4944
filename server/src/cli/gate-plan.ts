import { type GateConfig, usualExclude } from "../analysis/gate-config.ts";
import { version } from "../base/version.ts";
import type { CauseScope, FileEdit } from "../gate/causes.ts";
import { createClosures } from "../gate/closure.ts";
import type { Note } from "../gate/gate-result.ts";
import { hunksBetween } from "../gate/line-diff.ts";
import { keptScans, type Scan, scanText } from "../gate/scan.ts";
import { type ContentCache, hashOf } from "../host/content-cache.ts";
import { patternScope } from "../host/path-scope.ts";
import type { Tree } from "../host/tree.ts";
import type { Sides } from "./gate-sides.ts";
import type { GateTask, Side } from "./gate-worker.ts";

/** One state of one file that has to be looked at. Equal keys mean equal answers, on whichever side. */
export interface PlannedTask extends GateTask {
  readonly key: string;
}

export interface Plan {
  readonly tasks: readonly PlannedTask[];
  readonly edits: readonly FileEdit[];
  readonly reach: CauseScope["reach"];
  readonly notes: readonly Note[];
  /** Files that a task may read, by side. */
  readonly needed: Readonly<Record<Side, ReadonlySet<string>>>;
}

export interface PlanSettings {
  readonly config: GateConfig;
  /** Files that the rules leave alone. */
  readonly isExcluded: (path: string) => boolean;
  /** Everything but files that an answer depends on. */
  readonly stamp: string;
  /** Look at the models that the change does not reach too. */
  readonly all: boolean;
  readonly cache: ContentCache;
}

const nothing: Scan = { imports: [], data: [], mayHoldModels: false };
/** A file of so many lines that differ is told by its first ones. */
const largestDiff = 4_000_000;

/** What has to be looked at: files that changed, and those whose imports lead to one that did. */
export function planGate({ base, head, changes }: Sides, settings: PlanSettings): Plan {
  const python = changes.filter(({ from, to }) => isPython(from) || isPython(to));
  const readable = createReadable({ base, head });
  const edits = changes
    .filter(({ from, to }) => isPython(from) || isPython(to) || isData(to ?? from))
    .map(({ from, to }) => editOf(base, head, from, to));
  const notes = python.flatMap(({ to }) => (to === null ? [] : readable.problem("head", to)));
  if (edits.length === 0 && !settings.all)
    return { tasks: [], edits, reach: {}, notes, needed: { base: new Set(), head: new Set() } };

  const scans = scanTrees([base, head], settings.cache);
  const closures = { base: closuresOf(base, scans), head: closuresOf(head, scans) };
  const trees = { base, head };
  const isTest = patternScope([...usualExclude, ...(settings.config.exclude ?? [])]);
  const mayHoldModels = (side: Side, path: string): boolean =>
    (scans.get(trees[side].idOf(path) ?? "") ?? nothing).mayHoldModels &&
    !isTest(path) &&
    !settings.isExcluded(path);
  const basePathOf = new Map(
    changes.flatMap(({ from, to }) => (from === null || to === null ? [] : [[to, from] as const])),
  );
  const movedFrom = new Set([...basePathOf].flatMap(([to, from]) => (to === from ? [] : [from])));
  const changedBase = new Set(python.flatMap(({ from }) => from ?? []));
  const changedHead = new Set(python.flatMap(({ to }) => to ?? []));

  const needed = { base: new Set<string>(), head: new Set<string>() };
  const tasks: PlannedTask[] = [];
  const edited = new Set(edits.flatMap(({ headPath }) => headPath ?? []));
  const reach: Record<string, readonly string[]> = {};
  const closureId = (side: Side, path: string): string => {
    const files = [...closures[side](path)].sort();
    return hashOf(...files.map((file) => `${file}\0${trees[side].idOf(file) ?? ""}`));
  };
  const add = (side: Side, path: string, closure: string): void => {
    const isChanged = (side === "base" ? changedBase : changedHead).has(path);
    const models = mayHoldModels(side, path);
    const findings = isChanged && !settings.isExcluded(path);
    if (!models && !findings) return;
    if (isChanged && readable.problem(side, path).length > 0) return;
    const closed = closures[side](path);
    for (const file of closed) needed[side].add(file);
    if (side === "head") reach[path] = [...closed].filter((file) => edited.has(file));
    const key = hashOf(settings.stamp, path, closure, String(models), String(findings));
    tasks.push({ side, path, models, findings, key });
  };
  for (const path of pythonIn(head)) {
    const before = basePathOf.get(path) ?? (base.idOf(path) === undefined ? undefined : path);
    if (!changedHead.has(path) && !mayHoldModels("head", path)) continue;
    const [now, then] = [closureId("head", path), before === undefined ? "" : closureId("base", before)];
    // With another path the same content is another closure.
    if (!settings.all && now === then && !changedHead.has(path)) continue;
    add("head", path, now);
    if (before !== undefined) add("base", before, then);
  }
  for (const path of pythonIn(base))
    if (head.idOf(path) === undefined && !movedFrom.has(path)) add("base", path, closureId("base", path));
  return { tasks, edits, reach, notes, needed };
}

const isPython = (path: string | null): boolean => path?.endsWith(".py") === true;
const isData = (path: string | null): boolean => path !== null && /\.(?:json|ya?ml|toml|txt|csv)$/.test(path);

function* pythonIn({ entries }: Tree): Generator<string> {
  for (const [path, { kind }] of entries) if (kind === "file" && isPython(path)) yield path;
}

/** Whether files are Python texts, and why not. */
function createReadable(trees: Readonly<Record<Side, Tree>>) {
  return {
    problem(side: Side, path: string): readonly Note[] {
      if (!isPython(path) || trees[side].idOf(path) === undefined) return [];
      const read = trees[side].python(path);
      if (read.kind === "text") return [];
      const kind = read.why.includes("not a text file")
        ? "binary"
        : read.why.includes("large")
          ? "huge"
          : "unreadable";
      return [{ kind, message: `This file was not compared: ${read.why}.`, file: path, line: null }];
    },
  };
}

function editOf(base: Tree, head: Tree, from: string | null, to: string | null): FileEdit {
  const [before, after] = [textOf(base, from), textOf(head, to)];
  const isHuge = before.length + after.length > largestDiff;
  return { basePath: from, headPath: to, hunks: isHuge ? [] : hunksBetween(before, after) };
}

function textOf(tree: Tree, path: string | null): string {
  const read = path === null || tree.idOf(path) === undefined ? undefined : tree.python(path);
  return read?.kind === "text" ? read.text : "";
}

/** What each text says of other files, by its hash; what was read in an earlier run is not read again. */
function scanTrees(trees: readonly Tree[], cache: ContentCache): ReadonlyMap<string, Scan> {
  const key = hashOf("scans", version, trees[0]?.root ?? "");
  const known = keptScans(cache.get(key));
  const found = new Map<string, Scan>();
  let isNew = false;
  for (const tree of trees) {
    const paths = [...pythonIn(tree)];
    tree.prefetch(paths.filter((path) => !known.has(tree.idOf(path) ?? "")));
    for (const path of paths) {
      const id = tree.idOf(path);
      if (id === undefined || found.has(id)) continue;
      const before = known.get(id);
      isNew ||= before === undefined;
      found.set(id, before ?? scanText(textOf(tree, path)));
    }
  }
  if (isNew) cache.set(key, Object.fromEntries(found));
  return found;
}

const closuresOf = (tree: Tree, scans: ReadonlyMap<string, Scan>) =>
  createClosures({
    has: (path) => tree.idOf(path) !== undefined,
    below: (folder) => [...pythonIn(tree)].filter((path) => folder === "" || path.startsWith(`${folder}/`)),
    scanOf: (path) => (isPython(path) ? scans.get(tree.idOf(path) ?? "") : undefined),
  });
