import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { Json, LspClient } from "./harness/lsp-client.ts";
import { call, codes, dropout, rule, serverFixture } from "./harness/lsp-fixture.ts";
import type { TestFolder } from "./harness/workspace.ts";

const server = serverFixture();
let client: LspClient;
let folder: TestFolder;
let uri: string;

beforeEach(() => {
  ({ client, folder, uri } = server);
});

describe("files that import each other", () => {
  test("a change in one is seen in the other", async () => {
    const base = folder.uriOf("base.py");
    folder.write("base.py", "import torch.nn as nn\nclass Base(nn.Module):\n    pass\n");
    await client.initialize({ folders: [folder.uri] });
    client.open(
      uri,
      dropout.replace("nn.Module", "Base").replace("import torch.nn as nn", "from base import Base"),
    );
    assert.deepEqual(codes(await client.diagnostics(uri)), [rule]);
    client.open(base, "class Base:\n    pass\n");
    const after = await client.take(
      "textDocument/publishDiagnostics",
      (each) => each.uri === uri && each.diagnostics.length === 0,
    );
    assert.equal(after.version, 1);
  });
});

describe("report", () => {
  test("of a file on disk, of an open one, of one that is not there", async () => {
    folder.write("model.py", dropout);
    await client.initialize({ folders: [folder.uri] });
    const ask = (of: string): Promise<Json> =>
      client.request("ecocompute/report", { scope: { kind: "file", uri: of } });
    const onDisk = await ask(uri);
    assert.equal(onDisk.schema, "ecocompute.report/1");
    assert.equal(onDisk.filesChecked, 1);
    assert.equal(onDisk.findings[0].file, uri);
    assert.deepEqual(onDisk.findings[0].range, call);
    client.open(uri, "import torch\n");
    assert.deepEqual((await ask(uri)).findings, [], "unsaved changes count");
    assert.match((await ask(folder.uriOf("gone.py"))).problems[0].message, /not checked: ENOENT/);
  });

  test("of the workspace, with progress, and cancelled", async () => {
    for (let i = 0; i < 300; i++) folder.write(`pkg/m${i}.py`, dropout.repeat(10));
    folder.write("ecocompute.toml", "nonsense = 1\n");
    folder.write("bin.py", new Uint8Array([0]));
    await client.initialize({ folders: [folder.uri] });
    const ask = { scope: { kind: "workspace" } };
    await assert.rejects(client.cancel("ecocompute/report", ask, 60), { code: -32800 });
    const report = await client.request("ecocompute/report", ask);
    assert.equal(report.filesChecked, 301);
    assert.equal(report.findings.length, 3_000);
    const problems = report.problems.map((each: Json) => each.file);
    assert.deepEqual(problems.sort(), [folder.uriOf("bin.py"), folder.uriOf("ecocompute.toml")]);
    await client.take("ecocompute/status", (each) => each.state === "analyzing");
    const began = performance.now();
    assert.deepEqual(await client.request("ecocompute/report", ask), report);
    assert.ok(performance.now() - began < 1_000, "what has not changed is remembered");
  });

  test("changes are announced", async () => {
    await client.initialize({ folders: [folder.uri] });
    client.open(uri, dropout);
    await client.take("ecocompute/reportChanged", (each) => each.uris.length === 0);
    client.edit(uri, 2, [0, 0], [0, 0], "\n");
    client.edit(uri, 3, [0, 0], [0, 0], "\n");
    const { uris } = await client.take("ecocompute/reportChanged", (each) => each.uris.length > 0);
    assert.deepEqual(uris, [uri]);
  });
});
