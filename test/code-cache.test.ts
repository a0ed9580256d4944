import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Loaded, loadCompiled } from "../server/src/host/code-cache.ts";

const folder = mkdtempSync(join(tmpdir(), "ecocompute-code-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let bundles = 0;

function bundleOf(text: string): { readonly file: string; readonly cache: string } {
  const file = join(folder, `bundle-${bundles++}.cjs`);
  writeFileSync(file, text);
  return { file, cache: join(folder, "compiled", `bundle-${bundles}`) };
}

const asks = `const { sep } = require("node:path"); exports.greet = (name) => name + sep + __filename;`;

const greeting = ({ exports }: Loaded): unknown => {
  assert.ok(typeof exports === "object" && exports !== null && "greet" in exports);
  assert.ok(typeof exports.greet === "function");
  return exports.greet("hello");
};

test("a bundle runs the same from its text and from what was kept of it, which is written once", () => {
  const { file, cache } = bundleOf(asks);
  const first = loadCompiled(file, cache);
  assert.equal(greeting(first), `hello/${file}`);
  assert.ok(!existsSync(cache));
  first.keep();
  const kept = readFileSync(cache);
  assert.equal(statSync(cache).mode & 0o777, 0o600);
  rmSync(cache);
  first.keep();
  assert.ok(!existsSync(cache));
  writeFileSync(cache, kept);
  const second = loadCompiled(file, cache);
  assert.equal(greeting(second), `hello/${file}`);
  second.keep();
  assert.deepEqual(readFileSync(cache), kept);
});

test("what was kept of another text of the same length is not run", () => {
  const { file, cache } = bundleOf(asks);
  const first = loadCompiled(file, cache);
  greeting(first);
  first.keep();
  writeFileSync(file, asks.replace("name + sep", "sep + name"));
  const second = loadCompiled(file, cache);
  assert.equal(greeting(second), `/hello${file}`);
  const before = readFileSync(cache);
  second.keep();
  assert.notDeepEqual(readFileSync(cache), before);
});

test("damaged code is not run, and kept anew", () => {
  const { file, cache } = bundleOf(asks);
  const first = loadCompiled(file, cache);
  greeting(first);
  first.keep();
  for (const damage of [
    (bytes: Buffer) => bytes.fill(0x7f, bytes.length / 2),
    (bytes: Buffer) => bytes.subarray(0, 9),
  ]) {
    const whole = readFileSync(cache);
    writeFileSync(cache, damage(Buffer.from(whole)));
    const again = loadCompiled(file, cache);
    assert.equal(greeting(again), `hello/${file}`);
    again.keep();
    assert.equal(readFileSync(cache).length > 32, true);
    assert.notDeepEqual(readFileSync(cache), damage(Buffer.from(whole)));
  }
});

test("a folder that cannot be written stops nothing", () => {
  const { file } = bundleOf(asks);
  const loaded = loadCompiled(file, join(file, "compiled"));
  assert.equal(greeting(loaded), `hello/${file}`);
  loaded.keep();
});
