import { applyTextEdits } from "./apply-edits.ts";
import type { Citation } from "./audit-event.ts";
import { type CheckedClaim, checkClaims, savingPercent } from "./check-claims.ts";
import { checkRecommendation, type Verdict } from "./check-recommendation.ts";
import type { AuditEngine, EngineModel, Examined } from "./engine.ts";
import type { ModelReport, Recommendation, TextEdit } from "./model-report.ts";
import { type Backing, unconfirmedFigures } from "./prose-figures.ts";
import type { Trace } from "./trace.ts";

/** A recommendation with what became of it under the eyes of the engine. */
export interface CheckedRecommendation extends Omit<Recommendation, "citation"> {
  readonly verdict: Verdict;
  /** `computed`: the engine's own saving; `cited`: a search result says so; `claimed`: the model alone. */
  readonly gainBasis: "computed" | "cited" | "claimed" | "none";
  readonly citation: CheckedCitation | null;
}

export interface CheckedCitation {
  readonly title: string;
  readonly uri: string;
  readonly supports: string;
  /** It stands in the metadata of a search; otherwise nobody vouches for it. */
  readonly isGrounded: boolean;
}

/** What the model says of a part, its share beside the engine's. */
export interface CheckedShare {
  readonly component: string;
  readonly sharePercent: number | null;
  readonly computedPercent: number | null;
  readonly verdict: "agrees" | "disagrees" | "not computed";
  readonly comment: string;
}

export interface Saving {
  /** Percent of the energy. */
  readonly percent: number;
  readonly low: number;
  readonly high: number;
  /** J of one batch. */
  readonly joules: number;
  readonly carbonGramsPerMillion: number | null;
  readonly usdPerMillion: number | null;
}

/** What a person reads. Every figure at the top is the engine's; the model's words explain. */
export interface AuditReport {
  readonly schema: "ecocompute.audit/1";
  readonly file: string;
  /** ISO date and time. */
  readonly at: string;
  readonly level: 2 | 3;
  readonly model: string;
  readonly scenario: string;
  readonly summary: string;
  /** How the model says it reasoned. */
  readonly energyModel: string;
  /** The engine's figures of the code as it is, and with all changes that hold. */
  readonly original: EngineModel | null;
  readonly optimized: EngineModel | null;
  readonly saving: Saving | null;
  readonly claims: readonly CheckedClaim[];
  readonly assumptions: readonly string[];
  readonly citations: readonly CheckedCitation[];
  /** Shares by the engine, and what the model says of the parts. */
  readonly breakdown: readonly { readonly component: string; readonly share: number }[];
  readonly comments: readonly CheckedShare[];
  readonly recommendations: readonly CheckedRecommendation[];
  readonly criticalBugs: readonly (ModelReport["criticalBugs"][number] & { readonly verdict: Verdict })[];
  readonly benchmark: {
    readonly name: string;
    readonly figure: string;
    readonly citation: CheckedCitation | null;
  } | null;
  /** The file with every change that holds; `null` when none does. */
  readonly optimizedText: string | null;
  /** The same as edits, one after the other. */
  readonly optimizedEdits: readonly TextEdit[];
  readonly trace: Trace;
  readonly spentUsd: number;
  /** The model asked for was not reached, or an answer was repaired: what a reader should know. */
  readonly notes: readonly string[];
}

export type AuditHead = Pick<AuditReport, "file" | "at" | "level" | "model" | "spentUsd" | "notes" | "trace">;

