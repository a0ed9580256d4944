import * as vscode from "vscode";
import { pythonEditor } from "../documents.ts";
import type { AuditAction } from "../panel/audit-messages.ts";
import type { Server } from "../server.ts";
import type { ApiKey } from "./api-key.ts";
import type { AuditDesk } from "./audit-desk.ts";
import type { AuditDocuments } from "./audit-documents.ts";
import type { AuditNetwork } from "./audit-network.ts";
import { chooseModel } from "./choose-model.ts";
import { compareChange } from "./compare-change.ts";
import type { EditorModels } from "./editor-models.ts";
import type { PastAudit } from "./past-audit.ts";

export interface AuditCommandParts {
  readonly desk: AuditDesk;
  readonly server: Server;
  readonly key: ApiKey;
  readonly network: AuditNetwork;
  readonly editorModels: EditorModels;
  readonly documents: AuditDocuments;
}

/** Audits one model of a document; which one is asked when it is not said. */
export async function auditModel(
  { desk, server }: Pick<AuditCommandParts, "desk" | "server">,
  uri: vscode.Uri | undefined,
  model: string | undefined,
): Promise<void> {
  const about = uri ?? pythonEditor()?.document.uri;
  if (about === undefined) return tell("Open a Python file first.");
  const name = model ?? (await chooseModel(about, server));
  if (name !== undefined) await desk.audit("audit-model", `class ${name}`, about);
}

export async function auditSelection(desk: AuditDesk): Promise<void> {
  const editor = pythonEditor();
  const selected = editor?.document.getText(editor.selection) ?? "";
  if (editor === undefined || selected.trim() === "") return tell("Select the code to audit first.");
  await desk.audit("audit-selection", selected, editor.document.uri);
}

/** A question about the file in front: rules and engine answer it where they can. */
export async function askAboutFile(desk: AuditDesk): Promise<void> {
  const uri = pythonEditor()?.document.uri;
  if (uri === undefined) return tell("Open a Python file first.");
  const question = await vscode.window.showInputBox({
    title: "Ask about this file",
    prompt: "Figures, hot spots, accelerators, optimizations and findings are answered on this machine.",
    placeHolder: "How much memory does it need?",
    ignoreFocusOut: true,
  });
  if (question === undefined || question.trim() === "") return;
  await desk.audit("audit-file", null, uri, question.trim());
}

/** Carries out what a person did in the panel. */
export async function carryOutAction(action: AuditAction, parts: AuditCommandParts): Promise<void> {
  const { desk, key } = parts;
  switch (action.kind) {
    case "start":
      if (action.task === "audit-model") return auditModel(parts, undefined, undefined);
      return action.task === "audit-selection" ? auditSelection(desk) : desk.audit("audit-file", null);
    case "cancel":
      return desk.cancel();
    case "set-key":
      await key.ask();
      return desk.refresh();
    case "trust":
      return vscode.commands.executeCommand("workbench.trust.manage");
    case "dismiss":
      return desk.dismiss();
    case "open":
      return desk.open(action.ids);
    case "delete":
      return remove(action.id, desk);
    case "delete-unreadable":
      return desk.removeUnreadable();
    case "ask":
      return desk.ask(action.id, action.question);
    case "change": {
      const past = await desk.find(action.id);
      if (past === undefined) return;
      const { title, edits } = changeOf(past, action);
      return compareChange(vscode.Uri.parse(past.uri), title, edits, parts);
    }
    case "line": {
      const past = await desk.find(action.id);
      if (past !== undefined) await openLine(vscode.Uri.parse(past.uri), action.line);
      return;
    }
    case "source":
      return openSource(action.address);
  }
}

function changeOf(
  { audit }: PastAudit,
  { list, index }: Extract<AuditAction, { readonly kind: "change" }>,
): Pick<PastAudit["audit"]["recommendations"][number], "title" | "edits"> {
  if (list === "together") return { title: "All changes that hold", edits: audit.together };
  if (list === "recommendations") return audit.recommendations[index] ?? { title: "", edits: [] };
  const bug = audit.criticalBugs[index];
  return { title: bug?.what ?? "", edits: bug?.edits ?? [] };
}

async function remove(id: string, desk: AuditDesk): Promise<void> {
  const past = await desk.find(id);
  if (past === undefined) return;
  const choice = await vscode.window.showWarningMessage(
    `Delete the audit of ${past.audit.file}?`,
    { modal: true, detail: "Its report and its questions are gone then; what it cost stays in the record." },
    "Delete",
  );
  if (choice === "Delete") await desk.remove(id);
}

async function openLine(uri: vscode.Uri, line: number): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const shown = vscode.window.visibleTextEditors.find(
    (editor) => editor.document.uri.toString() === uri.toString(),
  );
  const at = new vscode.Position(Math.min(line, document.lineCount - 1), 0);
  await vscode.window.showTextDocument(document, {
    viewColumn: shown?.viewColumn ?? vscode.ViewColumn.One,
    selection: new vscode.Range(at, at),
  });
}

/** The editor asks before it opens an address of a stranger. */
async function openSource(address: string): Promise<void> {
  const uri = vscode.Uri.parse(address, true);
  if (uri.scheme !== "https") return tell("This source is not on the web, so it was not opened.");
  await vscode.env.openExternal(uri);
}

const tell = (message: string): void => void vscode.window.showInformationMessage(`EcoCompute: ${message}`);
