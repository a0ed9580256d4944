import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { afterEach, before, beforeEach, test } from "node:test";
import { built } from "./harness/built.ts";
import { fullCapabilities, type Json, type LspClient, startServer } from "./harness/lsp-client.ts";
import { type TestFolder, testFolder } from "./harness/workspace.ts";

const model = `import torch.nn as nn


class Net(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        features = self.conv(x)
        return self.head(features.mean((2, 3)))
`;

const train = (width: number): string => `import argparse
import torch
from models.net import Net

parser = argparse.ArgumentParser()
parser.add_argument("--width", type=int, default=${width})


def main():
    args = parser.parse_args()
    model = Net(args.width, classes=10)
    out = model(torch.randn(4, 3, 32, 32))


if __name__ == "__main__":
    main()
`;

const capabilities: Json = {
  ...fullCapabilities,
  workspace: { ...fullCapabilities.workspace, codeLens: { refreshSupport: true } },
};

let program: string;
let folder: TestFolder;
let client: LspClient;

before(() => {
  program = built("server.cjs");
});
beforeEach(() => {
  folder = testFolder();
  client = startServer(process.execPath, [program, "--stdio"]);
});
afterEach(async () => {
  assert.equal(await client.shutdown(), 0);
  folder.remove();
});

/** The models of a document once they are as expected. */
async function models(uri: string, isExpected: (models: Json) => boolean): Promise<Json> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { models: found } = await client.request("ecocompute/models", { uri });
    if (isExpected(found)) return found;
    assert.ok(Date.now() < deadline, JSON.stringify(found).slice(0, 2000));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Of the whole model. */
const parameters = (found: Json): number | undefined => found?.modules[0]?.parameters;

const expected = (width: number): number => 27 * width + width + width * 10 + 10;

test("a model that another file builds has figures, who builds it is said, and an edit there counts", async () => {
  await client.initialize({ folders: [folder.uri], capabilities });
  folder.write("train.py", train(8));
  folder.write("models/net.py", model);
  const uri = folder.uriOf("models/net.py");
  client.open(uri, model);
  const [first] = await models(uri, (found) => parameters(found[0]) === expected(8));
  assert.equal(first.complete, true);
  assert.ok(first.assumptions.some((each: string) => each.includes("`train.py:11`")));
  // Unsaved changes of the caller, then of the model.
  const other = folder.uriOf("train.py");
  client.open(other, train(16));
  await models(uri, (found) => parameters(found[0]) === expected(16));
  client.edit(uri, 2, [6, 41], [6, 41], ", bias=False");
  await models(uri, (found) => parameters(found[0]) === expected(16) - 16);
});

test("a model that nobody builds is asked for; the action that answers works, and so does a new caller", async () => {
  await client.initialize({ folders: [folder.uri], capabilities });
  folder.write("models/net.py", model);
  const uri = folder.uriOf("models/net.py");
  client.open(uri, model);
  const [asked] = await models(uri, (found) => found.length === 1);
  assert.equal(asked.complete, false);
  assert.equal(asked.headline, "how is it built? `width`, `classes`");
  const at = { line: 3, character: 8 };
  const actions: Json[] = await client.request("textDocument/codeAction", {
    textDocument: { uri },
    range: { start: at, end: at },
    context: { diagnostics: [] },
  });
  const action = actions.find(({ title }) => title === "Say width, classes of Net");
  assert.ok(action, JSON.stringify(actions));
  const [change] = action.edit.documentChanges?.[0].edits ?? Object.values(action.edit.changes)[0];
  assert.equal(change.newText, "# ecocompute: model = Net(width=64, classes=10)\n");
  const { line, character } = change.range.start;
  client.edit(uri, 2, [line, character], [line, character], change.newText);
  await models(uri, (found) => parameters(found[0]) === expected(64));
  client.edit(uri, 3, [line, 0], [line + 1, 0], "");
  await models(uri, (found) => found[0]?.headline === asked.headline);
  folder.write("train.py", train(8));
  client.notify("workspace/didChangeWatchedFiles", { changes: [{ uri: folder.uriOf("train.py"), type: 1 }] });
  await models(uri, (found) => parameters(found[0]) === expected(8));
});

test("in a folder that is not trusted, other files are read all the same: nothing of them runs", async () => {
  await client.initialize({
    folders: [folder.uri],
    capabilities,
    settings: () => ({ readsPackages: false }),
  });
  folder.write("train.py", `${train(8)}\nopen("made", "w").write("it ran")\n`);
  folder.write("models/net.py", model);
  const uri = folder.uriOf("models/net.py");
  client.open(uri, model);
  await models(uri, (found) => parameters(found[0]) === expected(8));
  assert.equal(existsSync(`${folder.path}/made`), false);
});
