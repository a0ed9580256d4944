import { realpathSync, statSync } from "node:fs";
import type { GateResult, Note } from "../gate/gate-result.ts";
import { type Git, openGit } from "../host/git.ts";
import {
  changesBetween,
  entriesOf,
  entryOnDisk,
  type FileChange,
  type TreeEntry,
  unmergedFiles,
  untrackedFiles,
} from "../host/git-changes.ts";
import { absolutePath, relativeTo } from "../host/paths.ts";
import { openTree, type Tree } from "../host/tree.ts";
import { filesIn } from "../host/walk.ts";

/** The two states that are compared. */
export interface Sides {
  readonly kind: "sides";
  readonly base: Tree;
  readonly head: Tree;
  readonly names: Pick<GateResult, "base" | "head">;
  readonly changes: readonly FileChange[];
  readonly notes: readonly Note[];
  /** The folder that the user is in, relative to the root; "" for the root itself. */
  readonly within: string;
}

export interface SidesError {
  readonly kind: "error";
  readonly message: string;
}

const failed = (message: string): SidesError => ({ kind: "error", message });
const noteOf = (kind: Note["kind"], message: string, file: string | null = null): Note => ({
  kind,
  message,
  file,
  line: null,
});

/** Files that say something of a model or of how to check it. */
const isOfInterest = (name: string): boolean => /\.(?:py|json|ya?ml|toml|txt|cfg|csv)$/.test(name);

/**
 * A base and a head of the repository around `folder`. The base is where the head branched off: what others merged since
 * is not held against a change.
 * @param head the working tree when `undefined`.
 */
