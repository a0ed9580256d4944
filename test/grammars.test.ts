import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { Language, Parser } from "web-tree-sitter";
import * as z from "zod";

const require = createRequire(import.meta.url);
const folder = new URL("../grammars/", import.meta.url);
const binary = z.object({
  package: z.string(),
  version: z.string(),
  file: z.string(),
  sha256: z.string(),
  license: z.literal("MIT"),
  licenseFile: z.string(),
});
const provenance = binary
  .extend({ abi: z.number(), runtime: binary })
  .parse(JSON.parse(readFileSync(new URL("python.json", folder), "utf8")));
const manifest = z
  .object({ devDependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")));

for (const said of [provenance, provenance.runtime]) {
  test(`${said.file} is the one whose origin is written down`, () => {
    const bytes = readFileSync(require.resolve(`${said.package}/${said.file}`));
    assert.equal(createHash("sha256").update(bytes).digest("hex"), said.sha256);
  });

  test(`${said.package} is pinned to the version written down`, () => {
    assert.equal(manifest.devDependencies[said.package], said.version);
  });

  test(`the license of ${said.package} goes with it`, () => {
    const license = readFileSync(new URL(said.licenseFile, folder), "utf8");
    assert.match(license, /MIT License[\s\S]*Permission is hereby granted, free of charge/);
  });
}

test("the grammar has the ABI written down", async () => {
  await Parser.init();
  const bytes = readFileSync(require.resolve(`${provenance.package}/${provenance.file}`));
  assert.equal((await Language.load(bytes)).abiVersion, provenance.abi);
});
