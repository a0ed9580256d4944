import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type TestFolder, testFolder } from "./workspace.ts";

/** A real repository for one test: it is gone when the test is. */
export interface TestRepository extends Omit<TestFolder, "uri" | "uriOf"> {
  git(...args: readonly string[]): string;
  /** Writes files (`null` takes one away) and commits everything. */
  commit(files: Readonly<Record<string, string | Uint8Array | null>>): string;
}

const settings = [
  "user.name=Test",
  "user.email=test@example.com",
  "commit.gpgsign=false",
  "init.defaultBranch=main",
  "protocol.file.allow=always",
  "core.autocrlf=false",
].flatMap((setting) => ["-c", setting]);

export function testRepository(files: Readonly<Record<string, string | Uint8Array>>): TestRepository {
  const { path, write, remove } = testFolder();
  const git = (...args: readonly string[]): string =>
    execFileSync("git", [...settings, ...args], {
      cwd: path,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 64_000_000,
    }).trim();
  const commit: TestRepository["commit"] = (changes) => {
    for (const [name, text] of Object.entries(changes))
      if (text === null) rmSync(join(path, name));
      else write(name, text);
    git("add", "--all", "--force");
    git("commit", "--quiet", "--allow-empty", "--message", "A change");
    return git("rev-parse", "HEAD");
  };
  git("init", "--quiet");
  commit(files);
  return { path, write, remove, git, commit };
}
