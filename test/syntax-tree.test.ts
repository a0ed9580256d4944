import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { dumpFile } from "./harness/dump-ast.ts";
import { printTree } from "./harness/print-tree.ts";
import { syntax } from "./harness/syntax.ts";

const fixture = readFileSync(new URL("syntax/tricky.md", import.meta.url), "utf8");
const section = /^## (.+)\n\n```py\n([\s\S]*?)```\n\n```tree\n([\s\S]*?)```/gm;
const cases = [...fixture.matchAll(section)];

test("the fixture has all its cases", () => {
  assert.equal(cases.length, fixture.split(/^## /m).length - 1);
});

for (const [, name, code = "", expected = ""] of cases) {
  test(`${name}`, () => {
    const file = syntax.parse(code);
    assert.equal(dumpFile(file).map(printTree).join("\n"), expected.trimEnd());
    assert.ok(
      file.chunks.every(({ chunk }) => !chunk.hasErrors),
      "read without errors",
    );
  });
}
