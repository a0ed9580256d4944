import type { AmountBudget, Budgets, GateConfig, Levels } from "../analysis/gate-config.ts";
import { count } from "../report/count.ts";
import { type Severity, severities } from "../report/report.ts";
import { decideOn, type Rules } from "./decide.ts";
import { sumOf, timesQuantity } from "./difference.ts";
import type { Change, GateFinding, GateModel, Quantity, Reason } from "./gate-result.ts";
import { deltaText, quantityText } from "./quantity-text.ts";
import { type Scope, scopesOf } from "./scopes.ts";

/** What is judged: a result before its verdict. */
export interface Subject {
  readonly models: readonly GateModel[];
  readonly newFindings: readonly GateFinding[];
  /** Files of head that hold models and cannot be read. */
  readonly broken: readonly { readonly file: string; readonly line: number }[];
  /** Inferences per month. */
  readonly volume: number;
}

/** Changes of all models together: those that somebody allowed are left out of what they add. */
interface Group {
  readonly cost: Change;
  readonly carbon: Change;
  readonly allowed: readonly GateModel[];
}

/** What holds where the configuration says nothing. */
const usualBudgets: Budgets = { "memory-fit": "warn", "new-findings": { warn: "error" } };

const kilogram = 1000;

/** Every budget that is exceeded, or may be; the gravest first. */
export function judge(subject: Subject, config: GateConfig): readonly Reason[] {
  const scoped = scopesOf(config);
  const whole: Scope = { budgets: budgetsOf(config), of: "", covers: () => true };
  const rules: Rules = { decide: config.decide ?? "interval", incomplete: config.incomplete ?? "warn" };
  return [
    ...[whole, ...scoped].flatMap((scope) => judgeGroup(subject.models, scope, rules)),
    ...subject.models.flatMap((model) => judgeModel(model, [whole, ...scoped], rules, subject.volume)),
    ...judgeFindings(subject.newFindings, whole.budgets["new-findings"]),
    ...judgeGaps(subject, rules.incomplete),
  ].sort(byGravity);
}

/** The two simple keys are budgets that block. */
function budgetsOf({ budgets, budgetThreshold, carbonLimit }: GateConfig): Budgets {
  const simple = (block: number | undefined, own: Levels<number> | undefined): Levels<number> | undefined =>
    block === undefined ? own : { ...own, block };
  return {
    ...usualBudgets,
    ...budgets,
    "monthly-increase": simple(budgetThreshold, budgets?.["monthly-increase"]),
    "carbon-increase": simple(carbonLimit, budgets?.["carbon-increase"]),
  };
}

/** The sums over models, before and after, and by how much they differ. */
export function groupOf(
  models: readonly GateModel[],
  isCounted: (model: GateModel) => boolean = () => true,
): Group {
  const counted = models.filter((model) => model.allowed === null && isCounted(model));
  const sums = (pick: (model: GateModel) => Change, unit: string): Change => ({
    before: sumOf(
      models.flatMap((each) => pick(each).before ?? []),
      unit,
    ),
    after: sumOf(
      models.flatMap((each) => pick(each).after ?? []),
      unit,
    ),
    delta: sumOf(
      counted
        .filter(({ status }) => status !== "unchanged" && status !== "renamed")
        .map((each) => pick(each).delta),
      unit,
    ),
  });
  return {
    cost: sums(({ figures }) => figures.costPerMonth, "USD"),
    carbon: sums(({ figures }) => figures.co2ePerMonth, "gCO2e"),
    allowed: models.filter(({ allowed, status }) => allowed !== null && status !== "unchanged"),
  };
}

function judgeGroup(
  models: readonly GateModel[],
  { budgets, of, covers }: Scope,
  rules: Rules,
): readonly Reason[] {
  const covered = models.filter(covers);
  const { cost, carbon, allowed } = groupOf(covered);
  const spared =
    allowed.length === 0 ? "" : `, without ${count(allowed.length, "model")} whose cost is allowed`;
  const exceeded = (
    budget: AmountBudget,
    value: Quantity,
    unit: string,
    what: string,
    text = quantityText(value),
    scale = 1,
  ): readonly Reason[] =>
    decideOn(scaled(budgets[budget], scale), value, rules).map(({ level, limit, why }) => ({
      budget,
      level,
      limit: { value: limit, unit },
      value,
      decision: `${what}${of} is ${value.value === null ? "not known" : text}${spared}: ${why(unit)}`,
      model: null,
      file: null,
      line: null,
      allowed: null,
    }));
  const percent = percentOf(cost);
  return [
    ...exceeded("monthly-increase", cost.delta, "USD", "The monthly increase", deltaText(cost.delta)),
    ...(percent === undefined
      ? []
      : exceeded("monthly-increase-percent", percent, "%", "The monthly increase in percent")),
    ...exceeded("monthly-total", sum(cost.after), "USD", "The monthly total"),
    ...exceeded(
      "carbon-increase",
      carbon.delta,
      "gCO2e",
      "The monthly increase of CO2e",
      deltaText(carbon.delta),
      kilogram,
    ),
    ...exceeded(
      "carbon-total",
      sum(carbon.after),
      "gCO2e",
      "The monthly total of CO2e",
      quantityText(sum(carbon.after)),
      kilogram,
    ),
  ];
}

