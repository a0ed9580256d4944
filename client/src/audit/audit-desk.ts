import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import {
  type AuditAnswer,
  type AuditPlan,
  type AuditPlanParams,
  type AuditProvider,
  type AuditTask,
  auditPlanMethod,
} from "../../../server/src/protocol/audit.ts";
import { addStep, type ShownReply } from "../../../server/src/report/shown-audit.ts";
import { pythonEditor } from "../documents.ts";
import type { AuditsView, AuditToPanel, RunningAudit } from "../panel/audit-messages.ts";
import type { Server } from "../server.ts";
import type { ApiKey } from "./api-key.ts";
import type { AuditDocuments } from "./audit-documents.ts";
import type { AuditHistory } from "./audit-history.ts";
import type { AuditNetwork } from "./audit-network.ts";
import { type AuditRequest, planParams } from "./audit-params.ts";
import { auditsView } from "./audits-view.ts";
import { type Agreed, carryOut } from "./carry-out.ts";
import { providerOfSettings, providerWithoutKey } from "./choose-provider.ts";
import { isConsentGiven } from "./consent.ts";
import type { EditorModels } from "./editor-models.ts";
import type { PastAudit } from "./past-audit.ts";

export interface AuditParts {
  readonly server: Server;
  readonly key: ApiKey;
  readonly network: AuditNetwork;
  readonly editorModels: EditorModels;
  readonly documents: AuditDocuments;
  readonly history: AuditHistory;
  readonly state: vscode.Memento;
}

/** Audits of a window: one at a time, those that were made, and what the panel shows of them. */
export interface AuditDesk extends vscode.Disposable {
  readonly onMessage: vscode.Event<AuditToPanel>;
  view(): Promise<AuditsView>;
  /** Plans an audit, asks for consent, carries it out and keeps the report. */
  audit(task: AuditTask, focus: string | null, uri?: vscode.Uri, question?: string): Promise<void>;
  /** A question in the conversation of an audit; asks for consent by the same rules. */
  ask(id: string, question: string): Promise<void>;
  cancel(): void;
  /** Shows these audits in the panel, which is there. */
  open(ids: readonly string[]): Promise<void>;
  /** Shows the panel with the list of all audits. */
  showAll(): Promise<void>;
  find(id: string): Promise<PastAudit | undefined>;
  remove(id: string): Promise<void>;
  removeUnreadable(): Promise<void>;
  dismiss(): Promise<void>;
  /** What is shown depends on something that changed: the key, trust, the file in front. */
  refresh(): Promise<void>;
}

