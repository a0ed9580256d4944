import * as vscode from "vscode";
import {
  type AuditAnswer,
  type AuditPlan,
  type AuditRunParams,
  auditRunMethod,
} from "../../../server/src/protocol/audit.ts";
import type { ShownStep } from "../../../server/src/report/shown-audit.ts";
import type { Server } from "../server.ts";
import type { AuditNetwork } from "./audit-network.ts";

type Plan = Extract<AuditPlan, { readonly kind: "plan" }>;

export interface Running {
  onPhase(phase: string, detail: string): void;
  onStep(step: ShownStep): void;
}

const phases: Readonly<Record<string, string>> = {
  thinking: "Thinking",
  searching: "Searching",
  computing: "Computing",
  correcting: "Correcting: every figure is checked",
  writing: "Writing",
  waiting: "Waiting",
};

/**
 * Carries out a plan that was consented to, with its progress in a notification that can cancel it. When the token is
 * cancelled the connection is closed at once.
 */
export function carryOut(
  { id, host }: Plan,
  title: string,
  { server, network }: { readonly server: Server; readonly network: AuditNetwork },
  source: vscode.CancellationTokenSource,
  running: Running,
): Thenable<AuditAnswer> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (progress, notified) => {
    const { token } = source;
    const listening = vscode.Disposable.from(
      server.onAuditProgress((at) => {
        if (at.id !== id) return;
        const phase = phases[at.phase] ?? at.phase;
        progress.report({ message: at.detail === "" ? phase : `${phase}: ${at.detail}` });
        running.onPhase(phase, at.detail);
      }),
      server.onAuditStep((at) => {
        if (at.id === id) running.onStep(at.step);
      }),
      notified.onCancellationRequested(() => source.cancel()),
      token.onCancellationRequested(() => network.end(id)),
    );
    network.allow(id, host);
    try {
      return await server.request<AuditRunParams, AuditAnswer>(auditRunMethod, { id }, token);
    } catch (error) {
      if (token.isCancellationRequested) return cancelled;
      throw error;
    } finally {
      network.end(id);
      listening.dispose();
    }
  });
}

const cancelled: AuditAnswer = {
  kind: "problem",
  problem: "cancelled",
  message: "The audit was cancelled. What was used until then counts as spent.",
};
