import { positionAt, type Span } from "../base/text.ts";
import { findAccelerator } from "../hardware/find-accelerator.ts";
import type { Saving } from "../report/saving.ts";
import type { CostJson } from "./cost-report.ts";
import type { Finding } from "./finding.ts";
import type { OptimizationJson } from "./optimization-report.ts";

/** A model of a file with what optimizations would save on it. */
export interface CostedModel {
  readonly estimate: {
    readonly name: string;
    /** Those that it runs. */
    readonly lines: readonly { readonly file: string; readonly line: number }[];
  };
  /** `null` while they are being computed. */
  readonly optimizations: readonly Pick<OptimizationJson, "id" | "saving">[] | null;
  readonly accelerator: string;
  readonly per: Saving["per"];
}

export const costedModel = (
  estimate: CostedModel["estimate"],
  optimizations: CostedModel["optimizations"],
  { scenario }: Pick<CostJson, "scenario">,
): CostedModel => ({
  estimate,
  optimizations,
  accelerator: nameOf(scenario.accelerator),
  per: scenario.mode === "train" ? "training sample" : "inference",
});

/** The user's own accelerators go by the name that the user gave them. */
function nameOf(id: string): string {
  const found = findAccelerator(id);
  return found.kind === "found" ? found.value.name : id;
}

/** The text that the lines of the models refer to. */
export interface CostedText {
  readonly file: string;
  /** Offsets at which its lines start. */
  readonly starts: readonly number[];
  /** Where a span of the findings stands in it; `undefined` where that was edited since. */
  spanIn(span: Span): Span | undefined;
}

/**
 * Findings with what their change saves, where the optimization that their rule names helps a model that runs the line.
 * A rule about the program as a whole speaks of the only model of its file.
 */
export function withSavings(
  findings: readonly Finding[],
  models: readonly CostedModel[],
  text: CostedText,
): readonly Finding[] {
  if (!models.some(({ optimizations }) => optimizations !== null)) return findings;
  return findings.map((finding) => {
    const { optimization } = finding.rule;
    if (optimization === undefined) return finding;
    const concerned =
      optimization.of === "program"
        ? models.length === 1
          ? models
          : []
        : runningLines(finding, models, text);
    const savings = concerned.flatMap((model) => savingOn(model, optimization.id));
    const [best] = savings.sort((a, b) => b.percent - a.percent);
    return best === undefined ? finding : { ...finding, saving: best };
  });
}

/** The models that run one of the lines of a finding. */
function runningLines(
  { span }: Finding,
  models: readonly CostedModel[],
  { file, starts, spanIn }: CostedText,
): readonly CostedModel[] {
  const there = spanIn(span);
  if (there === undefined) return [];
  const [first, last] = [positionAt(starts, there.start).line + 1, positionAt(starts, there.end).line + 1];
  return models.filter(({ estimate }) =>
    estimate.lines.some((each) => each.file === file && first <= each.line && each.line <= last),
  );
}

/** Less than a thousandth is what rounding makes of nothing; what costs is not told as a saving. */
function savingOn({ estimate, optimizations, accelerator, per }: CostedModel, id: string): readonly Saving[] {
  const found = optimizations?.find((each) => each.id === id);
  if (found === undefined || found.saving === null || found.saving.percent <= 0.1) return [];
  const { value, low, high, unit, percent, percentLow, percentHigh } = found.saving;
  return [
    { value, low, high, unit, percent, percentLow, percentHigh, accelerator, per, model: estimate.name },
  ];
}
