import assert from "node:assert/strict";
import { afterEach, before, describe, test } from "node:test";
import { applyEdits, lineStarts } from "../server/src/base/text.ts";
import { spanOf } from "../server/src/lsp/convert.ts";
import { buildWithSampleRules } from "./harness/build-variant.ts";
import { fullCapabilities, type Json, type LspClient, startServer } from "./harness/lsp-client.ts";

const uri = "file:///nowhere/model.py";

let program: string;
let client: LspClient;

before(async () => {
  program = (await buildWithSampleRules()).server;
});
afterEach(async () => {
  assert.equal(await client.shutdown(), 0);
});

/** Starts a server and opens `text`; `^` marks the place of the caret and is taken out. */
async function open(
  marked: string,
  capabilities: Json = fullCapabilities,
): Promise<{ text: string; at: Json }> {
  client = startServer(process.execPath, [program, "--stdio"]);
  await client.initialize({ capabilities });
  const caret = marked.indexOf("^");
  const text = marked.replace("^", "");
  const before = marked.slice(0, Math.max(0, caret)).split("\n");
  const at = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  client.open(uri, text, 7);
  await client.diagnostics(uri, 7);
  return { text, at };
}

const actionsAt = (at: Json, only?: readonly string[]): Promise<Json[]> =>
  client.request("textDocument/codeAction", {
    textDocument: { uri },
    range: { start: at, end: at },
    context: { diagnostics: [], ...(only === undefined ? {} : { only }) },
  });

function edited(text: string, action: Json): string {
  const [{ textDocument, edits }] = action.edit.documentChanges;
  assert.deepEqual(textDocument, { uri, version: 7 });
  const starts = lineStarts(text);
  return applyEdits(
    text,
    edits.map((edit: Json) => ({ span: spanOf(text, starts, edit.range), text: edit.newText })),
  );
}

async function choose(marked: string, title: string, only?: readonly string[]): Promise<string> {
  const { text, at } = await open(marked);
  const actions = await actionsAt(at, only);
  const action = actions.find((each) => each.title === title);
  assert.ok(action !== undefined, `no "${title}" among ${actions.map((each) => each.title).join(", ")}`);
  return edited(text, action);
}

const disableLine = "Disable old-name for this line";
const disableFile = "Disable old-name for this file";
const fixAll = "Fix all safe EcoCompute findings";

