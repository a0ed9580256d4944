import { createHash } from "node:crypto";
import { lstatSync, readFileSync } from "node:fs";
import { type Git, recordsOf } from "./git.ts";

/** One entry of a tree: a file, a link to another, or a commit of another repository. */
export interface TreeEntry {
  readonly kind: "file" | "link" | "submodule";
  /** The hash of its content. */
  readonly id: string;
}

export type TreeEntries = ReadonlyMap<string, TreeEntry>;

const kindOf = (mode: string): TreeEntry["kind"] =>
  mode === "160000" ? "submodule" : mode === "120000" ? "link" : "file";

/** All files of a commit, by their path. @throws Error with git's words. */
export function entriesOf(git: Git, commit: string): TreeEntries {
  const answer = git.run(["ls-tree", "-r", "-z", "--full-tree", commit]);
  if (answer.kind === "failed") throw new Error(`The files of ${commit} cannot be listed: ${answer.why}.`);
  const found = new Map<string, TreeEntry>();
  for (const record of recordsOf(answer.text)) {
    const match = /^(\d+) \w+ ([0-9a-f]+)\t([\s\S]+)$/.exec(record);
    const [, mode, id, path] = match ?? [];
    if (mode !== undefined && id !== undefined && path !== undefined)
      found.set(path, { kind: kindOf(mode), id });
  }
  return found;
}

/** A file that differs between two states: `from` and `to` are the same but for renames. */
export interface FileChange {
  readonly from: string | null;
  readonly to: string | null;
}

/** @param head a commit; the working tree when `undefined`. @throws Error with git's words. */
export function changesBetween(git: Git, base: string, head: string | undefined): readonly FileChange[] {
  const states = head === undefined ? [base] : [base, head];
  const answer = git.run([
    "diff",
    "--raw",
    "-z",
    "--no-abbrev",
    "--find-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--no-relative",
    "--ignore-submodules=dirty",
    ...states,
    "--",
  ]);
  if (answer.kind === "failed") throw new Error(`The two states cannot be compared: ${answer.why}.`);
  const records = recordsOf(answer.text);
  const found: FileChange[] = [];
  for (let i = 0; i < records.length; ) {
    const status = /^:\d+ \d+ [0-9a-f]+ [0-9a-f]+ ([A-Z])\d*$/.exec(records[i++] ?? "")?.[1];
    const path = records[i++];
    if (status === undefined || path === undefined) continue;
    if (status === "R" || status === "C") {
      const to = records[i++] ?? null;
      found.push({ from: status === "R" ? path : null, to });
    } else found.push({ from: status === "A" ? null : path, to: status === "D" ? null : path });
  }
  return [...new Map(found.map((each) => [each.to ?? each.from, each])).values()];
}

/** Files whose merge is not finished. */
export function unmergedFiles(git: Git): readonly string[] {
  const answer = git.run(["diff", "--name-only", "--diff-filter=U", "--no-relative", "-z", "--"]);
  return answer.kind === "failed" ? [] : [...new Set(recordsOf(answer.text))];
}

/** Files of the working tree that git does not know and does not ignore. */
export function untrackedFiles(git: Git): readonly string[] {
  const answer = git.run(["ls-files", "--others", "--exclude-standard", "--full-name", "-z"]);
  return answer.kind === "failed" ? [] : recordsOf(answer.text);
}

/** Larger files are not read: no code and no settings are that long. */
export const maxBytes = 20_000_000;

/** What a path of the working tree is now; `undefined` when it is not there. */
export function entryOnDisk(path: string): TreeEntry | undefined {
  try {
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) return { kind: "link", id: `link:${path}` };
    if (stat.isDirectory()) return { kind: "submodule", id: `folder:${path}` };
    if (!stat.isFile()) return undefined;
    const id =
      stat.size > maxBytes ? `large:${path}:${stat.size}:${stat.mtimeMs}` : contentId(readFileSync(path));
    return { kind: "file", id };
  } catch {
    return undefined;
  }
}

/** The hash that git gives a file of this content, where it hashes with SHA-1. */
const contentId = (bytes: Uint8Array): string =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
