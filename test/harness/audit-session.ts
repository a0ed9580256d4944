import assert from "node:assert/strict";
import { auditedCode } from "./audited.ts";
import { built } from "./built.ts";
import { type Answer, type LoopbackGemini, startGemini } from "./loopback-gemini.ts";
import { type Json, type LspClient, startServer } from "./lsp-client.ts";
import { testFolder } from "./workspace.ts";

/** A language server with a file to audit, and a service on this machine in place of Gemini. */
export interface AuditSession {
  readonly client: LspClient;
  readonly gemini: LoopbackGemini;
  readonly folder: string;
  readonly uri: string;
  /** Plans an audit of the file as the editor would by its standard settings. */
  plan(more?: Json): Promise<Json>;
  close(): Promise<void>;
}

/** @param answers read as requests come: a test may change them. */
export async function startAuditSession(answers: readonly Answer[]): Promise<AuditSession> {
  const program = built("server.cjs");
  const folder = testFolder();
  process.env["XDG_STATE_HOME"] = folder.path;
  const uri = folder.uriOf("net.py");
  const gemini = await startGemini(answers);
  const client = startServer(process.execPath, [program, "--stdio"]);
  await client.initialize({ folders: [folder.uri] });
  client.open(uri, auditedCode);
  await client.diagnostics(uri);
  return {
    client,
    gemini,
    folder: folder.path,
    uri,
    plan: (more = {}) =>
      client.request("ecocompute/audit/plan", {
        uri,
        task: "audit-file",
        focus: null,
        question: null,
        level: null,
        search: false,
        baseUrl: gemini.url,
        maxUsd: 1,
        maxUsdPerDay: 5,
        models: [],
        ...more,
      }),
    async close() {
      assert.equal(await client.shutdown(), 0);
      await gemini.close();
      folder.remove();
    },
  };
}
