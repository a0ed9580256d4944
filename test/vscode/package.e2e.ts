import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./paths.ts";
import { packagedExtension } from "./session.ts";

/** Bytes. */
const largest = 3_000_000;

test("the extension package holds what runs and nothing else", () => {
  const vsix = packagedExtension();
  assert.ok(statSync(vsix).size < largest, `${statSync(vsix).size} bytes`);
  assert.deepEqual(zipEntries(readFileSync(vsix)), [
    "[Content_Types].xml",
    "extension.vsixmanifest",
    "extension/LICENSE.txt",
    "extension/changelog.md",
    "extension/client/media/heat/1.svg",
    "extension/client/media/heat/2.svg",
    "extension/client/media/heat/3.svg",
    "extension/client/media/heat/4.svg",
    "extension/client/media/icon.png",
    "extension/client/media/walkthrough/configure.md",
    "extension/client/media/walkthrough/fix.svg",
    "extension/client/media/walkthrough/private.md",
    "extension/client/media/walkthrough/report.svg",
    "extension/client/media/walkthrough/squiggle.svg",
    "extension/dist/THIRD-PARTY-NOTICES.txt",
    "extension/dist/audit-worker.cjs",
    "extension/dist/extension.cjs",
    "extension/dist/google-auth-library.cjs",
    "extension/dist/model-worker.cjs",
    "extension/dist/prelude.jsonl",
    "extension/dist/report-panel.css",
    "extension/dist/report-panel.js",
    "extension/dist/server.cjs",
    "extension/dist/tree-sitter-python.wasm",
    "extension/dist/web-tree-sitter.wasm",
    "extension/package.json",
    "extension/readme.md",
  ]);
});

test("the command line package runs from a bare install, without dependencies", (context) => {
  const tarballs = readdirSync(root).filter((name) => name.endsWith(".tgz"));
  assert.equal(tarballs.length, 1, "want one packed command line at the root: run npm run pack:cli");
  const tarball = join(root, tarballs[0] ?? "");
  const folder = mkdtempSync(join(tmpdir(), "ecocompute-npm-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));

  const held = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n").sort();
  assert.deepEqual(held, [
    "package/LICENSE",
    "package/README.md",
    "package/dist/THIRD-PARTY-NOTICES.txt",
    "package/dist/cli.js",
    "package/package.json",
  ]);

  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], {
    cwd: folder,
    stdio: "ignore",
  });
  const ecocompute = (...args: readonly string[]): string =>
    execFileSync("npx", ["--no-install", "ecocompute", ...args], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  assert.match(ecocompute("--version"), /\d+\.\d+\.\d+/);
  assert.match(ecocompute("rules"), /functional-dropout-always-on/);
  writeFileSync(
    join(folder, "head.py"),
    "import torch.nn as nn\nimport torch.nn.functional as F\n\n\nclass Head(nn.Module):\n    def forward(self, x):\n        return F.dropout(x)\n",
  );
  assert.match(
    ecocompute("check", "--exit-zero", "--format", "json", "head.py"),
    /"functional-dropout-always-on"/,
  );
});

/** Names in the central directory of a zip file, sorted. */
function zipEntries(zip: Buffer): readonly string[] {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  assert.notEqual(end, -1, "not a zip file");
  const names: string[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let entry = zip.readUInt16LE(end + 10); entry > 0; entry--) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      zip.readUInt16LE(at + offset),
    );
    names.push(zip.toString("utf8", at + 46, at + 46 + (nameLength ?? 0)));
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
  }
  return names.sort();
}
