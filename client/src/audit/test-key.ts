import * as vscode from "vscode";
import {
  type AuditTestAnswer,
  type AuditTestParams,
  auditTestMethod,
  auditTestPlan,
} from "../../../server/src/protocol/audit.ts";
import type { Server } from "../server.ts";
import type { ApiKey } from "./api-key.ts";
import type { AuditNetwork } from "./audit-network.ts";
import { hostOf } from "./audit-params.ts";
import { providerOfSettings } from "./choose-provider.ts";
import type { EditorModels } from "./editor-models.ts";

export interface TestKeyParts {
  readonly server: Server;
  readonly key: ApiKey;
  readonly network: AuditNetwork;
  readonly editorModels: EditorModels;
}

/** Asks whether the key, or the credentials, are accepted: a word is counted, no code is sent, nothing is billed. */
export async function testKey({ server, key, network, editorModels }: TestKeyParts): Promise<void> {
  const uri = vscode.window.activeTextEditor?.document.uri;
  const provider = await providerOfSettings(uri, editorModels);
  if (provider.kind === "problem") return warn(provider.message);
  if (provider.kind === "gemini" && ((await key.get()) ?? (await key.ask())) === undefined) return;
  const settings = vscode.workspace.getConfiguration("ecocompute.audit", uri);
  const baseUrl = settings.get("baseUrl", "https://generativelanguage.googleapis.com");
  const models = settings.get<readonly unknown[]>("models", []);
  const host = hostOf(provider, baseUrl);
  if (!isGoogle(host) && !(await mayHaveKey(host))) return;
  network.allow(auditTestPlan, host, provider);
  try {
    const params: AuditTestParams = { baseUrl, models, provider };
    const answer = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: "Testing the key of Gemini" },
      () => server.request<AuditTestParams, AuditTestAnswer>(auditTestMethod, params),
    );
    if (answer.kind === "accepted")
      void vscode.window.showInformationMessage(`EcoCompute: ${answer.message}`);
    else warn(answer.message);
  } finally {
    network.end(auditTestPlan);
  }
}

const isGoogle = (host: string): boolean => host.endsWith(".googleapis.com");

/** Settings of a folder may name an address; whoever is there gets the key. */
async function mayHaveKey(host: string): Promise<boolean> {
  const send = "Send the Key";
  const choice = await vscode.window.showWarningMessage(
    `Send your key to ${host}?`,
    {
      modal: true,
      detail: "The setting ecocompute.audit.baseUrl names this address, which is not Google's.",
    },
    send,
  );
  return choice === send;
}

const warn = (message: string): void => void vscode.window.showWarningMessage(`EcoCompute: ${message}`);
