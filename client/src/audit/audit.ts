import * as vscode from "vscode";
import {
  type AuditAnswer,
  type AuditPlan,
  type AuditPlanParams,
  type AuditProgress,
  type AuditRunParams,
  type AuditTask,
  auditPlanMethod,
  auditRunMethod,
} from "../../../server/src/protocol/audit.ts";
import { pythonEditor } from "../documents.ts";
import type { Server } from "../server.ts";
import type { ApiKey } from "./api-key.ts";
import type { AuditDocuments } from "./audit-documents.ts";
import type { AuditHistory, PastAudit } from "./audit-history.ts";
import type { AuditNetwork } from "./audit-network.ts";
import { isConsentGiven } from "./consent.ts";

export interface AuditParts {
  readonly server: Server;
  readonly key: ApiKey;
  readonly network: AuditNetwork;
  readonly documents: AuditDocuments;
  readonly history: AuditHistory;
  readonly state: vscode.Memento;
}

const phases: Readonly<Record<string, string>> = {
  thinking: "Thinking",
  searching: "Searching",
  computing: "Computing",
  correcting: "Checking every figure",
  writing: "Writing the report",
  waiting: "Waiting",
};

/** Plans an audit, asks for consent, carries it out and shows the report. */
export async function audit(task: AuditTask, focus: string | undefined, parts: AuditParts): Promise<void> {
  if (!vscode.workspace.isTrusted)
    return tell("Audits are off in Restricted Mode: nothing of this folder is sent.");
  const editor = pythonEditor();
  if (editor === undefined) return tell("Open a Python file first.");
  const selected = focus ?? (task === "audit-selection" ? editor.document.getText(editor.selection) : "");
  if (task === "audit-selection" && selected.trim() === "") return tell("Select the code to audit first.");
  const before = editor.document.getText();
  const name = editor.document.uri.path.replace(/^.*\//, "");
  const params = paramsFor(editor.document.uri, task, selected === "" ? null : selected);
  const planned = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: "Gemini audit: computing what the code costs" },
    () => parts.server.request<AuditPlanParams, AuditPlan>(auditPlanMethod, params),
  );
  if (planned.kind === "none") return tell(`Nothing was sent: ${planned.why}.`);
  if (planned.kind === "local")
    return showMarkdown(
      { file: name, at: new Date().toISOString(), title: planned.why, markdown: planned.markdown },
      parts.documents,
    );
  if (((await parts.key.get()) ?? (await parts.key.ask())) === undefined) return;
  if (!(await isConsentGiven(planned, parts.documents, parts.state))) return;
  const answer = await carryOut(planned.id, planned.host, parts);
  if (answer.kind === "reply") return;
  if (answer.kind === "problem") {
    if (answer.problem === "cancelled") return;
    return offerHelp(answer, parts.key);
  }
  const past: PastAudit = {
    at: new Date().toISOString(),
    file: name,
    title: `${name}: $${answer.spentUsd.toFixed(4)} spent`,
    markdown: answer.markdown,
  };
  await parts.history.add(past);
  await showMarkdown(past, parts.documents);
  await offerChanges(answer, editor.document, before, parts.documents);
}

function paramsFor(uri: vscode.Uri, task: AuditTask, focus: string | null): AuditPlanParams {
  const settings = vscode.workspace.getConfiguration("ecocompute.audit", uri);
  const level = settings.get<string>("level");
  return {
    uri: uri.toString(),
    task,
    focus,
    question: null,
    level: level === "2" ? 2 : level === "3" ? 3 : null,
    search: settings.get("search", false),
    baseUrl: settings.get("baseUrl", "https://generativelanguage.googleapis.com"),
    maxUsd: settings.get("maxUsd", 1),
    maxUsdPerDay: settings.get("maxUsdPerDay", 5),
    models: settings.get<readonly unknown[]>("models", []),
  };
}

