import { chanceRange, independentRows } from "./chance.ts";
import { crossHeld, distinct, heldWithin, mean, median, share } from "./robust.ts";

/** What is to be predicted, of which there are one or more tables. Intervals are to hold in 85 to 95 % of the rows of each. */
export type Test =
  | "timm inference, eager"
  | "timm inference, compiled"
  | "unseen GPU: from its specification, power-capped, with one constant"
  | "timm training step"
  | "CPU, batch 1"
  | "transformers in float32, unseen devices"
  | "LLM serving, J/token"
  | "energy of whole models on GPUs";

export interface Goal {
  readonly of: Test;
  readonly statistic: "mean" | "median";
  /** Of the error. */
  readonly percent: number;
}

/** Errors on rows that a fit did not see. */
export interface Table {
  readonly name: string;
  /** What was left out of the fit. */
  readonly leftOut: string;
  /** ln of predicted by measured. */
  readonly errors: readonly number[];
  /** What was measured, in the order of `errors`. */
  readonly measured: readonly number[];
  /** Rows of one group err alike: the model family, or the machine. In the order of `errors`. */
  readonly groups: readonly string[];
  /** Half of the 90 % interval that estimates get, in ln. */
  readonly halfWidth: number;
  readonly goal: Goal | undefined;
  /** Neither the fit nor the interval saw any of its rows. */
  readonly isSeparate?: boolean;
}

/** A goal that is no error of a value. */
export interface Check {
  readonly name: string;
  readonly rows: number;
  readonly figure: string;
  readonly goal: string;
  readonly isMet: boolean;
}

export interface Study<T> {
  readonly calibration: T;
  readonly tables: readonly Table[];
}

export interface Validation {
  readonly tables: readonly Table[];
  readonly checks: readonly Check[];
  /** Goals that no row of the data can test, each with its reason. */
  readonly untested: readonly string[];
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export const offBy = (errors: readonly number[]): readonly number[] =>
  errors.map((e) => Math.abs(Math.exp(e) - 1));

const heldOf = ({ errors, halfWidth, isSeparate }: Table): readonly boolean[] =>
  isSeparate === true ? heldWithin(errors, halfWidth) : crossHeld(errors);

/** Share of the rows within the interval of estimates, and what chance makes of 90 % in as many independent rows. */
function interval(table: Table): string {
  const { errors, groups, halfWidth } = table;
  const [low, high] = chanceRange(independentRows(errors, groups));
  const held = share(heldOf(table));
  const verdict = held < low || held > high ? " (not by chance)" : "";
  return `x/÷ ${Math.exp(halfWidth).toFixed(2)}, holds ${percent(held)} of ${distinct(groups).length} groups, by chance ${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)} %${verdict}`;
}

/** How often the intervals of each test hold, over its tables. */
function intervalChecks(tables: readonly Table[]): readonly Check[] {
  const tests = new Map<Test, boolean[]>();
  for (const table of tables) {
    const { goal } = table;
    if (goal !== undefined) tests.set(goal.of, [...(tests.get(goal.of) ?? []), ...heldOf(table)]);
  }
  return [...tests].map(([test, held]) => ({
    name: `90 % intervals: ${test}`,
    rows: held.length,
    figure: `hold ${percent(share(held))}`,
    goal: "85 to 95 %",
    isMet: share(held) >= 0.85 && share(held) <= 0.95,
  }));
}

const allChecks = ({ tables, checks }: Validation): readonly Check[] => [
  ...checks,
  ...intervalChecks(tables),
];

/** Goals that are not reached, by name. */
export const missed = (validation: Validation): readonly string[] => [
  ...validation.tables.filter((t) => !isReached(t)).map((t) => `${t.name} (${t.leftOut} left out)`),
  ...allChecks(validation)
    .filter((c) => !c.isMet)
    .map((c) => `${c.name} ${c.figure}`),
];

function isReached({ errors, goal }: Table): boolean {
  if (goal === undefined) return true;
  const off = offBy(errors);
  return 100 * (goal.statistic === "mean" ? mean(off) : median(off)) <= goal.percent;
}

function row(table: Table): readonly string[] {
  const { name, leftOut, errors, goal } = table;
  const off = offBy(errors);
  return [
    name,
    leftOut,
    String(errors.length),
    percent(mean(off)),
    percent(median(off)),
    goal === undefined ? "-" : `${goal.statistic} ${goal.percent} %`,
    goal === undefined ? "-" : isReached(table) ? "reached" : "missed",
    interval(table),
  ];
}

/** Markdown. Intervals are tested on rows that neither fit nor interval saw: quarters of a table, or all of one that is separate. */
export function printed(validation: Validation): string {
  const { tables, untested } = validation;
  return [
    "| test | left out of the fit | rows | mean error | median error | goal | verdict | 90 % interval |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...tables.map((t) => `| ${row(t).join(" | ")} |`),
    "",
    "| check | rows | figure | goal | verdict |",
    "| --- | --- | --- | --- | --- |",
    ...allChecks(validation).map(
      (c) => `| ${[c.name, c.rows, c.figure, c.goal, c.isMet ? "reached" : "missed"].join(" | ")} |`,
    ),
    "",
    ...untested.map((text) => `- Not tested: ${text}`),
  ].join("\n");
}

/** What a reader of the README needs: the goals, what was reached, and what was not tested. */
export function summary(validation: Validation): string {
  const { tables, untested } = validation;
  const withGoal = tables.flatMap((table) => {
    const { name, leftOut, errors, goal } = table;
    if (goal === undefined) return [];
    const off = offBy(errors);
    const figure = percent(goal.statistic === "mean" ? mean(off) : median(off));
    const verdict = isReached(table) ? "reached" : "missed";
    return [
      `| ${name} (${leftOut} left out) | ${goal.statistic} ${figure} | ${goal.percent} % | ${verdict} |`,
    ];
  });
  return [
    "| test | error | goal | verdict |",
    "| --- | --- | --- | --- |",
    ...withGoal,
    ...allChecks(validation).map(
      (c) => `| ${c.name} | ${c.figure} | ${c.goal} | ${c.isMet ? "reached" : "missed"} |`,
    ),
    "",
    ...untested.map((text) => `- Not tested: ${text}`),
  ].join("\n");
}