/** Checks everything the model said that can be checked, and puts the engine's figures on top. */
export function checkReport(
  said: ModelReport,
  text: string,
  engine: AuditEngine,
  found: readonly Citation[],
  head: AuditHead,
): AuditReport {
  const before = engine.examine(text);
  const citation = citationChecker(found);
  const recommendations = said.recommendations.map((each): CheckedRecommendation => {
    const verdict = checkRecommendation(each, text, before, engine);
    const cited =
      each.citation === null ? null : citation({ title: each.citation, uri: each.citation, supports: "" });
    const accuracyDropPercent = percentOrNull(each.accuracyDropPercent);
    const gainBasis = gainBasisOf(each, verdict, cited);
    return { ...each, accuracyDropPercent, verdict, citation: cited, gainBasis };
  });
  const lines = text.split("\n").length;
  const isInFile = (line: number | null): boolean => line === null || (line >= 1 && line <= lines);
  const criticalBugs = said.criticalBugs.map((bug) => ({
    ...bug,
    line: isInFile(bug.line) ? bug.line : null,
    verdict: bugVerdict(bug.edits, text, before, engine),
  }));
  const together = applyTogether(text, before, recommendations, engine);
  const original = mainModel(before);
  const optimized =
    together === undefined ? undefined : together.examined.models.find(({ name }) => name === original?.name);
  const saving = savingOf(original, optimized);
  return {
    schema: "ecocompute.audit/1",
    ...head,
    notes: [
      ...head.notes,
      ...said.criticalBugs
        .filter(({ line }) => !isInFile(line))
        .map(({ line }) => `The model names line ${line} for a bug; the file has ${lines} lines.`),
      ...unconfirmedNote(said, {
        models: [original, optimized].flatMap((each) => each ?? []),
        savings: [
          ...(saving === null ? [] : [{ ...saving, value: saving.percent }]),
          ...recommendations.flatMap(({ verdict }) =>
            verdict.kind === "holds" ? [{ ...verdict, value: verdict.savingPercent }] : [],
          ),
        ],
      }),
    ],
    scenario: engine.scenario,
    summary: said.summary,
    energyModel: said.energyModel,
    original: original ?? null,
    optimized: optimized ?? null,
    saving,
    claims: checkClaims(said.claims, { original, optimized }),
    assumptions: [...new Set([...said.assumptions, ...(original?.energy.assumptions ?? [])])],
    citations: said.citations.map(citation),
    breakdown: original?.breakdown ?? [],
    comments: said.breakdown.map((each) => checkShare(each, original)),
    recommendations,
    criticalBugs,
    benchmark:
      said.benchmark === null
        ? null
        : {
            name: said.benchmark.name,
            figure: said.benchmark.figure,
            citation:
              said.benchmark.citation === null
                ? null
                : citation({
                    title: said.benchmark.name,
                    uri: said.benchmark.citation,
                    supports: said.benchmark.figure,
                  }),
          },
    optimizedText: together?.text ?? null,
    optimizedEdits: together?.edits ?? [],
  };
}

function gainBasisOf(
  { gainPercent }: Recommendation,
  verdict: Verdict,
  cited: CheckedCitation | null,
): CheckedRecommendation["gainBasis"] {
  if (verdict.kind === "holds") return "computed";
  if (gainPercent === null) return "none";
  return cited !== null && saysPercent(cited, gainPercent) ? "cited" : "claimed";
}

/** A source backs a gain where the sentences that the search took from it name the number. */
const saysPercent = ({ isGrounded, supports }: CheckedCitation, percent: number): boolean =>
  isGrounded &&
  [...supports.matchAll(/(\d+(?:\.\d+)?)\s*(?:%|percent)/g)].some(([, digits]) => Number(digits) === percent);

const percentOrNull = (value: number | null): number | null =>
  value !== null && value >= 0 && value <= 100 ? value : null;

/** Of the share of a part: a fifth of it, at least two points, is how exactly a person would say it. */
function checkShare(
  { component, sharePercent, comment }: ModelReport["breakdown"][number],
  original: EngineModel | undefined,
): CheckedShare {
  const found = original?.breakdown.find((part) => part.component === component.replace(/^self\./, ""));
  const said = { component, sharePercent, comment };
  if (found === undefined || sharePercent === null)
    return { ...said, computedPercent: null, verdict: "not computed" };
  const computedPercent = found.share * 100;
  const isNear = Math.abs(sharePercent - computedPercent) <= Math.max(2, computedPercent / 5);
  return { ...said, computedPercent, verdict: isNear ? "agrees" : "disagrees" };
}

