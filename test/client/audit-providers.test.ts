import assert from "node:assert/strict";
import { test } from "node:test";
import type * as vscode from "vscode";
import { createAuditNetwork } from "../../client/src/audit/audit-network.ts";
import { createAuthorization } from "../../client/src/audit/authorization.ts";
import { createEditorModels, type EditorModelApi } from "../../client/src/audit/editor-models.ts";
import type { AuditBody } from "../../server/src/protocol/audit.ts";
import { events, says, startGemini } from "../harness/loopback-gemini.ts";

interface Scripted {
  readonly family: string;
  readonly vendor?: string;
  readonly maxInputTokens?: number;
  /** What it answers; an error is thrown. */
  readonly pieces?: readonly string[];
  readonly error?: { readonly code: string };
  readonly isSilent?: boolean;
}

/** A token source as the editor has it. */
function tokenSource(): vscode.CancellationTokenSource {
  const listeners: (() => void)[] = [];
  const state = { isCancellationRequested: false };
  const token = {
    get isCancellationRequested() {
      return state.isCancellationRequested;
    },
    onCancellationRequested: (listener: () => void) => {
      listeners.push(listener);
      return { dispose: () => undefined };
    },
  };
  return {
    token,
    cancel: () => {
      state.isCancellationRequested = true;
      for (const listener of listeners) listener();
    },
    dispose: () => undefined,
  } as unknown as vscode.CancellationTokenSource;
}

/** The editor's language models, scripted: every request is kept. */
function editorWith(models: readonly Scripted[]) {
  const sent: { family: string; messages: unknown[]; justification: string | undefined }[] = [];
  let selected = 0;
  const model = ({ family, vendor = "copilot", maxInputTokens = 1000, ...script }: Scripted) => ({
    family,
    vendor,
    maxInputTokens,
    sendRequest: async (
      messages: unknown[],
      options: { justification?: string },
      token: vscode.CancellationToken,
    ) => {
      sent.push({ family, messages, justification: options.justification });
      if (script.error !== undefined) throw Object.assign(new Error("secret words"), script.error);
      const text = async function* () {
        if (script.isSilent === true)
          await new Promise((_, reject) =>
            token.onCancellationRequested(() => reject(new Error("Canceled"))),
          );
        yield* script.pieces ?? [];
      };
      return { text: text() };
    },
  });
  const api: EditorModelApi = {
    select: async () => {
      selected++;
      return models.map(model) as unknown as vscode.LanguageModelChat[];
    },
    user: (text) => ({ role: "user", text }) as unknown as vscode.LanguageModelChatMessage,
    assistant: (text) => ({ role: "assistant", text }) as unknown as vscode.LanguageModelChatMessage,
    cancellation: tokenSource,
  };
  return { api, sent, selections: () => selected };
}

const messages = [
  { role: "user", text: "rules" },
  { role: "model", text: "before" },
  { role: "user", text: "code" },
] as const;

test("models of the editor are not looked at before they are asked for, the most able first", async () => {
  const { api, selections } = editorWith([
    { family: "small", maxInputTokens: 10 },
    { family: "gpt-4o" },
    { family: "claude-sonnet-4" },
    { family: "large", maxInputTokens: 9_000 },
    { family: "gemini-3-pro", vendor: "google" },
    { family: "gpt-4o" },
  ]);
  const models = createEditorModels(api);
  assert.equal(selections(), 0);
  assert.deepEqual(await models.names(), [
    "google/gemini-3-pro",
    "copilot/claude-sonnet-4",
    "copilot/gpt-4o",
    "copilot/large",
    "copilot/small",
  ]);
});

test("a question goes to the model that was agreed to, word for word, and to no other", async () => {
  const { api, sent } = editorWith([{ family: "a" }, { family: "b", pieces: ["It runs ", "twice."] }]);
  const models = createEditorModels(api);
  assert.deepEqual(await models.chat({ id: 3, messages }), { kind: "failed", why: "no-permission" });
  assert.equal(sent.length, 0, "nothing is sent without consent");
  models.allow(3, "copilot/b");
  assert.deepEqual(await models.chat({ id: 3, messages }), { kind: "said", text: "It runs twice." });
  assert.deepEqual(
    sent.map(({ family, messages: said }) => [family, said]),
    [
      [
        "b",
        [
          { role: "user", text: "rules" },
          { role: "assistant", text: "before" },
          { role: "user", text: "code" },
        ],
      ],
    ],
  );
  assert.ok(sent[0]?.justification);
  models.end(3);
  assert.deepEqual(await models.chat({ id: 3, messages }), { kind: "failed", why: "no-permission" });
});

