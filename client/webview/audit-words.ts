import { amount } from "../../server/src/base/amount.ts";
import type { ShownClaim, ShownInterval, ShownRecommendation } from "../../server/src/report/shown-audit.ts";
import type { PastHead, SpendingView } from "../src/panel/audit-messages.ts";

/** A figure in words: counts in full, percentages as they are, everything else with three digits. */
export function figure(value: number, unit: string): string {
  if (unit === "") return value.toLocaleString("en-US");
  if (unit === "%") return `${rounded(value)} %`;
  const per = / per .*$/.exec(unit)?.[0] ?? "";
  return amount(value, unit.slice(0, unit.length - per.length)) + per;
}

/** The bounds of an interval in words; empty for a figure that is exact. */
export function bounds({ low, high }: ShownInterval, unit: string): string {
  return low === high ? "" : `${figure(low, unit)} to ${figure(high, unit)}`;
}

export const rounded = (value: number): string => String(Number(value.toFixed(Math.abs(value) < 10 ? 1 : 0)));

/** Agreement in words, so that nobody has to see a color. */
export const claimWords: Readonly<Record<ShownClaim["verdict"], string>> = {
  agrees: "agrees",
  disagrees: "disagrees",
  "not computed": "not computed",
};

export const dollars = (usd: number): string => `$${usd > 0 && usd < 0.1 ? usd.toFixed(4) : usd.toFixed(2)}`;

/** `2026-11-22 21:05` in the time zone of the reader. */
export function moment(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

const risks: Readonly<Record<ShownRecommendation["accuracyRisk"], string>> = {
  none: "No risk for accuracy, as the model says",
  low: "Low risk for accuracy, as the model says",
  medium: "Medium risk for accuracy, as the model says",
  high: "High risk for accuracy, as the model says",
};

export function riskText({ accuracyRisk, accuracyDropPercent }: ShownRecommendation): string {
  const drop = accuracyDropPercent === null ? "" : `; a drop of ${rounded(accuracyDropPercent)} %`;
  return `${risks[accuracyRisk]}${drop}.`;
}

const bases: Readonly<Record<ShownRecommendation["gain"]["basis"], string>> = {
  computed: "; the figure of the engine stands above.",
  cited: ", cited.",
  claimed: ": claimed, not checked.",
  none: ".",
};

/** What the model expects of a change, and what that rests on. Empty where it expects nothing. */
export const gainText = ({ gain: { percent, basis } }: ShownRecommendation): string =>
  percent === null ? "" : `The model expects to save ${rounded(percent)} %${bases[basis]}`;

/** What a change does to the model, as far as it says so. */
export function changeText({ changesParameters, changesOutput }: ShownRecommendation): string {
  const changed = [
    ...(changesParameters ? ["the number of parameters"] : []),
    ...(changesOutput ? ["the shape of the output"] : []),
  ];
  return changed.length === 0 ? "" : `Changes ${changed.join(" and ")}.`;
}

export function headText({ at, level, model, spentUsd, questions, saving }: PastHead): string {
  const asked = questions === 0 ? "" : `, ${questions} ${questions === 1 ? "question" : "questions"}`;
  const saved = saving === null ? "no saving computed" : `saves ${rounded(saving)} %`;
  return `${moment(at)}, level ${level} (${model}), ${dollars(spentUsd)}${asked}, ${saved}`;
}

const levelNames = {
  1: "rules and engine, free",
  2: "light model",
  3: "strong model",
} as const;

export function spendingText(spending: SpendingView): readonly string[] {
  const { todayUsd, capPerDayUsd, capPerAuditUsd, totalUsd, levels, isUpperBound } = spending;
  const most = isUpperBound ? " at most" : "";
  const requests = levels.reduce((sum, each) => sum + each.requests, 0);
  return [
    `Spent today: ${dollars(todayUsd)} of ${dollars(capPerDayUsd)}. One audit can cost up to ${dollars(capPerAuditUsd)}. In all: ${dollars(totalUsd)}${most}.`,
    requests === 0
      ? "No requests yet."
      : `Requests by level: ${levels.map(({ level, percent }) => `${level} (${levelNames[level]}) ${Math.round(percent)} %`).join(", ")}.`,
  ];
}
