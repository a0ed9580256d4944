import { execFileSync } from "node:child_process";
import { type TestFolder, testFolder } from "./workspace.ts";

/** A git repository for one test, without the settings of whoever runs it. */
export interface GitRepository extends TestFolder {
  git(...args: readonly string[]): string;
  /** Writes files, `undefined` removes one; gives the hash of the commit. */
  commit(files: Readonly<Record<string, string | undefined>>): string;
}

const author = { name: "A", email: "a@example.org" };

export const gitEnvironment = {
  PATH: process.env["PATH"] ?? "/usr/bin:/bin",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: author.name,
  GIT_AUTHOR_EMAIL: author.email,
  GIT_COMMITTER_NAME: author.name,
  GIT_COMMITTER_EMAIL: author.email,
};

export function gitRepository(): GitRepository {
  const folder = testFolder();
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-c", "protocol.file.allow=always", ...args], {
      cwd: folder.path,
      env: gitEnvironment,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  git("init", "--quiet", "--initial-branch=main");
  git("config", "uploadpack.allowAnySHA1InWant", "true");
  return {
    ...folder,
    git,
    commit(files) {
      for (const [name, text] of Object.entries(files))
        if (text === undefined) git("rm", "--quiet", "--", name);
        else folder.write(name, text);
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "--message=x");
      return git("rev-parse", "HEAD");
    },
  };
}
