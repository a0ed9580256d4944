import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { Uri, workspace } from "vscode";
import {
  CloseAction,
  type ConfigurationRequest,
  ErrorAction,
  IPCMessageReader,
  IPCMessageWriter,
  LanguageClient,
  type MessageTransports,
  RevealOutputChannelOn,
  State,
} from "vscode-languageclient/node";
import { type EarlySettings, settingsSection } from "../../server/src/protocol/settings.ts";
import { pythonDocuments } from "./documents.ts";
import type { Logs } from "./logs.ts";
import type { PythonEnvironment } from "./python-environment.ts";
import { endServerProcess, takeServerProcess } from "./server-process.ts";

/** Tells its errors to the log alone: what the user has to know, he is told once and with what to do about it. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/**
 * One process of the language server and the connection to it, not started yet. `onClosed` is called when the
 * connection ends unasked; the process is not started again.
 */
export function createLanguageClient(
  python: PythonEnvironment,
  logs: Logs,
  onClosed: () => void,
): LanguageClient {
  let server: ChildProcess | undefined;
  const connect = async (): Promise<MessageTransports> => {
    server = takeServerProcess();
    logLines(server.stdout, (line) => logs.server.info(line));
    logLines(server.stderr, (line) => logs.server.error(line));
    return { reader: new IPCMessageReader(server), writer: new IPCMessageWriter(server) };
  };
  const client = new QuietClient("ecocompute", "EcoCompute", connect, {
    documentSelector: pythonDocuments,
    outputChannel: logs.server,
    traceOutputChannel: logs.trace,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    diagnosticCollectionName: "ecocompute",
    initializationOptions: earlySettings,
    middleware: { workspace: { configuration: withPythonEnvironment(python) } },
    initializationFailedHandler: () => false,
    errorHandler: {
      error: (error) => {
        logs.client.error(`connection to the server: ${error.message}`);
        return { action: ErrorAction.Continue, handled: true };
      },
      closed: () => {
        // Later, when the library has put the old connection away.
        setTimeout(onClosed, 0);
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
  });
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Stopped && server !== undefined) endServerProcess(server);
  });
  return client;
}

function logLines(stream: Readable | null, log: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on("line", log);
}

/** The settings as they are at the start; the server asks for them all the same, and for the chosen Python. */
function earlySettings(): EarlySettings {
  const folders = workspace.workspaceFolders ?? [];
  const section = (scope: Uri | undefined): unknown => {
    const settings: unknown = workspace.getConfiguration(undefined, scope).get(settingsSection);
    return typeof settings === "object" && settings !== null ? withTrust(settings) : null;
  };
  return {
    earlySettings: [
      { uri: null, section: section(undefined) },
      ...folders.map(({ uri }) => ({ uri: uri.toString(), section: section(uri) })),
    ],
  };
}

const withTrust = (settings: object): object => ({ ...settings, readsPackages: workspace.isTrusted });

/** Adds the chosen Python to the settings that the server asks for. */
const withPythonEnvironment =
  (python: PythonEnvironment): ConfigurationRequest.MiddlewareSignature =>
  async (params, token, next) => {
    const sections: unknown = await next(params, token);
    if (!Array.isArray(sections)) return [];
    const known: readonly unknown[] = sections;
    return Promise.all(
      params.items.map(async ({ section, scopeUri }, i) => {
        const settings = known[i];
        if (section !== settingsSection || typeof settings !== "object" || settings === null) return settings;
        const scope = scopeUri === undefined ? undefined : Uri.parse(scopeUri);
        return { ...withTrust(settings), pythonEnvironment: await python.of(scope) };
      }),
    );
  };

/** Whether requests can be sent. */
export const isRunning = (client: LanguageClient | undefined): client is LanguageClient =>
  client?.state === State.Running;
