import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import {
  type AuditAbort,
  type AuditChatAnswer,
  type AuditChatParams,
  type AuditFetchParams,
  type AuditProgress,
  type AuditStep,
  auditAbortMethod,
  auditChatMethod,
  auditFetchMethod,
  auditProgressMethod,
  auditStepMethod,
} from "../../server/src/protocol/audit.ts";
import { type ModelsChangedParams, modelsChangedMethod } from "../../server/src/protocol/models-request.ts";
import { type ReportChangedParams, reportChangedMethod } from "../../server/src/protocol/report-request.ts";
import { type StatusParams, statusMethod } from "../../server/src/protocol/status.ts";
import type { AuditNetwork } from "./audit/audit-network.ts";
import type { EditorModels } from "./audit/editor-models.ts";
import { createLanguageClient, isRunning } from "./language-client.ts";
import { type Logs, messageOf } from "./logs.ts";
import type { PythonEnvironment } from "./python-environment.ts";
import { createRestartLimit } from "./restart-limit.ts";

const didChangeConfiguration = "workspace/didChangeConfiguration";

/** The language server: one process for all folders, started once and again after a crash, up to a limit. */
export interface Server extends vscode.Disposable {
  readonly onStatus: vscode.Event<StatusParams>;
  readonly onReportChanged: vscode.Event<ReportChangedParams>;
  readonly onAuditProgress: vscode.Event<AuditProgress>;
  readonly onAuditStep: vscode.Event<AuditStep>;
  /** From now on the server's requests over the network go through here. */
  connect(network: AuditNetwork, editorModels: EditorModels): void;
  /** Resolves once the server answers or has failed for good; a failure is told to the user and in the status. */
  start(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Starts the server unless it runs or starts already. */
  ensureRunning(): Promise<void>;
  /** Waits for a server that is starting. @throws Error when the server is down or answers with an error. */
  request<Params, Answer>(method: string, params: Params, token?: vscode.CancellationToken): Promise<Answer>;
  /** Tells a server that runs; otherwise there is nobody to tell. */
  notify<Params>(method: string, params: Params): void;
}

export function createServer(python: PythonEnvironment, logs: Logs): Server {
  const statusChanged = new vscode.EventEmitter<StatusParams>();
  const reportChanged = new vscode.EventEmitter<ReportChangedParams>();
  const auditProgress = new vscode.EventEmitter<AuditProgress>();
  const auditStep = new vscode.EventEmitter<AuditStep>();
  const limit = createRestartLimit();
  let network: AuditNetwork | undefined;
  let editorModels: EditorModels | undefined;
  /** The process in use; `undefined` while there is none. */
  let client: LanguageClient | undefined;
  let starting: Promise<void> = Promise.resolve();

  const launch = async (): Promise<void> => {
    const began = Date.now();
    statusChanged.fire({ state: "starting", rulesActive: 0 });
    const launched = createLanguageClient(python, logs, () => void recover(launched, "it stopped"));
    launched.onNotification(statusMethod, (status: StatusParams) => statusChanged.fire(status));
    launched.onNotification(reportChangedMethod, (changed: ReportChangedParams) =>
      reportChanged.fire(changed),
    );
    launched.onNotification(modelsChangedMethod, ({ uri }: ModelsChangedParams) =>
      reportChanged.fire({ uris: [uri] }),
    );
    launched.onNotification(auditProgressMethod, (progress: AuditProgress) => auditProgress.fire(progress));
    launched.onNotification(auditStepMethod, (step: AuditStep) => auditStep.fire(step));
    launched.onNotification(auditAbortMethod, (params: AuditAbort) => network?.abort(params));
    launched.onRequest<AuditChatAnswer, unknown>(
      auditChatMethod,
      async (params: AuditChatParams): Promise<AuditChatAnswer> =>
        editorModels?.chat(params) ?? { kind: "failed", why: "no-model" },
    );
    launched.onRequest(auditFetchMethod, (params: AuditFetchParams) =>
      network === undefined ? { kind: "failed" } : network.fetch(params),
    );
    client = launched;
    try {
      await launched.start();
      logs.client.info(`language server ready after ${Date.now() - began} ms`);
      reportChanged.fire({ uris: [] });
    } catch (error) {
      await recover(launched, messageOf(error));
    }
  };
  const pythonChanged = python.onChanged(() => {
    // The server asks for its settings again, and the chosen Python comes with them.
    if (isRunning(client)) void client.sendNotification(didChangeConfiguration, { settings: null });
  });
  const start = (): Promise<void> => {
    starting = launch();
    return starting;
  };
  const stop = async (): Promise<void> => {
    const old = client;
    client = undefined;
    // The library cannot stop a client that is still starting.
    await starting;
    if (isRunning(old)) {
      await old.dispose().catch((error: unknown) => {
        logs.client.warn(`the language server did not stop in time: ${messageOf(error)}`);
      });
    }
  };
  /** After a crash, which a failed start and a closed connection may both tell of. */
  const recover = async (crashed: LanguageClient, why: string): Promise<void> => {
    if (crashed !== client) return;
    client = undefined;
    logs.client.warn(`the language server failed: ${why}`);
    if (limit.mayRestart(Date.now())) return start();
    const message = "The EcoCompute language server keeps stopping, so it was left stopped.";
    statusChanged.fire({ state: "error", rulesActive: 0, message });
    logs.client.error(message);
    void offerRestart(message);
  };

  return {
    onStatus: statusChanged.event,
    onReportChanged: reportChanged.event,
    onAuditProgress: auditProgress.event,
    onAuditStep: auditStep.event,
    connect: (through, models) => {
      network = through;
      editorModels = models;
    },
    start,
    stop,
    restart: async () => {
      limit.reset();
      logs.client.info("restarting the language server");
      await stop();
      await start();
    },
    ensureRunning: async () => {
      await starting;
      if (client !== undefined) return;
      limit.reset();
      await start();
    },
    request: async (method, params, token) => {
      await starting;
      if (!isRunning(client)) throw new Error("The language server is not running.");
      return client.sendRequest(method, params, token);
    },
    notify: (method, params) => {
      if (isRunning(client)) void client.sendNotification(method, params);
    },
    dispose: () => {
      pythonChanged.dispose();
      auditProgress.dispose();
      auditStep.dispose();
      statusChanged.dispose();
      reportChanged.dispose();
    },
  };
}

async function offerRestart(message: string): Promise<void> {
  const choice = await vscode.window.showErrorMessage(message, "Restart", "Show Logs");
  if (choice === "Restart") await vscode.commands.executeCommand("ecocompute.restart");
  if (choice === "Show Logs") await vscode.commands.executeCommand("ecocompute.showLogs");
}
