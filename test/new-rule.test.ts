import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { parseMdtest } from "./harness/mdtest.ts";
import { testFolder } from "./harness/workspace.ts";

/** Runs the scaffold in a folder of its own. */
function scaffold(folder: string, ...args: readonly string[]) {
  mkdirSync(join(folder, "server/src/rules"), { recursive: true });
  mkdirSync(join(folder, "test/rules"), { recursive: true });
  const loader = resolve("node_modules/tsx/dist/loader.mjs");
  const made = spawnSync(process.execPath, ["--import", loader, resolve("server/tools/new.ts"), ...args], {
    cwd: folder,
    encoding: "utf8",
    timeout: 60_000,
  });
  const read = (path: string): string => readFileSync(join(folder, path), "utf8");
  return { code: made.status, said: made.stderr, read };
}

test("a scaffold has all its parts, and holes that tests find until they are filled", () => {
  const folder = testFolder();
  try {
    for (const [kind, name] of [
      ["rule", "loss-on-the-wrong-device"],
      ["model-rule", "layer-too-deep"],
    ] as const) {
      const { code, read } = scaffold(folder.path, kind, name);
      assert.equal(code, 0);
      const rule = read(`server/src/rules/${name}.ts`);
      for (const heading of ["Why is this bad?", "Example", "Fix safety", "When not to use it", "References"])
        assert.ok(rule.includes(` * ## ${heading}`), heading);
      assert.match(rule, /^ \* Checks for SAY:/m);
      assert.match(rule, kind === "rule" ? /defineRule\(/ : /defineModelRule\(/);
      const scenarios = parseMdtest(read(`test/rules/${name}.md`));
      assert.deepEqual(
        scenarios.map(({ py }) => py.includes(`# expect: ${name}`)),
        [true, false],
      );
    }
  } finally {
    folder.remove();
  }
});

test("a name must tell a bad pattern and be free", () => {
  const folder = testFolder();
  try {
    const refused: readonly (readonly [readonly string[], RegExp])[] = [
      [["rule"], /several words with dashes/],
      [["rule", "Loss"], /several words with dashes/],
      [["rule", "no-item-in-loop"], /names the cure/],
      [["rules", "loss-lost"], /must be one of rule, model-rule/],
    ];
    for (const [args, why] of refused) {
      const { code, said } = scaffold(folder.path, ...args);
      assert.equal(code, 2);
      assert.match(said, why);
    }
    assert.equal(scaffold(folder.path, "rule", "loss-lost").code, 0);
    assert.match(scaffold(folder.path, "rule", "loss-lost").said, /there is a rule/);
  } finally {
    folder.remove();
  }
});
