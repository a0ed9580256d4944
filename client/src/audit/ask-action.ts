import * as vscode from "vscode";
import { pythonDocuments } from "../documents.ts";

const source = "EcoCompute";
const command = "ecocompute.askForFix";

/** The light bulb of a finding: asks Gemini for a fix of it. The first thing to happen is the question for consent. */
export const registerAskAction = (): vscode.Disposable =>
  vscode.languages.registerCodeActionsProvider(
    pythonDocuments,
    {
      provideCodeActions(_document, _range, { diagnostics, only }) {
        if (!vscode.workspace.isTrusted) return [];
        if (only !== undefined && !only.contains(vscode.CodeActionKind.QuickFix)) return [];
        return diagnostics.filter((each) => each.source === source).map(actionFor);
      },
    },
    { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
  );

function actionFor(diagnostic: vscode.Diagnostic): vscode.CodeAction {
  const { code, message, range } = diagnostic;
  const rule = typeof code === "object" ? code.value : (code ?? "this finding");
  const action = new vscode.CodeAction(`Ask Gemini to fix ${rule}\u2026`, vscode.CodeActionKind.QuickFix);
  action.command = {
    title: action.title,
    command,
    arguments: [`${rule}, line ${range.start.line + 1}: ${message}`],
  };
  return action;
}
