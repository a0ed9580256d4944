import { amount } from "../base/amount.ts";
import { printAmount, printCount } from "../graph/print.ts";
import type { Cause } from "./gate-result.ts";
import type { Hunk } from "./line-diff.ts";
import type { Pair } from "./match-models.ts";
import type { LineWork, ModelSnapshot } from "./snapshot.ts";

/** A file on both sides, and the lines in which they differ. */
export interface FileEdit {
  readonly basePath: string | null;
  readonly headPath: string | null;
  readonly hunks: readonly Hunk[];
}

/** Where causes are looked for. */
export interface CauseScope {
  readonly edits: readonly FileEdit[];
  /** By file of head, the edited ones that it depends on, itself included. */
  readonly reach: Readonly<Record<string, readonly string[]>>;
}

type Work = Pick<LineWork, "parameters" | "macs" | "seconds">;

const most = 8;
const noWork: Work = { parameters: 0, macs: 0, seconds: 0 };

interface Candidate {
  readonly cause: Cause;
  readonly weight: number;
}

/**
 * The changed lines that explain a difference: those that make parameters or do work themselves, and, where lines that
 * nobody touched cost more, those that may set what they do.
 */
export function causesOf({ before, after }: Pair, { edits, reach }: CauseScope): readonly Cause[] {
  if (after === undefined) return [];
  const whole = { before: total(before), after: total(after) };
  const hunks = edits.flatMap((edit) => edit.hunks.map((hunk) => ({ edit, hunk })));
  const direct: Candidate[] = [];
  const indirect: { readonly edit: FileEdit; readonly hunk: Hunk }[] = [];
  for (const { edit, hunk } of hunks) {
    const effect = difference(
      within(before, edit.basePath, hunk.baseStart, hunk.baseLines.length),
      within(after, edit.headPath, hunk.headStart, hunk.headLines.length),
    );
    const weight = weightOf(effect, whole);
    const cause =
      weight < 1e-6 ? undefined : causeAt(edit, hunk, before, after, effectWords(effect, whole.before));
    if (cause !== undefined) {
      // A line that took away some of it is no cause of more.
      if (isToward(effect, whole)) direct.push({ cause, weight });
    } else if (codeLine(hunk) !== undefined && reach[after.path]?.includes(edit.headPath ?? "") === true)
      indirect.push({ edit, hunk });
  }
  const untouched = largestUntouched(before, after, edits, whole);
  const found = [...direct.sort((a, b) => b.weight - a.weight).map(({ cause }) => cause)];
  if (untouched !== undefined)
    for (const { edit, hunk } of indirect) {
      const cause = causeAt(edit, hunk, before, after, untouched);
      if (cause !== undefined) found.push(cause);
    }
  return found.slice(0, most);
}

const total = (model: ModelSnapshot | undefined): Work => sumWork(model?.lines ?? []);

const sumWork = (all: readonly Work[]): Work =>
  all.reduce<Work>(
    (sum, each) => ({
      parameters: sum.parameters + each.parameters,
      macs: sum.macs + each.macs,
      seconds: sum.seconds + each.seconds,
    }),
    noWork,
  );

const within = (
  model: ModelSnapshot | undefined,
  path: string | null,
  start: number,
  count: number,
): readonly LineWork[] =>
  (model?.lines ?? []).filter(({ file, line }) => file === path && start <= line && line < start + count);

function difference(before: readonly Work[], after: readonly Work[]): Work {
  const [old, now] = [sumWork(before), sumWork(after)];
  return {
    parameters: now.parameters - old.parameters,
    macs: now.macs - old.macs,
    seconds: now.seconds - old.seconds,
  };
}

interface Whole {
  readonly before: Work;
  readonly after: Work;
}

/** Shares of the larger model, so that parameters and time can be compared. */
function weightOf(effect: Work, { before, after }: Whole): number {
  const share = (key: keyof Work): number => {
    const all = Math.max(before[key], after[key]);
    return all === 0 ? 0 : Math.abs(effect[key]) / all;
  };
  return share("parameters") + share("macs") + share("seconds");
}

