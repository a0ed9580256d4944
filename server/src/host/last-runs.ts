import type { ModelView } from "../analysis/model-view.ts";
import { moveView } from "../analysis/move-view.ts";
import type { Edit } from "../base/text.ts";
import { type Entered, hintsTheSame, runsTheSame } from "../model/same-run.ts";
import type { SourceFile } from "../syntax/chunk.ts";

/** A run of the models of a file. */
export interface FinishedRun {
  readonly source: SourceFile;
  /** What beside the text it rests on: the interpreter with the files it has read, and the settings. */
  readonly basis: readonly unknown[];
  readonly entered: Entered;
  readonly views: readonly ModelView[];
}

/** Remembers how the models of files ran last, since most edits change nothing that runs. */
export interface LastRuns {
  /** The views of the last run, moved to where things stand now; `undefined` when something that ran has changed. */
  again(
    path: string,
    source: SourceFile,
    basis: readonly unknown[],
    edit: (before: string) => Edit | undefined,
  ): readonly ModelView[] | undefined;
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

export function createLastRuns(): LastRuns {
  const runs = new Map<string, Remembered>();
  return {
    again(path, source, basis, editFrom) {
      const last = runs.get(path);
      if (last === undefined || !last.basis.every((each, i) => each === basis[i])) return undefined;
      if (!runsTheSame(last.source, source, last.entered)) return undefined;
      if (last.views.some(isGuessed) && !hintsTheSame(last.text, source.text)) return undefined;
      const edit = editFrom(last.text);
      if (edit === undefined) return last.views;
      const moved = last.views.map((view) => moveView(view, path, last.text, edit));
      const views = moved.flatMap((view) => (view === undefined ? [] : [view]));
      if (views.length < moved.length) return undefined;
      runs.set(path, { ...last, text: source.text, views });
      return views;
    },
    keep: (path, run) => runs.set(path, { ...run, text: run.source.text }),
    viewsOf: (path) => runs.get(path)?.views,
    refine(path, views) {
      const last = runs.get(path);
      if (last !== undefined) runs.set(path, { ...last, views });
    },
    forget: (path) => runs.delete(path),
  };
}