export function gitSides(folder: string, baseName: string, headName: string | undefined): Sides | SidesError {
  const found = openGit(folder).run(["rev-parse", "--show-toplevel"]);
  if (found.kind === "failed") return failed(`This is no repository that can be read: ${found.why}.`);
  const root = absolutePath(found.text.replace(/\n$/, ""));
  const git = openGit(root);
  const head = commitOf(git, headName ?? "HEAD");
  if (head === undefined) return failed(missing(git, headName ?? "HEAD"));
  const named = commitOf(git, baseName);
  if (named === undefined) return failed(missing(git, baseName));
  const ancestor = git.run(["merge-base", named, head]);
  const isShallow = git.run(["rev-parse", "--is-shallow-repository"]);
  const shallow = isShallow.kind === "answer" && isShallow.text.trim() === "true";
  const notes: Note[] = [];
  if (ancestor.kind === "failed")
    notes.push(
      noteOf(
        "shallow",
        shallow
          ? `The history of this clone ends before head and \`${baseName}\` meet: they are compared as they are. What was merged to the base since shows up as well. A full history (\`fetch-depth: 0\`) avoids that.`
          : `Head and \`${baseName}\` have no commit in common: they are compared as they are.`,
      ),
    );
  const base = ancestor.kind === "failed" ? named : ancestor.text.trim();
  try {
    const sides = headName === undefined ? workingTree(git, base) : commits(git, base, head);
    const unmerged = (headName === undefined ? unmergedFiles(git) : []).map((path) =>
      noteOf("conflict", "A merge of this file is not finished.", path),
    );
    return {
      kind: "sides",
      ...sides,
      names: {
        base: { name: baseName, commit: base },
        head:
          headName === undefined ? { name: "working tree", commit: null } : { name: headName, commit: head },
      },
      notes: [...notes, ...changeNotes(sides), ...unmerged],
      within: relativeFolder(root, folder),
    };
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

function commitOf(git: Git, name: string): string | undefined {
  const answer = git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`]);
  return answer.kind === "failed" ? undefined : answer.text.trim();
}

function missing(git: Git, name: string): string {
  const shallow = git.run(["rev-parse", "--is-shallow-repository"]);
  const hint =
    shallow.kind === "answer" && shallow.text.trim() === "true"
      ? " This clone is shallow: fetch the whole history (`fetch-depth: 0`), or the base with `git fetch --depth=1 origin REVISION`."
      : "";
  return `There is no revision \`${name}\` in this repository.${hint}`;
}

type Trees = Pick<Sides, "base" | "head" | "changes">;

function commits(git: Git, base: string, head: string): Trees {
  const onDisk = new Set<string>();
  const tree = (commit: string): Tree =>
    openTree({ root: git.folder, entries: entriesOf(git, commit), onDisk, known: new Map() });
  return { base: tree(base), head: tree(head), changes: changesBetween(git, base, head) };
}

/** The files as they lie there, with those that git does not know yet. */
function workingTree(git: Git, base: string): Trees {
  const root = git.folder;
  const before = entriesOf(git, base);
  const entries = new Map(before);
  const onDisk = new Set<string>();
  const take = (path: string): TreeEntry | undefined => {
    const entry = entryOnDisk(`${root}/${path}`);
    if (entry === undefined) entries.delete(path);
    else entries.set(path, entry);
    onDisk.add(path);
    return entry;
  };
  const changes = changesBetween(git, base, undefined).filter(({ from, to }) => {
    if (from !== null && from !== to) entries.delete(from);
    if (to === null) return true;
    const entry = take(to);
    // A file that was only touched is no change.
    return from !== to || entry === undefined || entry.id !== before.get(to)?.id;
  });
  const added = untrackedFiles(git).filter((path) => !path.endsWith("/") && isOfInterest(path));
  for (const path of added) take(path);
  return {
    base: openTree({ root, entries: before, onDisk: new Set(), known: new Map() }),
    head: openTree({ root, entries, onDisk, known: new Map() }),
    changes: [...changes, ...added.map((to) => ({ from: null, to }))],
  };
}

/** Two folders, in a repository or not. */
export async function folderSides(
  folder: string,
  baseName: string,
  headName: string,
): Promise<Sides | SidesError> {
  const [baseFolder, headFolder] = [absolutePath(baseName, folder), absolutePath(headName, folder)];
  const lost = [baseFolder, headFolder].find(
    (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true,
  );
  if (lost !== undefined) return failed(`There is no folder ${relativeTo(folder, lost)}.`);
  const [base, head] = await Promise.all([folderTree(baseFolder), folderTree(headFolder)]);
  return {
    kind: "sides",
    base,
    head,
    names: { base: { name: baseName, commit: null }, head: { name: headName, commit: null } },
    changes: folderChanges(base, head),
    notes: [],
    within: "",
  };
}

async function folderTree(root: string): Promise<Tree> {
  const entries = new Map<string, TreeEntry>();
  for await (const path of filesIn(root, isOfInterest)) {
    const entry = entryOnDisk(path);
    if (entry !== undefined) entries.set(relativeTo(root, path), entry);
  }
  return openTree({ root, entries, onDisk: "all", known: new Map() });
}

/** A file that is gone and one of the same content that is new are one file. */
function folderChanges(base: Tree, head: Tree): readonly FileChange[] {
  const gone = [...base.entries.keys()].filter((path) => !head.entries.has(path));
  const came = [...head.entries.keys()].filter((path) => !base.entries.has(path));
  const edited = [...head.entries].flatMap(([path, { id }]) => {
    const before = base.entries.get(path);
    return before === undefined || before.id === id ? [] : [{ from: path, to: path }];
  });
  const waiting = new Map(gone.map((path) => [base.idOf(path), path]));
  const moved = came.flatMap((to) => {
    const from = waiting.get(head.idOf(to));
    if (from === undefined) return [];
    waiting.delete(head.idOf(to));
    return [{ from, to }];
  });
  const [from, to] = [new Set(moved.map((each) => each.from)), new Set(moved.map((each) => each.to))];
  return [
    ...edited,
    ...moved,
    ...gone.filter((path) => !from.has(path)).map((path) => ({ from: path, to: null })),
    ...came.filter((path) => !to.has(path)).map((path) => ({ from: null, to: path })),
  ];
}

/** What a comparison of files does not see. */
function changeNotes({ base, head, changes }: Trees): readonly Note[] {
  return changes.flatMap(({ to, from }): readonly Note[] => {
    const path = to ?? from ?? "";
    const entry = to === null ? base.entries.get(path) : head.entries.get(to);
    if (entry?.kind === "submodule")
      return [noteOf("submodule", "This submodule changed: what is in it was not compared.", path)];
    if (entry?.kind === "link" && path.endsWith(".py"))
      return [noteOf("symlink", "This is a link to another file: it was not followed.", path)];
    return [];
  });
}

function relativeFolder(root: string, folder: string): string {
  const real = absolutePath(realpathSync(folder));
  const realRoot = absolutePath(realpathSync(root));
  return real === realRoot ? "" : relativeTo(realRoot, real);
}
