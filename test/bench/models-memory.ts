import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { serverFlags } from "../../server/src/protocol/server-flags.ts";
import { fullCapabilities, startServer } from "../harness/lsp-client.ts";
import { testFolder } from "../harness/workspace.ts";
import type { ModelFile } from "./model-files.ts";

/** Models may take so long in all before the bench gives up. */
const patience = 180_000;

/** MB that the language server, started as the editor starts it, holds with these files open and their models estimated; `undefined` without `ps`. */
export async function residentMemory(files: readonly ModelFile[]): Promise<number | undefined> {
  const folder = testFolder(Object.fromEntries(files.map(({ name, text }) => [`${name}.py`, text])));
  const client = startServer(process.execPath, [...serverFlags, resolve("dist/server.cjs"), "--stdio"]);
  try {
    await client.initialize({
      folders: [folder.uri],
      capabilities: fullCapabilities,
      settings: () => ({ pythonEnvironment: "/usr/bin/python3", modelTimeLimit: 60 }),
    });
    const open = files.map(({ name, text }) => ({ uri: folder.uriOf(`${name}.py`), text }));
    for (const { uri, text } of open) client.open(uri, text);
    const deadline = Date.now() + patience;
    for (const { uri } of open)
      for (;;) {
        const { models } = await client.request("ecocompute/models", { uri });
        if (models[0]?.complete === true) break;
        if (Date.now() > deadline) throw new Error(`${uri} was not estimated in time`);
        await new Promise((again) => setTimeout(again, 100));
      }
    return residentOf(client.process.pid ?? 0);
  } finally {
    await client.shutdown();
    folder.remove();
  }
}

function residentOf(pid: number): number | undefined {
  try {
    return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1000;
  } catch {
    return undefined;
  }
}
