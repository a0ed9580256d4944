import * as vscode from "vscode";
import {
  type AuditAnswer,
  type AuditPlan,
  type AuditProvider,
  type AuditRunParams,
  auditRunMethod,
} from "../../../server/src/protocol/audit.ts";
import type { ShownStep } from "../../../server/src/report/shown-audit.ts";
import type { Server } from "../server.ts";
import type { AuditNetwork } from "./audit-network.ts";
import type { EditorModels } from "./editor-models.ts";

type Plan = Extract<AuditPlan, { readonly kind: "plan" }>;

/** A plan that a person agreed to, and who is asked. */
export interface Agreed {
  readonly plan: Plan;
  readonly provider: AuditProvider;
}

interface CarryOutParts {
  readonly server: Server;
  readonly network: AuditNetwork;
  readonly editorModels: EditorModels;
}

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
  { plan: { id, host }, provider }: Agreed,
  title: string,
  { server, network, editorModels }: CarryOutParts,
  source: vscode.CancellationTokenSource,
  running: Running,
): Thenable<AuditAnswer> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (progress, notified) => {
    const { token } = source;
    const end = (): void => {
      network.end(id);
      editorModels.end(id);
    };
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
      token.onCancellationRequested(end),
    );
    if (provider.kind === "editor") editorModels.allow(id, provider.model);
    else network.allow(id, host, provider);
    try {
      return await server.request<AuditRunParams, AuditAnswer>(auditRunMethod, { id }, token);
    } catch (error) {
      if (token.isCancellationRequested) return cancelled;
      throw error;
    } finally {
      end();
      listening.dispose();
    }
  });
}

const cancelled: AuditAnswer = {
  kind: "problem",
  problem: "cancelled",
  message: "The audit was cancelled. What was used until then counts as spent.",
};
