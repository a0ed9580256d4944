import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { built } from "./harness/built.ts";
import { runCli } from "./harness/cli.ts";
import { type TestFolder, testFolder } from "./harness/workspace.ts";

const dropout = [
  "import torch.nn as nn",
  "import torch.nn.functional as F",
  "",
  "",
  "class Head(nn.Module):",
  "    def forward(self, x):",
  "        return F.dropout(x, p=0.1)",
  "",
].join("\n");
const clean = "import torch\n\nx = torch.ones(3)\n";
const rule = "functional-dropout-always-on";
const finding = (file: string): RegExp => new RegExp(`^${file}:7:16 error ${rule} .+$`, "m");

let cli: string;
let folder: TestFolder;
const ecocompute = (...args: readonly string[]) => runCli(cli, args, { cwd: folder.path });

before(() => {
  cli = built("cli.js");
});

/** Each test has a folder of its own. */
const inFolder =
  (files: Readonly<Record<string, string | Uint8Array>>, body: () => Promise<void>) => async () => {
    folder = testFolder(files);
    try {
      await body();
    } finally {
      folder.remove();
    }
  };

describe("check", () => {
  test(
    "names each finding with its place and ends with 1",
    inFolder({ "b.py": dropout, "a/model.py": dropout, "clean.py": clean }, async () => {
      const { code, stdout, stderr } = await ecocompute("check");
      assert.equal(code, 1);
      assert.match(stdout, finding("a/model.py"));
      assert.match(stdout, finding("b.py"));
      assert.ok(stdout.indexOf("a/model.py") < stdout.indexOf("b.py"), "in the order of paths");
      assert.match(stdout, /^Found 2 findings in 2 of 3 files: 2 errors\.$/m);
      assert.equal(stderr, "", "no progress line away from a terminal");
    }),
  );

  test(
    "waits for no pipe or device, whatever it is called",
    inFolder({ "model.py": dropout }, async () => {
      if (process.platform !== "win32")
        for (const name of ["pipe.py", "pyproject.toml", ".gitignore", "requirements.txt"])
          execFileSync("mkfifo", [join(folder.path, name)]);
      const { code, stdout } = await ecocompute("check", ".");
      assert.equal(code, 1);
      assert.match(stdout, finding("model.py"));
      if (process.platform === "win32") return;
      symlinkSync("/dev/zero", join(folder.path, "zero.py"));
      const named = await ecocompute("check", "pipe.py", "zero.py");
      assert.match(named.stdout, /^pipe\.py problem .+ it is a pipe or a device, not a regular file\.$/m);
      assert.match(named.stdout, /^zero\.py problem .+ it is a pipe or a device, not a regular file\.$/m);
    }),
  );

  test(
    "tells of what is wrong in a configuration that is extended, circles included",
    inFolder(
      {
        "model.py": dropout,
        "ecocompute.toml": 'extends = "shared.toml"\n',
        "shared.toml": 'ignore = ["nope"]\nextends = "ecocompute.toml"\n',
      },
      async () => {
        const { code, stdout } = await ecocompute("check");
        assert.equal(code, 2);
        assert.match(stdout, finding("model.py"));
        assert.match(
          stdout,
          /^ecocompute\.toml:1:11 problem `shared\.toml`, line 1: Unknown rule `nope`\.$/m,
        );
        assert.match(
          stdout,
          /^ecocompute\.toml:1:11 problem `shared\.toml`, line 2: .+ it extends this one\.$/m,
        );
      },
    ),
  );

  test(
    "says of a statement that it is too long where it is no mistake",
    inFolder({ "data.py": `${dropout}x = [\n${"    123456,\n".repeat(200_000)}]\n` }, async () => {
      const { stdout } = await ecocompute("check");
      assert.match(stdout, finding("data.py"));
      assert.match(
        stdout,
        /^data\.py:8:1 problem This statement is too long to be read: it was not checked\.$/m,
      );
    }),
  );

  test(
    "says of a file that does not parse where it was not checked, and what of it was",
    inFolder({ "broken.py": `${dropout}def f(:\n` }, async () => {
      const { code, stdout } = await ecocompute("check");
      assert.equal(code, 1);
      assert.match(stdout, finding("broken.py"));
      assert.match(stdout, /^broken\.py:8:\d+ problem This cannot be read as Python/m);
      const estimated = await ecocompute("estimate", "broken.py");
      assert.match(estimated.stderr, /^broken\.py:8: this cannot be read as Python/);
      folder.write("broken.py", "import torch\ndef f(:\n");
      const only = await ecocompute("check");
      assert.equal(only.code, 0);
      assert.match(only.stdout, /^No findings: 1 file checked\.$/m);
    }),
  );

  test(
    "ends with 0 when there is nothing",
    inFolder({ "clean.py": clean }, async () => {
      const { code, stdout } = await ecocompute("check");
      assert.equal(code, 0);
      assert.equal(stdout, "All clean: 1 file checked.\n");
    }),
  );

  test(
    "fails on the level it is told",
    inFolder({ "model.py": dropout }, async () => {
      const asWarning = ["check", "--severity", `${rule}=warning`];
      assert.equal((await ecocompute(...asWarning)).code, 1);
      assert.equal((await ecocompute(...asWarning, "--fail-on", "error")).code, 0);
      assert.equal((await ecocompute("check", "--fail-on", "critical")).code, 0);
      assert.equal((await ecocompute("check", "--exit-zero")).code, 0);
      assert.equal(
        (await ecocompute("check", "--severity", `${rule}=off`)).stdout,
        "All clean: 1 file checked.\n",
      );
    }),
  );

  test(
    "select and ignore take names and categories",
    inFolder({ "model.py": dropout }, async () => {
      assert.equal((await ecocompute("check", "--ignore", rule)).code, 0);
      assert.equal((await ecocompute("check", "--ignore", "bug")).code, 0);
      assert.equal((await ecocompute("check", "--select", "energy,memory")).code, 0);
      assert.equal((await ecocompute("check", "--select", rule)).code, 1);
    }),
  );

  test(
    "usage errors end with 2 and say what was meant",
    inFolder({ "model.py": clean }, async () => {
      const cases: readonly (readonly [readonly string[], RegExp])[] = [
        [["check", "--format", "xml"], /Allowed choices are text, json, sarif, github/],
        [
          ["check", "--ignore", "functional-dropout-allways-on"],
          /Did you mean `functional-dropout-always-on`/,
        ],
        [["check", "--severity", `${rule}=loud`], /must be one of off, critical/],
        [["check", "--torch-version", "new"], /a version such as 2\.4/],
        [["check", "--fail-on", "never"], /Allowed choices/],
        [["check", "--jobs", "0"], /a whole number/],
        [["check", "--accelerator", "nope"], /`ecocompute accelerators` lists them/],
        [["chekc"], /Did you mean check/],
      ];
      for (const [args, message] of cases) {
        const { code, stdout, stderr } = await ecocompute(...args);
        assert.equal(code, 2, args.join(" "));
        assert.match(stderr, message);
        assert.equal(stdout, "");
      }
    }),
  );

  test(
    "a path that does not exist is a problem, and the rest is checked",
    inFolder({ "model.py": dropout }, async () => {
      const { code, stdout } = await ecocompute("check", "model.py", "gone.py");
      assert.equal(code, 2);
      assert.match(stdout, finding("model.py"));
      assert.match(stdout, /^gone\.py problem There is no such file or folder\.$/m);
    }),
  );

  test(
    "skips what git ignores, hidden folders and virtual environments; a file named is checked whatever it is",
    inFolder(
      {
        ".git/HEAD": "",
        ".gitignore": "/build/\n*_gen.py\n!kept_gen.py\n",
        "pkg/.gitignore": "local.py\n",
        "build/x.py": dropout,
        "pkg/a_gen.py": dropout,
        "pkg/kept_gen.py": dropout,
        "pkg/local.py": dropout,
        ".hidden/x.py": dropout,
        "env/pyvenv.cfg": "",
        "env/lib/x.py": dropout,
        "node_modules/x.py": dropout,
        "notes.txt": dropout,
        "real.py": dropout,
      },
      async () => {
        const walked = await ecocompute("check", "--format", "json");
        const files = JSON.parse(walked.stdout).findings.map((each: { file: string }) => each.file);
        assert.deepEqual(files, ["pkg/kept_gen.py", "real.py"]);
        const below = await ecocompute("check", "pkg", "--format", "json");
        assert.equal(JSON.parse(below.stdout).filesChecked, 1, "the .gitignore above the folder holds too");
        for (const named of ["build/x.py", "notes.txt", "env/lib/x.py"])
          assert.equal((await ecocompute("check", named)).code, 1, named);
      },
    ),
  );

  test(
    "follows no links in circles",
    inFolder({ "pkg/model.py": dropout }, async () => {
      symlinkSync(folder.path, join(folder.path, "pkg", "again"));
      const { stdout } = await ecocompute("check", "--format", "json");
      assert.equal(JSON.parse(stdout).filesChecked, 1);
    }),
  );

  test(
    "patterns are understood where the shell leaves them alone",
    inFolder({ "src/a/model.py": dropout, "src/b.txt": "", "other.py": dropout }, async () => {
      const { stdout } = await ecocompute("check", "src/**", "--format", "json");
      assert.deepEqual(
        JSON.parse(stdout).findings.map((each: { file: string }) => each.file),
        ["src/a/model.py"],
      );
    }),
  );

  test(
    "a base class is found where a package only imports it, and circles of imports end",
    inFolder(
      {
        "pkg/__init__.py": "from .base import Base\nfrom .loop import Endless\n",
        "pkg/base.py": "import torch.nn as nn\n\n\nclass Base(nn.Module):\n    pass\n",
        "pkg/loop.py": "from . import Endless\n",
        "pkg/nn/model.py": dropout
          .replace("nn.Module", "Base")
          .replace("import torch.nn as nn", "from .. import Base"),
        "pkg/nn/other.py": dropout
          .replace("nn.Module", "Endless")
          .replace("import torch.nn as nn", "from .. import Endless"),
      },
      async () => {
        const { stdout } = await ecocompute("check");
        assert.match(stdout, finding("pkg/nn/model.py"));
        assert.match(stdout, /^Found 1 finding in 1 of 5 files: 1 error\.$/m);
      },
    ),
  );

  test(
    "reads the configuration next to each file",
    inFolder(
      {
        "pyproject.toml": `[tool.ecocompute]\nexclude = ["legacy/"]\n\n[tool.ecocompute.severity]\n${rule} = "hint"\n`,
        "model.py": dropout,
        "legacy/old.py": dropout,
        "other/ecocompute.toml": `ignore = ["${rule}"]\n`,
        "other/model.py": dropout,
      },
      async () => {
        const { code, stdout } = await ecocompute("check");
        assert.equal(code, 0, "a hint does not fail a build");
        assert.match(stdout, /^model\.py:7:16 hint /m);
        assert.match(stdout, /in 1 of 2 files/);
        assert.equal((await ecocompute("check", "--severity", `${rule}=error`)).code, 1, "flags win");
        const select = await ecocompute("check", "other", "--select", rule);
        assert.equal(select.code, 1, "a rule selected by name runs whatever the file ignores");
      },
    ),
  );

  test(
    "a configuration with errors is told on its line, the rest goes on, and the exit code is 2",
    inFolder(
      { "pyproject.toml": '[tool.ecocompute]\nselect = "all"\nignroe = []\n', "model.py": dropout },
      async () => {
        const { code, stdout } = await ecocompute("check");
        assert.equal(code, 2);
        assert.match(stdout, finding("model.py"));
        assert.match(stdout, /^pyproject\.toml:2:1 problem .*`select` must be a list/m);
        assert.match(stdout, /^pyproject\.toml:3:1 problem Unknown key `ignroe`\. Did you mean `ignore`\?/m);
      },
    ),
  );

  test(
    "files that are no text, in odd encodings or unreadable become problems",
    inFolder(
      {
        "binary.py": new Uint8Array([0, 1, 2, 3]),
        "broken-utf8.py": new Uint8Array([0x61, 0xff, 0xfe, 0x62]),
        "latin.py": Buffer.from(`# -*- coding: latin-1 -*-\n# caf\xe9\n${dropout}`, "latin1"),
        "odd.py": `# coding: klingon\n${dropout}`,
        "hyphen.py": `# -*-coding:utf-8-*-\n# caf\u00e9\n${dropout}`,
        "bom.py": `\uFEFF${dropout}`,
        "python2.py": 'print "import torch"\nexec "x" in y\n',
        "deep.py": `import torch\nx = ${"(".repeat(20_000)}`,
        "empty.py": "",
      },
      async () => {
        const { code, stdout } = await ecocompute("check", "--format", "json");
        const report = JSON.parse(stdout);
        assert.equal(code, 1);
        assert.deepEqual(
          report.findings.map((each: { file: string; range: { start: object } }) => [
            each.file,
            each.range.start,
          ]),
          [
            ["bom.py", { line: 6, character: 15 }],
            ["hyphen.py", { line: 8, character: 15 }],
            ["latin.py", { line: 8, character: 15 }],
          ],
        );
        const problems = report.problems.map(
          (each: { file: string; message: string }) => `${each.file} ${each.message}`,
        );
        assert.deepEqual(problems, [
          "binary.py This file was not checked: it is not a text file.",
          "broken-utf8.py This file was not checked: it is not valid UTF-8.",
          "deep.py This cannot be read as Python: the statement that holds it was not checked.",
          "odd.py This file was not checked: its encoding `klingon` is not known.",
        ]);
      },
    ),
  );

  test(
    "what cannot be read is a problem, and 2 where it was asked for by name",
    inFolder(
      { "model.py": dropout, "secret.py": dropout, "all/clean.py": clean, "all/closed/x.py": dropout },
      async () => {
        const at = (name: string): string => join(folder.path, name);
        chmodSync(folder.path, 0o755);
        for (const name of ["secret.py", "all/closed"]) chmodSync(at(name), 0);
        // The administrator may read everything; nobody may not.
        const user = process.getuid?.() === 0 ? { user: 65534 } : {};
        const check = (...args: readonly string[]) =>
          runCli(cli, ["check", ...args], { cwd: folder.path, ...user });
        const below = await check("all");
        assert.equal(below.code, 0);
        assert.match(below.stdout, /^all\/closed problem This folder was not checked: .*permission denied/m);
        assert.match(below.stdout, /^No findings: 1 file checked\.$/m);
        const file = await check("secret.py", "model.py");
        assert.equal(file.code, 2);
        assert.match(file.stdout, /^secret\.py problem This file was not checked: .*permission denied/m);
        assert.match(file.stdout, finding("model.py"));
        const closed = await check("all/closed", "model.py");
        assert.equal(closed.code, 2);
        assert.match(closed.stdout, /^all\/closed problem This folder was not checked: .*permission denied/m);
        assert.match(closed.stdout, finding("model.py"));
        chmodSync(at("all/closed"), 0o755);
      },
    ),
  );

  test(
    "a folder that is ignored is checked when it is named, and says so when all of it is left out",
    inFolder(
      {
        ".git/HEAD": "",
        ".gitignore": "build/\nlocal.py\n",
        "clean.py": clean,
        "build/model.py": dropout,
        "build/sub/.gitignore": "own.py\n",
        "build/sub/own.py": dropout,
        "local.py": dropout,
        "off/model.py": dropout,
        "empty/readme.txt": "",
        "ecocompute.toml": 'exclude = ["off"]\n',
      },
      async () => {
        const all = await ecocompute("check");
        assert.equal(all.code, 0);
        assert.doesNotMatch(all.stdout, /problem/);
        const named = await ecocompute("check", "build");
        assert.equal(named.code, 1);
        assert.match(named.stdout, finding("build/model.py"));
        assert.doesNotMatch(named.stdout, /own\.py/);
        assert.match((await ecocompute("check", "local.py")).stdout, finding("local.py"));
        const off = await ecocompute("check", "off");
        assert.equal(off.code, 0);
        assert.match(
          off.stdout,
          /^off problem No file in this folder was checked: .+ leaves out all of them\.$/m,
        );
        assert.doesNotMatch((await ecocompute("check", "empty")).stdout, /problem/);
      },
    ),
  );

  test(
    "carriage returns end lines as they do in Python",
    inFolder({ "mac.py": dropout.replaceAll("\n", "\r") }, async () => {
      const { code, stdout } = await ecocompute("check", "mac.py");
      assert.equal(code, 1);
      assert.match(stdout, finding("mac.py"));
    }),
  );

  test(
    "standard input goes by the name it is given",
    inFolder({ "pkg/ecocompute.toml": `ignore = ["${rule}"]\n` }, async () => {
      const read = (stdin: string | Uint8Array, ...args: readonly string[]) =>
        runCli(cli, ["check", "-", ...args], { cwd: folder.path, stdin });
      const plain = await read(dropout);
      assert.equal(plain.code, 1);
      assert.match(plain.stdout, finding("stdin.py"));
      assert.equal((await read(dropout, "--stdin-filename", "pkg/x.py")).code, 0);
      assert.match((await read(dropout, "--stdin-filename", "x/y.py")).stdout, finding("x/y.py"));
      assert.equal((await read("")).code, 0);
      assert.equal((await read(new Uint8Array([0, 0]))).code, 2);
    }),
  );

  test(
    "threads find what one thread finds, in the same order",
    inFolder(
      Object.fromEntries(
        Array.from({ length: 90 }, (_, i) => [`d${i % 7}/m${i}.py`, i % 3 === 0 ? dropout : clean]),
      ),
      async () => {
        const serial = await ecocompute("check", "--format", "json", "--jobs", "1");
        const parallel = await ecocompute("check", "--format", "json", "--jobs", "3");
        assert.equal(JSON.parse(serial.stdout).findings.length, 30);
        assert.equal(parallel.stdout, serial.stdout);
        assert.equal(parallel.code, 1);
      },
    ),
  );

  test(
    "a comment that silences nothing is a problem",
    inFolder(
      { "model.py": dropout.replace("0.1)", "0.1)  # ecocompute: ignore[functional-dropout]") },
      async () => {
        const { code, stdout } = await ecocompute("check");
        assert.equal(code, 1);
        assert.match(stdout, /^model\.py:7:37 problem Unknown rule `functional-dropout`\./m);
      },
    ),
  );

  test(
    "a report that cannot be written ends with 2 and the reason",
    inFolder({ "model.py": clean }, async () => {
      const { code, stderr } = await ecocompute("check", "--output", "no/such/folder/x.json");
      assert.equal(code, 2);
      assert.match(stderr, /^ecocompute failed: ENOENT[^\n]*\n$/);
    }),
  );

  test(
    "output, quiet and statistics",
    inFolder({ "model.py": dropout, "b.py": dropout }, async () => {
      const written = await ecocompute("check", "--output", "report.txt", "--statistics");
      assert.equal(written.stdout, "");
      const text = readFileSync(join(folder.path, "report.txt"), "utf8");
      assert.match(text, new RegExp(`^2  ${rule}$`, "m"));
      const quiet = await ecocompute("check", "--quiet");
      assert.equal(
        quiet.stdout
          .trim()
          .split("\n")
          .filter((line) => line !== "").length,
        2,
      );
      assert.doesNotMatch(quiet.stdout, /Found/);
      assert.ok(!quiet.stdout.includes("\u001b"), "NO_COLOR is honored");
    }),
  );
});
