import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, before, beforeEach, test } from "node:test";
import { built } from "./harness/built.ts";
import { fullCapabilities, type Json, type LspClient, startServer } from "./harness/lsp-client.ts";
import { type TestFolder, testFolder } from "./harness/workspace.ts";

const model = [
  "import torch.nn as nn",
  "",
  "",
  "class Net(nn.Module):",
  "    def __init__(self):",
  "        super().__init__()",
  "        self.conv = nn.Conv2d(3, 8, 3)",
  "        self.head = nn.Linear(8, 4)",
  "",
  "    # ecocompute: input x = float32[2, 3, 32, 32]",
  "    def forward(self, x):",
  "        features = self.conv(x)",
  "        pooled = features.mean((2, 3))",
  "        return self.head(pooled)",
  "",
].join("\n");

const capabilities: Json = {
  ...fullCapabilities,
  workspace: {
    ...fullCapabilities.workspace,
    inlayHint: { refreshSupport: true },
    codeLens: { refreshSupport: true },
  },
};

let program: string;
let folder: TestFolder;
let client: LspClient;
let uri: string;
let refreshes = 0;

before(() => {
  program = built("server.cjs");
});
beforeEach(() => {
  folder = testFolder();
  uri = folder.uriOf("model.py");
  client = startServer(process.execPath, [program, "--stdio"]);
  refreshes = 0;
  client.answer("workspace/inlayHint/refresh", () => {
    refreshes++;
    return null;
  });
});
afterEach(async () => {
  assert.equal(await client.shutdown(), 0);
  folder.remove();
});

