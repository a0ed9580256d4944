import type { GateConfig } from "../analysis/gate-config.ts";
import { usualOverrideLabels } from "../analysis/gate-config.ts";
import { version } from "../base/version.ts";
import type { CauseScope, FileEdit } from "./causes.ts";
import { compareFindings } from "./compare-findings.ts";
import { compareModels } from "./compare-models.ts";
import type { Device } from "./difference.ts";
import {
  type Allowance,
  type GateModel,
  type GateResult,
  type GateScenario,
  gateSchema,
  type Note,
  type Reason,
} from "./gate-result.ts";
import { groupOf, judge } from "./judge.ts";
import type { FileSnapshot } from "./snapshot.ts";

/** Everything that a verdict rests on beside the snapshots of the files. */
export interface GateContext extends CauseScope {
  readonly base: GateResult["base"];
  readonly head: GateResult["head"];
  readonly config: GateConfig;
  readonly scenario: GateScenario;
  readonly device: Device;
  /** How many files differ, whatever they hold. */
  readonly changedFiles: number;
  readonly totalsOf: GateResult["totals"]["of"];
  /** Of the pull request, as the caller was told. */
  readonly labels: readonly string[];
  /** Given on the command line. */
  readonly overrideReason: string | null;
  readonly notes: readonly Note[];
}

export interface Snapshots {
  readonly base: readonly FileSnapshot[];
  readonly head: readonly FileSnapshot[];
}

/** From what files say to what the change costs, and whether it may. */
export function assemble(context: GateContext, { base, head }: Snapshots): GateResult {
  const { config, device, edits, reach, scenario } = context;
  const { volume } = scenario;
  const models = compareModels({ base, head, edits, reach }, { device, volume });
  const findings = compareFindings(base, head, edits);
  const { cost, carbon } = groupOf(models.map((model) => ({ ...model, allowed: null })));
  const overrides = allowancesOf(context, models);
  const general = overrides.find(({ kind }) => kind !== "comment") ?? null;
  const broken = brokenModels(base, head, edits);
  const judged = judge({ models, newFindings: findings.new, broken, volume }, config);
  const reasons = judged.map(
    (reason): Reason =>
      general === null || reason.allowed !== null ? reason : { ...reason, allowed: general },
  );
  const counting = reasons.filter(({ allowed }) => allowed === null);
  return {
    schema: gateSchema,
    version,
    base: context.base,
    head: context.head,
    verdict: counting.some(({ level }) => level === "block")
      ? "block"
      : counting.length > 0
        ? "warn"
        : "pass",
    mode: config.mode ?? "block",
    scenario,
    reasons: [...counting, ...reasons.filter(({ allowed }) => allowed !== null)],
    models,
    totals: { costPerMonth: cost, co2ePerMonth: carbon, of: context.totalsOf },
    findings,
    overrides,
    notes: [...context.notes, ...problemNotes(head)],
    files: {
      changed: context.changedFiles,
      analyzed: new Set([...base, ...head].map(({ path }) => path)).size,
    },
  };
}

/** What lets costs pass: an option, a label that the configuration names, comments at models that differ. */
function allowancesOf(
  { labels, config, overrideReason }: GateContext,
  models: readonly GateModel[],
): readonly Allowance[] {
  const named = config.overrideLabels ?? usualOverrideLabels;
  const given = labels.filter((label) => named.includes(label));
  const reason = overrideReason?.trim() ?? "";
  const general = given.map(
    (label): Allowance => ({
      kind: "label",
      name: label,
      reason: reason === "" ? "the label says so" : reason,
      file: null,
      line: null,
    }),
  );
  const option: readonly Allowance[] =
    given.length > 0 || reason === ""
      ? []
      : [{ kind: "option", name: "--override-reason", reason, file: null, line: null }];
  const comments = models.flatMap(({ allowed, status }) =>
    allowed === null || status === "unchanged" ? [] : [allowed],
  );
  return [...general, ...option, ...comments];
}

/** Files of head that cannot be read and held models before, or do as far as can be told. */
function brokenModels(
  base: readonly FileSnapshot[],
  head: readonly FileSnapshot[],
  edits: readonly FileEdit[],
): readonly { readonly file: string; readonly line: number }[] {
  const before = new Map(base.map((each) => [each.path, each]));
  return head.flatMap(({ path, broken, models }) => {
    if (broken === null) return [];
    const edit = edits.find(({ headPath }) => headPath === path);
    const old = before.get(edit?.basePath ?? path);
    return models.length > 0 || (old !== undefined && old.models.length > 0)
      ? [{ file: path, line: broken.line }]
      : [];
  });
}

const problemNotes = (head: readonly FileSnapshot[]): readonly Note[] =>
  head.flatMap(({ path, problems }) =>
    problems.map((message) => ({ kind: "limit" as const, message, file: path, line: null })),
  );
