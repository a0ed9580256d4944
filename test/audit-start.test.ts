import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { auditedCode, auditedReport } from "./harness/audited.ts";
import { built } from "./harness/built.ts";
import { events, says, startGemini } from "./harness/loopback-gemini.ts";

/** Texts that only the libraries have: where one stands in code that ran, the library was loaded. */
const marks = { gemini: "x-goog-api-client", credentials: "application_default_credentials.json" };

const folder = mkdtempSync(join(tmpdir(), "audit-start-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "net.py");
writeFileSync(file, auditedCode);
let cli = "";
before(() => {
  cli = built("cli.js");
});

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly {
        readonly startOffset: number;
        readonly endOffset: number;
        readonly count: number;
      }[];
    }[];
  }[];
}

/** Runs node and tells whether the code around a mark ran in a script. */
async function ran(
  script: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<(mark: string) => boolean> {
  const coverage = mkdtempSync(join(folder, "coverage-"));
  const child = spawn(process.execPath, parameters, {
    cwd: folder,
    env: { ...process.env, XDG_STATE_HOME: folder, ...environment, NODE_V8_COVERAGE: coverage },
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 120_000,
  });
  let err = "";
  child.stderr.on("data", (piece) => (err += String(piece)));
  const code = await new Promise((done) => child.on("close", done));
  assert.ok(code === 0 || code === 1, err);
  const text = readFileSync(script, "utf8");
  const functions = readdirSync(coverage)
    .map((name): Coverage => JSON.parse(readFileSync(join(coverage, name), "utf8")))
    .flatMap(({ result }) => result)
    .filter(({ url }) => url.startsWith("file:") && resolve(fileURLToPath(url)) === resolve(script))
    .flatMap((each) => each.functions);
  assert.ok(functions.length > 0, "nothing of the script was covered: the check itself is broken");
  return (mark) => {
    const at = text.indexOf(mark);
    assert.ok(at >= 0, `${mark} is not in ${script}: the check itself is broken`);
    const around = functions
      .flatMap(({ ranges }) => ranges)
      .filter(({ startOffset, endOffset }) => startOffset <= at && at < endOffset)
      .sort((a, b) => a.endOffset - a.startOffset - (b.endOffset - b.startOffset));
    return (around[0]?.count ?? 0) > 0;
  };
}

test("the command line loads the client of Gemini when it asks, and not before", async () => {
  for (const parameters of [
    ["check", file],
    ["audit", file, "--level", "1"],
  ]) {
    const did = await ran(cli, [cli, ...parameters]);
    assert.deepEqual(
      [parameters[0], did(marks.gemini), did(marks.credentials)],
      [parameters[0], false, false],
    );
  }
  const gemini = await startGemini([events(says("Fine.")), events(says(JSON.stringify(auditedReport)))]);
  const did = await ran(cli, [cli, "audit", file, "--yes", "--base-url", gemini.url], {
    GEMINI_API_KEY: "k",
  });
  await gemini.close();
  assert.equal(did(marks.gemini), true, "the check sees it when it is loaded");
  assert.equal(did(marks.credentials), false, "a key needs no credentials of Google Cloud");
});

test("the language server has no client of Gemini at all: its thread for audits has", () => {
  built("server.cjs");
  assert.ok(!readFileSync("dist/server.cjs", "utf8").includes(marks.gemini));
  assert.ok(!readFileSync("dist/model-worker.cjs", "utf8").includes(marks.gemini));
  assert.ok(readFileSync("dist/audit-worker.cjs", "utf8").includes(marks.gemini));
});

test("the extension has what gets credentials of Google Cloud beside it, and loads it with the first audit", async () => {
  const extension = resolve("dist/extension.cjs");
  const beside = resolve("dist/google-auth-library.cjs");
  const text = readFileSync(extension, "utf8");
  for (const mark of [marks.credentials, "streamGenerateContent"]) assert.ok(!text.includes(mark), mark);
  assert.ok(text.includes('require("./google-auth-library.cjs")'));
  const start = join(folder, "start.cjs");
  const anything =
    "new Proxy(function () {}, { get: (_, name) => (name === Symbol.toPrimitive ? () => '' : any), apply: () => any, construct: () => any })";
  writeFileSync(
    start,
    `const module_ = require("node:module");
const any = ${anything};
const load = module_._load;
module_._load = (name, ...rest) => {
  if (name.includes("google-auth")) process.exit(7);
  return name === "vscode" ? any : load(name, ...rest);
};
require(${JSON.stringify(extension)});
process.exit(0);
`,
  );
  await ran(extension, [start]);
  assert.ok(readFileSync(beside, "utf8").includes(marks.credentials));
  assert.equal(typeof createRequire(import.meta.url)(beside).GoogleAuth, "function");
});