describe("quick fixes", () => {
  test("each finding under the caret has its fixes, ways to silence it and its page", async () => {
    const { at } = await open("import torch\nold_^name\n");
    const actions = await actionsAt(at);
    assert.deepEqual(
      actions.map((each) => [each.title, each.kind, each.isPreferred]),
      [
        ["Use new_name", "quickfix", true],
        [disableLine, "quickfix", undefined],
        [disableFile, "quickfix", undefined],
        ["Show documentation for old-name", "quickfix", undefined],
        [fixAll, "source.fixAll.ecocompute", undefined],
      ],
    );
    const [fix] = actions;
    assert.equal(fix.diagnostics[0].code, "old-name");
    assert.deepEqual(fix.diagnostics[0].tags, [1], "code without effect is shown faded");
    assert.equal(fix.diagnostics[0].relatedInformation[0].message, "the name");
    assert.deepEqual(await actionsAt({ line: 0, character: 0 }, ["quickfix"]), []);
  });

  test("the edit is made for the version it was asked for", async () => {
    assert.equal(await choose("import torch\n(old_^name)\n", "Use new_name"), "import torch\n(new_name)\n");
  });

  test("where only a person can help, a disabled action says why", async () => {
    const { at } = await open("import torch\nby_^hand\n");
    const [manual] = await actionsAt(at);
    assert.deepEqual(manual.disabled, { reason: "Only you know what it means." });
    assert.equal(manual.edit, undefined);
  });

  test("a client that cannot show disabled actions gets none", async () => {
    const capabilities = structuredClone(fullCapabilities);
    capabilities.textDocument.codeAction.disabledSupport = false;
    const { at } = await open("import torch\nby_^hand\n", capabilities);
    const actions = await actionsAt(at);
    assert.ok(actions.every((each) => each.disabled === undefined && !each.title.includes("by hand")));
  });

  test("only what is asked for", async () => {
    const { at } = await open("import torch\nold_^name\n");
    const kinds = async (...only: readonly string[]): Promise<readonly string[]> => [
      ...new Set((await actionsAt(at, only)).map((each) => each.kind)),
    ];
    assert.deepEqual(await kinds("quickfix"), ["quickfix"]);
    assert.deepEqual(await kinds("source"), ["source.fixAll.ecocompute"]);
    assert.deepEqual(await kinds("source.fixAll"), ["source.fixAll.ecocompute"]);
    assert.deepEqual(await kinds("source.fixAll.ecocompute"), ["source.fixAll.ecocompute"]);
    assert.deepEqual(await kinds("source.fixAll.other"), []);
    assert.deepEqual(await kinds("refactor", "quickfix.other"), []);
    assert.deepEqual(await kinds(""), ["quickfix", "source.fixAll.ecocompute"]);
  });

  test("the page opens in the browser of the user", async () => {
    const { at } = await open("import torch\nold_^name\n");
    const { command } = (await actionsAt(at)).find((each) => each.title.startsWith("Show"));
    await client.request("workspace/executeCommand", command);
    const shown = await client.take("window/showDocument");
    assert.equal(shown.external, true);
    assert.match(shown.uri, /\/old-name\.md$/);
    assert.equal(
      await client.request("workspace/executeCommand", {
        command: command.command,
        arguments: ["../../etc"],
      }),
      null,
    );
  });
});

describe("fix all", () => {
  const only = ["source.fixAll"];

  test("fixes uncovered by fixes are applied too; of two for one place, one", async () => {
    const text = "import torch\nfirst_step = old_name\nprint('😀', overlapping(), by_hand)\n^";
    assert.equal(
      await choose(text, fixAll, only),
      "import torch\nnew_name = new_name\nprint('😀', one(), by_hand)\n",
    );
  });

  test("line ends stay as they are", async () => {
    assert.equal(
      await choose("import torch\r\nfirst_step\r\nold_name\r\n^", fixAll, only),
      "import torch\r\nnew_name\r\nnew_name\r\n",
    );
  });

  test("is worked out on demand where the client can wait for it", async () => {
    const { text, at } = await open("import torch\nfirst_st^ep\n");
    const lazy = (await actionsAt(at)).find((each) => each.title === fixAll);
    assert.equal(lazy.edit, undefined);
    assert.equal(edited(text, await client.request("codeAction/resolve", lazy)), "import torch\nnew_name\n");
  });

  test("is not offered where nothing is safe to fix", async () => {
    const { at } = await open("import torch\nby_^hand\n");
    assert.deepEqual(await actionsAt(at, only), []);
  });
});

