import type {
  ShownAudit,
  ShownBug,
  ShownCitation,
  ShownClaim,
  ShownEdit,
  ShownFigure,
  ShownInterval,
  ShownRecommendation,
  ShownStep,
  ShownVerdict,
} from "../report/shown-audit.ts";
import type { AuditEvent } from "./audit-event.ts";
import type { AuditReport, CheckedCitation, CheckedRecommendation } from "./audit-report.ts";
import type { CheckedClaim } from "./check-claims.ts";
import type { Verdict } from "./check-recommendation.ts";
import type { EngineModel, Figure } from "./engine.ts";
import { visibleText } from "./inert.ts";
import type { TextEdit } from "./model-report.ts";

/** The report as plain data to be shown: nothing hides in its texts, and only what a search returned leads anywhere. */
export function showAudit(report: AuditReport): ShownAudit {
  const { original, saving } = report;
  return {
    schema: "ecocompute.shown-audit/1",
    file: line(report.file),
    at: report.at,
    level: report.level,
    model: line(report.model),
    scenario: line(report.scenario),
    summary: visibleText(report.summary),
    energyModel: visibleText(report.energyModel),
    subject: original === null ? null : line(original.name),
    isComplete: original?.complete === true,
    figures: figures(report),
    saving: saving === null ? null : savingOf(saving),
    claims: report.claims.map(claim),
    assumptions: report.assumptions.map(line),
    citations: report.citations.map(citation),
    breakdown: report.breakdown
      .slice(0, 15)
      .map(({ component, share }) => ({ component: line(component), share })),
    comments: report.comments.map(({ component, sharePercent, computedPercent, verdict, comment }) => ({
      component: line(component),
      sharePercent,
      computedPercent,
      verdict,
      comment: line(comment),
    })),
    recommendations: report.recommendations.map(recommendation),
    together: plain(report.optimizedEdits),
    criticalBugs: report.criticalBugs.map(bug),
    benchmark:
      report.benchmark === null
        ? null
        : {
            name: line(report.benchmark.name),
            figure: line(report.benchmark.figure),
            citation: report.benchmark.citation === null ? null : citation(report.benchmark.citation),
          },
    steps: report.trace.steps.map(showStep),
    spentUsd: report.spentUsd,
    notes: report.notes.map(line),
  };
}

/** One line: what stands in a list or a table does not break out of it. */
const line = (text: string): string => visibleText(text).replace(/\s+/g, " ").trim();

function figures({ original, optimized }: AuditReport): readonly ShownFigure[] {
  if (original === null) return [];
  const row = (
    name: string,
    unit: string,
    pick: (model: EngineModel) => ShownInterval | null,
  ): ShownFigure => ({
    name,
    unit,
    before: pick(original),
    after: optimized === null ? null : pick(optimized),
  });
  const batch = `of a batch of ${original.batch}`;
  return [
    row("Parameters", "", ({ parameters }) => exact(parameters)),
    row("MACs", "MACs", ({ macs }) => exact(macs)),
    row("FLOPs of everything else", "FLOPs", ({ flops }) => exact(flops)),
    row(`Time ${batch}`, original.latency.unit, ({ latency }) => interval(latency)),
    row(`Energy ${batch}`, original.energy.unit, ({ energy }) => interval(energy)),
    row("Cost of a million inferences", original.costPerMillion.unit, ({ costPerMillion }) =>
      interval(costPerMillion),
    ),
    row("CO2e of a million inferences", original.co2ePerMillion.unit, ({ co2ePerMillion }) =>
      interval(co2ePerMillion),
    ),
  ];
}

const exact = (value: number | null): ShownInterval | null =>
  value === null ? null : { value, low: value, high: value };

const interval = ({ value, low, high }: Figure): ShownInterval | null =>
  value === null || low === null || high === null ? null : { value, low, high };

const savingOf = ({
  percent,
  low,
  high,
  joules,
  carbonGramsPerMillion,
  usdPerMillion,
}: NonNullable<AuditReport["saving"]>): ShownAudit["saving"] => ({
  percent,
  low,
  high,
  joules,
  carbonGrams: carbonGramsPerMillion,
  usd: usdPerMillion,
});

const claim = ({ name, unit, claimed, computed, low, high, verdict, comment }: CheckedClaim): ShownClaim => ({
  name: claimNames[name],
  unit: unit === "MAC" ? "MACs" : unit,
  claimed,
  computed: computed === null || low === null || high === null ? null : { value: computed, low, high },
  verdict,
  comment: line(comment),
});

