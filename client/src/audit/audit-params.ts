import * as vscode from "vscode";
import type {
  AuditPlanParams,
  AuditProvider,
  AuditTask,
  FollowUp,
} from "../../../server/src/protocol/audit.ts";

/** What a person wants to know of a document. */
export interface AuditRequest {
  readonly uri: vscode.Uri;
  readonly task: AuditTask;
  /** The selected code, the name of the model, or the finding in words. */
  readonly focus: string | null;
  /** What the person wants to know in particular. */
  readonly question?: string;
  /** A model is to answer although rules and engine could. */
  readonly isForced?: boolean;
  readonly followUp?: { readonly question: string; readonly before: FollowUp };
}

const levels: Readonly<Record<string, 2 | 3>> = { "2": 2, "3": 3 };

/** The request as the settings of its document have it. */
export function planParams(
  { uri, task, focus, question, isForced, followUp }: AuditRequest,
  provider: AuditProvider,
): AuditPlanParams {
  const settings = vscode.workspace.getConfiguration("ecocompute.audit", uri);
  const caps = auditCaps(uri);
  return {
    uri: uri.toString(),
    task,
    focus,
    question: followUp?.question ?? question ?? null,
    level: levels[settings.get("level", "auto")] ?? (isForced === true ? 2 : null),
    search: settings.get("search", false),
    baseUrl: settings.get("baseUrl", google),
    maxUsd: caps.perAuditUsd,
    maxUsdPerDay: caps.perDayUsd,
    models: settings.get<readonly unknown[]>("models", []),
    provider,
    ...(followUp !== undefined && { followUp: followUp.before }),
  };
}

const google = "https://generativelanguage.googleapis.com";

/** Where a provider is asked, as the server has it: an address of one's own comes first. */
export function hostOf(provider: AuditProvider, baseUrl: string): string {
  if (provider.kind !== "vertex" || baseUrl !== google) return new URL(baseUrl).host;
  return provider.location === "global"
    ? "aiplatform.googleapis.com"
    : `${provider.location}-aiplatform.googleapis.com`;
}

/** USD. */
export function auditCaps(uri: vscode.Uri | undefined): {
  readonly perAuditUsd: number;
  readonly perDayUsd: number;
} {
  const settings = vscode.workspace.getConfiguration("ecocompute.audit", uri);
  return { perAuditUsd: settings.get("maxUsd", 1), perDayUsd: settings.get("maxUsdPerDay", 5) };
}
