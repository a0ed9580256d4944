import { contradictionIn } from "./claim-logic.ts";
import type { EngineModel, Figure } from "./engine.ts";
import type { Claims } from "./model-report.ts";

/** A number of the model beside the engine's. */
export interface CheckedClaim {
  readonly name: keyof Claims;
  readonly unit: string;
  readonly claimed: number;
  readonly computed: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly verdict: "agrees" | "disagrees" | "not computed";
  readonly comment: string;
}

/** How far a claim may lie from a figure that is exact: rounding, and nothing else. */
const rounding = 0.02;

/** The engine's figures for what a model can claim. */
export interface Computed {
  readonly original: EngineModel | undefined;
  /** After the recommended edits that hold; `undefined` when none do. */
  readonly optimized: EngineModel | undefined;
}

/** Puts each claim beside what the engine computes. A claim is true within the interval of the engine. */
export function checkClaims(claims: Claims, computed: Computed): readonly CheckedClaim[] {
  return rows(computed).flatMap(({ name, unit, figure, why }): readonly CheckedClaim[] => {
    const claimed = claims[name];
    if (claimed === null) return [];
    const { value, low, high } = figure ?? unknown;
    const contradiction = contradictionIn(claims, name);
    const compared = { name, unit, claimed, computed: value, low, high };
    if (value === null || low === null || high === null) {
      const verdict = contradiction === undefined ? "not computed" : "disagrees";
      return [{ ...compared, verdict, comment: contradiction ?? why }];
    }
    const slack = Math.abs(value) * rounding;
    const isNear = Number.isFinite(claimed) && claimed >= low - slack && claimed <= high + slack;
    const comment = isNear ? (contradiction ?? "") : factorOf(claimed, value);
    return [{ ...compared, verdict: comment === "" ? "agrees" : "disagrees", comment }];
  });
}

interface Range {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

const unknown: Range = { value: null, low: null, high: null };
const exact = (value: number | null | undefined): Range | undefined =>
  value === null || value === undefined ? undefined : { value, low: value, high: value };

interface Row {
  readonly name: keyof Claims;
  readonly unit: string;
  readonly figure: Range | undefined;
  /** Why there is no figure, when there is none. */
  readonly why: string;
}

function rows({ original, optimized }: Computed): readonly Row[] {
  const whole = original?.complete === true ? original : undefined;
  const none =
    original === undefined
      ? "the engine found no model in this file"
      : "the engine cannot count all of this model";
  const noEdit = optimized === undefined ? "no recommended change could be applied and computed" : none;
  const saving = savingPercent(original, optimized);
  const row = (name: keyof Claims, unit: string, figure: Range | undefined, why = none): Row => ({
    name,
    unit,
    figure,
    why,
  });
  return [
    row("parameters", "", exact(whole?.parameters)),
    row("macs", "MAC", exact(whole?.macs)),
    row("latencySeconds", "s", whole?.latency),
    row("originalEnergyJoules", "J", whole?.energy),
    row("optimizedEnergyJoules", "J", optimized?.complete === true ? optimized.energy : undefined, noEdit),
    row("savingPercent", "%", saving, noEdit),
    row("savingPercentLow", "%", saving, noEdit),
    row("savingPercentHigh", "%", saving, noEdit),
    row(
      "carbonSavedGrams",
      "gCO2e per million",
      difference(original?.co2ePerMillion, optimized?.co2ePerMillion),
      noEdit,
    ),
    row(
      "costSavedUsdPerMillion",
      "USD per million",
      difference(original?.costPerMillion, optimized?.costPerMillion),
      noEdit,
    ),
  ];
}

/**
 * Saving of energy per inference in percent, so that a smaller batch is none. Both figures come from one model of the same device, so its error cancels in the ratio:
 * what is left is taken as a quarter of the saving, at least two points.
 */
export function savingPercent(
  before: EngineModel | undefined,
  after: EngineModel | undefined,
): (Range & { readonly value: number; readonly low: number; readonly high: number }) | undefined {
  const [from, to] = [perInference(before), perInference(after)];
  if (from === undefined || to === undefined || from <= 0) return undefined;
  if (before?.complete !== true || after?.complete !== true) return undefined;
  const value = (1 - to / from) * 100;
  const spread = Math.max(2, Math.abs(value) / 4);
  return { value, low: value - spread, high: value + spread };
}

const perInference = (model: EngineModel | undefined): number | undefined => {
  const joules = model?.energy.value;
  return typeof joules === "number" ? joules / Math.max(1, model?.batch ?? 1) : undefined;
};

function difference(before: Figure | undefined, after: Figure | undefined): Range | undefined {
  const [from, to] = [before?.value, after?.value];
  if (typeof from !== "number" || typeof to !== "number" || from === 0) return undefined;
  const value = from - to;
  const width = Math.max(relativeWidth(before), relativeWidth(after));
  return { value, low: value - Math.abs(value) * width, high: value + Math.abs(value) * width };
}

function relativeWidth(figure: Figure | undefined): number {
  const { value, low, high } = figure ?? unknown;
  if (value === null || low === null || high === null || value === 0) return 1;
  return Math.max(high - value, value - low) / Math.abs(value);
}

function factorOf(claimed: number, value: number): string {
  if (!Number.isFinite(claimed)) return "not a number";
  if (claimed === 0 || value === 0 || Math.sign(claimed) !== Math.sign(value)) return "another sign or zero";
  const factor = Math.abs(claimed / value);
  const shown = factor >= 1 ? factor : 1 / factor;
  return `${shown >= 10 ? Math.round(shown) : shown.toFixed(2)} times too ${factor >= 1 ? "high" : "low"}`;
}
