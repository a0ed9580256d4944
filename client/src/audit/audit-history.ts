import type * as vscode from "vscode";

/** An audit that was made. */
export interface PastAudit {
  /** ISO date and time. */
  readonly at: string;
  readonly file: string;
  readonly title: string;
  readonly markdown: string;
}

const name = "ecocompute.audits";
const mostAudits = 20;

/** The audits of a workspace, the newest first; kept by the editor, not in the workspace. */
export interface AuditHistory {
  all(): readonly PastAudit[];
  add(audit: PastAudit): Promise<void>;
}

export const createAuditHistory = (state: vscode.Memento): AuditHistory => {
  const all = (): readonly PastAudit[] => state.get<readonly PastAudit[]>(name, []);
  return { all, add: async (audit) => state.update(name, [audit, ...all()].slice(0, mostAudits)) };
};
