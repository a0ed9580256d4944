import { openLedger } from "../../audit/open-ledger.ts";
import { spendingSummary } from "../../audit/spending-summary.ts";
import { readSpending, spendingRecord, writeSpending } from "../../host/spending-record.ts";
import { type AuditSpending, auditSpendingMethod } from "../../protocol/audit.ts";
import type { Handler } from "../handler.ts";

/** What audits have cost on this machine, in the editor and in the terminal. */
export const auditSpending: Handler = {
  capabilities: () => ({}),
  register({ connection }) {
    connection.onRequest<AuditSpending, unknown>(auditSpendingMethod, spending);
  },
};

function spending(): AuditSpending {
  const caps = { perAuditUsd: 0, perDayUsd: 0 };
  try {
    const { entries } = openLedger(readSpending, writeSpending, caps, spendingRecord());
    return { kind: "spending", ...spendingSummary(entries, new Date().toISOString().slice(0, 10)) };
  } catch (error) {
    return { kind: "unreadable", why: error instanceof Error ? error.message : String(error) };
  }
}
