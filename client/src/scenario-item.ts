import * as vscode from "vscode";
import { pythonDocuments, pythonEditor } from "./documents.ts";
import type { Logs } from "./logs.ts";
import { messageOf } from "./logs.ts";
import { askScenario } from "./scenario.ts";
import type { Server } from "./server.ts";

/** The item in the language status that says where models run; a click on it lets the user choose. */
export function createScenarioItem(server: Server, logs: Logs): vscode.Disposable {
  const item = vscode.languages.createLanguageStatusItem("ecocompute.scenario", pythonDocuments);
  item.name = "EcoCompute scenario";
  item.text = "$(dashboard) EcoCompute";
  item.command = { title: "Change", command: "ecocompute.chooseScenario" };
  const refresh = async (): Promise<void> => {
    try {
      const { label } = await askScenario(server, pythonEditor()?.document.uri);
      item.text = `$(dashboard) ${label ?? "no accelerator chosen"}`;
      item.detail = "where models run";
      item.accessibilityInformation = { label: `EcoCompute scenario: ${label ?? "none"}` };
    } catch (error) {
      logs.client.debug(`the scenario is not known: ${messageOf(error)}`);
    }
  };
  return vscode.Disposable.from(
    item,
    server.onReportChanged(() => void refresh()),
    vscode.window.onDidChangeActiveTextEditor(() => void refresh()),
  );
}
