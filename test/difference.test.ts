import assert from "node:assert/strict";
import { test } from "node:test";
import { applyEdits } from "../server/src/base/text.ts";
import { difference } from "../server/src/host/difference.ts";
import { seededRandom } from "./harness/real-files.ts";

test("equal texts have no difference", () => assert.deepEqual(difference("abc", "abc"), []));

test("the difference of two texts is what lies between their common beginning and end, and turns one into the other", () => {
  const random = seededRandom(5);
  const pick = (n: number): number => Math.floor(random() * n);
  for (let i = 0; i < 2000; i++) {
    // Where all letters are the same, beginning and end would overlap.
    const letters = (n: number): string =>
      Array.from({ length: n }, () => "ab"[pick(1 + (i % 3))] ?? "c").join("");
    const before = letters(pick(2400));
    const start = pick(before.length + 1);
    const end = start + pick(Math.min(600, before.length - start + 1));
    const after = before.slice(0, start) + letters(pick(i % 2 === 0 ? 3 : 1200)) + before.slice(end);
    const edits = difference(before, after);
    assert.equal(applyEdits(before, edits), after);
    const [edit] = edits;
    if (edit === undefined) continue;
    const removed = before.slice(edit.span.start, edit.span.end);
    assert.ok(removed === "" || edit.text === "" || removed[0] !== edit.text[0]);
    assert.ok(removed === "" || edit.text === "" || removed.at(-1) !== edit.text.at(-1));
  }
});