async function estimated(times: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (refreshes < times) {
    assert.ok(Date.now() < deadline, `no estimate number ${times}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The models once optimizations and other accelerators were tried, which comes after shapes. */
async function explored(): Promise<Json> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await client.request("ecocompute/models", { uri });
    if (answer.models[0]?.cost?.optimizations != null) return answer;
    assert.ok(Date.now() < deadline, "nothing was tried");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const textDocument = () => ({ uri });
const everything = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };
const hints = (): Promise<Json[]> =>
  client.request("textDocument/inlayHint", { textDocument: textDocument(), range: everything });
const allLenses = async (): Promise<Json[]> =>
  (await client.request("textDocument/codeLens", { textDocument: textDocument() })).map((lens: Json) => [
    lens.range.start.line,
    lens.command.title,
  ]);
/** Those that count; those that cost name an accelerator. */
const lenses = async (): Promise<Json[]> =>
  (await allLenses()).filter(([, title]) => !title.includes(" on "));
const costs = async (): Promise<Json[]> => (await allLenses()).filter(([, title]) => title.includes(" on "));
const shown = async (): Promise<Json[]> =>
  (await hints()).map((hint) => [hint.position.line, hint.position.character, hint.label]);

test("shapes stand behind names, costs above the class and in the hover of a line", async () => {
  await client.initialize({ folders: [folder.uri], capabilities });
  client.open(uri, model);
  await estimated(1);
  assert.deepEqual(await shown(), [
    [11, 16, ": [2, 8, 30, 30]"],
    [12, 14, ": [2, 8]"],
  ]);
  // 2*8*30*30*3*9 + 2*8*4 multiply-accumulates; 3*8*9+8 + 8*4+4 parameters.
  assert.deepEqual(await lenses(), [[3, "260 params · 389 kMACs at 2×3×32×32"]]);
  const { models } = await client.request("ecocompute/models", textDocument());
  assert.deepEqual(
    models[0].modules.map((row: Json) => [row.path, row.parameters, row.macs, row.line]),
    [
      ["", 260, 388_864, 12],
      ["conv", 224, 388_800, 11],
      ["head", 36, 64, 13],
    ],
  );
  const hover = await client.request("textDocument/hover", {
    textDocument: textDocument(),
    position: { line: 11, character: 10 },
  });
  assert.match(hover.contents.value, /`features: float32\[2, 8, 30, 30\]`/);
  assert.match(hover.contents.value, /\| MACs \| 389 kMACs, 100 % of the model \|/);
});

test("energy, time and money stand above the class, follow the scenario, and are told line by line", async () => {
  let scenario: Json = {};
  await client.initialize({ folders: [folder.uri], capabilities, settings: () => ({ scenario }) });
  client.open(uri, model);
  await estimated(1);
  assert.match(
    (await costs())[0][1],
    /^[\d.]+ mJ, [\d.]+ µs, \$[\d.]+ per million on A100 at batch 2 \((?:±\d+ %|×÷ [\d.]+)\)$/,
  );
  const before = await client.request("ecocompute/scenario", { uri });
  assert.equal(before.label, "A100 SXM4 80GB, inference");
  const { lines } = await client.request("ecocompute/heat", { uri });
  assert.deepEqual(
    lines.map((line: Json) => line.line),
    [11, 12, 13],
  );
  assert.ok(Math.abs(lines.reduce((sum: number, line: Json) => sum + line.share, 0) - 1) < 1e-9);
  const hover = await client.request("textDocument/hover", {
    textDocument: textDocument(),
    position: { line: 3, character: 8 },
  });
  assert.match(hover.contents.value, /\| energy \| [\d.]+ mJ \| .* \| per batch of 2, board \|/);
  const { models } = await explored();
  assert.deepEqual(
    models[0].cost.cards.map(({ id }: Json) => id),
    ["energy", "latency", "cost", "co2e", "memory"],
  );
  assert.ok(models[0].cost.cards[0].value.sources.length > 0);
  // What takes longer comes later, and leaves hints and lenses alone.
  const deadline = Date.now() + 20_000;
  let { cost } = models[0];
  while (!cost.isExplored && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    ({ cost } = (await client.request("ecocompute/models", { uri })).models[0]);
  }
  assert.ok(cost.optimizations.length > 5 && cost.accelerators.length > 5);
  assert.equal(refreshes, 1);
  scenario = { accelerator: "rtx4090", precision: "fp16", batch: 64, region: "SE1", precison: "x" };
  client.notify("workspace/didChangeConfiguration", { settings: null });
  await estimated(2);
  assert.match((await costs())[0][1], / on GeForce RTX 4090 at batch 64 | on RTX 4090 at batch 64 /);
  const after = await client.request("ecocompute/scenario", { uri });
  assert.deepEqual(after.chosen, { accelerator: "rtx4090", precision: "fp16", batch: 64, region: "SE1" });
});

/** Without what comes later. */
const unexplored = (cost: Json): Json => ({
  ...cost,
  optimizations: null,
  accelerators: null,
  isExplored: false,
});

test("another scenario tells what models that are opened in it tell, whatever was asked before", async () => {
  let scenario: Json = {};
  await client.initialize({ folders: [folder.uri], capabilities, settings: () => ({ scenario }) });
  client.open(uri, model);
  await estimated(1);
  const scenarios: readonly Json[] = [
    { accelerator: "h100", batch: 9 },
    { accelerator: "h100", batch: 9, precision: "fp16", mode: "train" },
    { accelerator: "h100", batch: 10, precision: "amp-bf16", mode: "train" },
    { accelerator: "l4", batch: 10, price: 2, region: "SE1" },
    { accelerator: "l4", batch: 2, compiled: true },
  ];
  for (const [i, each] of scenarios.entries()) {
    scenario = each;
    client.notify("workspace/didChangeConfiguration", { settings: null });
    await estimated(i + 2);
    const told = (await client.request("ecocompute/models", { uri })).models[0].cost;
    const other = startServer(process.execPath, [program, "--stdio"]);
    let isEstimated = false;
    other.answer("workspace/inlayHint/refresh", () => {
      isEstimated = true;
      return null;
    });
    await other.initialize({ folders: [folder.uri], capabilities, settings: () => ({ scenario }) });
    other.open(uri, model);
    while (!isEstimated) await new Promise((resolve) => setTimeout(resolve, 20));
    const anew = (await other.request("ecocompute/models", { uri })).models[0].cost;
    assert.deepEqual(unexplored(told), unexplored(anew), JSON.stringify(each));
    await other.shutdown();
  }
});

test("a line that loads a language model by name tells its size and what a token costs", async () => {
  const text = [
    "from transformers import AutoModelForCausalLM",
    "",
    'model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen2.5-7B", torch_dtype="bfloat16")',
    'other = AutoModelForCausalLM.from_pretrained("me/unheard-of")',
    "",
  ].join("\n");
  await client.initialize({ folders: [folder.uri], capabilities });
  client.open(uri, `import torch\n${text}`);
  const lines = await allLenses();
  assert.deepEqual(
    lines.map(([line]) => line),
    [3],
  );
  assert.match(lines[0][1], /^7.62 G params · 15.2 GB · [\d.]+ J per token, [\d.]+ ms a step on A100/);
  const hover = async (line: number): Promise<string> =>
    (
      await client.request("textDocument/hover", {
        textDocument: textDocument(),
        position: { line, character: 4 },
      })
    ).contents.value;
  assert.match(await hover(3), /\| prefill \| [\d.]+ ms \([\d.]+ ms to [\d.]+ ms\)/);
  assert.match(await hover(4), /\*\*me\/unheard-of\*\*: not known/);
});

test("hints stay with their names while typing, and through code that does not parse", async () => {
  await client.initialize({ folders: [folder.uri], capabilities });
  client.open(uri, model);
  await estimated(1);
  client.edit(uri, 2, [1, 0], [1, 0], "import math\n");
  assert.deepEqual(await shown(), [
    [12, 16, ": [2, 8, 30, 30]"],
    [13, 14, ": [2, 8]"],
  ]);
  await estimated(2);
  client.edit(uri, 3, [13, 8], [13, 8], "x = foo(\n        ");
  await estimated(3);
  assert.deepEqual((await shown())[0], [12, 16, ": [2, 8, 30, 30]"]);
  assert.match((await lenses())[0][1], /before the last edits$/);
});

test("what real PyTorch would raise is underlined where it would raise it", async () => {
  await client.initialize({ folders: [folder.uri], capabilities });
  client.open(uri, model.replace("nn.Linear(8, 4)", "nn.Linear(9, 4)"));
  await estimated(1);
  const { diagnostics } = await client.take(
    "textDocument/publishDiagnostics",
    (params) => params.diagnostics.length > 0,
  );
  assert.deepEqual(
    diagnostics.map((each: Json) => each.code),
    ["layer-shape-mismatch"],
  );
  assert.equal(diagnostics[0].range.start.line, 13);
  assert.match(diagnostics[0].message, /mat1 and mat2 shapes cannot be multiplied \(2x8 and 9x4\)/);
  const hovered = await client.request("textDocument/hover", {
    textDocument: { uri },
    position: { line: 13, character: 16 },
  });
  assert.match(JSON.stringify(hovered), /layer-shape-mismatch\.md/);
  const { range } = diagnostics[0];
  const context = { diagnostics };
  const actions = await client.request("textDocument/codeAction", { textDocument: { uri }, range, context });
  const disable = actions.find((each: Json) => each.title === "Disable layer-shape-mismatch for this line");
  assert.match(JSON.stringify(disable.edit), /# ecocompute: ignore\[layer-shape-mismatch\]/);
  client.edit(uri, 2, [7, 30], [7, 31], "8");
  await estimated(2);
  await client.take(
    "textDocument/publishDiagnostics",
    (params) => params.version === 2 && params.diagnostics.length === 0,
  );
});

test("a failure that no rule speaks of is told all the same", async () => {
  await client.initialize({ folders: [folder.uri], capabilities });
  client.open(uri, model.replace("features.mean", "features.men"));
  await estimated(1);
  const { diagnostics } = await client.take(
    "textDocument/publishDiagnostics",
    (params) => params.diagnostics.length > 0,
  );
  assert.equal(diagnostics[0].code, "fails-at-run-time");
});

test("a shape that the code does not say is asked for and answered by a code action", async () => {
  await client.initialize({ folders: [folder.uri], capabilities });
  const text = [
    "import torch",
    "import torch.nn as nn",
    "",
    "class Scale(nn.Module):",
    "    def forward(self, x, y):",
    "        return x * y",
    "",
  ].join("\n");
  client.open(uri, text);
  await estimated(1);
  assert.deepEqual(await lenses(), [[3, "0 params · shape of `x`, `y`?"]]);
  const at = { line: 3, character: 6 };
  const actions = await client.request("textDocument/codeAction", {
    textDocument: textDocument(),
    range: { start: at, end: at },
    context: { diagnostics: [] },
  });
  const action = actions.find((each: Json) => each.title.startsWith("Say the shape"));
  const [edit] = action.edit.documentChanges[0].edits;
  assert.equal(
    edit.newText,
    "# ecocompute: input x = float32[1, 3, 224, 224]; y = float32[1, 3, 224, 224]\n",
  );
  client.edit(uri, 2, [edit.range.start.line, 0], [edit.range.end.line, 0], edit.newText);
  await estimated(2);
  assert.deepEqual(await lenses(), [[4, "0 params · 0 MACs at 1×3×224×224, 1×3×224×224"]]);
});

test("models of other files of the project are read, unsaved changes included", async () => {
  await client.initialize({ folders: [folder.uri], capabilities });
  folder.write("block.py", "import torch.nn as nn\nWIDTH = 8\n");
  client.open(
    uri,
    model
      .replace("import torch.nn as nn", "import torch.nn as nn\nfrom block import WIDTH")
      .replaceAll("8", "WIDTH"),
  );
  await estimated(1);
  assert.deepEqual((await shown())[1], [13, 14, ": [2, 8]"]);
  const other = folder.uriOf("block.py");
  client.open(other, "import torch.nn as nn\nWIDTH = 16\n");
  client.notify("workspace/didChangeWatchedFiles", { changes: [{ uri: other, type: 2 }] });
  await estimated(2);
  const deadline = Date.now() + 10_000;
  while ((await shown())[1]?.[2] !== ": [2, 16]" && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual((await shown())[1], [13, 14, ": [2, 16]"]);
});

test("switched off, nothing is estimated", async () => {
  await client.initialize({ folders: [folder.uri], capabilities, settings: () => ({ models: false }) });
  client.open(uri, model);
  await client.diagnostics(uri, 1);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.deepEqual(await hints(), []);
  assert.equal(refreshes, 0);
});

test("packages of the chosen Python are read, and another choice runs the models anew", async () => {
  folder.write("a/lib/python3.11/site-packages/widths.py", "WIDTH = 8\n");
  folder.write("b/lib/python3.11/site-packages/widths.py", "WIDTH = 16\n");
  const chosen = (name: string): Json => ({ pythonEnvironment: join(folder.path, name) });
  let settings = chosen("a");
  await client.initialize({ folders: [folder.uri], capabilities, settings: () => settings });
  client.open(uri, `from widths import WIDTH\n${model.replaceAll("8", "WIDTH")}`);
  await estimated(1);
  assert.deepEqual((await shown())[1], [13, 14, ": [2, 8]"]);
  settings = chosen("b");
  client.notify("workspace/didChangeConfiguration", { settings: null });
  await estimated(2);
  assert.deepEqual((await shown())[1], [13, 14, ": [2, 16]"]);
});

test("a line that calls others tells what it does itself and what they do", async () => {
  await client.initialize({ folders: [folder.uri], capabilities });
  const text = model
    .replace("        features = self.conv(x)", "        features = self.seen(x)")
    .concat("\n    def seen(self, x):\n        return self.conv(x)\n");
  client.open(uri, text);
  await estimated(1);
  const hover = await client.request("textDocument/hover", {
    textDocument: textDocument(),
    position: { line: 11, character: 10 },
  });
  assert.match(hover.contents.value, /\| \| by itself \| with what it calls \|/);
  assert.match(hover.contents.value, /\| MACs \| 0 MACs \| 389 kMACs, 100 % of the model \|/);
});
