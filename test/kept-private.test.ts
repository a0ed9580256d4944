import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { keptPrivateBy } from "../server/src/host/git-ignore.ts";

interface Case {
  /** Files with their texts, below a new folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly file: string;
  readonly by: string | undefined;
}

const cases: Readonly<Record<string, Case>> = {
  nothing: { files: { ".git/HEAD": "" }, file: "a/net.py", by: undefined },
  ".gitignore beside it": {
    files: { ".git/HEAD": "", "a/.gitignore": "net.py\n" },
    file: "a/net.py",
    by: ".gitignore",
  },
  ".gitignore at the root of the repository": {
    files: { ".git/HEAD": "", ".gitignore": "secret/\n" },
    file: "secret/deep/net.py",
    by: ".gitignore",
  },
  "the exclude file of the repository": {
    files: { ".git/HEAD": "", ".git/info/exclude": "*.py\n" },
    file: "net.py",
    by: ".git/info/exclude",
  },
  ".aiexclude": { files: { ".git/HEAD": "", ".aiexclude": "*.py\n" }, file: "a/net.py", by: ".aiexclude" },
  ".geminiignore": {
    files: { ".git/HEAD": "", ".geminiignore": "/a\n" },
    file: "a/net.py",
    by: ".geminiignore",
  },
  "an exception in the same file": {
    files: { ".git/HEAD": "", ".aiexclude": "*.py\n!net.py\n" },
    file: "net.py",
    by: undefined,
  },
  "an exception in another file does not open what one keeps": {
    files: {
      ".git/HEAD": "",
      ".aiexclude": "*.py\n",
      "a/.aiexclude": "!net.py\n",
      ".gitignore": "!net.py\n",
    },
    file: "a/net.py",
    by: ".aiexclude",
  },
  "a project without a repository, further up": {
    files: { "project/.aiexclude": "*.py\n" },
    file: "project/a/b/net.py",
    by: ".aiexclude",
  },
  "a repository ends the search": {
    files: { ".aiexclude": "*.py\n", "project/.git/HEAD": "" },
    file: "project/net.py",
    by: undefined,
  },
  "another name": {
    files: { ".git/HEAD": "", ".aiexclude": "net.pyc\nnett.py\n" },
    file: "net.py",
    by: undefined,
  },
};

for (const [name, { files, file, by }] of Object.entries(cases)) {
  test(`what keeps a file from being sent: ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "private-"));
    try {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      assert.equal(keptPrivateBy(join(folder, file)), by);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
