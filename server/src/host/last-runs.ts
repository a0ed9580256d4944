import type { ModelView } from "../analysis/model-view.ts";
import { moveView } from "../analysis/move-view.ts";
import { type Asked, isAnsweredAlike } from "../analysis/run-model-rules.ts";
import type { Place } from "../base/known.ts";
import type { Edit, Span } from "../base/text.ts";
import type { RememberedCalls } from "../model/call-memory.ts";
import { type Entered, goneFrom, hintsTheSame, runsTheSame } from "../model/same-run.ts";
import type { IsGone, Pass } from "../model/watch.ts";
import type { SourceFile } from "../syntax/chunk.ts";

/** A run of the models of a file. */
export interface FinishedRun {
  readonly source: SourceFile;
  /** What beside the text it rests on: the interpreter with the files it has read, and the settings. */
  readonly basis: readonly unknown[];
  readonly entered: Entered;
  readonly views: readonly ModelView[];
  /** What the forward passes rested on, by model. */
  readonly passes: ReadonlyMap<number, Pass>;
  /** What rules asked the text. */
  readonly asked: readonly Asked[];
  /** What calls of modules did. */
  readonly calls: RememberedCalls;
}

/** One edit between two texts; `undefined` when they are the same. */
type Difference = (before: string, after: string) => Edit | undefined;

/** What a new run may leave out. */
export interface Known extends Pick<FinishedRun, "passes" | "asked" | "calls"> {
  /** Whether a function of the last run is known to be another one now. */
  readonly isGone: IsGone;
  /** Whether a place of the last run is that one now. */
  isMoved(before: Place, after: Place): boolean;
  /** The views of the last run where things stand now; `undefined` when what rules asked has another answer. */
  moved(): readonly (ModelView | undefined)[] | undefined;
}

/** Remembers how the models of files ran last, since most edits change nothing that runs. */
export interface LastRuns {
  /** The views of the last run, moved to where things stand now; `undefined` when something that ran has changed. */
  again(path: string, source: SourceFile, basis: readonly unknown[]): readonly ModelView[] | undefined;
  /** The last run, when nothing but the text has changed since. */
  known(path: string, source: SourceFile, basis: readonly unknown[]): Known | undefined;
  keep(path: string, run: FinishedRun): void;
  viewsOf(path: string): readonly ModelView[] | undefined;
  /** Puts views that say more of the same run in the place of those. */
  refine(path: string, views: readonly ModelView[]): void;
  forget(path: string): void;
}

interface Remembered extends FinishedRun {
  /** The text that `views` refer to. */
  readonly text: string;
}

/** Comments and code that never runs may say what its inputs are. */
const isGuessed = ({ estimate: { inputSource } }: ModelView): boolean =>
  inputSource === "guess" || inputSource === "none";

export function createLastRuns(difference: Difference): LastRuns {
  const runs = new Map<string, Remembered>();
  const lastOf = (path: string, basis: readonly unknown[]): Remembered | undefined => {
    const last = runs.get(path);
    return last?.basis.every((each, i) => each === basis[i]) === true ? last : undefined;
  };
  const moved = (
    path: string,
    last: Remembered,
    text: string,
  ): readonly (ModelView | undefined)[] | undefined => {
    if (last.views.some(isGuessed) && !hintsTheSame(last.text, text)) return undefined;
    if (!last.asked.every((each) => isAnsweredAlike(each, text))) return undefined;
    const edit = difference(last.text, text);
    return edit === undefined ? last.views : last.views.map((view) => moveView(view, path, last.text, edit));
  };
  return {
    again(path, source, basis) {
      const last = lastOf(path, basis);
      if (last === undefined || !runsTheSame(last.source, source, last.entered)) return undefined;
      const views = moved(path, last, source.text)?.flatMap((view) => view ?? []);
      if (views === undefined || views.length < last.views.length) return undefined;
      runs.set(path, { ...last, text: source.text, views });
      return views;
    },
    known(path, source, basis) {
      const { text } = source;
      const last = lastOf(path, basis);
      if (last === undefined) return undefined;
      const { passes, asked, calls } = last;
      const edit = difference(last.source.text, text);
      return {
        passes,
        asked,
        calls,
        isGone: goneFrom(last.source, source),
        isMoved: (before, after) =>
          before.file === after.file && isMovedBy(before.file === path ? edit : undefined, before, after),
        moved: () => moved(path, last, text),
      };
    },
    keep(path, run) {
      // What calls did takes memory: the file that is being edited is one.
      for (const [other, last] of runs)
        if (other !== path && last.calls.size > 0) runs.set(other, { ...last, calls: noCalls });
      runs.set(path, { ...run, text: run.source.text });
    },
    viewsOf: (path) => runs.get(path)?.views,
    refine(path, views) {
      const last = runs.get(path);
      if (last !== undefined) runs.set(path, { ...last, views });
    },
    forget: (path) => runs.delete(path),
  };
}

const noCalls: RememberedCalls = new Map();

function isMovedBy(edit: Edit | undefined, { span: before }: Place, { span: after }: Place): boolean {
  const by = shiftBy(edit, before);
  return by !== undefined && before.start + by === after.start && before.end + by === after.end;
}

/** Where nothing was inserted, deleted or replaced, things are as far from the edit as they were. */
function shiftBy(edit: Edit | undefined, { start, end }: Span): number | undefined {
  if (edit === undefined || end <= edit.span.start) return 0;
  return start >= edit.span.end ? edit.text.length - (edit.span.end - edit.span.start) : undefined;
}

/** Tells where places in an earlier text of a file stand in the present one; places in other files stay. */
export function placesMoved(path: string, edit: Edit | undefined): (place: Place) => Place | undefined {
  return (place) => {
    if (edit === undefined || place.file !== path) return place;
    const by = shiftBy(edit, place.span);
    if (by === undefined || by === 0) return by === 0 ? place : undefined;
    return { file: path, span: { start: place.span.start + by, end: place.span.end + by } };
  };
}
