import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import {
  type BaselineEntry,
  compareWith,
  fingerprinted,
  loadBaseline,
  renderBaseline,
} from "../server/src/analysis/baseline.ts";
import { built } from "./harness/built.ts";
import { type CliResult, runCli } from "./harness/cli.ts";
import { lint } from "./harness/lint.ts";
import { codes, serverFixture } from "./harness/lsp-fixture.ts";
import { type TestFolder, testFolder } from "./harness/workspace.ts";

const rule = "functional-dropout-always-on";
const head = "import torch.nn as nn\nimport torch.nn.functional as F\n\n\n";
const block = (name: string, ...calls: readonly string[]): string =>
  `class ${name}(nn.Module):\n    def forward(self, x):\n${calls.map((call) => `        ${call}\n`).join("")}        return x\n\n\n`;
const drop = "x = F.dropout(x, 0.1)";

const entriesOf = (text: string): readonly BaselineEntry[] =>
  fingerprinted(text, lint(text)).map(({ entry }) => entry);

/** Lines of the findings that are new against the baseline of `before`, and how many of it are gone. */
function against(
  before: string,
  after: string,
): { readonly fresh: readonly number[]; readonly gone: number } {
  const { fresh, gone } = compareWith(entriesOf(before), { text: after }, lint(after), new Set([rule]));
  return { fresh: fresh.map(({ span }) => after.slice(0, span.start).split("\n").length), gone };
}

describe("what a baseline recognizes", () => {
  const old = `${head}${block("A", drop, drop)}${block("B", "x = F.dropout(x, 0.2)")}`;
  const nothingNew = { fresh: [], gone: 0 };

  test("the same text", () => assert.deepEqual(against(old, old), nothingNew));
  test("lines that moved", () =>
    assert.deepEqual(
      against(old, `# a comment\n\n${old.replace("class B", "y = 1\n\n\nclass B")}`),
      nothingNew,
    ));
  test("classes in another order", () =>
    assert.deepEqual(
      against(old, `${head}${block("B", "x = F.dropout(x, 0.2)")}${block("A", drop, drop)}`),
      nothingNew,
    ));
  test("a line that was indented or spaced differently", () =>
    assert.deepEqual(
      against(
        old,
        old.replace("        x = F.dropout(x, 0.2)", "        if True:\n            x =  F.dropout(x, 0.2)"),
      ),
      { fresh: [], gone: 0 },
    ));
  test("a new finding on a line like a known one", () =>
    assert.deepEqual(against(old, `${old}${block("C", drop)}`), { fresh: [20], gone: 0 }));
  test("a new finding in other words", () =>
    assert.deepEqual(against(old, `${old}${block("C", "x = F.dropout(x, 0.3)")}`), { fresh: [20], gone: 0 }));
  test("one of two equal lines that was fixed", () =>
    assert.deepEqual(against(old, old.replace(drop, "x = F.relu(x)")), { fresh: [], gone: 1 }));
});

