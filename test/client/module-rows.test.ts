import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleRows } from "../../client/webview/module-rows.ts";
import type { ModuleRow } from "../../server/src/protocol/models-request.ts";

const row = (path: string): ModuleRow => ({ path, parameters: 1, macs: 1, uri: null, line: null });
const paths = (rows: readonly ModuleRow[]): readonly string[] => rows.map(({ path }) => path);

test("children follow their parent in the order of the model, whatever order they ran in", () => {
  const modules = ["", "head", "stem", "stem.conv", "blocks.1", "blocks", "blocks.0", "blocks.10"].map(row);
  const { rows, hidden } = moduleRows(modules, true);
  assert.deepEqual(paths(rows), [
    "",
    "head",
    "stem",
    "stem.conv",
    "blocks",
    "blocks.1",
    "blocks.0",
    "blocks.10",
  ]);
  assert.equal(hidden, 0);
});

test("deeper modules are folded away and counted", () => {
  const { rows, hidden } = moduleRows(["", "a", "a.b", "a.b.c"].map(row), false);
  assert.deepEqual(paths(rows), ["", "a"]);
  assert.equal(hidden, 2);
});
