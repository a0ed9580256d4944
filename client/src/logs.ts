import * as vscode from "vscode";
import { createTraceChannel } from "./trace-channel.ts";

/** The three channels of the Output view. */
export interface Logs extends vscode.Disposable {
  /** What the extension itself does. */
  readonly client: vscode.LogOutputChannel;
  /** What the language server says. */
  readonly server: vscode.LogOutputChannel;
  /** The messages between the two, while `ecocompute.trace.server` asks for them. */
  readonly trace: vscode.LogOutputChannel;
}

export function createLogs(): Logs {
  const client = vscode.window.createOutputChannel("EcoCompute", { log: true });
  const server = vscode.window.createOutputChannel("EcoCompute Language Server", { log: true });
  const trace = createTraceChannel("EcoCompute Trace");
  return {
    client,
    server,
    trace,
    dispose: () => {
      for (const channel of [client, server, trace]) channel.dispose();
    },
  };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
