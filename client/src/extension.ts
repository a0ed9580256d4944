import * as vscode from "vscode";
import { auditBodyMethod } from "../../server/src/protocol/audit.ts";
import { createApiKey } from "./audit/api-key.ts";
import { registerAskAction } from "./audit/ask-action.ts";
import { type AuditParts, audit, showHistory } from "./audit/audit.ts";
import { createAuditDocuments } from "./audit/audit-documents.ts";
import { createAuditHistory } from "./audit/audit-history.ts";
import { createAuditNetwork } from "./audit/audit-network.ts";
import { forgetConsent } from "./audit/consent.ts";
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

/** Returns at once; the server starts behind it. */
export function activate(context: vscode.ExtensionContext): void {
  const logs = createLogs();
  const python = createPythonEnvironment(logs);
  const server = createServer(context.asAbsolutePath("dist/server.cjs"), python, logs);
  const status = createStatusItem();
  const report = createReportPanel(context.extensionUri, server, logs);
  const heat = createEnergyHeat(context.extensionUri, server, logs);
  const audits = auditParts(context, server);
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
    command("auditFile", logs, () => audit("audit-file", undefined, audits)),
    command("auditSelection", logs, () => audit("audit-selection", undefined, audits)),
    registerAskAction(),
    vscode.commands.registerCommand("ecocompute.askForFix", async (finding: unknown) => {
      if (typeof finding !== "string") return;
      await telling("askForFix", logs, () => audit("fix-finding", finding, audits));
    }),
    command("showAudits", logs, () => showHistory(audits)),
    command("setGeminiKey", logs, async () => void (await audits.key.ask())),
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

function auditParts(context: vscode.ExtensionContext, server: Server): AuditParts {
  const key = createApiKey(context.secrets);
  const network = createAuditNetwork(key, (piece) => server.notify(auditBodyMethod, piece));
  server.connect(network);
  return {
    server,
    key,
    network,
    documents: createAuditDocuments(),
    history: createAuditHistory(context.workspaceState),
    state: context.workspaceState,
  };
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
