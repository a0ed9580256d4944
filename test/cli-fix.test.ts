import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { buildWithSampleRules } from "./harness/build-variant.ts";
import { runCli } from "./harness/cli.ts";
import { type TestFolder, testFolder } from "./harness/workspace.ts";

let folder: TestFolder;

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
describe("with fixes", () => {
  let variant: string;
  before(async () => {
    variant = (await buildWithSampleRules()).cli;
  });
  const run = (args: readonly string[], stdin = "") => runCli(variant, args, { cwd: folder.path, stdin });
  const read = (name: string): string => readFileSync(join(folder.path, name), "utf8");

  test(
    "safe fixes are applied until none is left, byte order mark and line ends kept",
    inFolder({ "a.py": "\uFEFFimport torch\r\nfirst_step(overlapping())\r\n" }, async () => {
      const { code, stdout } = await run(["check", "--fix"]);
      assert.equal(code, 0);
      assert.equal(read("a.py"), "\uFEFFimport torch\r\nnew_name(one())\r\n");
      assert.match(stdout, /^Applied 3 fixes\.$/m);
    }),
  );

  test(
    "lone carriage returns stay",
    inFolder({ "a.py": "import torch\rfirst_step(overlapping())\r" }, async () => {
      assert.equal((await run(["check", "--fix"])).code, 0);
      assert.equal(read("a.py"), "import torch\rnew_name(one())\r");
      const { stdout } = await run(["check", "-", "--fix"], "import torch\rfirst_step(overlapping())\r\n");
      assert.equal(stdout, "import torch\rnew_name(one())\r\n");
    }),
  );

  test(
    "what cannot be fixed stays and fails",
    inFolder({ "a.py": "import torch\nby_hand, old_name\n" }, async () => {
      const { code, stdout } = await run(["check", "--fix"]);
      assert.equal(code, 1);
      assert.match(stdout, /^a\.py:2:1 warning by-hand /m);
      assert.doesNotMatch(stdout, /old-name/);
    }),
  );

  test(
    "standard input comes back fixed, the report beside it",
    inFolder({}, async () => {
      const { code, stdout, stderr } = await run(
        ["check", "-", "--fix"],
        "import torch\nold_name, by_hand\n",
      );
      assert.equal(code, 1);
      assert.equal(stdout, "import torch\nnew_name, by_hand\n");
      assert.match(stderr, /by-hand/);
    }),
  );

  test(
    "a rule that throws costs its own findings and the exit code says so",
    inFolder({ "a.py": "import torch\nmake_it_throw\nold_name\n" }, async () => {
      const { code, stdout } = await run(["check"]);
      assert.equal(code, 2);
      assert.match(stdout, /^a\.py:3:1 warning old-name /m);
      assert.match(stdout, /^a\.py problem The rule `throwing-rule` failed: planted fault\.$/m);
    }),
  );

  test(
    "a file that is not UTF-8 is not written",
    inFolder(
      { "a.py": Buffer.from("# coding: latin-1\nimport torch\nold_name  # \xe9\n", "latin1") },
      async () => {
        const { code, stdout } = await run(["check", "--fix"]);
        assert.equal(code, 1);
        assert.match(stdout, /Fixes were not applied: this file is in latin1/);
        assert.match(stdout, /^a\.py:3:1 warning old-name/m);
      },
    ),
  );
});
