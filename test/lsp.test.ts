import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism, loadavg } from "node:os";
import { beforeEach, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { rules } from "../server/src/rules/registry.gen.ts";
import { type Json, type LspClient, startServer } from "./harness/lsp-client.ts";
import { call, codes, dropout, rule, serverFixture } from "./harness/lsp-fixture.ts";
import type { TestFolder } from "./harness/workspace.ts";

const server = serverFixture();
let client: LspClient;
let folder: TestFolder;
let uri: string;

beforeEach(() => {
  ({ client, folder, uri } = server);
});

describe("typing", () => {
  test("a finding appears, moves and goes with the text", async () => {
    await client.initialize({ folders: [folder.uri] });
    client.open(uri, dropout);
    const [first, ...rest] = await client.diagnostics(uri, 1);
    assert.equal(rest.length, 0);
    assert.deepEqual(first, {
      range: call,
      severity: 1,
      source: "EcoCompute",
      code: rule,
      message:
        "`F.dropout` drops activations in `eval()` too: its `training` defaults to `True`. Pass `training=self.training`.",
      codeDescription: {
        href: `https://github.com/ecocompute/ecocompute/blob/main/server/docs/rules/${rule}.md`,
      },
      data: { fix: "suggestion" },
    });
    client.edit(uri, 2, [0, 0], [0, 0], "\n\n");
    assert.equal((await client.diagnostics(uri, 2))[0].range.start.line, 8);
    client.edit(uri, 3, [8, 33], [8, 33], ", training=self.training");
    assert.deepEqual(await client.diagnostics(uri, 3), []);
    client.notify("textDocument/didClose", { textDocument: { uri } });
    const gone = await client.take("textDocument/publishDiagnostics", (each) => each.version === undefined);
    assert.deepEqual(gone.diagnostics, []);
    assert.deepEqual(server.errorsLogged(), []);
  });

  test("several changes in one message, and the whole text at once", async () => {
    await client.initialize();
    client.open(uri, "import torch\n");
    await client.diagnostics(uri, 1);
    client.notify("textDocument/didChange", {
      textDocument: { uri, version: 2 },
      contentChanges: [{ text: dropout.replace("0.1", "0.5") }],
    });
    assert.deepEqual(codes(await client.diagnostics(uri, 2)), [rule]);
    client.notify("textDocument/didChange", {
      textDocument: { uri, version: 3 },
      contentChanges: [
        { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: "# 😀\r\n" },
        {
          range: { start: { line: 7, character: 33 }, end: { line: 7, character: 33 } },
          text: ", training=True",
        },
      ],
    });
    assert.deepEqual(await client.diagnostics(uri, 3), []);
  });

  test("a comment that silences nothing is pointed out", async () => {
    await client.initialize();
    client.open(uri, dropout.replace("0.1)", "0.1)  # ecocompute: ignore[functional-dropout-on]"));
    const [, comment] = await client.diagnostics(uri, 1);
    assert.deepEqual([comment.code, comment.severity], ["comment-without-effect", 3]);
    assert.match(comment.message, /Unknown rule `functional-dropout-on`/);
  });

  test("findings stay where they can while the code is broken", async () => {
    await client.initialize();
    client.open(uri, dropout);
    await client.diagnostics(uri, 1);
    client.edit(uri, 2, [7, 0], [7, 0], "\n\ndef broken(:\n    x = [1, 2\n");
    assert.deepEqual(codes(await client.diagnostics(uri, 2)), [rule]);
    client.edit(uri, 3, [0, 0], [0, 0], '"""');
    await client.diagnostics(uri, 3);
    client.edit(uri, 4, [0, 0], [0, 3], "");
    assert.deepEqual(codes(await client.diagnostics(uri, 4)), [rule]);
    assert.deepEqual(server.errorsLogged(), []);
  });

  test("CRLF, emoji, tabs and a byte order mark", async () => {
    await client.initialize();
    const text = `\uFEFF${dropout.replaceAll("\n", "\r\n").replace("x, p", '"😀", p').replaceAll("    ", "\t")}`;
    client.open(uri, text);
    const [finding] = await client.diagnostics(uri, 1);
    assert.deepEqual(finding.range, { start: { line: 6, character: 9 }, end: { line: 6, character: 31 } });
  });

  test("positions outside of the text are brought into it", async () => {
    await client.initialize();
    client.open(uri, dropout);
    await client.diagnostics(uri, 1);
    client.edit(uri, 2, [6, 9_999], [99, 0], "  # the end\n");
    assert.deepEqual(codes(await client.diagnostics(uri, 2)), [rule]);
  });

  test("odd texts: binary, Python 2, deep nesting, one long line, nothing", async () => {
    await client.initialize();
    const texts = [
      "import torch\0\0\0",
      'import torch\nprint "x"\nexec "y" in z\nraise E, "m"\n',
      `import torch\nx = ${"[".repeat(30_000)}`,
      `import torch\nx = ${"a+".repeat(100_000)}1\n`,
      `import torch\n${"if x:\n ".repeat(3_000)}`,
      "",
    ];
    for (const [i, text] of texts.entries()) {
      client.open(`${uri}-${i}`, text);
      assert.deepEqual(await client.diagnostics(`${uri}-${i}`, 1), [], text.slice(0, 40));
    }
    client.open(uri, dropout);
    assert.deepEqual(codes(await client.diagnostics(uri, 1)), [rule]);
    assert.deepEqual(server.errorsLogged(), []);
  });

  test("thousands of edits leave no memory behind", async () => {
    await client.initialize();
    client.open(uri, dropout.repeat(100));
    await client.diagnostics(uri, 1);
    const used = async (): Promise<number> => {
      const { text } = await client.request("ecocompute/debugInformation", {});
      return Number(/^Memory: (\d+) MiB resident/m.exec(text)?.[1]);
    };
    let version = 1;
    const type = async (): Promise<number> => {
      for (let at = 0; at < 250; at++) client.edit(uri, ++version, [300, at], [300, at], "x");
      for (let at = 249; at >= 0; at--) client.edit(uri, ++version, [300, at], [300, at + 1], "");
      const last = version;
      await client.take("textDocument/publishDiagnostics", (each) => each.version === last, 60_000);
      return used();
    };
    const first = await type();
    let now = first;
    for (let round = 0; round < 7; round++) now = await type();
    assert.ok(now < first + 150, `${first} MiB after 500 edits, ${now} MiB after ${version}`);
  });

  test("a file of 100,000 lines is checked, typed in, and one beyond the limit says that it is not", async () => {
    await client.initialize();
    const large = dropout + "def f(x):\n    return x + 1\n\n\n".repeat(25_000);
    client.open(uri, large);
    const found = await client.take(
      "textDocument/publishDiagnostics",
      (each) => each.uri === uri && each.version === 1,
      20_000,
    );
    assert.deepEqual(codes(found.diagnostics), [rule]);
    client.edit(uri, 2, [6, 33], [6, 33], ", training=self.training");
    assert.deepEqual(await client.diagnostics(uri, 2), []);
    const larger = folder.uriOf("larger.py");
    client.open(larger, `import torch\n${"x = 1\n".repeat(900_000)}`);
    const [told] = await client.diagnostics(larger, 1);
    assert.equal(told.code, "file-too-large");
    assert.equal(told.severity, 3);
    assert.match(told.message, /5,400,013 characters, the limit is 2,000,000/);
  });
});

describe("starting", () => {
  test("first diagnostics within 300 ms after initialization", async () => {
    const once = async (): Promise<number> => {
      const started = startServer(process.execPath, [server.program, "--stdio"]);
      await started.initialize({ folders: [folder.uri] });
      const began = performance.now();
      started.open(uri, dropout);
      await started.diagnostics(uri, 1);
      const took = performance.now() - began;
      await started.shutdown();
      return took;
    };
    // Other work on the machine is not the server's: the best of several, and more time where processors are shared.
    const limit = 300 * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
    const times: number[] = [];
    while (times.length < 8 && !times.some((time) => time < limit)) times.push(await once());
    assert.ok(
      Math.min(...times) < limit,
      `${times.map(Math.round).join(", ")} ms, limit ${Math.round(limit)}`,
    );
    await client.initialize();
  });

  test("positions are UTF-16, documents are synced by changes", async () => {
    const { capabilities, serverInfo } = await client.initialize();
    assert.equal(capabilities.positionEncoding, "utf-16");
    assert.equal(capabilities.textDocumentSync.change, 2);
    assert.deepEqual(capabilities.codeActionProvider.codeActionKinds, [
      "quickfix",
      "source.fixAll.ecocompute",
    ]);
    assert.equal(serverInfo.name, "EcoCompute");
  });

  test("a client that can do nothing gets plain answers", async () => {
    await client.initialize({
      folders: [folder.uri],
      capabilities: { textDocument: { codeAction: { codeActionLiteralSupport: {} } } },
      initializationOptions: { settings: { rules: { [rule]: "info" } } },
    });
    client.open(uri, dropout);
    const [finding] = await client.diagnostics(uri, 1);
    assert.deepEqual(Object.keys(finding).sort(), ["code", "message", "range", "severity", "source"]);
    assert.equal(finding.severity, 3, "settings given at the start hold");
    const hover = await client.request("textDocument/hover", { textDocument: { uri }, position: call.start });
    assert.equal(hover.contents.kind, "plaintext");
    assert.doesNotMatch(hover.contents.value, /\*\*|`|\]\(/);
    const actions = await client.request("textDocument/codeAction", {
      textDocument: { uri },
      range: call,
      context: { diagnostics: [] },
    });
    assert.ok(actions[0].edit.changes[uri].length > 0, "edits without versions");
    client.notify("workspace/didChangeConfiguration", { settings: { ecocompute: { enable: false } } });
    const cleared = await client.take(
      "textDocument/publishDiagnostics",
      (each) => each.diagnostics.length === 0,
    );
    assert.equal(cleared.uri, uri);
    assert.ok(!client.received.some((each) => each.method === "client/registerCapability"));
  });

  test("the status tells rules, torch and configuration", async () => {
    folder.write("pyproject.toml", '[project]\ndependencies = ["torch>=2.4"]\n[tool.ecocompute]\n');
    await client.initialize({ folders: [folder.uri] });
    const status = await client.take("ecocompute/status", (each) => each.state === "ready");
    assert.ok(status.rulesActive > 0);
    assert.equal(status.torchVersion, "2.4 (pyproject.toml)");
    assert.equal(status.configPath, folder.uriOf("pyproject.toml"));
    const { text } = await client.request("ecocompute/debugInformation", { uri });
    assert.match(text, /^torch: 2\.4 \(pyproject\.toml\)$/m);
    assert.match(text, new RegExp(`^Active rules: .*${rule}`, "m"));
  });
});

test("speaks over Node's own channel as well", async () => {
  await client.initialize();
  const forked = fork(server.program, ["--node-ipc"], { stdio: "ignore" });
  const answer = once(forked, "message");
  const params = { processId: process.pid, rootUri: null, capabilities: {} };
  forked.send({ jsonrpc: "2.0", id: 1, method: "initialize", params });
  const [{ result }] = await answer;
  assert.equal(result.serverInfo.name, "EcoCompute");
  forked.send({ jsonrpc: "2.0", id: 2, method: "shutdown" });
  await once(forked, "message");
  forked.send({ jsonrpc: "2.0", method: "exit" });
  assert.deepEqual(await once(forked, "exit"), [0, null]);
});

test("collects garbage after the keystrokes, not within them", async () => {
  const forked = fork(server.program, ["--node-ipc"], { silent: true, execArgv: ["--trace-gc"] });
  let collections = "";
  forked.stdout?.on("data", (data: Buffer) => {
    collections += data;
  });
  const notify = (method: string, params: Json): boolean => forked.send({ jsonrpc: "2.0", method, params });
  const answer = once(forked, "message");
  forked.send({
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { processId: process.pid, rootUri: null, capabilities: {} },
  });
  await answer;
  notify("initialized", {});
  const text = `${dropout}${"    y = torch.cat([y, y], dim=-1)\n".repeat(80)}`;
  notify("textDocument/didOpen", { textDocument: { uri, languageId: "python", version: 1, text } });
  const position = { line: 6, character: 0 };
  for (let version = 2; !collections.includes("testing"); version++) {
    assert.ok(version < 200, "no collection between 200 keystrokes");
    const contentChanges = [{ range: { start: position, end: position }, text: " " }];
    notify("textDocument/didChange", { textDocument: { uri, version }, contentChanges });
    await setTimeout(30);
  }
  forked.kill();
});

describe("hover", () => {
  test("says what, why, what to do and on what evidence", async () => {
    await client.initialize();
    client.open(uri, dropout);
    const ask = (line: number, character: number): Promise<Json> =>
      client.request("textDocument/hover", { textDocument: { uri }, position: { line, character } });
    const { contents, range } = await ask(6, 20);
    assert.deepEqual(range, call);
    assert.equal(contents.kind, "markdown");
    const parts = [
      `[${rule}]`,
      "Checks for",
      "**Why**",
      "**What to do**",
      "**When not to use it**",
      "**Evidence**",
    ];
    const places = parts.map((part) => contents.value.indexOf(part));
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    );
    assert.ok(!places.includes(-1), contents.value);
    assert.equal(contents.value.split("```").length % 2, 1, "code fences are closed");
    assert.equal(await ask(0, 0), null);
    assert.equal(
      await client.request("textDocument/hover", {
        textDocument: { uri: folder.uriOf("not-open.py") },
        position: call.start,
      }),
      null,
    );
  });
});

test("every rule finds its own example in the editor, with a hover that is whole", async () => {
  await client.initialize({ folders: [folder.uri], settings: () => ({ preset: "strict" }) });
  // Examples for an accelerator are run by the tests of rules.
  const shown = rules.filter((rule) => !/^Computed on /m.test(rule.docs));
  for (const [i, { id, docs, onModel }] of shown.entries()) {
    // Some rules leave files alone whose names say that they are meant for tests or debugging.
    const of = folder.uriOf(`example${i}.py`);
    client.open(of, /^```py\n([\s\S]*?)^```/m.exec(docs)?.[1] ?? "");
    // Models are read a moment later than code.
    const { diagnostics } = await client.take(
      "textDocument/publishDiagnostics",
      (each) =>
        each.uri === of && (onModel === undefined || each.diagnostics.some((one: Json) => one.code === id)),
    );
    const first = diagnostics.find((each: Json) => each.code === id);
    assert.ok(first !== undefined, id);
    const { contents } = await client.request("textDocument/hover", {
      textDocument: { uri: of },
      position: first.range.start,
    });
    for (const part of [
      `[${id}](https://`,
      "**Why**",
      "**What to do**",
      "**When not to use it**",
      "**Evidence**",
    ])
      assert.ok(contents.value.includes(part), `${id} lacks ${part}`);
    assert.equal((contents.value.match(/^```/gm)?.length ?? 0) % 2, 0, `${id} leaves a code block open`);
    const actions = await client.request("textDocument/codeAction", {
      textDocument: { uri: of },
      range: first.range,
      context: { diagnostics: [first] },
    });
    assert.ok(
      actions.some((each: Json) => each.title === `Disable ${id} for this line`),
      id,
    );
  }
  assert.deepEqual(server.errorsLogged(), []);
});
