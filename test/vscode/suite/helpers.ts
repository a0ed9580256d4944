import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as vscode from "vscode";

/** Milliseconds to wait for what should happen within one. */
const patience = 10_000;

export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + patience;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${patience} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function openFile(name: string): Promise<vscode.TextEditor> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  assert.ok(folder !== undefined, "no folder is open");
  return vscode.window.showTextDocument(vscode.Uri.joinPath(folder, name));
}

/** Replaces the whole text, as an edit of the user would. */
export async function replaceText(document: vscode.TextDocument, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
  assert.ok(await vscode.workspace.applyEdit(edit), "the editor refused an edit");
}

/** The findings of a document, once they are as wanted. */
export async function diagnosticsOf(
  document: vscode.TextDocument,
  wanted: (all: readonly vscode.Diagnostic[]) => boolean,
): Promise<readonly vscode.Diagnostic[]> {
  const current = (): readonly vscode.Diagnostic[] =>
    vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === "EcoCompute");
  try {
    await until("the findings", () => wanted(current()));
  } catch (error) {
    const now = current().map(({ message, range }) => `${range.start.line + 1}: ${message}`);
    const state = document.isClosed ? "closed" : `version ${document.version}: ${document.getText()}`;
    throw new Error(
      `the findings are not as wanted: ${now.join(" | ") || "none"}; the document is ${state}`,
      {
        cause: error,
      },
    );
  }
  return current();
}

/** Code actions of a kind at a range; asked again while there are none. */
export async function actionsAt(
  document: vscode.TextDocument,
  range: vscode.Range,
  kind: vscode.CodeActionKind,
): Promise<readonly vscode.CodeAction[]> {
  let actions: readonly vscode.CodeAction[] = [];
  await until("code actions", async () => {
    actions = await vscode.commands.executeCommand<readonly vscode.CodeAction[]>(
      "vscode.executeCodeActionProvider",
      document.uri,
      range,
      kind.value,
      20,
    );
    return actions.length > 0;
  });
  return actions;
}

/** Runs `play` under a setting of the workspace and takes it back. */
export async function setting(name: string, value: unknown, play: () => Promise<unknown>): Promise<void> {
  const configuration = vscode.workspace.getConfiguration();
  await configuration.update(name, value, vscode.ConfigurationTarget.Workspace);
  try {
    await play();
  } finally {
    await configuration.update(name, undefined, vscode.ConfigurationTarget.Workspace);
  }
}

/** Ids of the language servers that this extension host started. */
export async function serverProcesses(): Promise<readonly number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-eo", "pid=,ppid=,args="]);
  return stdout
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, ...args]) => Number(parent) === process.pid && args.join(" ").includes("server.cjs"))
    .map(([pid]) => Number(pid));
}
