import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** JSON as it comes over the wire: tests look into it without types of their own. */
// biome-ignore lint/suspicious/noExplicitAny: the tests assert what the protocol says
export type Json = any;

export interface LspClient {
  readonly process: ChildProcess;
  request(method: string, params?: unknown): Promise<Json>;
  notify(method: string, params?: unknown): void;
  /** Asks and takes the question back. */
  cancel(method: string, params: unknown, after: number): Promise<Json>;
  /** Everything the server sent by itself, oldest first. */
  readonly received: readonly { readonly method: string; readonly params: Json }[];
  /** The first notification of this method, from now or before, that the test accepts and that was not taken yet. */
  take(method: string, accepts?: (params: Json) => boolean, timeout?: number): Promise<Json>;
  /** Answers to requests of the server, at once or later; without one `null` is answered. */
  answer(method: string, reply: (params: Json) => unknown): void;
  initialize(options?: InitializeOptions): Promise<Json>;
  open(uri: string, text: string, version?: number): void;
  /** Replaces text between two positions `[line, character]`. */
  edit(uri: string, version: number, from: At, to: At, text: string): void;
  /** The diagnostics of the document at exactly this version. */
  diagnostics(uri: string, version?: number): Promise<Json[]>;
  shutdown(): Promise<number | null>;
}

type At = readonly [number, number];

export interface InitializeOptions {
  readonly folders?: readonly string[];
  /** The section `ecocompute` of the editor's settings, asked for by the server. */
  readonly settings?: () => unknown;
  readonly capabilities?: Json;
  readonly initializationOptions?: unknown;
}

/** What VS Code says it can do, as far as the server asks. */
export const fullCapabilities: Json = {
  general: { positionEncodings: ["utf-16"] },
  workspace: {
    configuration: true,
    workspaceFolders: true,
    didChangeConfiguration: { dynamicRegistration: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
    workspaceEdit: { documentChanges: true },
  },
  window: { showDocument: { support: true }, workDoneProgress: true },
  textDocument: {
    publishDiagnostics: {
      relatedInformation: true,
      versionSupport: true,
      codeDescriptionSupport: true,
      dataSupport: true,
      tagSupport: { valueSet: [1, 2] },
    },
    hover: { contentFormat: ["markdown", "plaintext"] },
    codeAction: {
      codeActionLiteralSupport: { codeActionKind: { valueSet: [] } },
      isPreferredSupport: true,
      disabledSupport: true,
      dataSupport: true,
      resolveSupport: { properties: ["edit"] },
    },
  },
};

/** Starts a server and speaks LSP with it over its standard streams. */
export function startServer(command: string, args: readonly string[]): LspClient {
  const server = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  const { stdin, stdout, stderr } = server;
  const pending = new Map<number, { resolve(value: Json): void; reject(error: Error): void }>();
  const received: { method: string; params: Json }[] = [];
  const taken = new Set<number>();
  const replies = new Map<string, (params: Json) => unknown>();
  const waiting = new Set<() => void>();
  let complaints = "";
  let nextId = 1;
  let buffer = Buffer.alloc(0);

  const send = (message: object): void => {
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    if (stdin.writable)
      stdin.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]));
  };
  const receive = (message: Json): void => {
    if (message.method === undefined) {
      const asked = pending.get(message.id);
      pending.delete(message.id);
      if (message.error === undefined) asked?.resolve(message.result);
      else asked?.reject(Object.assign(new Error(message.error.message), { code: message.error.code }));
    } else if (message.id === undefined) {
      received.push({ method: message.method, params: message.params });
      for (const check of waiting) check();
    } else {
      received.push({ method: message.method, params: message.params });
      void Promise.resolve(replies.get(message.method)?.(message.params)).then((result) =>
        send({ id: message.id, result: result ?? null }),
      );
      for (const check of waiting) check();
    }
  };
  stdout.on("data", (data: Buffer) => {
    buffer = Buffer.concat([buffer, data]);
    for (;;) {
      const head = buffer.indexOf("\r\n\r\n");
      if (head === -1) return;
      const length = Number(/Content-Length: (\d+)/i.exec(buffer.toString("latin1", 0, head))?.[1]);
      assert.ok(Number.isInteger(length), "a message without length");
      if (buffer.length < head + 4 + length) return;
      const body = buffer.toString("utf8", head + 4, head + 4 + length);
      buffer = buffer.subarray(head + 4 + length);
      receive(JSON.parse(body));
    }
  });
  stderr.on("data", (data: Buffer) => {
    complaints += data.toString();
  });
  server.on("exit", (code) => {
    for (const { reject } of pending.values())
      reject(new Error(`the server ended with ${code}: ${complaints}`));
    pending.clear();
  });

  const ask = (method: string, params: unknown, id = nextId++): Promise<Json> =>
    new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject });
      send({ id, method, params });
    });

  const client: LspClient = {
    process: server,
    received,
    request: (method, params) => ask(method, params),
    notify: (method, params) => send({ method, params }),
    async cancel(method, params, after) {
      const id = nextId++;
      const answer = ask(method, params, id);
      setTimeout(() => send({ method: "$/cancelRequest", params: { id } }), after);
      return answer;
    },
    take: (method, accepts = () => true, timeout = 5_000) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const at = received.findIndex(
            (each, i) => !taken.has(i) && each.method === method && accepts(each.params),
          );
          if (at === -1) return;
          taken.add(at);
          clearTimeout(timer);
          waiting.delete(check);
          resolve(received[at]?.params);
        };
        const timer = setTimeout(() => {
          waiting.delete(check);
          const seen = received.map(
            (each) => `${each.method} ${String(JSON.stringify(each.params)).slice(0, 300)}`,
          );
          reject(new Error(`no ${method} within ${timeout} ms; seen:\n${seen.join("\n")}\n${complaints}`));
        }, timeout);
        waiting.add(check);
        check();
      }),
    answer: (method, reply) => replies.set(method, reply),
    async initialize({
      folders = [],
      settings,
      capabilities = fullCapabilities,
      initializationOptions,
    } = {}) {
      client.answer("workspace/configuration", ({ items }) => items.map(() => settings?.() ?? null));
      client.answer("window/showDocument", () => ({ success: true }));
      const result = await client.request("initialize", {
        processId: process.pid,
        rootUri: folders[0] ?? null,
        workspaceFolders: folders.map((uri) => ({ uri, name: uri })),
        capabilities,
        initializationOptions,
      });
      client.notify("initialized", {});
      return result;
    },
    open: (uri, text, version = 1) =>
      client.notify("textDocument/didOpen", { textDocument: { uri, languageId: "python", version, text } }),
    edit: (uri, version, from, to, text) =>
      client.notify("textDocument/didChange", {
        textDocument: { uri, version },
        contentChanges: [{ range: { start: at(from), end: at(to) }, text }],
      }),
    diagnostics: async (uri, version = 1) => {
      const params = await client.take(
        "textDocument/publishDiagnostics",
        (each) => each.uri === uri && each.version === version,
      );
      return params.diagnostics;
    },
    async shutdown() {
      await client.request("shutdown");
      client.notify("exit");
      if (server.exitCode === null) await once(server, "exit");
      return server.exitCode;
    },
  };
  return client;
}

const at = ([line, character]: At) => ({ line, character });
