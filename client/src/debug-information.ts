import * as vscode from "vscode";
import {
  type DebugInformation,
  type DebugInformationParams,
  debugInformationMethod,
} from "../../server/src/protocol/debug-information.ts";
import { pythonEditor } from "./documents.ts";
import { messageOf } from "./logs.ts";
import type { Server } from "./server.ts";

/** Opens an unsaved document with what a bug report needs; it holds no source text. */
export async function printDebugInformation(context: vscode.ExtensionContext, server: Server): Promise<void> {
  const uri = pythonEditor()?.document.uri.toString();
  const content = [
    `EcoCompute: ${String(context.extension.packageJSON.version)}`,
    `VS Code: ${vscode.version} (${vscode.env.appName}, ${vscode.env.appHost})`,
    `Remote: ${vscode.env.remoteName ?? "no"}`,
    `Workspace trusted: ${vscode.workspace.isTrusted ? "yes" : "no"}`,
    `Workspace folders: ${vscode.workspace.workspaceFolders?.length ?? 0}`,
    `Extension host: Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    "",
    await serverText(server, uri === undefined ? {} : { uri }),
  ].join("\n");
  await vscode.window.showTextDocument(
    await vscode.workspace.openTextDocument({ content, language: "plaintext" }),
  );
}

async function serverText(server: Server, params: DebugInformationParams): Promise<string> {
  try {
    const answer = await server.request<DebugInformationParams, DebugInformation>(
      debugInformationMethod,
      params,
    );
    return answer.text;
  } catch (error) {
    return `Server: no answer (${messageOf(error)})`;
  }
}
