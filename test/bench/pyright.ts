import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import type { BenchFile } from "./files.ts";
import type { Sample } from "./statistics.ts";
import { typing } from "./typing.ts";

const require = createRequire(import.meta.url);
/** Without an answer after so long, the key is left out: the server decided not to publish. */
const patience = 20_000;

/** pyright-langserver over stdio: milliseconds from each change to the diagnostics of its version. */
export async function timePyright(
  files: readonly BenchFile[],
  places: number,
  keys: number,
): Promise<readonly Sample[]> {
  const folder = mkdtempSync(join(tmpdir(), "ecocompute-bench-"));
  const server = spawn(process.execPath, [require.resolve("pyright/langserver.index.js"), "--stdio"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const connection = createMessageConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  let published: (version: number) => void = () => undefined;
  connection.onNotification("textDocument/publishDiagnostics", (params: { version?: number }) => {
    published(params.version ?? -1);
  });
  connection.onRequest("workspace/configuration", (params: { items: readonly unknown[] }) =>
    params.items.map(() => ({})),
  );
  connection.onRequest("window/workDoneProgress/create", () => null);
  connection.onRequest("client/registerCapability", () => null);
  connection.listen();
  const publication = (version: number): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        resolve(false);
      }, patience);
      published = (seen) => {
        if (seen !== version) return;
        clearTimeout(timer);
        resolve(true);
      };
    });

  const samples: Sample[] = [];
  try {
    const rootUri = pathToFileURL(folder).href;
    const textDocument = { publishDiagnostics: { versionSupport: true } };
    await connection.sendRequest("initialize", {
      processId: process.pid,
      rootUri,
      workspaceFolders: [{ uri: rootUri, name: "bench" }],
      capabilities: { textDocument, workspace: { configuration: true, workspaceFolders: true } },
    });
    await connection.sendNotification("initialized", {});
    for (const [seed, file] of files.entries()) {
      const uri = pathToFileURL(join(folder, `file${seed}.py`)).href;
      let version = 1;
      const opened = publication(version);
      const document = { uri, languageId: "python", version, text: file.text };
      await connection.sendNotification("textDocument/didOpen", { textDocument: document });
      await opened;
      for (const key of typing(file.text, places, seed + 1)) {
        version++;
        if (version > keys + 1) break;
        const answered = publication(version);
        const began = performance.now();
        await connection.sendNotification("textDocument/didChange", {
          textDocument: { uri, version },
          contentChanges: [{ range: key.range, text: key.text }],
        });
        if (await answered) samples.push({ wall: performance.now() - began, cpu: undefined });
      }
    }
    return samples;
  } finally {
    connection.dispose();
    const gone = once(server, "exit");
    server.kill();
    await gone;
    rmSync(folder, { recursive: true, force: true });
  }
}
