import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { version } from "../server/src/base/version.ts";
import { built } from "./harness/built.ts";
import { runCli } from "./harness/cli.ts";
import { type TestFolder, testFolder } from "./harness/workspace.ts";

const rule = "functional-dropout-always-on";
let cli: string;
let folder: TestFolder;
const ecocompute = (...args: readonly string[]) => runCli(cli, args, { cwd: folder.path });

describe("explain and rules", () => {
  before(() => {
    cli = built("cli.js");
    folder = testFolder();
  });
  after(() => folder.remove());

  test("explain shows the page", async () => {
    const { code, stdout } = await ecocompute("explain", rule);
    assert.equal(code, 0);
    for (const part of [rule, "Why is this bad?", "Fix safety", "https://"])
      assert.ok(stdout.includes(part), part);
    assert.doesNotMatch(stdout, /^```/m);
  });

  test("an unknown rule ends with 2 and the nearest name", async () => {
    for (const name of ["functional-dropout-alway-on", "functional_dropout_always_on", "dropout"]) {
      const { code, stderr } = await ecocompute("explain", name);
      assert.equal(code, 2);
      assert.match(stderr, new RegExp(`Did you mean \`${rule}\``));
    }
  });

  test("rules lists all of them", async () => {
    const text = await ecocompute("rules");
    assert.match(text.stdout, new RegExp(`^${rule} +bug +layers +error`, "m"));
    const json = JSON.parse((await ecocompute("rules", "--format", "json")).stdout);
    const found = json.find((each: { id: string }) => each.id === rule);
    assert.equal(found.category, "bug");
    assert.ok(found.page.endsWith(`/${rule}.md`));
  });

  test("estimate is one of the commands", async () => {
    assert.match((await ecocompute("--help")).stdout, /^ {2}estimate /m);
    const { code, stderr } = await ecocompute("estimate");
    assert.equal(code, 2);
    assert.match(stderr, /missing required argument/);
  });

  test("the version is that of the package", async () => {
    const { version: packaged } = JSON.parse(readFileSync("package.json", "utf8"));
    assert.equal(version, packaged);
    assert.equal((await ecocompute("--version")).stdout, `${version}\n`);
  });
});
