import type { PastAudit } from "../src/audit/past-audit.ts";
import { moment } from "./audit-words.ts";
import { compareAudits } from "./compare-audits.ts";
import { table } from "./cost-section.ts";
import { element } from "./dom.ts";

/** Two audits in columns, the older first, with where they differ in words. */
export function auditComparison(older: PastAudit, newer: PastAudit): readonly HTMLElement[] {
  const headings = [
    "",
    `Older: ${older.audit.file}, ${moment(older.audit.at)}`,
    `Newer: ${newer.audit.file}, ${moment(newer.audit.at)}`,
    "Difference",
  ];
  return [
    element("h2", { tabindex: -1, id: "audit-title" }, "Two audits side by side"),
    ...compareAudits(older, newer).flatMap(({ title, rows }) => [
      element("h3", {}, title),
      table(
        `${title}, side by side`,
        ["Of what", ...headings.slice(1)],
        rows.map(({ name, cells, difference }) => [
          name,
          ...cells,
          element(
            "span",
            { class: difference === "" ? "quiet" : "differs" },
            difference === "" ? "same" : difference,
          ),
        ]),
        [],
      ),
    ]),
  ];
}
