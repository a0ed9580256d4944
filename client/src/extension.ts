import * as vscode from "vscode";
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
    command("openReport", logs, () => report.open("file")),
    command("openWorkspaceReport", logs, () => report.open("workspace")),
    command("printDebugInformation", logs, () => printDebugInformation(context, server)),
  );
  void server.start();
}

export async function deactivate(): Promise<void> {
  await running?.stop();
  running = undefined;
}

/** A command whose failure is told to the user and logged. */
const command = (name: string, logs: Logs, run: () => void | Promise<void>): vscode.Disposable =>
  vscode.commands.registerCommand(`ecocompute.${name}`, async () => {
    try {
      await run();
    } catch (error) {
      logs.client.error(`${name}: ${messageOf(error)}`);
      void vscode.window.showErrorMessage(`EcoCompute: ${messageOf(error)}`);
    }
  });
