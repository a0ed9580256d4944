import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Tree } from "../server/src/syntax/parser.ts";
import { sameTree } from "../server/src/syntax/parser.ts";
import { editTree } from "../server/src/syntax/tree-edit.ts";
import { toEdits, wildEdits } from "./harness/edits.ts";
import { pythonSources } from "./harness/sources.ts";
import { pythonParser } from "./harness/syntax.ts";

test("the pinned runtime is laid out as the fast decoder knows it", () => {
  assert.equal(pythonParser.decoder, "heap");
});

function parsed(text: string): Tree {
  const tree = pythonParser.parse(text);
  assert.ok(tree !== undefined, "the parser gave the text up");
  return tree;
}

test("text that is broken all over is given up, and the next text is read afresh", () => {
  const broken = "def f(x):\n    return [1, (2\n".repeat(3_000);
  assert.equal(pythonParser.parse(broken), undefined);
  const tree = parsed("x = 1\n");
  assert.equal(tree.rootNode.hasError, false);
  assert.equal(tree.rootNode.endIndex, 6);
  tree.delete();
});

test("the fast decoder reads what the public cursor reads, in broken code and after edits too", () => {
  let inputs = 0;
  let broken = 0;
  let nodes = 0;
  fc.assert(
    fc.property(fc.constantFrom(...pythonSources), wildEdits, (source, wild) => {
      let text = source;
      let tree = parsed(text);
      try {
        for (const change of wild) {
          let changed = text;
          for (const { span, text: insert } of toEdits(text, { ...change, typed: false }))
            changed = changed.slice(0, span.start) + insert + changed.slice(span.end);
          editTree(tree, text, changed);
          const next = pythonParser.parseSound(changed, tree) ?? parsed(changed);
          tree.delete();
          tree = next;
          text = changed;
          const place = { text, shift: 3, from: 5 };
          const fast = pythonParser.flatten(tree, place);
          assert.ok(sameTree(fast, pythonParser.flattenWithCursor(tree, place)), JSON.stringify(text));
          inputs++;
          nodes += fast.count;
          if (tree.rootNode.hasError) broken++;
        }
      } finally {
        tree.delete();
      }
    }),
    { numRuns: Number(process.env["FUZZ_RUNS"] ?? 200) },
  );
  assert.ok(inputs > 0 && broken > inputs / 10 && nodes > inputs, `${inputs} inputs, ${broken} broken`);
});

test("two trees that differ are told apart", () => {
  const one = parsed("x = 1\n");
  const other = parsed("x = y\n");
  const first = pythonParser.flattenWithCursor(one, { text: "x = 1\n", shift: 0, from: 0 });
  const second = pythonParser.flattenWithCursor(other, { text: "x = y\n", shift: 0, from: 0 });
  one.delete();
  other.delete();
  assert.ok(sameTree(first, first));
  assert.ok(!sameTree(first, second));
});