/** Whether an effect has the sign of the difference between the models in anything at all. */
const isToward = (effect: Work, { before, after }: Whole): boolean =>
  (["parameters", "macs", "seconds"] as const).some((key) => effect[key] * (after[key] - before[key]) > 0);

/** `+2.1 M parameters, +38 % of the time` */
function effectWords({ parameters, macs, seconds }: Work, before: Work): string {
  const sign = (value: number): string => (value > 0 ? "+" : "-");
  const words = [
    ...(parameters === 0 ? [] : [`${sign(parameters)}${printCount(Math.abs(parameters))} parameters`]),
    ...(macs === 0 ? [] : [`${sign(macs)}${printAmount(Math.abs(macs), "MACs")}`]),
    ...(seconds === 0
      ? []
      : [
          before.seconds === 0
            ? `${sign(seconds)}${amount(Math.abs(seconds), "s")}`
            : `${sign(seconds)}${percentText((100 * Math.abs(seconds)) / before.seconds)} of the time before`,
        ]),
  ];
  return words.join(", ");
}

const percentText = (percent: number): string =>
  `${percent >= 10 ? Math.round(percent).toLocaleString("en-US") : percent.toPrecision(2)} %`;

/** The line of a hunk that does most, in head where it has lines there. */
function causeAt(
  { basePath, headPath }: FileEdit,
  hunk: Hunk,
  before: ModelSnapshot | undefined,
  after: ModelSnapshot,
  what: string,
): Cause | undefined {
  const { baseStart, baseLines, headStart, headLines } = hunk;
  const [side, file, start, lines, model] =
    headLines.length > 0
      ? (["head", headPath, headStart, headLines, after] as const)
      : (["base", basePath, baseStart, baseLines, before] as const);
  if (file === null) return undefined;
  const busiest = [...within(model, file, start, lines.length)].sort(
    (a, b) =>
      weightOf(b, { before: noWork, after: total(model) }) -
      weightOf(a, { before: noWork, after: total(model) }),
  )[0];
  const line = busiest?.line ?? start + (codeLine({ ...hunk, headLines: lines }) ?? 0);
  return { side, file, line, text: (lines[line - start] ?? "").trim().slice(0, 200), what };
}

/** Index of the first line of a hunk that is neither blank nor a comment, in head if it has lines there. */
function codeLine({ headLines, baseLines }: Pick<Hunk, "headLines" | "baseLines">): number | undefined {
  const index = (headLines.length > 0 ? headLines : baseLines).findIndex((line) => /^\s*[^\s#]/.test(line));
  return index < 0 ? undefined : index;
}

/** In words, which line that was left as it was costs most more; `undefined` where such lines explain little. */
function largestUntouched(
  before: ModelSnapshot | undefined,
  after: ModelSnapshot,
  edits: readonly FileEdit[],
  whole: Whole,
): string | undefined {
  if (before === undefined) return undefined;
  const old = new Map(before.lines.map((each) => [`${each.line}:${each.file}`, each]));
  const changes = after.lines.flatMap((line) => {
    const from = placeBefore(line, edits);
    if (from === undefined) return [];
    const effect = difference([old.get(`${from.line}:${from.file}`) ?? noWork], [line]);
    const weight = weightOf(effect, whole);
    return weight < 0.01 ? [] : [{ line, effect, weight }];
  });
  const [first] = changes.sort((a, b) => b.weight - a.weight);
  if (first === undefined) return undefined;
  const { file, line } = first.line;
  const others = changes.length === 1 ? "" : ` and ${changes.length - 1} more`;
  return `sets what ${file}:${line}${others} costs: ${effectWords(first.effect, whole.before)}`;
}

/** Where a line of head was before; `undefined` when it is new or was changed. */
function placeBefore(
  { file, line }: LineWork,
  edits: readonly FileEdit[],
): { readonly file: string; readonly line: number } | undefined {
  const edit = edits.find(({ headPath }) => headPath === file);
  if (edit === undefined) return { file, line };
  if (edit.basePath === null) return undefined;
  let moved = 0;
  for (const { headStart, headLines, baseLines } of edit.hunks) {
    if (headStart > line) break;
    if (line < headStart + headLines.length) return undefined;
    moved += baseLines.length - headLines.length;
  }
  return { file: edit.basePath, line: line + moved };
}
