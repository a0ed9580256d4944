import { Uri, workspace } from "vscode";
import {
  CloseAction,
  type ConfigurationRequest,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  State,
  TransportKind,
} from "vscode-languageclient/node";
import { serverFlags } from "../../server/src/protocol/server-flags.ts";
import { type EarlySettings, settingsSection } from "../../server/src/protocol/settings.ts";
import { pythonDocuments } from "./documents.ts";
import type { Logs } from "./logs.ts";
import type { PythonEnvironment } from "./python-environment.ts";

/** Tells its errors to the log alone: what the user has to know, he is told once and with what to do about it. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/**
 * One process of the language server and the connection to it, not started yet. `onClosed` is called when the
 * connection ends unasked; the process is not started again. `compiled` is a folder for compiled code.
 */
export function createLanguageClient(
  modulePath: string,
  compiled: string,
  python: PythonEnvironment,
  logs: Logs,
  onClosed: () => void,
): LanguageClient {
  // Compiled code of the last start spares the next one a sixth of its time; Node 20 knows nothing of it.
  const env = { NODE_COMPILE_CACHE: compiled };
  const run = {
    module: modulePath,
    transport: TransportKind.ipc,
    options: { execArgv: [...serverFlags], env },
  };
  const debug = { ...run, options: { execArgv: [...serverFlags, "--nolazy", "--inspect=6009"], env } };
  return new QuietClient(
    "ecocompute",
    "EcoCompute",
    { run, debug },
    {
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
    },
  );
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
