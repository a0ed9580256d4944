import type { GateResult } from "./gate-result.ts";

/** What happened, in a few words without punctuation at the end. */
export function verdictText({ verdict, mode }: Pick<GateResult, "verdict" | "mode">): string {
  switch (verdict) {
    case "pass":
      return "within budget";
    case "warn":
      return "close to a budget";
    case "block":
      return mode === "block" ? "blocked, over budget" : "over budget (audit mode: nothing is blocked)";
  }
}

/** The change is of interest to people: without this a run stays silent. */
export const isWorthTelling = ({ verdict, models, findings, overrides }: GateResult): boolean =>
  verdict !== "pass" ||
  models.some(({ status }) => status !== "unchanged" && status !== "renamed") ||
  findings.new.length > 0 ||
  findings.fixed.length > 0 ||
  overrides.length > 0;