const claimNames: Readonly<Record<CheckedClaim["name"], string>> = {
  originalEnergyJoules: "Energy as it is",
  optimizedEnergyJoules: "Energy with the changes",
  savingPercent: "Saving",
  savingPercentLow: "Saving at least",
  savingPercentHigh: "Saving at most",
  carbonSavedGrams: "Carbon saved",
  costSavedUsdPerMillion: "Cost saved",
  parameters: "Parameters",
  macs: "MACs",
  latencySeconds: "Time",
};

const citation = ({ title, uri, supports, isGrounded }: CheckedCitation): ShownCitation => ({
  title: line(title),
  address: line(uri),
  supports: line(supports),
  href: isGrounded ? linkTo(uri) : null,
});

const linkTo = (uri: string): string | null => (/^https:\/\/[^\s<>()"']+$/.test(uri) ? uri : null);

function recommendation(each: CheckedRecommendation): ShownRecommendation {
  return {
    title: line(each.title),
    category: each.category,
    why: line(each.why),
    verdict: showVerdict(each.verdict),
    gain: { percent: each.gainPercent, basis: each.gainBasis },
    citation: each.citation === null ? null : citation(each.citation),
    accuracyRisk: each.accuracyRisk,
    accuracyDropPercent: each.accuracyDropPercent,
    changesParameters: each.changesParameters,
    changesOutput: each.changesOutput,
    edits: offered(each.verdict, each.edits),
  };
}

const bug = ({ line: at, what, fix, verdict, edits }: AuditReport["criticalBugs"][number]): ShownBug => ({
  line: at,
  what: line(what),
  fix: line(fix),
  verdict: showVerdict(verdict),
  edits: offered(verdict, edits),
});

/** An edit with characters that hide is not what a person would see of it, so it is not offered. */
const offered = (verdict: Verdict, edits: readonly TextEdit[]): readonly ShownEdit[] =>
  verdict.kind === "holds" || verdict.kind === "unproven" ? plain(edits) : [];

const plain = (edits: readonly TextEdit[]): readonly ShownEdit[] =>
  edits.every(isPlain) ? edits.map(({ find, replace }) => ({ find, replace })) : [];

const isPlain = ({ find, replace }: TextEdit): boolean =>
  [find, replace].every((text) => visibleText(text) === text.replaceAll("\r", ""));

function showVerdict(verdict: Verdict): ShownVerdict {
  switch (verdict.kind) {
    case "holds":
      return {
        kind: "holds",
        text: `Saves ${verdict.savingPercent.toFixed(1)} % (${verdict.low.toFixed(1)} to ${verdict.high.toFixed(1)} %), computed.${lessText(verdict.less)}`,
      };
    case "unproven":
      return { kind: "unproven", text: `Not proven: ${line(verdict.why)}.` };
    case "dropped":
      return { kind: "dropped", text: `Not offered: ${line(verdict.why)}.` };
    case "advice":
      return { kind: "advice", text: "Words only: there is no change of the file to check." };
  }
}

/** The engine counts; it does not prove that two programs give the same results. */
const lessText = (less: string): string =>
  less === "" ? "" : ` It runs less: ${line(less)}; whether the results stay the same is yours to judge.`;

/** Longer pieces of a trace are cut: it is there to be read. */
const mostCharacters = 20_000;
const cut = (text: string): string => visibleText(text).slice(0, mostCharacters);

export function showStep(event: AuditEvent): ShownStep {
  switch (event.kind) {
    case "thought":
    case "text":
      return { kind: event.kind, text: cut(event.text) };
    case "code":
      return { kind: "code", code: cut(event.code) };
    case "code-result":
      return { kind: "code-result", output: cut(event.output), isOk: event.isOk };
    case "search":
      return { kind: "search", queries: event.queries.map(line) };
    case "citations":
      return {
        kind: "sources",
        sources: event.citations.map(({ title, uri, supports }) => ({
          title: line(title),
          address: line(uri),
          supports: line(supports.join(" ")),
          href: linkTo(uri),
        })),
      };
    case "call":
      return { kind: "call", name: line(event.name), text: cut(JSON.stringify(event.args, undefined, 2)) };
    case "call-result":
      return {
        kind: "call-result",
        name: line(event.name),
        text: cut(JSON.stringify(event.result, undefined, 2)),
      };
  }
}