const scaled = (levels: Levels<number> | undefined, by: number): Levels<number> | undefined =>
  levels && {
    ...(levels.warn === undefined ? {} : { warn: levels.warn * by }),
    ...(levels.block === undefined ? {} : { block: levels.block * by }),
  };

const sum = (of: Quantity | null): Quantity => of ?? sumOf([], "USD");

/** Of what it was; `undefined` where there was nothing. */
function percentOf({ before, delta }: Change): Quantity | undefined {
  const whole = before?.value ?? 0;
  return whole > 0 ? timesQuantity(delta, 100 / whole, "%") : undefined;
}

/** Of the scopes that cover a model and have a budget the last decides. */
function judgeModel(
  model: GateModel,
  scopes: readonly Scope[],
  rules: Rules,
  volume: number,
): readonly Reason[] {
  const { figures, fit, status } = model;
  if (status === "removed" || status === "unchanged" || status === "renamed") return [];
  const budgetOf = <K extends keyof Budgets>(key: K): Budgets[K] | undefined =>
    scopes.findLast(({ budgets, covers }) => budgets[key] !== undefined && covers(model))?.budgets[key];
  const reason = (budget: Reason["budget"], level: Reason["level"], more: Partial<Reason>): Reason => ({
    budget,
    level,
    limit: null,
    value: null,
    decision: "",
    model: model.id,
    file: model.file,
    line: model.line,
    allowed: model.allowed,
    ...more,
  });
  const exceeded = (budget: AmountBudget, value: Quantity | null, unit: string, what: string) =>
    value === null
      ? []
      : decideOn(budgetOf(budget), value, rules).map(({ level, limit, why }) =>
          reason(budget, level, {
            limit: { value: limit, unit },
            value,
            decision: `${what} of ${model.name} is ${value.value === null ? "not known" : quantityText(value)}: ${why(unit)}`,
          }),
        );
  const carbon = figures.co2ePerMonth.after;
  const perInference = carbon && timesQuantity(carbon, 1 / volume);
  const level = budgetOf("memory-fit");
  const outgrew = fit.after === "too-large" && fit.before !== "too-large";
  return [
    ...exceeded("model-monthly", figures.costPerMonth.after, "USD", "The monthly cost"),
    ...exceeded("energy-per-inference", figures.energy.after, "J", "The energy of an inference"),
    ...exceeded("co2e-per-inference", perInference, "gCO2e", "The CO2e of an inference"),
    ...(outgrew && level !== undefined && level !== "allow"
      ? [
          reason("memory-fit", level, {
            value: figures.memory.after,
            decision: `${model.name} does not fit into the memory of the accelerator${fit.before === null ? "" : " any more"}: ${quantityText(figures.memory.after ?? sumOf([], "byte"))}.`,
          }),
        ]
      : []),
  ];
}

function judgeFindings(
  findings: readonly GateFinding[],
  levels: Levels<Severity> | undefined,
): readonly Reason[] {
  const from = (least: Severity | undefined): readonly GateFinding[] =>
    least === undefined
      ? []
      : findings.filter(({ severity }) => severities.indexOf(severity) <= severities.indexOf(least));
  const [blocking, warned] = [from(levels?.block), from(levels?.warn)];
  const [level, found, least] =
    blocking.length > 0
      ? (["block", blocking, levels?.block] as const)
      : (["warn", warned, levels?.warn] as const);
  const [first] = found;
  if (first === undefined) return [];
  return [
    {
      budget: "new-findings",
      level,
      limit: null,
      value: null,
      decision: `${count(found.length, "new finding")} of severity ${least} or above, the first in ${first.file}:${first.range.start.line + 1} (${first.rule}).`,
      model: null,
      file: first.file,
      line: first.range.start.line + 1,
      allowed: null,
    },
  ];
}

/** What could not be compared never passes in silence. */
function judgeGaps({ models, broken }: Subject, level: Rules["incomplete"]): readonly Reason[] {
  if (level === "allow") return [];
  const gap = { budget: "incomplete", level, limit: null, value: null } as const;
  const partial = models.filter(
    ({ status, complete }) => complete.after === false && (status === "changed" || status === "added"),
  );
  return [
    ...broken.map(({ file, line }) => ({
      ...gap,
      decision: `The models of ${file} were not compared: it is not valid Python.`,
      model: null,
      file,
      line,
      allowed: null,
    })),
    ...partial.map(({ id, name, notCounted, file, line, allowed }) => ({
      ...gap,
      decision: `${name} could not be counted in full${gapWords(notCounted)}: its figures are lower bounds.`,
      model: id,
      file,
      line,
      allowed,
    })),
  ];
}

function gapWords([first, ...others]: GateModel["notCounted"]): string {
  if (first === undefined) return "";
  return ` (${first.what}: ${first.why}${others.length === 0 ? "" : `, and ${others.length} more`})`;
}

const byGravity = (a: Reason, b: Reason): number => gravity(a) - gravity(b);

const gravity = ({ allowed, level }: Reason): number =>
  (allowed === null ? 0 : 2) + (level === "block" ? 0 : 1);
