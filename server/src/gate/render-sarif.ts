import { version } from "../base/version.ts";
import type { DetailedFinding } from "../report/detailed-report.ts";
import { renderSarif, type SarifRule } from "../report/render-sarif.ts";
import { gatePage } from "../report/rule-page.ts";
import type { GateResult, Reason } from "./gate-result.ts";

const titles: Readonly<Record<Reason["budget"], string>> = {
  "monthly-increase": "The change costs more per month than is allowed",
  "monthly-increase-percent": "The change raises the monthly cost by more than is allowed",
  "monthly-total": "The models cost more per month than is allowed",
  "model-monthly": "A model costs more per month than is allowed",
  "energy-per-inference": "A model needs more energy than is allowed",
  "co2e-per-inference": "A model emits more CO2e than is allowed",
  "carbon-increase": "The change emits more CO2e per month than is allowed",
  "carbon-total": "The models emit more CO2e per month than is allowed",
  "memory-fit": "A model does not fit into the memory of the accelerator",
  "new-findings": "The change brings findings",
  incomplete: "A model could not be counted in full",
};

/**
 * New findings and exceeded budgets that stand in a file, for code scanning. Nothing that a language model said is in a
 * result, so nothing of that kind can get here.
 * @param root URI of the folder that paths start from, with `/` at its end.
 */
export function renderGateSarif(result: GateResult, root: string): ReturnType<typeof renderSarif> {
  const findings = [
    ...result.findings.new.map((each): DetailedFinding => ({ ...each, related: [], fixes: [] })),
    ...result.reasons
      .filter(({ budget, allowed }) => budget !== "new-findings" && allowed === null)
      .flatMap((reason) => findingOf(reason, result)),
  ];
  const rules = new Map(findings.map((each) => [each.rule, ruleOf(each)]));
  return renderSarif(
    {
      schema: "ecocompute.report/1",
      filesChecked: result.files.analyzed,
      findings,
      problems: result.notes.map(({ message, file }) => ({ file: file ?? "", message, range: undefined })),
    },
    { version, rules: [...rules.values()], complete: true, root },
  );
}

/** A budget of all models together stands at the first cause of the largest difference. */
function findingOf(reason: Reason, { models }: GateResult): readonly DetailedFinding[] {
  const cause = models.flatMap(({ causes }) => causes).find(({ side }) => side === "head");
  const [file, line] = reason.file === null ? [cause?.file, cause?.line] : [reason.file, reason.line ?? 1];
  if (file === undefined || line === undefined) return [];
  const rule = `gate-${reason.budget}`;
  return [
    {
      rule,
      severity: reason.level === "block" ? "error" : "warning",
      category: "energy",
      message: reason.decision,
      file,
      range: { start: { line: line - 1, character: 0 }, end: { line, character: 0 } },
      fix: "none",
      page: gatePage,
      related: [],
      // Figures change with every push; what stays is which budget and whose.
      fingerprint: `${rule}:${reason.model ?? "all"}`,
      fixes: [],
    },
  ];
}

function ruleOf({ rule, page: at, category, severity }: DetailedFinding): SarifRule {
  const title = Object.entries(titles).find(([budget]) => rule === `gate-${budget}`)?.[1] ?? rule;
  const text = `${title}. See ${at}`;
  return { id: rule, summary: title, markdown: text, text, page: at, category, severity };
}