function unconfirmedNote(said: ModelReport, backing: Backing): readonly string[] {
  const prose = [said.summary, said.energyModel, ...said.recommendations.map(({ why }) => why)];
  const figures = unconfirmedFigures(prose, backing);
  return figures.length === 0
    ? []
    : [
        `Figures in the words of the model that the engine does not confirm: ${figures.slice(0, 12).join(", ")}.`,
      ];
}

type Cited = ModelReport["citations"][number];

/** An address counts only where a search returned it; then its title and what it says are the search's words. */
function citationChecker(found: readonly Citation[]): (cited: Cited) => CheckedCitation {
  const web = found.filter(({ uri }) => /^https?:\/\//.test(uri));
  const grounded = new Map(web.map((each) => [each.uri, each]));
  return ({ title, uri, supports }) => {
    const source = grounded.get(uri);
    return source === undefined
      ? { title, uri, supports, isGrounded: false }
      : { title: source.title, uri, supports: source.supports.join(" "), isGrounded: true };
  };
}

/** A fix of a bug may cost energy and change what comes out; it must parse and bring no finding. */
function bugVerdict(
  edits: Recommendation["edits"],
  text: string,
  before: Examined,
  engine: AuditEngine,
): Verdict {
  const verdict = checkRecommendation(
    { edits, changesParameters: true, changesOutput: true },
    text,
    before,
    engine,
  );
  if (verdict.kind !== "dropped" || !/more energy/.test(verdict.why)) return verdict;
  const applied = applyTextEdits(text, edits);
  return applied.kind === "failed" ? verdict : { kind: "unproven", text: applied.text, why: verdict.why };
}

/** All changes that hold, one on top of the other; one that no longer applies or helps there is left out. */
function applyTogether(
  text: string,
  before: Examined,
  recommendations: readonly CheckedRecommendation[],
  engine: AuditEngine,
): { readonly text: string; readonly examined: Examined; readonly edits: readonly TextEdit[] } | undefined {
  let current: NonNullable<ReturnType<typeof applyTogether>> = { text, examined: before, edits: [] };
  const holding = recommendations
    .filter(({ verdict }) => verdict.kind === "holds")
    .sort((a, b) => percentOf(b.verdict) - percentOf(a.verdict));
  for (const each of holding) {
    const verdict = checkRecommendation(each, current.text, current.examined, engine);
    if (verdict.kind !== "holds") continue;
    const edits = [...current.edits, ...each.edits];
    current = { text: verdict.text, examined: engine.examine(verdict.text), edits };
  }
  return current.text === text ? undefined : current;
}

const percentOf = (verdict: Verdict): number => (verdict.kind === "holds" ? verdict.savingPercent : 0);

/** The model that the report is about: the one with the most energy, else with the most work. */
function mainModel({ models }: Examined): EngineModel | undefined {
  const weight = ({ energy, macs, batch }: EngineModel): readonly [number, number] => [
    (energy.value ?? 0) / Math.max(1, batch),
    macs ?? 0,
  ];
  return models.reduce<EngineModel | undefined>((most, each) => {
    if (most === undefined) return each;
    const [a, b] = [weight(each), weight(most)];
    return a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]) ? each : most;
  }, undefined);
}

function savingOf(before: EngineModel | undefined, after: EngineModel | undefined): Saving | null {
  const percent = savingPercent(before, after);
  const [from, to] = [before?.energy.value, after?.energy.value];
  if (percent === undefined || typeof from !== "number" || typeof to !== "number") return null;
  const less = (a: number | null | undefined, b: number | null | undefined): number | null =>
    typeof a === "number" && typeof b === "number" ? a - b : null;
  return {
    percent: percent.value,
    low: percent.low,
    high: percent.high,
    joules: from - to,
    carbonGramsPerMillion: less(before?.co2ePerMillion.value, after?.co2ePerMillion.value),
    usdPerMillion: less(before?.costPerMillion.value, after?.costPerMillion.value),
  };
}