function carryOut(id: number, host: string, { server, network }: AuditParts): Thenable<AuditAnswer> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: "Gemini audit",
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (progress, token) => {
    const listening = server.onAuditProgress((at: AuditProgress) => {
      if (at.id !== id) return;
      const phase = phases[at.phase] ?? at.phase;
      progress.report({ message: at.detail === "" ? phase : `${phase}: ${at.detail}` });
    });
    network.allow(id, host);
    token.onCancellationRequested(() => network.end(id));
    try {
      return await server.request<AuditRunParams, AuditAnswer>(auditRunMethod, { id }, token);
    } catch (error) {
      if (token.isCancellationRequested) return { kind: "problem", problem: "cancelled", message: "" };
      throw error;
    } finally {
      network.end(id);
      listening.dispose();
    }
  });
}

async function offerHelp(
  { problem, message }: Extract<AuditAnswer, { readonly kind: "problem" }>,
  key: ApiKey,
): Promise<void> {
  const help =
    problem === "wrong-key" || problem === "no-permission" || problem === "no-credit" ? ["Set Key"] : [];
  const choice = await vscode.window.showErrorMessage(`EcoCompute: ${message}`, ...help);
  if (choice === "Set Key") await key.ask();
}

/** A report as the editor previews Markdown: without scripts, and without images of the network. */
async function showMarkdown({ file, at, markdown }: PastAudit, documents: AuditDocuments): Promise<void> {
  const uri = documents.add(`audit of ${file} ${at.slice(0, 16).replace(":", "")}.md`, markdown);
  await vscode.commands.executeCommand("markdown.showPreviewToSide", uri);
}

/** Each change that holds can be looked at beside the file; only the user applies it. */
async function offerChanges(
  { changes }: Extract<AuditAnswer, { readonly kind: "report" }>,
  document: vscode.TextDocument,
  before: string,
  documents: AuditDocuments,
): Promise<void> {
  if (changes.length === 0) return;
  const picked = await vscode.window.showQuickPick(
    changes.map((change) => ({ label: change.title, detail: change.says, change })),
    {
      title: "Changes to look at",
      placeHolder: "Opens a comparison; nothing is applied",
      ignoreFocusOut: true,
    },
  );
  if (picked === undefined) return;
  const name = document.uri.path.replace(/^.*\//, "");
  const proposed = documents.add(name, picked.change.text);
  await vscode.commands.executeCommand("vscode.diff", document.uri, proposed, `${name}: ${picked.label}`);
  if (document.getText() !== before)
    return tell(`${name} changed since the audit began: take over by hand what you want of the change.`);
  const choice = await vscode.window.showInformationMessage(
    `EcoCompute: apply “${picked.label}” to ${name}?`,
    "Apply",
  );
  if (choice !== "Apply") return;
  if (document.getText() !== before) return tell(`${name} changed meanwhile: nothing was applied.`);
  await apply(document, picked.change.text);
}

async function apply(document: vscode.TextDocument, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  const whole = new vscode.Range(document.positionAt(0), document.positionAt(document.getText().length));
  edit.replace(document.uri, whole, text);
  await vscode.workspace.applyEdit(edit);
}

/** Opens an audit of the past, or two of them side by side. */
export async function showHistory(parts: AuditParts): Promise<void> {
  const all = parts.history.all();
  if (all.length === 0) return tell("No audit was made in this workspace yet.");
  const picked = await vscode.window.showQuickPick(
    all.map((past) => ({ label: past.title, description: past.at.slice(0, 16).replace("T", " "), past })),
    {
      title: "Audits of this workspace",
      placeHolder: "Pick one to read, or two to compare",
      canPickMany: true,
    },
  );
  const [first, second] = picked ?? [];
  if (first === undefined) return;
  if (second === undefined) return showMarkdown(first.past, parts.documents);
  const [newer, older] = [first.past, second.past].map((past) =>
    parts.documents.add(`${past.file}.md`, past.markdown),
  );
  await vscode.commands.executeCommand("vscode.diff", older, newer, `${second.label} ↔ ${first.label}`);
}

const tell = (message: string): void => void vscode.window.showInformationMessage(`EcoCompute: ${message}`);
