import type { Event } from "./event.ts";
import type { Git } from "./git.ts";

export type Base =
  | { readonly kind: "found"; readonly revision: string; readonly fetched: boolean }
  | { readonly kind: "problem"; readonly message: string };

const commit = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const zeros = /^0+$/;
/** Commits of history that are asked for, step by step, until both sides meet. */
const depths = [50, 500, 5000];

/**
 * What the head is compared with, present in the clone: with the usual checkout the head is the merge of the pull
 * request, and its first parent is the base as it is now. Otherwise it is where both histories part. What a shallow
 * clone lacks is fetched from `origin`, by the hash.
 */
export async function findBase(named: string | undefined, event: Event, git: Git): Promise<Base> {
  if (named !== undefined) return namedBase(named, git);
  switch (event.kind) {
    case "pull":
      return pullBase(event.base, event.head, git);
    case "merge-group":
      return present(event.base, git);
    case "push":
      return zeros.test(event.before)
        ? problem("This push made a new branch, which has no base: name one by the input `base`.")
        : present(event.before, git);
    case "workflow-run":
    case "privileged":
    case "other":
      return problem("This event has no base: name one by the input `base`, or run on `pull_request`.");
  }
}

const problem = (message: string): Base => ({ kind: "problem", message });

async function namedBase(name: string, git: Git): Promise<Base> {
  if (commit.test(name)) return present(name, git);
  const isReference =
    name.length < 256 && (await git.run("check-ref-format", "--allow-onelevel", name)) !== undefined;
  if (!isReference || name.startsWith("-"))
    return problem("The input `base` names neither a commit nor a branch or tag.");
  for (const tried of [`refs/remotes/origin/${name}`, `refs/tags/${name}`, `refs/heads/${name}`, name]) {
    const found = await git.run("rev-parse", "--verify", "--quiet", "--end-of-options", `${tried}^{commit}`);
    if (found !== undefined && commit.test(found)) return { kind: "found", revision: found, fetched: false };
  }
  await fetchInto(git, "--depth=1", name);
  const fetched = await git.run("rev-parse", "--verify", "--quiet", "FETCH_HEAD^{commit}");
  return fetched !== undefined && commit.test(fetched)
    ? { kind: "found", revision: fetched, fetched: true }
    : problem("The input `base` is not in this clone, and `origin` does not have it.");
}

async function pullBase(base: string, head: string, git: Git): Promise<Base> {
  const parents = await parentsOfHead(git);
  const [first, second] = parents;
  if (first !== undefined && parents.length === 2 && second === head) return parentOfMerge(first, git);
  const there = await present(base, git);
  if (there.kind === "problem" || (await isConnected(base, git))) return there;
  for (const depth of depths) {
    await fetchInto(git, `--deepen=${depth}`, base, head);
    if (await isConnected(base, git)) return { kind: "found", revision: base, fetched: true };
  }
  await fetchInto(git, "--unshallow");
  return { kind: "found", revision: base, fetched: true };
}

/** One commit deeper, so that the clone knows the merge's parents for what they are. */
async function parentOfMerge(first: string, git: Git): Promise<Base> {
  if ((await has(first, git)) && (await isConnected(first, git)))
    return { kind: "found", revision: first, fetched: false };
  const merge = await git.run("rev-parse", "HEAD");
  if (merge !== undefined) await fetchInto(git, "--deepen=1", merge);
  return (await has(first, git)) ? { kind: "found", revision: first, fetched: true } : present(first, git);
}

/** By the commit itself: a shallow clone hides the parents of its oldest commits from everything else. */
async function parentsOfHead(git: Git): Promise<readonly string[]> {
  const text = (await git.run("cat-file", "commit", "HEAD")) ?? "";
  const [header = ""] = text.split("\n\n", 1);
  return [...header.matchAll(/^parent ([0-9a-f]+)$/gm)].map((found) => found[1] ?? "");
}

const isConnected = async (base: string, git: Git): Promise<boolean> =>
  (await git.run("merge-base", base, "HEAD")) !== undefined;

async function present(revision: string, git: Git): Promise<Base> {
  if (await has(revision, git)) return { kind: "found", revision, fetched: false };
  await fetchInto(git, "--depth=1", revision);
  if (await has(revision, git)) return { kind: "found", revision, fetched: true };
  return problem(
    `The base ${revision.slice(0, 12)} is not in this clone and could not be fetched from \`origin\`.`,
  );
}

const has = async (revision: string, git: Git): Promise<boolean> =>
  (await git.run("cat-file", "-e", `${revision}^{commit}`)) !== undefined;

/** A full clone stays one: a depth would cut its history off. */
async function fetchInto(git: Git, how: string, ...revisions: readonly string[]): Promise<void> {
  const isShallow = (await git.run("rev-parse", "--is-shallow-repository")) === "true";
  const depth = isShallow ? [how] : [];
  await git.run("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", ...depth, "origin", ...revisions);
}
