import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  State,
  TransportKind,
} from "vscode-languageclient/node";
import { type ReportChangedParams, reportChangedMethod } from "../../server/src/protocol/report-request.ts";
import { type StatusParams, statusMethod } from "../../server/src/protocol/status.ts";
import { pythonDocuments } from "./documents.ts";
import { type Logs, messageOf } from "./logs.ts";
import { createRestartLimit } from "./restart-limit.ts";

/** The language server: one process for all folders, started once and again after a crash, up to a limit. */
export interface Server extends vscode.Disposable {
  readonly onStatus: vscode.Event<StatusParams>;
  readonly onReportChanged: vscode.Event<ReportChangedParams>;
  /** Resolves once the server answers or has failed; a failure is told to the user and in the status. */
  start(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** False once it has failed for good; true while it starts. */
  readonly up: boolean;
  /** Waits for a server that is starting. @throws Error when the server is down or answers with an error. */
  request<Params, Answer>(method: string, params: Params, token?: vscode.CancellationToken): Promise<Answer>;
}

export function createServer(modulePath: string, logs: Logs): Server {
  const statusChanged = new vscode.EventEmitter<StatusParams>();
  const reportChanged = new vscode.EventEmitter<ReportChangedParams>();
  const limit = createRestartLimit();
  let client: LanguageClient | undefined;

  const fail = (message: string): void => {
    statusChanged.fire({ state: "error", rulesActive: 0, message });
    logs.client.error(message);
    void offerRestart(message);
  };

  const options: LanguageClientOptions = {
    documentSelector: pythonDocuments,
    outputChannel: logs.server,
    traceOutputChannel: logs.trace,
    diagnosticCollectionName: "ecocompute",
    initializationFailedHandler: () => false,
    errorHandler: {
      error: (error) => {
        logs.client.error(`connection to the server: ${error.message}`);
        return { action: ErrorAction.Continue, handled: true };
      },
      closed: () => {
        if (limit.mayRestart(Date.now())) {
          logs.client.warn("the language server stopped; starting it again");
          statusChanged.fire({ state: "starting", rulesActive: 0 });
          return { action: CloseAction.Restart, handled: true };
        }
        fail("The EcoCompute language server keeps stopping, so it was left stopped.");
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
  };
  const createClient = (): LanguageClient => {
    const run = { module: modulePath, transport: TransportKind.ipc };
    const debug = { ...run, options: { execArgv: ["--nolazy", "--inspect=6009"] } };
    const created = new LanguageClient("ecocompute", "EcoCompute", { run, debug }, options);
    created.onNotification(statusMethod, (status: StatusParams) => statusChanged.fire(status));
    created.onNotification(reportChangedMethod, (changed: ReportChangedParams) =>
      reportChanged.fire(changed),
    );
    created.onDidChangeState(({ newState }) => {
      if (newState === State.Running) reportChanged.fire({ uris: [] });
    });
    return created;
  };
  const start = async (): Promise<void> => {
    const began = Date.now();
    statusChanged.fire({ state: "starting", rulesActive: 0 });
    client = createClient();
    try {
      await client.start();
      logs.client.info(`language server ready after ${Date.now() - began} ms`);
    } catch (error) {
      fail(`The EcoCompute language server did not start: ${messageOf(error)}`);
    }
  };
  const stop = async (): Promise<void> => {
    const old = client;
    client = undefined;
    try {
      await old?.dispose();
    } catch (error) {
      logs.client.warn(`the language server did not stop in time: ${messageOf(error)}`);
    }
  };

  return {
    onStatus: statusChanged.event,
    onReportChanged: reportChanged.event,
    start,
    stop,
    restart: async () => {
      limit.reset();
      logs.client.info("restarting the language server");
      await stop();
      await start();
    },
    get up() {
      return isUp(client);
    },
    request: async (method, params, token) => {
      if (client === undefined || !isUp(client)) throw new Error("The language server is not running.");
      return client.sendRequest(method, params, token);
    },
    dispose: () => {
      statusChanged.dispose();
      reportChanged.dispose();
    },
  };
}

const isUp = (client: LanguageClient | undefined): boolean =>
  client !== undefined && client.state !== State.Stopped && client.state !== State.StartFailed;

async function offerRestart(message: string): Promise<void> {
  const choice = await vscode.window.showErrorMessage(message, "Restart", "Show Logs");
  if (choice === "Restart") await vscode.commands.executeCommand("ecocompute.restart");
  if (choice === "Show Logs") await vscode.commands.executeCommand("ecocompute.showLogs");
}
