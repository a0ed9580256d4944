import { applyTextEdits } from "../audit/apply-edits.ts";
import type { AuditReport } from "../audit/audit-report.ts";
import { visibleText } from "../audit/inert.ts";
import { renderAudit, verdictText } from "../audit/render-markdown.ts";
import { showAudit } from "../audit/show-audit.ts";
import type { AuditAnswer } from "../protocol/audit.ts";

type Reported = Extract<AuditAnswer, { readonly kind: "report" }>;

/** A report as the client gets it. @param text the file as the user has it. */
export const reportAnswer = (report: AuditReport, text: string): Reported => ({
  kind: "report",
  markdown: renderAudit(report),
  json: JSON.stringify(report),
  changes: changesOf(report, text),
  shown: showAudit(report),
  spentUsd: report.spentUsd,
});

/**
 * What can be offered, applied to the file as the user has it: what was sent lacks its secrets. A change of lines that
 * held some cannot be applied and is not offered.
 */
function changesOf({ recommendations, criticalBugs }: AuditReport, text: string): Reported["changes"] {
  const all = [
    ...criticalBugs.map(({ what, verdict, edits }) => ({ title: what, verdict, edits })),
    ...recommendations.map(({ title, verdict, edits }) => ({ title, verdict, edits })),
  ];
  return all.flatMap(({ title, verdict, edits }) => {
    const applied = applyTextEdits(text, edits);
    const isOffered = verdict.kind === "holds" || verdict.kind === "unproven";
    return isOffered && applied.kind === "applied"
      ? [{ title: visibleText(title), says: verdictText(verdict), text: applied.text }]
      : [];
  });
}
