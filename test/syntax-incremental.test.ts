import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fingerprint, toEdits, wildEdits } from "./harness/edits.ts";
import { pythonSources } from "./harness/sources.ts";
import { syntax } from "./harness/syntax.ts";

test("a file after any edits is what reading it afresh gives", () => {
  let edits = 0;
  fc.assert(
    fc.property(fc.constantFrom(...pythonSources), fc.boolean(), wildEdits, (source, crlf, wild) => {
      let file = syntax.parse(crlf ? source.replaceAll("\n", "\r\n") : source);
      for (const change of wild) {
        for (const edit of toEdits(file.text, change)) {
          file = syntax.update(file, [edit]);
          edits++;
          const fresh = syntax.parse(file.text);
          assert.equal(file.chunks.map(({ chunk }) => chunk.text).join(""), file.text);
          assert.equal(fingerprint(file), fingerprint(fresh));
        }
      }
    }),
    { numRuns: Number(process.env["FUZZ_RUNS"] ?? 40) },
  );
  assert.ok(edits > 0);
});

test("several edits of one notification apply one after the other", () => {
  const file = syntax.parse("a = 1\n\n\ndef f():\n    return a\n");
  const after = syntax.update(file, [
    { span: { start: 0, end: 1 }, text: "bcd" },
    { span: { start: 6, end: 7 }, text: "22" },
  ]);
  assert.equal(after.text, "bcd = 22\n\n\ndef f():\n    return a\n");
  assert.equal(fingerprint(after), fingerprint(syntax.parse(after.text)));
});

test("what an edit does not touch stays the same object", () => {
  const functions = Array.from({ length: 20 }, (_, i) => `def f${i}(x):\n    return x + ${i}\n\n\n`);
  const file = syntax.parse(functions.join(""));
  const at = file.text.indexOf("x + 10");
  const after = syntax.update(file, [{ span: { start: at, end: at }, text: "y * " }]);
  const fresh = after.chunks.filter(({ chunk }) => file.chunks.every((old) => old.chunk !== chunk));
  assert.deepEqual(
    fresh.map(({ chunk }) => chunk.text),
    ["def f10(x):\n    return y * x + 10\n\n\n"],
  );
});
