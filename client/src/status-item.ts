import * as vscode from "vscode";
import type { StatusParams } from "../../server/src/protocol/status.ts";
import { pythonDocuments } from "./documents.ts";
import { statusText } from "./status-text.ts";

export interface StatusItem extends vscode.Disposable {
  show(status: StatusParams): void;
}

/** The item in the language status of a Python document; a click on it opens the logs. */
export function createStatusItem(): StatusItem {
  const item = vscode.languages.createLanguageStatusItem("ecocompute.status", pythonDocuments);
  item.name = "EcoCompute";
  item.command = { title: "Show Logs", command: "ecocompute.showLogs" };
  const show = (status: StatusParams): void => {
    const { text, detail, busy, severity } = statusText(status);
    item.text = text;
    item.detail = detail;
    item.busy = busy;
    item.severity =
      severity === "error" ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    item.accessibilityInformation = { label: `${text}, ${detail}` };
  };
  show({ state: "starting", rulesActive: 0 });
  return { show, dispose: () => item.dispose() };
}
