import * as vscode from "vscode";
import { pythonEditor } from "./documents.ts";

const kind = vscode.CodeActionKind.SourceFixAll.append("ecocompute");

/** Applies every safe fix of the Python file in front, as `source.fixAll.ecocompute` does on save. */
export async function fixAll(): Promise<void> {
  const editor = pythonEditor();
  if (editor === undefined) {
    vscode.window.setStatusBarMessage("EcoCompute: open a Python file to fix it", 5000);
    return;
  }
  const { document } = editor;
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  const actions = await vscode.commands.executeCommand<readonly vscode.CodeAction[]>(
    "vscode.executeCodeActionProvider",
    document.uri,
    whole,
    kind.value,
    1,
  );
  const action = actions.find((each) => each.edit !== undefined && each.disabled === undefined);
  if (action?.edit === undefined) {
    vscode.window.setStatusBarMessage("EcoCompute: nothing here has a safe fix", 5000);
    return;
  }
  if (!(await vscode.workspace.applyEdit(action.edit))) {
    throw new Error("the editor refused the fixes, for instance because the file changed meanwhile");
  }
}
