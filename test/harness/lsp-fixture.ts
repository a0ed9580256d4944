import assert from "node:assert/strict";
import { afterEach, before, beforeEach } from "node:test";
import { built } from "./built.ts";
import { type Json, type LspClient, startServer } from "./lsp-client.ts";
import { type TestFolder, testFolder } from "./workspace.ts";

/** The rule that finds something in `dropout`, at `call`. */
export const rule = "functional-dropout-always-on";
export const dropout = [
  "import torch.nn as nn",
  "import torch.nn.functional as F",
  "",
  "",
  "class Head(nn.Module):",
  "    def forward(self, x):",
  "        return F.dropout(x, p=0.1)",
  "",
].join("\n");
export const call = { start: { line: 6, character: 15 }, end: { line: 6, character: 34 } };

export const codes = (diagnostics: readonly Json[]): readonly string[] =>
  diagnostics.map((each) => each.code);

/** What each test of a server has: a server as it is shipped, and a folder with a file that is not there yet. */
export interface ServerFixture {
  readonly program: string;
  readonly client: LspClient;
  readonly folder: TestFolder;
  /** Of `model.py` in the folder. */
  readonly uri: string;
  errorsLogged(): readonly string[];
}

/** Starts a server before each test of the file and sees to it that it ends as it is told. */
export function serverFixture(): ServerFixture {
  let program = "";
  let current: { readonly client: LspClient; readonly folder: TestFolder } | undefined;
  const running = () => {
    assert.ok(current !== undefined, "the server runs during tests only");
    return current;
  };
  before(() => {
    program = built("server.cjs");
  });
  beforeEach(() => {
    current = { client: startServer(process.execPath, [program, "--stdio"]), folder: testFolder() };
  });
  afterEach(async () => {
    const { client, folder } = running();
    assert.equal(await client.shutdown(), 0, "the server ends as it is told");
    folder.remove();
  });
  return {
    get program() {
      return program;
    },
    get client() {
      return running().client;
    },
    get folder() {
      return running().folder;
    },
    get uri() {
      return running().folder.uriOf("model.py");
    },
    errorsLogged: () =>
      running()
        .client.received.filter((each) => each.method === "window/logMessage" && each.params.type === 1)
        .map((each) => each.params.message),
  };
}