describe("disabling a rule", () => {
  const cases: readonly (readonly [name: string, title: string, before: string, after: string])[] = [
    [
      "at the end of the line",
      disableLine,
      "x = old_^name\n",
      "x = old_name  # ecocompute: ignore[old-name]\n",
    ],
    [
      "behind a comment that is there",
      disableLine,
      "x = old_^name  # noqa\n",
      "x = old_name  # noqa  # ecocompute: ignore[old-name]\n",
    ],
    [
      "in an own comment that is there",
      disableLine,
      "x = by_hand, old_^name  # ecocompute: ignore[by-hand] known\n",
      "x = by_hand, old_name  # ecocompute: ignore[by-hand, old-name] known\n",
    ],
    [
      "in an own comment above",
      disableLine,
      "# ecocompute: ignore[by-hand]\nx = by_hand, old_^name\n",
      "# ecocompute: ignore[by-hand, old-name]\nx = by_hand, old_name\n",
    ],
    [
      "in a list that is empty so far, however it is spelled",
      disableLine,
      "x = old_^name  # EcoCompute : ignore [ ]\n",
      "x = old_name  # EcoCompute : ignore [old-name ]\n",
    ],
    ["at the end of the file", disableLine, "x = old_^name", "x = old_name  # ecocompute: ignore[old-name]"],
    [
      "instead of blanks at the end",
      disableLine,
      "x = old_^name   \r\ny = 1\r\n",
      "x = old_name  # ecocompute: ignore[old-name]\r\ny = 1\r\n",
    ],
    [
      "above, where a backslash ends the line",
      disableLine,
      "if True:\n    x = old_^name + \\\n        1\n",
      "if True:\n    # ecocompute: ignore[old-name]\n    x = old_name + \\\n        1\n",
    ],
    [
      "above, where a string goes on",
      disableLine,
      'x = f(old_^name, """a\nb""")\n',
      '# ecocompute: ignore[old-name]\nx = f(old_name, """a\nb""")\n',
    ],
    [
      "for the file, at its top",
      disableFile,
      "x = old_^name\n",
      "# ecocompute: ignore-file[old-name]\nimport torch\nx = old_name\n",
    ],
    [
      "for the file, in the comment that is there",
      disableFile,
      "# ecocompute: ignore-file[by-hand]\nx = old_^name\n",
      "# ecocompute: ignore-file[by-hand, old-name]\nx = old_name\n",
    ],
  ];
  for (const [name, title, before, expected] of cases)
    test(name, async () => {
      const after = await choose(`import torch\n${before}`, title);
      assert.equal(after, expected.includes("import torch") ? expected : `import torch\n${expected}`);
      client.notify("textDocument/didChange", {
        textDocument: { uri, version: 8 },
        contentChanges: [{ text: after }],
      });
      assert.ok(
        (await client.diagnostics(uri, 8)).every((each) => each.code !== "old-name"),
        "it is silent now",
      );
    });

  test("for the file, below a shebang and an encoding", async () => {
    assert.equal(
      await choose(
        "#!/usr/bin/env python\r\n# -*- coding: utf-8 -*-\r\nimport torch\r\nold_^name\r\n",
        disableFile,
      ),
      "#!/usr/bin/env python\r\n# -*- coding: utf-8 -*-\r\n# ecocompute: ignore-file[old-name]\r\nimport torch\r\nold_name\r\n",
    );
  });
});

describe("a fault in a rule", () => {
  test("is logged once and costs what that rule had to say", async () => {
    await open("import torch\nmake_it_throw, old_name\n^");
    const published = client.received.find((each) => each.method === "textDocument/publishDiagnostics");
    assert.deepEqual(
      published?.params.diagnostics.map((each: Json) => each.code),
      ["old-name"],
    );
    for (let version = 8; version < 12; version++) {
      client.edit(uri, version, [1, 0], [1, 0], " ".repeat(version % 2));
      await client.diagnostics(uri, version);
    }
    const logged = client.received.filter(
      (each) => each.method === "window/logMessage" && each.params.type === 1,
    );
    assert.equal(logged.length, 1);
    assert.match(logged[0]?.params.message, /throwing-rule failed.*planted fault/s);
  });

  test("requests that make no sense are answered", async () => {
    const { at } = await open("import torch\nold_^name\n");
    await assert.rejects(client.request("textDocument/codeAction", null));
    await assert.rejects(client.request("no/such/request"));
    client.notify("textDocument/didChange", {
      textDocument: { uri: "file:///other.py", version: 1 },
      contentChanges: [],
    });
    client.notify("no/such/notification");
    await client.request("ecocompute/report", null);
    assert.equal((await actionsAt(at, ["quickfix"])).length, 4, "and the server goes on");
  });
});
