import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { fullCapabilities, type Json, type LspClient } from "./harness/lsp-client.ts";
import { codes, dropout, rule, serverFixture } from "./harness/lsp-fixture.ts";
import { type TestFolder, testFolder } from "./harness/workspace.ts";

const server = serverFixture();
let client: LspClient;
let folder: TestFolder;
let uri: string;

beforeEach(() => {
  ({ client, folder, uri } = server);
});

describe("configuration", () => {
  const level = (severity: string): string => `[tool.ecocompute.severity]\n${rule} = "${severity}"\n`;
  const changed = (name: string): void =>
    client.notify("workspace/didChangeWatchedFiles", { changes: [{ uri: folder.uriOf(name), type: 2 }] });
  const severity = async (accepts: (diagnostics: readonly Json[]) => boolean): Promise<number | undefined> =>
    (
      await client.take(
        "textDocument/publishDiagnostics",
        (each) => each.uri === uri && accepts(each.diagnostics),
      )
    ).diagnostics[0]?.severity;

  test("files are read again when they change", async () => {
    folder.write("pyproject.toml", level("hint"));
    await client.initialize({ folders: [folder.uri] });
    client.open(uri, dropout);
    assert.equal((await client.diagnostics(uri))[0].severity, 4);
    folder.write("pyproject.toml", level("warning"));
    changed("pyproject.toml");
    assert.equal(await severity(([first]) => first?.severity !== 4), 2);
    folder.write("ecocompute.toml", `ignore = ["${rule}"]\n`);
    changed("ecocompute.toml");
    assert.equal(await severity((all) => all.length === 0), undefined);
    await client.take("ecocompute/reportChanged", (each) => each.uris.length === 0);
  });

  test("a malformed entry costs itself alone", async () => {
    const other = testFolder({ "ecocompute.toml": `[severity]\n${rule} = "warning"\n` });
    try {
      folder.write("pyproject.toml", level("hint"));
      client.answer("workspace/configuration", ({ items }) => items.map(() => null));
      await client.request("initialize", {
        processId: process.pid,
        rootUri: null,
        workspaceFolders: [null, { uri: 3 }, { uri: folder.uri }],
        capabilities: fullCapabilities,
      });
      client.notify("initialized", {});
      client.open(uri, dropout);
      assert.equal((await client.diagnostics(uri))[0].severity, 4);
      folder.write("pyproject.toml", level("warning"));
      const entry = { uri: folder.uriOf("pyproject.toml"), type: 2 };
      client.notify("workspace/didChangeWatchedFiles", { changes: [null, {}, { uri: 7 }, entry, 5] });
      assert.equal(await severity(([first]) => first?.severity !== 4), 2);
      const event = { added: [null, { uri: other.uri, name: "other" }], removed: [{}, "x"] };
      client.notify("workspace/didChangeWorkspaceFolders", { event });
      client.open(other.uriOf("m.py"), dropout);
      assert.equal((await client.diagnostics(other.uriOf("m.py")))[0].severity, 2);
    } finally {
      other.remove();
    }
  });

  test("an error is one diagnostic on its line, and goes when it is mended", async () => {
    folder.write("pyproject.toml", `[tool.ecocompute]\nselect = 3\n${level("warning")}`);
    await client.initialize({ folders: [folder.uri] });
    client.open(uri, dropout);
    assert.equal((await client.diagnostics(uri))[0].severity, 2, "the rest of the file holds");
    const config = folder.uriOf("pyproject.toml");
    const told = await client.take("textDocument/publishDiagnostics", (each) => each.uri === config);
    assert.equal(told.diagnostics.length, 1);
    assert.equal(told.diagnostics[0].range.start.line, 1);
    assert.match(told.diagnostics[0].message, /`select` must be a list of strings, not the number 3/);
    folder.write("pyproject.toml", level("warning"));
    changed("pyproject.toml");
    const mended = await client.take("textDocument/publishDiagnostics", (each) => each.uri === config);
    assert.deepEqual(mended.diagnostics, []);
  });

  test("broken TOML leaves the defaults", async () => {
    folder.write("ecocompute.toml", "select = [\n");
    await client.initialize({ folders: [folder.uri] });
    client.open(uri, dropout);
    assert.deepEqual(codes(await client.diagnostics(uri)), [rule]);
    const config = folder.uriOf("ecocompute.toml");
    const told = await client.take("textDocument/publishDiagnostics", (each) => each.uri === config);
    assert.match(told.diagnostics[0].message, /Not valid TOML/);
  });

  test("settings win over files, unless the user says otherwise, and take effect at once", async () => {
    let settings: Json = { rules: { [rule]: "info" } };
    folder.write("pyproject.toml", level("hint"));
    await client.initialize({ folders: [folder.uri], settings: () => settings });
    client.open(uri, dropout);
    assert.equal((await client.diagnostics(uri))[0].severity, 3);
    const push = (next: Json): void => {
      settings = next;
      client.notify("workspace/didChangeConfiguration", { settings: null });
    };
    push({ rules: { [rule]: "info" }, configurationPreference: "filesystemFirst" });
    assert.equal(await severity(([first]) => first?.severity === 4), 4);
    push({ configurationPreference: "editorOnly" });
    assert.equal(await severity(([first]) => first?.severity === 1), 1);
    push({ enable: false });
    assert.equal(await severity((all) => all.length === 0), undefined);
    push({ enable: true, ignore: ["bug"] });
    assert.equal(await severity((all) => all.length === 0), undefined);
    folder.write("named/other.toml", `severity = { "${rule}" = "info" }\n`);
    push({ configuration: "named/other.toml" });
    assert.equal(await severity(([first]) => first?.severity === 3), 3);
    push({ torchVersion: "2.6" });
    await client.take("ecocompute/status", (each) => each.torchVersion === "2.6 (settings)");
    push({ select: [rule], rules: { [rule]: "warning" } });
    assert.equal(await severity(([first]) => first?.severity === 2), 2);
  });

  test("settings that come late take effect when they come", async () => {
    const settings = { rules: { [rule]: "info" } };
    const initialized = client.initialize({ folders: [folder.uri] });
    client.answer("workspace/configuration", async ({ items }) => {
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      return items.map(() => settings);
    });
    await initialized;
    client.open(uri, dropout);
    assert.notEqual((await client.diagnostics(uri))[0].severity, 3, "findings do not wait");
    assert.equal(await severity(([first]) => first?.severity === 3), 3);
  });

  /** Starts with settings sent at once and opens the file; the answer to the server's question comes when it is given. */
  const startWith = async (section: object): Promise<(answer: object) => void> => {
    let answer = (_: object): void => undefined;
    const answered = new Promise<object>((resolve) => {
      answer = resolve;
    });
    const initialized = client.initialize({
      folders: [folder.uri],
      initializationOptions: { earlySettings: [null, folder.uri].map((at) => ({ uri: at, section })) },
    });
    client.answer("workspace/configuration", async ({ items }) => {
      const settings = await answered;
      return items.map(() => settings);
    });
    await initialized;
    client.open(uri, dropout);
    assert.equal((await client.diagnostics(uri))[0].severity, 3, "before any answer");
    return answer;
  };
  const sent = { rules: { [rule]: "info" }, logLevel: "info" };

  test("settings sent at the start hold until the client answers", async () => {
    const answer = await startWith(sent);
    answer({ rules: { [rule]: "warning" } });
    assert.equal(await severity(([first]) => first?.severity === 2), 2);
  });

  test("an answer that says what was sent at the start changes nothing", async () => {
    const answer = await startWith(sent);
    answer({ logLevel: "info", rules: { [rule]: "info" } });
    // The answer is there before the second of these is asked for.
    for (let i = 0; i < 2; i++) await client.request("ecocompute/debugInformation", { uri });
    const configured = client.received.filter(
      ({ method, params }) => method === "window/logMessage" && / of \d+ rules, torch/.test(params.message),
    );
    assert.equal(configured.length, 1, "configured once");
  });

  for (const earlySettings of [
    3,
    [],
    [null, { uri: 3, section: {} }],
    [{ uri: null, section: { rules: 3 } }],
  ])
    test(`sent at the start and no settings: ${JSON.stringify(earlySettings)}`, async () => {
      await client.initialize({
        folders: [folder.uri],
        settings: () => ({ rules: { [rule]: "info" } }),
        initializationOptions: { earlySettings },
      });
      client.open(uri, dropout);
      assert.equal((await client.diagnostics(uri))[0].severity, 3);
    });

  test("settings of wrong types are told and their defaults hold", async () => {
    await client.initialize({
      folders: [folder.uri],
      settings: () => ({
        enable: "yes",
        select: 3,
        ignore: ["no-such-rule"],
        rules: { [rule]: "loud" },
        torchVersion: 2,
      }),
    });
    client.open(uri, dropout);
    assert.equal((await client.diagnostics(uri))[0].severity, 1);
    for (const part of [
      "ecocompute.enable",
      "ecocompute.select",
      `ecocompute.rules.${rule}`,
      "ecocompute.torchVersion",
      "no-such-rule",
    ])
      await client.take("window/logMessage", (each) => each.type === 2 && each.message.includes(part));
  });

  test("excluded files and files outside of the folder", async () => {
    folder.write("sub/pyproject.toml", '[tool.ecocompute]\nexclude = ["old/"]\n');
    await client.initialize({ folders: [folder.uri] });
    const old = folder.uriOf("sub/old/model.py");
    client.open(old, dropout);
    assert.deepEqual(await client.diagnostics(old), []);
    const report = await client.request("ecocompute/report", { scope: { kind: "file", uri: old } });
    assert.match(report.problems[0].message, /excludes this file/);
    for (const odd of ["untitled:Untitled-1", "vscode-vfs://github/owner/repo/model.py"]) {
      client.open(odd, dropout);
      assert.deepEqual(codes(await client.diagnostics(odd)), [rule]);
    }
  });

  test("folders come and go", async () => {
    const other = testFolder({ "ecocompute.toml": `ignore = ["${rule}"]\n` });
    try {
      await client.initialize({ folders: [folder.uri] });
      client.notify("workspace/didChangeWorkspaceFolders", {
        event: { added: [{ uri: other.uri, name: "other" }], removed: [] },
      });
      client.open(other.uriOf("model.py"), dropout);
      assert.deepEqual(await client.diagnostics(other.uriOf("model.py")), []);
      const everything = await client.request("ecocompute/report", { scope: { kind: "workspace" } });
      assert.equal(everything.problems.length, 0);
    } finally {
      other.remove();
    }
  });
});
