import * as vscode from "vscode";
import { type AuditSpending, auditSpendingMethod } from "../../../server/src/protocol/audit.ts";
import { pythonEditor } from "../documents.ts";
import type { AuditsView, PastHead, SpendingView } from "../panel/audit-messages.ts";
import type { Server } from "../server.ts";
import type { ApiKey } from "./api-key.ts";
import type { AuditHistory } from "./audit-history.ts";
import { auditCaps } from "./audit-params.ts";
import type { PastAudit } from "./past-audit.ts";

interface Sources {
  readonly server: Server;
  readonly key: ApiKey;
  readonly history: AuditHistory;
}

interface Now extends Pick<AuditsView, "running" | "problem"> {
  readonly openIds: readonly string[];
}

/** What the panel shows of audits at this moment. */
export async function auditsView({ server, key, history }: Sources, now: Now): Promise<AuditsView> {
  const document = pythonEditor()?.document.uri;
  const all = await history.all();
  const open = now.openIds.flatMap((id) => all.find((each) => each.id === id) ?? []);
  return {
    readiness: !vscode.workspace.isTrusted
      ? "restricted"
      : needsKey(document) && (await key.get()) === undefined
        ? "no-key"
        : "ready",
    file: document === undefined ? null : document.path.replace(/^.*\//, ""),
    running: now.running,
    problem: now.problem,
    past: all.map(head),
    unreadable: (await history.unreadable()).length,
    open: open.toSorted((a, b) => (a.audit.at < b.audit.at ? -1 : 1)),
    spending: await spending(server, document),
  };
}

/** Credentials of Google Cloud and models of the editor are not ours to look at beforehand. */
const needsKey = (uri: vscode.Uri | undefined): boolean =>
  vscode.workspace.getConfiguration("ecocompute.audit", uri).get("provider", "gemini") === "gemini";

const head = ({ id, audit, replies }: PastAudit): PastHead => ({
  id,
  file: audit.file,
  at: audit.at,
  level: audit.level,
  model: audit.model,
  spentUsd: replies.reduce((sum, { spentUsd }) => sum + spentUsd, audit.spentUsd),
  questions: replies.length,
  saving: audit.saving?.percent ?? null,
});

/** The record of the machine; `null` while the server is down or the record cannot be read. */
async function spending(server: Server, document: vscode.Uri | undefined): Promise<SpendingView | null> {
  const told = await server.request<null, AuditSpending>(auditSpendingMethod, null).catch(() => undefined);
  if (told?.kind !== "spending") return null;
  const { todayUsd, totalUsd, levels, isUpperBound } = told;
  const { perAuditUsd, perDayUsd } = auditCaps(document);
  return {
    todayUsd,
    capPerDayUsd: perDayUsd,
    capPerAuditUsd: perAuditUsd,
    totalUsd,
    levels: levels.map(({ level, requests, percent }) => ({ level, requests, percent })),
    isUpperBound,
  };
}
