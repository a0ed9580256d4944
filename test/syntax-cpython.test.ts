import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dumpWithCPython, findPython, stdlibOf } from "./harness/cpython.ts";
import { dumpFile, firstDifference } from "./harness/dump-ast.ts";
import { syntax } from "./harness/syntax.ts";

/** One file of so many of the standard library and what is installed beside it; 1 compares all of them. */
const stride = Number(process.env["CPYTHON_STRIDE"] ?? 101);

const python = findPython();
if (python !== undefined) {
  test("the tree is CPython's, node for node and span for span", async (context) => {
    const library = stdlibOf(python);
    const files = readdirSync(library, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".py") && !deliberate.has(name))
      .sort()
      .filter((_, i) => i % stride === 0)
      .map((name) => join(library, name));
    let compared = 0;
    const differences: string[] = [];
    for await (const { path, text, body } of dumpWithCPython(python, files)) {
      compared++;
      const difference = firstDifference(dumpFile(syntax.parse(text)), body);
      if (difference !== undefined) differences.push(`${path} ${difference}`);
    }
    context.diagnostic(`${compared} files compared`);
    assert.deepEqual(differences, []);
    assert.ok(
      compared > 0 && compared >= files.length * 0.9,
      `compared ${compared} of ${files.length} files`,
    );
  });
}

test("a difference is found", () => {
  const [ours] = dumpFile(syntax.parse("x = a + b\n"));
  const [theirs] = dumpFile(syntax.parse("x = a - b\n"));
  assert.ok(ours !== undefined && theirs !== undefined);
  assert.match(firstDifference(ours, theirs) ?? "", /BinOp.*ours "\+", CPython "-"/);
});

/** Files that show the limits on purpose: 800 targets in one assignment; `from __future__ import *`. */
const deliberate: ReadonlySet<string> = new Set([
  "test/test_exceptions.py",
  "test/test_future_stmt/badsyntax_future8.py",
]);
