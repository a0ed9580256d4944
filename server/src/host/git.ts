import { spawnSync } from "node:child_process";

/** What git says, or why it said nothing: never an exception for what a repository holds. */
export type GitAnswer =
  | { readonly kind: "answer"; readonly bytes: Buffer; readonly text: string }
  | { readonly kind: "failed"; readonly why: string };

/** A repository, asked by a process for each question: no shell, no hooks, no helpers, no network. */
export interface Git {
  /** Absolute. */
  readonly folder: string;
  run(args: readonly string[], input?: string): GitAnswer;
}

/** Bytes of one answer. */
const maxBytes = 1_500_000_000;

/**
 * Settings by which a repository could make git start programs or reach for the network. The empty program of a filter
 * stands for none; `protocol.allow` keeps a partial clone from fetching what it lacks.
 */
const harmless = [
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "core.pager=cat",
  "core.untrackedCache=false",
  "protocol.allow=never",
  "core.quotePath=false",
  "core.precomposeUnicode=true",
  "color.ui=false",
];

/** Variables that redirect git or make it start programs; what a runner set for another purpose is not ours. */
const dangerous =
  /^GIT_(?:EXTERNAL_DIFF|DIFF_OPTS|SSH|SSH_COMMAND|ASKPASS|EDITOR|PAGER|PROXY_COMMAND|TRACE.*|EXEC_PATH|DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE|PREFIX|COMMON_DIR)$/;

const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !dangerous.test(name))),
  GIT_TERMINAL_PROMPT: "0",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_NO_LAZY_FETCH: "1",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_PAGER: "cat",
  LC_ALL: "C",
});

export function openGit(folder: string): Git {
  const ask = (args: readonly string[], settings: readonly string[], input?: string): GitAnswer => {
    const given = settings.flatMap((setting) => ["-c", setting]);
    const { status, stdout, stderr, error } = spawnSync(
      "git",
      ["--no-pager", "--literal-pathspecs", ...given, ...args],
      { cwd: folder, env: environment(), maxBuffer: maxBytes, ...(input === undefined ? {} : { input }) },
    );
    if (error !== undefined) return { kind: "failed", why: whyNot(error) };
    if (status !== 0) return { kind: "failed", why: explain(stderr.toString("utf8"), folder) };
    return { kind: "answer", bytes: stdout, text: stdout.toString("utf8") };
  };
  let settings: readonly string[] | undefined;
  return {
    folder,
    run(args, input) {
      settings ??= [...harmless, ...withoutFilters(ask(listFilters, harmless))];
      return ask(args, settings, input);
    },
  };
}

/** Programs that would change the text of files on their way. */
const listFilters = ["config", "-z", "--name-only", "--get-regexp", "^filter\\..*\\.(clean|smudge|process)$"];

/** A filter that is required and has no program fails: it is made optional. */
const withoutFilters = (listed: GitAnswer): readonly string[] =>
  listed.kind === "failed"
    ? []
    : recordsOf(listed.text).flatMap((name) => [`${name}=`, `${name.replace(/\.\w+$/, ".required")}=false`]);

/** The parts of an answer that was asked for with `-z`. */
export const recordsOf = (text: string): readonly string[] => text.split("\0").filter((part) => part !== "");

const whyNot = (error: NodeJS.ErrnoException): string =>
  error.code === "ENOENT"
    ? "git is not installed, or not on the PATH"
    : `git could not be run: ${error.message}`;

function explain(stderr: string, folder: string): string {
  if (stderr.includes("dubious ownership"))
    return `git does not trust this repository, for it belongs to somebody else. If you do: git config --global --add safe.directory ${JSON.stringify(folder)}`;
  const said = /(?:fatal|error): (.*)/.exec(stderr)?.[1] ?? stderr.trim();
  return said === "" ? "git failed without a word" : said;
}

/** What a comparison needs is not in this clone, and nothing is fetched without being asked for. */
export class MissingObjects extends Error {}

/**
 * The contents of objects by their id; those larger than `largest` are left out.
 * @param largest bytes.
 * @throws MissingObjects in a clone that lacks some of them.
 */
export function readObjects(git: Git, ids: readonly string[], largest: number): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  const sizes = git.run(["cat-file", "--batch-check"], lines(ids));
  if (sizes.kind === "failed" || / missing$/m.test(sizes.text))
    throw new MissingObjects(
      "Files of these revisions are not in this clone: it is a partial one. `git fetch --refetch --no-filter origin`, or a checkout without `filter`, brings them.",
    );
  const wanted = sizes.text
    .split("\n")
    .map((line) => /^([0-9a-f]+) blob (\d+)$/.exec(line))
    .flatMap((match) => (match?.[1] !== undefined && Number(match[2]) <= largest ? [match[1]] : []));
  const answer = wanted.length === 0 ? undefined : git.run(["cat-file", "--batch"], lines(wanted));
  if (answer === undefined || answer.kind === "failed") return found;
  const { bytes } = answer;
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    const head = /^([0-9a-f]+) blob (\d+)$/.exec(bytes.toString("latin1", at, end));
    if (head === null || head[1] === undefined) break;
    const size = Number(head[2]);
    found.set(head[1], bytes.subarray(end + 1, end + 1 + size));
    at = end + size + 2;
  }
  return found;
}

const lines = (ids: readonly string[]): string => `${ids.join("\n")}\n`;
