import { coverage, crossCoverage, mean, median } from "./robust.ts";

export interface Goal {
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

/** Share of the rows within the interval of estimates: at least 85 % and at most 95 % is what it promises. */
function interval({ errors, halfWidth, isSeparate }: Table): string {
  const held = isSeparate === true ? coverage(errors, halfWidth) : crossCoverage(errors);
  const verdict = held >= 0.85 && held <= 0.95 ? "" : " (not 85 to 95 %)";
  return `x/÷ ${Math.exp(halfWidth).toFixed(2)}, holds ${percent(held)}${verdict}`;
}

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
export function printed({ tables, checks, untested }: Validation): string {
  return [
    "| test | left out of the fit | rows | mean error | median error | goal | verdict | 90 % interval |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...tables.map((t) => `| ${row(t).join(" | ")} |`),
    "",
    "| check | rows | figure | goal | verdict |",
    "| --- | --- | --- | --- | --- |",
    ...checks.map(
      (c) => `| ${[c.name, c.rows, c.figure, c.goal, c.isMet ? "reached" : "missed"].join(" | ")} |`,
    ),
    "",
    ...untested.map((text) => `- Not tested: ${text}`),
  ].join("\n");
}

/** What a reader of the README needs: the goals, what was reached, and what was not tested. */
export function summary({ tables, checks, untested }: Validation): string {
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
    ...checks.map((c) => `| ${c.name} | ${c.figure} | ${c.goal} | ${c.isMet ? "reached" : "missed"} |`),
    "",
    ...untested.map((text) => `- Not tested: ${text}`),
  ].join("\n");
}
