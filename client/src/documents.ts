import * as vscode from "vscode";

/** The documents the server looks at: Python on disk, unsaved, or in a virtual workspace such as a remote repository. */
export const pythonDocuments: { readonly language: string; readonly scheme: string }[] = [
  { language: "python", scheme: "file" },
  { language: "python", scheme: "untitled" },
  { language: "python", scheme: "vscode-vfs" },
];

export const isPython = (document: vscode.TextDocument): boolean =>
  vscode.languages.match(pythonDocuments, document) > 0;

/** The Python editor in front; when a panel has the focus, one of the visible ones. */
export function pythonEditor(): vscode.TextEditor | undefined {
  const active = vscode.window.activeTextEditor;
  if (active !== undefined && isPython(active.document)) return active;
  return vscode.window.visibleTextEditors.find((editor) => isPython(editor.document));
}
