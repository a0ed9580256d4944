import assert from "node:assert/strict";
import { test } from "node:test";
import { createProgress } from "../server/src/cli/progress.ts";

const stream = (isTTY: boolean) => {
  const written: string[] = [];
  return { written, isTTY, write: (text: string) => written.push(text) > 0 };
};

test("a terminal gets one line, drawn over and wiped at the end", () => {
  const terminal = stream(true);
  const progress = createProgress(terminal);
  for (let i = 0; i < 1_000; i++) progress.show(`${i} of 1,000`);
  progress.clear();
  progress.clear();
  assert.ok(terminal.written.length < 20, "it is not drawn for every file");
  assert.equal(terminal.written[0], "\r\u001b[K0 of 1,000");
  assert.equal(terminal.written.at(-1), "\r\u001b[K");
});

test("a log file gets nothing", () => {
  const file = stream(false);
  const progress = createProgress(file);
  progress.show("1 of 2");
  progress.clear();
  assert.deepEqual(file.written, []);
});