/** @param reveal shows the audits in the report panel. */
export function createAuditDesk(parts: AuditParts, reveal: () => void): AuditDesk {
  const messages = new vscode.EventEmitter<AuditToPanel>();
  /** Plans by the audits that came of them: as long as the server lives it knows their conversations. */
  const planOf = new Map<string, number>();
  let running: RunningAudit | undefined;
  let source: vscode.CancellationTokenSource | undefined;
  let isPlanning = false;
  /** Nothing is read for a panel that was never opened. */
  let isViewed = false;
  let problem: AuditsView["problem"] = null;
  let openIds: readonly string[] = [];

  const view = (): Promise<AuditsView> => {
    isViewed = true;
    return auditsView(parts, { running: running ?? null, problem, openIds });
  };
  const refresh = async (): Promise<void> => {
    if (isViewed) messages.fire({ kind: "audits", view: await view() });
  };
  const find = async (id: string): Promise<PastAudit | undefined> =>
    (await parts.history.all()).find((each) => each.id === id);

  const begin = async (agreed: Agreed, title: string, follows: string | null): Promise<AuditAnswer> => {
    const { model, level, host, mostUsd } = agreed.plan;
    source = new vscode.CancellationTokenSource();
    problem = null;
    running = { title, follows, model, level, host, mostUsd, phase: "Thinking", detail: "", steps: [] };
    reveal();
    await refresh();
    try {
      return await carryOut(agreed, title, parts, source, {
        onPhase(phase, detail) {
          if (running !== undefined) running = { ...running, phase, detail };
          messages.fire({ kind: "audit-phase", phase, detail });
        },
        onStep(step) {
          if (running !== undefined) running = { ...running, steps: addStep(running.steps, step) };
          messages.fire({ kind: "audit-step", step });
        },
      });
    } finally {
      running = undefined;
      source.dispose();
      source = undefined;
    }
  };

  const carry = async (
    request: AuditRequest,
    title: string,
    follows: string | null,
  ): Promise<Done | undefined> => {
    if (running !== undefined || isPlanning) {
      tell("Another audit is under way: wait for it, or cancel it.");
      return undefined;
    }
    isPlanning = true;
    const agreed = await planned(request, parts).finally(() => {
      isPlanning = false;
    });
    if (agreed === undefined) return undefined;
    if ("answeredHere" in agreed)
      return (await asksAnyway(agreed.answeredHere))
        ? carry({ ...request, isForced: true }, title, follows)
        : undefined;
    const answer = await begin(agreed, title, follows);
    if (answer.kind !== "problem") return { plan: agreed.plan, answer };
    problem = { message: answer.message, isAboutKey: keyProblems.has(answer.problem) };
    await refresh();
    if (answer.problem !== "cancelled") void offerHelp(answer.message, problem.isAboutKey, parts.key);
    return undefined;
  };

  return {
    onMessage: messages.event,
    view,
    refresh,
    async audit(task, focus, uri, question) {
      const about = uri ?? pythonEditor()?.document.uri;
      if (about === undefined) return tell("Open a Python file first.");
      const name = about.path.replace(/^.*\//, "");
      const done = await carry(
        { uri: about, task, focus, ...(question !== undefined && { question }) },
        `Gemini audit of ${name}`,
        null,
      );
      if (done?.answer.kind !== "report") return;
      const audit: PastAudit = {
        id: randomUUID(),
        uri: about.toString(),
        audit: done.answer.shown,
        replies: [],
      };
      planOf.set(audit.id, done.plan.id);
      await parts.history.put(audit);
      openIds = [audit.id];
      await refresh();
    },
    async ask(id, question) {
      const past = await find(id);
      if (past === undefined) return tell("This audit is no longer kept.");
      const uri = vscode.Uri.parse(past.uri);
      // The server reads what is open.
      await vscode.workspace.openTextDocument(uri);
      const { steps: _, ...report } = past.audit;
      const before = {
        audit: planOf.get(id) ?? 0,
        report: JSON.stringify(report),
        turns: past.replies.map((each) => ({ question: each.question, answer: each.answer })),
      };
      const title = `Gemini on ${past.audit.file}`;
      const done = await carry(
        { uri, task: "follow-up", focus: null, followUp: { question, before } },
        title,
        id,
      );
      if (done?.answer.kind !== "reply") return;
      const reply: ShownReply = done.answer.reply;
      await parts.history.put({ ...past, replies: [...past.replies, reply] });
      await refresh();
    },
    cancel: () => source?.cancel(),
    async open(ids) {
      openIds = ids;
      await refresh();
    },
    async showAll() {
      openIds = [];
      reveal();
      await refresh();
    },
    find,
    async remove(id) {
      await parts.history.remove(id);
      openIds = openIds.filter((each) => each !== id);
      await refresh();
    },
    async removeUnreadable() {
      await parts.history.removeUnreadable();
      await refresh();
    },
    async dismiss() {
      problem = null;
      await refresh();
    },
    dispose() {
      source?.cancel();
      messages.dispose();
    },
  };
}

type Plan = Extract<AuditPlan, { readonly kind: "plan" }>;

interface Done {
  readonly plan: Plan;
  readonly answer: Exclude<AuditAnswer, { readonly kind: "problem" }>;
}

/** Rules and engine have answered, and why they could. */
interface Local {
  readonly answeredHere: string;
}

async function asksAnyway(why: string): Promise<boolean> {
  const askAnyway = "Ask Gemini All the Same";
  const message = `EcoCompute: answered on this machine: ${why}.`;
  return (await vscode.window.showInformationMessage(message, askAnyway)) === askAnyway;
}

const keyProblems: ReadonlySet<string> = new Set(["wrong-key", "no-permission", "no-credit"]);

/** A plan that the person agreed to; `undefined` when there is nothing to send or nobody agreed. */
async function planned(request: AuditRequest, parts: AuditParts): Promise<Agreed | Local | undefined> {
  if (!vscode.workspace.isTrusted) {
    tell("Audits are off in Restricted Mode: nothing of this folder is sent.");
    return undefined;
  }
  const provider = await providerOfSettings(request.uri, parts.editorModels);
  if (provider.kind === "problem") {
    tell(provider.message);
    return undefined;
  }
  return agreedWith(request, provider, parts);
}

/** Plans with a provider; without a key another one may take its place, which is planned anew. */
async function agreedWith(
  request: AuditRequest,
  provider: AuditProvider,
  parts: AuditParts,
): Promise<Agreed | Local | undefined> {
  const plan = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: "Gemini audit: computing what the code costs" },
    () => parts.server.request<AuditPlanParams, AuditPlan>(auditPlanMethod, planParams(request, provider)),
  );
  if (plan.kind === "none") {
    tell(`Nothing was sent: ${plan.why}.`);
    return undefined;
  }
  if (plan.kind === "local") {
    const shown = parts.documents.add("answered on this machine.md", `${plan.markdown}\n`);
    await vscode.commands.executeCommand("markdown.showPreviewToSide", shown);
    return { answeredHere: plan.why };
  }
  if (provider.kind === "gemini" && (await parts.key.get()) === undefined) {
    const other = await providerWithoutKey(parts.key, parts.editorModels);
    if (other === undefined) return undefined;
    if (other.kind !== "gemini") return agreedWith(request, other, parts);
  }
  return (await isConsentGiven({ plan, provider }, parts.documents, parts.state))
    ? { plan, provider }
    : undefined;
}

async function offerHelp(message: string, isAboutKey: boolean, key: ApiKey): Promise<void> {
  const choice = await vscode.window.showErrorMessage(
    `EcoCompute: ${message}`,
    ...(isAboutKey ? ["Set Key"] : []),
  );
  if (choice === "Set Key") await key.ask();
}

const tell = (message: string): void => void vscode.window.showInformationMessage(`EcoCompute: ${message}`);
