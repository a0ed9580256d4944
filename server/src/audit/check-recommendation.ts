import { applyTextEdits } from "./apply-edits.ts";
import { savingPercent } from "./check-claims.ts";
import type { AuditEngine, EngineFinding, EngineModel, Examined } from "./engine.ts";
import type { Recommendation, TextEdit } from "./model-report.ts";
import { addedReach } from "./reaches-out.ts";

/** What the engine says of a proposed change. */
export type Verdict =
  /** It parses, adds no findings, keeps what it says it keeps, and saves. */
  | {
      readonly kind: "holds";
      readonly text: string;
      readonly savingPercent: number;
      readonly low: number;
      readonly high: number;
      /** What ran before and runs less often now, in words; empty when nothing does. */
      readonly less: string;
    }
  /** Shown with this caveat: the engine cannot tell the saving. */
  | { readonly kind: "unproven"; readonly text: string; readonly why: string }
  /** Not offered. */
  | { readonly kind: "dropped"; readonly why: string }
  /** Words only: nothing to check. */
  | { readonly kind: "advice" };

/** Smaller changes than this cannot be told from noise. */
const leastSaving = 0.5;

type Change = Pick<Recommendation, "changesParameters" | "changesOutput"> & {
  readonly edits: readonly TextEdit[];
};

/** Applies a proposed change to the text and looks at it as at the user's own code: parsed, checked, counted, costed. */
export function checkRecommendation(
  change: Change,
  text: string,
  before: Examined,
  engine: AuditEngine,
): Verdict {
  if (change.edits.length === 0) return { kind: "advice" };
  const applied = applyTextEdits(text, change.edits);
  if (applied.kind === "failed") return { kind: "dropped", why: applied.why };
  const reach = addedReach(text, applied.text);
  if (reach !== undefined) return { kind: "dropped", why: `it brings in ${reach}` };
  const after = engine.examine(applied.text);
  if (!after.parses && before.parses) return { kind: "dropped", why: "the code does not parse with it" };
  const added = addedFindings(before.findings, after.findings);
  if (added !== undefined)
    return { kind: "dropped", why: `it brings a finding: \`${added.rule}\` in line ${added.line}` };
  return compareModels(change, before.models, after.models, applied.text);
}

const grave = new Set(["critical", "error", "warning"]);

/** A grave finding of a rule that found less before. */
function addedFindings(
  before: readonly EngineFinding[],
  after: readonly EngineFinding[],
): EngineFinding | undefined {
  const count = (findings: readonly EngineFinding[], rule: string): number =>
    findings.filter((finding) => finding.rule === rule).length;
  return after.find(({ rule, severity }) => grave.has(severity) && count(after, rule) > count(before, rule));
}

function compareModels(
  change: Change,
  before: readonly EngineModel[],
  after: readonly EngineModel[],
  text: string,
): Verdict {
  if (before.length === 0)
    return { kind: "unproven", text, why: "the engine finds no model in this file to compare" };
  const gone = before.find((model) => !after.some(({ name }) => name === model.name));
  if (gone !== undefined) return { kind: "dropped", why: `\`${gone.name}\` cannot be built any more` };
  const pairs = before.flatMap((model) => {
    const now = after.find(({ name }) => name === model.name);
    return now === undefined ? [] : [{ model, now }];
  });
  for (const { model, now } of pairs) {
    const why = silentChange(change, model, now);
    if (why !== undefined) return { kind: "dropped", why };
  }
  const doubt = pairs.map(({ model, now }) => doubtOf(model, now)).find((each) => each !== undefined);
  const verdict = savingOf(pairs, text);
  return doubt !== undefined && verdict.kind === "holds" ? { kind: "unproven", text, why: doubt } : verdict;
}

/** What a change does to a model without having said so. */
function silentChange(change: Change, model: EngineModel, now: EngineModel): string | undefined {
  const name = `\`${now.name}\``;
  if (now.failure !== null && model.failure === null) return `${name} would fail: ${now.failure}`;
  if (now.output !== model.output && !change.changesOutput)
    return `it changes the output of ${name} from ${model.output} to ${now.output} without saying so`;
  if (now.inputs !== model.inputs && !change.changesOutput)
    return `it changes the input of ${name} from ${model.inputs} to ${now.inputs} without saying so`;
  if (change.changesParameters) return undefined;
  if (now.parameters !== model.parameters)
    return `it changes the parameters of ${name} from ${shown(model.parameters)} to ${shown(now.parameters)} without saying so`;
  const gone = model.state.find((entry) => !now.state.includes(entry));
  if (gone !== undefined)
    return `it changes the parameters of ${name} without saying so: checkpoints with \`${gone}\` no longer fit`;
  return undefined;
}

/** Why a saving of a model, however right its figures, is none of the same model. */
function doubtOf(model: EngineModel, now: EngineModel): string | undefined {
  const idle = now.idle.find((name) => !model.idle.includes(name));
  if (idle !== undefined && model.state.some((entry) => entry.startsWith(`${idle} `)))
    return `\`${idle}\` of \`${now.name}\` is no longer used: it computes something else`;
  const samples = (inputs: string): string => inputs.replace(/\[\d+/g, "[");
  if (samples(now.inputs) !== samples(model.inputs))
    return `\`${now.name}\` is measured on other inputs: ${now.inputs} in place of ${model.inputs}`;
  return undefined;
}

interface Pair {
  readonly model: EngineModel;
  readonly now: EngineModel;
}

function savingOf(pairs: readonly Pair[], text: string): Verdict {
  const known = pairs.flatMap(({ model, now }) => {
    const saving = savingPercent(model, now);
    return saving === undefined ? [] : [saving];
  });
  const dearer = known.find(({ value }) => value <= -leastSaving);
  // The model that changes most is the one that the change is about.
  const main = known.reduce<(typeof known)[number] | undefined>(
    (most, each) => (most === undefined || Math.abs(each.value) > Math.abs(most.value) ? each : most),
    undefined,
  );
  if (main === undefined)
    return { kind: "unproven", text, why: "the engine cannot tell the energy before or after" };
  if (main.value <= -leastSaving)
    return { kind: "dropped", why: `it costs ${(-main.value).toFixed(1)} % more energy` };
  if (dearer !== undefined)
    return { kind: "unproven", text, why: "another model of the file costs more energy with it" };
  if (main.value < leastSaving)
    return { kind: "unproven", text, why: "the engine computes no saving of energy from it" };
  return {
    kind: "holds",
    text,
    savingPercent: main.value,
    low: main.low,
    high: main.high,
    less: lessOf(pairs),
  };
}

/** Operations that run less often than before. */
function lessOf(pairs: readonly Pair[]): string {
  const fewer = pairs.flatMap(({ model, now }) =>
    Object.entries(model.operations).flatMap(([name, count]) => {
      const left = now.operations[name] ?? 0;
      return left < count ? [`${count - left} \u00d7 ${name}`] : [];
    }),
  );
  return [...new Set(fewer)].slice(0, 8).join(", ");
}

const shown = (count: number | null): string => (count === null ? "unknown" : count.toLocaleString("en-US"));
