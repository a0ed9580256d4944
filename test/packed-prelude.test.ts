import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { readPackedPrelude } from "../server/src/host/packed-prelude.ts";
import { preludeOf } from "../server/src/host/prelude.ts";
import { packPrelude, unpackPrelude } from "../server/src/model/packed-prelude.ts";
import type { Prelude } from "../server/src/model/prelude.ts";
import { syntax } from "./harness/syntax.ts";

/** All that a node says of itself, without its parent and what it leaves open. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  const said = Object.entries(value).filter(([key, each]) => key !== "parent" && each !== undefined);
  return Object.fromEntries(said.map(([key, each]) => [key, plain(each)]));
}

const parsed = preludeOf(syntax);
const lines = packPrelude(parsed);

function assertSame(unpacked: Prelude): void {
  assert.deepEqual([...unpacked.names], [...parsed.names]);
  let definitions = 0;
  for (const module of parsed.names) {
    assert.deepEqual(unpacked.starNames(module), parsed.starNames(module), module);
    const wanted = parsed.definitions(module);
    const got = unpacked.definitions(module);
    assert.deepEqual(
      got.map(({ name }) => name),
      wanted.map(({ name }) => name),
      module,
    );
    for (const [i, { name, read }] of wanted.entries())
      assert.deepEqual(got[i]?.read(), plain(read()), `${module}.${name ?? i}`);
    definitions += wanted.length;
  }
  assert.ok(definitions > 500);
}

test("a packed prelude says what parsing it says, to the last field", () => {
  assertSame(unpackPrelude((index) => lines[index] ?? ""));
});

test("so does one that is read from a file, which may hold any letter", () => {
  const folder = mkdtempSync(join(tmpdir(), "ecocompute-prelude-"));
  try {
    const file = join(folder, "prelude.jsonl");
    writeFileSync(file, lines.join("\n"));
    assertSame(readPackedPrelude(pathToFileURL(file)));
    const odd = '[{"name":"m","starNames":null,"definitions":["é",null]}]\n[{"start":0,"body":["ü"]}]\n["z"]';
    writeFileSync(file, odd);
    const prelude = readPackedPrelude(pathToFileURL(file));
    assert.equal(prelude.starNames("m"), undefined);
    assert.deepEqual(
      prelude.definitions("m").map(({ name, read }) => [name, read()]),
      [
        ["é", [{ start: 0, body: ["ü"] }]],
        [undefined, ["z"]],
      ],
    );
    assert.deepEqual(prelude.definitions("n"), []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