describe("the text of a baseline", () => {
  test("is the same for the same findings, and is read back", () => {
    const entries = entriesOf(`${head}${block("A", drop)}`);
    const text = renderBaseline(
      new Map([
        ["b.py", entries],
        ["a.py", entries],
        ["none.py", []],
      ]),
    );
    assert.match(text, /"schema": "ecocompute.baseline\/1"/);
    assert.ok(text.indexOf('"a.py"') < text.indexOf('"b.py"'));
    assert.ok(!text.includes("none.py"));
    const loaded = loadBaseline(text);
    assert.ok(loaded.kind === "baseline");
    assert.deepEqual(loaded.baseline.get("a.py"), entries);
    assert.equal(renderBaseline(loaded.baseline), text);
  });

  const useless: Readonly<Record<string, RegExp>> = {
    "": /not valid JSON/,
    "{": /not valid JSON/,
    "[]": /not a baseline/,
    '{"schema":"ecocompute.baseline/2","findings":{}}': /not a baseline of EcoCompute at `schema`/,
    '{"schema":"ecocompute.baseline/1","findings":{"a.py":[{"rule":3}]}}': /at `findings\.a\.py\.0\./,
  };
  for (const [text, why] of Object.entries(useless))
    test(`what is no baseline: ${text}`, () => {
      const loaded = loadBaseline(text);
      assert.ok(loaded.kind === "useless");
      assert.match(loaded.why, why);
    });
});

describe("check", () => {
  let cli: string;
  before(() => {
    cli = built("cli.js");
  });
  const withFolder =
    (
      files: Readonly<Record<string, string>>,
      body: (folder: TestFolder, run: (...args: readonly string[]) => Promise<CliResult>) => Promise<void>,
    ) =>
    async () => {
      const folder = testFolder(files);
      try {
        await body(folder, (...args) => runCli(cli, args, { cwd: folder.path }));
      } finally {
        folder.remove();
      }
    };
  const old = `${head}${block("A", drop)}`;
  const config = 'baseline = "known.json"\n';

  test(
    "writes a baseline, shows only what is new, tells what is fixed and takes it out",
    withFolder({ "ecocompute.toml": config, "a.py": old, "sub/b.py": old }, async (folder, run) => {
      const missing = await run("check");
      assert.equal(missing.code, 2);
      assert.match(
        missing.stdout,
        /^ecocompute\.toml:1:12 problem The baseline `known\.json` is not used: there is no such file\./m,
      );
      const written = await run("check", "--write-baseline");
      assert.deepEqual([written.code, written.stdout], [0, "Wrote 2 findings to known.json.\n"]);
      assert.deepEqual(await run("check"), { code: 0, stdout: "All clean: 2 files checked.\n", stderr: "" });
      assert.equal((await run("check", "--no-baseline")).code, 1);

      folder.write("a.py", `# moved\n${old}${block("B", drop)}`);
      const fresh = await run("check");
      assert.equal(fresh.code, 1);
      assert.match(fresh.stdout, /^a\.py:14:/m);
      assert.match(fresh.stdout, /^Found 1 finding in 1 of 2 files/m);

      folder.write("a.py", "import torch\n");
      const gone = await run("check");
      assert.equal(gone.code, 0);
      assert.match(gone.stdout, /^1 finding of the baseline is fixed: --write-baseline takes it out\.$/m);
      assert.match((await run("check", "--write-baseline", "a.py")).stdout, /^Wrote 1 finding/);
      const left = JSON.parse(readFileSync(join(folder.path, "known.json"), "utf8"));
      assert.deepEqual(Object.keys(left.findings), ["sub/b.py"], "what was not checked stays");
    }),
  );

  test(
    "a file that the command line names, and none by default",
    withFolder({ "a.py": old }, async (_, run) => {
      assert.match((await run("check", "--write-baseline")).stdout, /ecocompute-baseline\.json/);
      assert.equal((await run("check")).code, 1, "only what is configured or named is used");
      assert.equal((await run("check", "--baseline", "ecocompute-baseline.json")).code, 0);
      const wrong = await run("check", "--baseline", "other.json");
      assert.match((await run("check", "--write-baseline", "--baseline", "a.py")).stderr, /a \.json file/);
      assert.match((await run("check", "--write-baseline", "--baseline", "b.json")).stdout, /to b\.json/);
      assert.equal(wrong.code, 2);
      assert.match(wrong.stdout, /^other\.json problem This baseline is not used: there is no such file\.$/m);
    }),
  );

  test(
    "a corrupt baseline is one problem and hides nothing",
    withFolder({ "ecocompute.toml": config, "known.json": "{", "a.py": old, "b.py": old }, async (_, run) => {
      const { code, stdout } = await run("check");
      assert.equal(code, 2);
      assert.equal(stdout.match(/ problem /g)?.length, 1);
      assert.match(stdout, /is not used: it is not valid JSON/);
      assert.match(stdout, /^Found 2 findings/m);
    }),
  );

  test(
    "a folder's configuration extends the one above, with its baseline and its patterns",
    withFolder(
      {
        "ecocompute.toml": `${config}exclude = ["sub/skipped.py"]\n[severity]\n${rule} = "warning"\n`,
        "sub/ecocompute.toml": 'extends = "../ecocompute.toml"\npreset = "strict"\n',
        "sub/a.py": old,
        "sub/skipped.py": old,
        "lost/ecocompute.toml": 'extends = "../nowhere.toml"\n',
        "lost/a.py": "",
      },
      async (_, run) => {
        const found = await run("check", "sub", "--no-baseline");
        assert.match(found.stdout, new RegExp(`^sub/a\\.py:7:13 warning ${rule}`, "m"));
        assert.match(found.stdout, /^Found 1 finding in 1 file/m);
        assert.match(
          (await run("check", "sub", "--write-baseline")).stdout,
          /Wrote 1 finding to known\.json/,
        );
        assert.equal((await run("check", "sub")).code, 0);
        assert.match(
          (await run("check", "lost")).stdout,
          /^lost\/ecocompute\.toml:1:11 problem `\.\.\/nowhere\.toml` cannot be extended/m,
        );
      },
    ),
  );
});

describe("the editor", () => {
  const server = serverFixture();
  test("hides what is known and tells of a corrupt baseline in the configuration", async () => {
    const { client, folder, uri } = server;
    const old = `${head}${block("A", drop)}`;
    const known = renderBaseline(new Map([["model.py", entriesOf(old)]]));
    folder.write("ecocompute.toml", 'baseline = "baseline.json"\n');
    folder.write("baseline.json", known);
    await client.initialize({ folders: [folder.uri] });
    client.open(uri, old);
    assert.deepEqual(codes(await client.diagnostics(uri)), []);
    folder.write("baseline.json", "{");
    client.notify("workspace/didChangeWatchedFiles", {
      changes: [{ uri: folder.uriOf("baseline.json"), type: 2 }],
    });
    const told = await client.take(
      "textDocument/publishDiagnostics",
      (each) => each.uri === folder.uriOf("ecocompute.toml"),
    );
    assert.equal(told.diagnostics.length, 1);
    assert.match(told.diagnostics[0].message, /`baseline\.json` is not used: it is not valid JSON/);
  });
});