test("failures of a model of the editor come without its words", async () => {
  for (const [code, why] of [
    ["NoPermissions", "no-permission"],
    ["NotFound", "no-model"],
    ["Blocked", "blocked"],
    ["Whatever", "failed"],
  ]) {
    const models = createEditorModels(editorWith([{ family: "a", error: { code: code ?? "" } }]).api);
    models.allow(1, "copilot/a");
    assert.deepEqual(await models.chat({ id: 1, messages }), { kind: "failed", why });
    models.allow(1, "copilot/gone");
    assert.deepEqual(await models.chat({ id: 1, messages }), { kind: "failed", why: "no-model" });
  }
});

test("the end of an audit stops a model of the editor", async () => {
  const models = createEditorModels(editorWith([{ family: "a", isSilent: true }]).api);
  models.allow(1, "copilot/a");
  const answer = models.chat({ id: 1, messages });
  setTimeout(() => models.end(1), 20);
  assert.deepEqual(await answer, { kind: "failed", why: "cancelled" });
});

const noCredentials = async (): Promise<never> => {
  throw new Error("secret");
};

test("each provider is authorized by its own, and a key goes to no other", async () => {
  const authorize = createAuthorization({
    key: { get: async () => "the-key" },
    credentials: { headers: async () => ({ authorization: "Bearer token" }) },
  });
  const vertex = { kind: "vertex", project: "p", location: "global" } as const;
  assert.deepEqual(await authorize({ kind: "gemini" }), {
    kind: "headers",
    headers: { "x-goog-api-key": "the-key" },
  });
  assert.deepEqual(await authorize(vertex), { kind: "headers", headers: { authorization: "Bearer token" } });
  assert.deepEqual(await authorize({ kind: "editor", model: "m" }), { kind: "failed" });
  const without = createAuthorization({
    key: { get: async () => undefined },
    credentials: { headers: noCredentials },
  });
  assert.deepEqual(await without(vertex), { kind: "failed", why: "no-credentials" });
});

test("requests leave for the host of a plan that was agreed to, with its headers, until it ends", async () => {
  const gemini = await startGemini([events(says("One.")), events(says("Two."))]);
  const bodies: AuditBody[] = [];
  let isOver = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    isOver = resolve;
  });
  const network = createAuditNetwork(
    async (provider) => ({ kind: "headers", headers: { "x-test": provider.kind } }),
    (piece) => {
      bodies.push(piece);
      if (piece.text === undefined) isOver();
    },
  );
  const { host } = new URL(gemini.url);
  const request = { fetch: 1, id: 7, url: `${gemini.url}/v1beta/models/m:streamGenerateContent`, body: "{}" };
  assert.deepEqual(await network.fetch(request), { kind: "failed" }, "nobody agreed");
  network.allow(7, host, { kind: "gemini" });
  assert.deepEqual(await network.fetch({ ...request, url: "http://127.0.0.1:1/x" }), { kind: "failed" });
  assert.deepEqual(await network.fetch({ ...request, id: 8 }), { kind: "failed" });
  assert.equal(gemini.connections(), 0);
  const head = await network.fetch(request);
  assert.deepEqual(head, { kind: "head", status: 200, contentType: "text/event-stream" });
  await over;
  assert.match(bodies.map(({ text }) => text ?? "").join(""), /One\./);
  assert.equal(gemini.requests[0]?.headers["x-test"], "gemini");
  network.end(7);
  assert.deepEqual(await network.fetch({ ...request, fetch: 2 }), { kind: "failed" });
  await gemini.close();
});

test("without credentials nothing leaves", async () => {
  const gemini = await startGemini([]);
  const authorize = createAuthorization({
    key: { get: async () => undefined },
    credentials: { headers: noCredentials },
  });
  const network = createAuditNetwork(authorize, () => undefined);
  network.allow(1, new URL(gemini.url).host, { kind: "vertex", project: "p", location: "global" });
  assert.deepEqual(await network.fetch({ fetch: 1, id: 1, url: gemini.url, body: "{}" }), {
    kind: "failed",
    why: "no-credentials",
  });
  assert.equal(gemini.connections(), 0);
  await gemini.close();
});
