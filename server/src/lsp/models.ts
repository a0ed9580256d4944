import type { ModelView } from "../analysis/model-view.ts";
import type { CostRequest } from "../analysis/scenario.ts";
import { createModelRunner, type ModelRunner } from "../host/model-runner.ts";
import type { Snapshot } from "./documents.ts";
import type { Log } from "./log.ts";

/** The models of a document as last estimated; the document may have been edited since. */
export interface EstimatedModels {
  /** The text that the offsets in `views` refer to. */
  readonly text: string;
  readonly views: readonly ModelView[];
  /** The document does not parse, so this is what it said before. */
  readonly isStale: boolean;
}

export interface ModelOptions {
  readonly script: URL;
  readonly log: Log;
  /** Folders that hold packages for a document, its own project first. */
  rootsOf(snapshot: Snapshot): readonly string[];
  milliseconds(snapshot: Snapshot): number;
  /** The folder whose other files may tell of the models of a document. */
  projectOf(snapshot: Snapshot): string | undefined;
  /** Where and how the models of the document run. */
  requestOf(snapshot: Snapshot): CostRequest;
  /** The user wants models of this document to be estimated. */
  isWanted(snapshot: Snapshot): boolean;
  /** There is something new to show. */
  onEstimated(uri: string): void;
  /** There is more to show of the cost, and nothing else. */
  onRefined(uri: string): void;
}

/** Estimates the models of open documents whenever the typing pauses, off the main thread. */
export interface Models {
  analyzed(snapshot: Snapshot): void;
  closed(uri: string, path: string): void;
  /** Files on disk changed. */
  filesChanged(paths: readonly string[]): void;
  of(uri: string): EstimatedModels | undefined;
  dispose(): void;
}

/** Milliseconds without a keystroke. */
const pause = 300;
/** Milliseconds after which the first findings are out. */
const behindFindings = 50;

export function createModels(options: ModelOptions): Models {
  const estimated = new Map<string, EstimatedModels>();
  const timers = new Map<string, NodeJS.Timeout>();
  const shown = new Map<string, Snapshot>();
  /** By document, the text of the last run that was due. */
  const due = new Map<string, string>();
  /** By document, how many runs were due. */
  const turns = new Map<string, number>();
  let runner: ModelRunner | undefined;
  let starting: NodeJS.Timeout | undefined;

  const newRunner = (): ModelRunner =>
    createModelRunner(options.script, (message) => options.log.error(message));

  const run = async (snapshot: Snapshot): Promise<void> => {
    const { uri, path, file } = snapshot;
    const before = estimated.get(uri);
    const turn = (turns.get(uri) ?? 0) + 1;
    turns.set(uri, turn);
    due.set(uri, file.text);
    if (before !== undefined && file.source?.chunks.some(({ chunk }) => chunk.hasErrors) === true) {
      estimated.set(uri, { ...before, isStale: true });
      if (!before.isStale) options.onEstimated(uri);
      return;
    }
    runner ??= newRunner();
    const keep = (views: readonly ModelView[]): boolean => {
      if (!shown.has(uri)) return false;
      // What comes late of a run does not make newer code that cannot be read sound.
      const isStale = estimated.get(uri)?.isStale === true && due.get(uri) !== file.text;
      estimated.set(uri, { text: file.text, views, isStale });
      return true;
    };
    const views = await runner.estimate(
      {
        path,
        text: file.text,
        roots: options.rootsOf(snapshot),
        milliseconds: options.milliseconds(snapshot),
        project: options.projectOf(snapshot),
        request: options.requestOf(snapshot),
      },
      (refined, kind) => {
        // Some of the models take the place of nothing, but not of all.
        if (kind === "part" && before !== undefined) return;
        if (!keep(refined)) return;
        if (kind === "refined") options.onRefined(uri);
        else options.onEstimated(uri);
      },
    );
    if (views !== undefined) {
      if (keep(views)) options.onEstimated(uri);
    } else if (before?.isStale === false && turns.get(uri) === turn && estimated.get(uri) === before) {
      // The thread gave up: what is shown is of an older text.
      estimated.set(uri, { ...before, isStale: true });
      options.onEstimated(uri);
    } else if (before === undefined && turns.get(uri) === turn && estimated.delete(uri)) {
      // Some of the models are not what the file has.
      options.onEstimated(uri);
    }
  };

  const prepare = (snapshot: Snapshot): void => {
    if (runner !== undefined) return;
    runner = newRunner();
    runner.prepare({ roots: options.rootsOf(snapshot), milliseconds: options.milliseconds(snapshot) });
  };

  const later = (snapshot: Snapshot, milliseconds = pause): void => {
    clearTimeout(timers.get(snapshot.uri));
    timers.set(
      snapshot.uri,
      setTimeout(() => {
        timers.delete(snapshot.uri);
        run(snapshot).catch((error: unknown) => options.log.error("estimating models failed", error));
      }, milliseconds),
    );
  };

  const settingsOf = (snapshot: Snapshot): string =>
    JSON.stringify([options.requestOf(snapshot), options.rootsOf(snapshot), options.milliseconds(snapshot)]);
  /** Its models are to run somewhere else than before, or with other packages. */
  const isElsewhere = (before: Snapshot, snapshot: Snapshot): boolean =>
    before.scope !== snapshot.scope && settingsOf(before) !== settingsOf(snapshot);

  return {
    analyzed(snapshot) {
      const { uri, path, file } = snapshot;
      const before = shown.get(uri);
      shown.set(uri, snapshot);
      if (before?.file.text !== file.text) {
        runner?.fileChanged(path, file.text);
        // Others may import what was just edited.
        for (const other of shown.values()) if (other.uri !== uri && estimated.has(other.uri)) later(other);
      }
      if (file.source === undefined || !options.isWanted(snapshot)) {
        if (estimated.delete(uri)) options.onEstimated(uri);
        return;
      }
      // The thread starts while the user looks at the file, and behind its first findings.
      if (runner === undefined) starting ??= setTimeout(() => prepare(snapshot), behindFindings);
      if (before?.file.text !== file.text || !estimated.has(uri)) later(snapshot);
      else if (isElsewhere(before, snapshot)) later(snapshot, 0);
    },
    closed(uri, path) {
      clearTimeout(timers.get(uri));
      timers.delete(uri);
      shown.delete(uri);
      estimated.delete(uri);
      due.delete(uri);
      turns.delete(uri);
      runner?.fileChanged(path, undefined);
    },
    filesChanged(paths) {
      const open = new Set([...shown.values()].map((snapshot) => snapshot.path));
      for (const path of paths) if (!open.has(path)) runner?.fileChanged(path, undefined);
      for (const snapshot of shown.values()) if (estimated.has(snapshot.uri)) later(snapshot);
    },
    of: (uri) => estimated.get(uri),
    dispose() {
      clearTimeout(starting);
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      runner?.dispose();
    },
  };
}
