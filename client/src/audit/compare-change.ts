import * as vscode from "vscode";
import {
  type AuditChange,
  type AuditChangeParams,
  auditChangeMethod,
} from "../../../server/src/protocol/audit.ts";
import type { ShownEdit } from "../../../server/src/report/shown-audit.ts";
import type { Server } from "../server.ts";
import type { AuditDocuments } from "./audit-documents.ts";

/** Shows a proposed change beside the file as it is; only the user applies it. */
export async function compareChange(
  uri: vscode.Uri,
  title: string,
  edits: readonly ShownEdit[],
  { server, documents }: { readonly server: Server; readonly documents: AuditDocuments },
): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const name = document.uri.path.replace(/^.*\//, "");
  const before = document.getText();
  const change = await server.request<AuditChangeParams, AuditChange>(auditChangeMethod, {
    uri: uri.toString(),
    edits,
  });
  if (change.kind === "none") {
    tell(`This change cannot be shown: ${change.why}. ${name} may have changed since the audit.`);
    return;
  }
  const proposed = documents.add(name, change.text);
  await vscode.commands.executeCommand("vscode.diff", document.uri, proposed, `${name}: ${title}`);
  const choice = await vscode.window.showInformationMessage(
    `EcoCompute: apply “${title}” to ${name}?`,
    "Apply",
  );
  if (choice !== "Apply") return;
  if (document.getText() !== before) return tell(`${name} changed meanwhile: nothing was applied.`);
  const edit = new vscode.WorkspaceEdit();
  const whole = new vscode.Range(document.positionAt(0), document.positionAt(before.length));
  edit.replace(document.uri, whole, change.text);
  await vscode.workspace.applyEdit(edit);
}

const tell = (message: string): void => void vscode.window.showInformationMessage(`EcoCompute: ${message}`);
