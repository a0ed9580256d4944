// First, for its effect: the server starts before anything else is loaded.
import "./server-process.ts";

import * as vscode from "vscode";
import { createApplicationDefault } from "../../server/src/credentials/application-default.ts";
import { auditBodyMethod } from "../../server/src/protocol/audit.ts";
import { createApiKey } from "./audit/api-key.ts";
import { registerAskAction } from "./audit/ask-action.ts";
import {
  type AuditCommandParts,
  askAboutFile,
  auditModel,
  auditSelection,
  carryOutAction,
} from "./audit/audit-commands.ts";
import { createAuditDesk } from "./audit/audit-desk.ts";
import { createAuditDocuments } from "./audit/audit-documents.ts";
import { createAuditHistory } from "./audit/audit-history.ts";
import { createAuditNetwork } from "./audit/audit-network.ts";
import { createAuthorization } from "./audit/authorization.ts";
import { forgetConsent } from "./audit/consent.ts";
import { createEditorModels, type EditorModelApi } from "./audit/editor-models.ts";
import { createFolderStore } from "./audit/folder-store.ts";
import { testKey } from "./audit/test-key.ts";
import { compareAccelerators } from "./compare-accelerators.ts";
import { printDebugInformation } from "./debug-information.ts";
import { createEnergyHeat } from "./energy-heat.ts";
import { fixAll } from "./fix-all.ts";
import { createLogs, type Logs, messageOf } from "./logs.ts";
import { createReportPanel } from "./panel/report-panel.ts";
import { createPythonEnvironment } from "./python-environment.ts";
import { chooseScenario } from "./scenario.ts";
import { createScenarioItem } from "./scenario-item.ts";
import { createServer, type Server } from "./server.ts";
import { createStatusItem } from "./status-item.ts";

let running: Server | undefined;

/** Returns at once; the server answers behind it. */
export function activate(context: vscode.ExtensionContext): void {
  const logs = createLogs();
  const python = createPythonEnvironment(logs);
  const server = createServer(python, logs);
  const status = createStatusItem();
  const heat = createEnergyHeat(context.extensionUri, server, logs);
  const audits = auditParts(context, server, () => report.open("audits"));
  const { desk } = audits;
  const report = createReportPanel(context.extensionUri, server, logs, {
    onMessage: desk.onMessage,
    view: () => desk.view(),
    carryOut: (action) => carryOutAction(action, audits),
  });
  running = server;

  context.subscriptions.push(
    logs,
    python,
    server,
    status,
    report,
    heat,
    createScenarioItem(server, logs),
    server.onStatus((state) => status.show(state)),
    command("restart", logs, () => server.restart()),
    command("showLogs", logs, () => logs.server.show(true)),
    command("fixAll", logs, fixAll),
    command("chooseScenario", logs, () => chooseScenario(server)),
    command("compareAccelerators", logs, () => compareAccelerators(server)),
    command("toggleEnergyHeat", logs, () => heat.toggle()),
    audits.documents,
    desk,
    ...auditCommands(audits, logs),
    command("setGeminiKey", logs, async () => void (await audits.key.ask())),
    command("testGeminiKey", logs, () => testKey(audits)),
    command("clearGeminiKey", logs, async () => {
      await audits.key.clear();
      await forgetConsent(context.workspaceState);
    }),
    command("openReport", logs, () => report.open("file")),
    command("openWorkspaceReport", logs, () => report.open("workspace")),
    command("printDebugInformation", logs, () => printDebugInformation(context, server)),
  );
  void server.start();
}

const vscodeModels: EditorModelApi = {
  select: () => vscode.lm.selectChatModels(),
  user: (text) => vscode.LanguageModelChatMessage.User(text),
  assistant: (text) => vscode.LanguageModelChatMessage.Assistant(text),
  cancellation: () => new vscode.CancellationTokenSource(),
};

function auditParts(context: vscode.ExtensionContext, server: Server, reveal: () => void): AuditCommandParts {
  const { secrets, workspaceState: state, storageUri } = context;
  const key = createApiKey(secrets);
  // The editor's own: it knows the proxy.
  const fetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init);
  const authorize = createAuthorization({ key, credentials: createApplicationDefault(fetch) });
  const network = createAuditNetwork(authorize, (piece) => server.notify(auditBodyMethod, piece));
  const editorModels = createEditorModels(vscodeModels);
  server.connect(network, editorModels);
  const folder = storageUri && vscode.Uri.joinPath(storageUri, "audits");
  const history = createAuditHistory(createFolderStore(folder));
  const documents = createAuditDocuments();
  const desk = createAuditDesk({ server, key, network, editorModels, documents, history, state }, reveal);
  const refresh = (): void => void desk.refresh();
  context.subscriptions.push(
    secrets.onDidChange(refresh),
    vscode.workspace.onDidGrantWorkspaceTrust(refresh),
    vscode.window.onDidChangeActiveTextEditor(refresh),
  );
  return { desk, server, key, network, editorModels, documents };
}

function auditCommands(audits: AuditCommandParts, logs: Logs): readonly vscode.Disposable[] {
  const { desk } = audits;
  const withArguments = (name: string, run: (...given: readonly unknown[]) => Promise<void>) =>
    vscode.commands.registerCommand(`ecocompute.${name}`, (...given: readonly unknown[]) =>
      telling(name, logs, () => run(...given)),
    );
  return [
    registerAskAction(),
    command("auditFile", logs, () => desk.audit("audit-file", null)),
    command("askAboutFile", logs, () => askAboutFile(desk)),
    command("auditSelection", logs, () => auditSelection(desk)),
    // The lens above a model says which; the palette asks.
    withArguments("auditModel", (uri, model) =>
      auditModel(
        audits,
        typeof uri === "string" ? vscode.Uri.parse(uri) : undefined,
        typeof model === "string" ? model : undefined,
      ),
    ),
    withArguments("askForFix", async (finding) => {
      if (typeof finding === "string") await desk.audit("fix-finding", finding);
    }),
    command("showAudits", logs, () => desk.showAll()),
  ];
}

export async function deactivate(): Promise<void> {
  await running?.stop();
  running = undefined;
}

/** A command whose failure is told to the user and logged. */
const command = (name: string, logs: Logs, run: () => void | Promise<void>): vscode.Disposable =>
  vscode.commands.registerCommand(`ecocompute.${name}`, () => telling(name, logs, run));

async function telling(name: string, logs: Logs, run: () => void | Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    logs.client.error(`${name}: ${messageOf(error)}`);
    void vscode.window.showErrorMessage(`EcoCompute: ${messageOf(error)}`);
  }
}
