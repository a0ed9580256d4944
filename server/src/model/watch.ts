import type { Place } from "../base/known.ts";
import type { FunctionDef, Lambda } from "../syntax/ast.ts";
import { dictFrom } from "./dicts.ts";
import type { Call, Entry } from "./entries.ts";
import { type GlobalNames, walk } from "./footprint.ts";
import type { Interpreter } from "./interpreter.ts";
import { startFollowing } from "./read-log.ts";
import { type Footprint, isSameFootprint } from "./same-footprint.ts";
import type { Entered } from "./same-run.ts";
import { type PyInstance, type PyModule, tuple } from "./values.ts";

/** A model that is about to run. */
export interface Ready {
  readonly entry: Entry;
  readonly main: PyModule;
  /** What was settled beside the program: where the inputs come from, what was assumed. */
  readonly plain: readonly unknown[];
  readonly model: PyInstance;
  readonly call: Call;
}

/** A forward pass need not run: it would go as the one before. */
export class AsBefore {}

/** Follows the forward pass of one model from run to run of its file. */
export interface PassWatch {
  /**
   * @returns what is to be called when the pass has ended
   * @throws AsBefore
   */
  begin(interpreter: Interpreter, ready: Ready): () => void;
  /** What the model tells rests on more than the pass that was followed. */
  drop(): void;
}

/** By position of the model in its file. */
export type Watch = (index: number) => PassWatch;

/** What a forward pass rested on. */
export interface Pass {
  /** `undefined` until it is known which names it reads, and while its code is being edited. */
  readonly footprint: Footprint | undefined;
  readonly names: GlobalNames;
  readonly entered: Entered;
}

export interface Followed {
  readonly watch: Watch;
  /** By model; grows while they run. */
  readonly passes: ReadonlyMap<number, Pass>;
}

export type IsGone = (fn: FunctionDef | Lambda) => boolean;

/** Whether any of the passes may be found to go as before. */
export const mayBeAsBefore = (passes: ReadonlyMap<number, Pass>, isGone: IsGone): boolean =>
  [...passes.values()].some(
    ({ footprint, entered }) => footprint !== undefined && ![...entered].some(isGone),
  );

const noNames: GlobalNames = new Map();

/**
 * @param last the passes of the run before.
 * @param isMoved whether a place in the text of the run before is that one in the text of today.
 * @param isGone whether a function of the run before is known to be another one now.
 */
export function followPasses(
  last: ReadonlyMap<number, Pass>,
  isMoved: (before: Place, after: Place) => boolean,
  isGone: IsGone,
): Followed {
  const passes = new Map<number, Pass>();
  const begin = (interpreter: Interpreter, index: number, ready: Ready): (() => void) => {
    const { entry, main, plain, model, call } = ready;
    const { machine } = interpreter;
    const { state, modules } = machine;
    const { notes, assumed, context } = interpreter.run();
    const { defaultDtype, defaultDevice, gradEnabled, autocast } = context.modes;
    const before = last.get(index);
    const names = before?.names ?? noNames;
    const isReadable =
      !state.marked && autocast === undefined && before !== undefined && ![...before.entered].some(isGone);
    const footprint = isReadable
      ? walk({
          main,
          modules,
          plain: [
            ...[entry.name, entry.expression, entry.guessed, entry.observed],
            ...[defaultDtype, defaultDevice, gradEnabled],
            ...notes.flatMap(({ what, why }) => [what, why]),
            ...assumed,
            ...plain,
          ],
          values: [model, tuple(call.args), dictFrom(call.kwargs)],
          names,
        })?.footprint
      : undefined;
    const isKnown =
      footprint !== undefined &&
      before?.footprint !== undefined &&
      isSameFootprint(before.footprint, footprint, before.entered, isMoved);
    if (isKnown) {
      passes.set(index, { footprint, names, entered: before.entered });
      throw new AsBefore();
    }
    const end = startFollowing(machine);
    return () => {
      const { entered, read } = end();
      const isCovered = covers(names, read);
      passes.set(index, {
        footprint: isCovered ? footprint : undefined,
        names: isCovered ? names : read,
        entered,
      });
    };
  };
  const watch: Watch = (index) => ({
    begin: (interpreter, ready) => begin(interpreter, index, ready),
    drop: () => {
      passes.delete(index);
    },
  });
  return { watch, passes };
}

/** A program that reads all names at once may read any of them. */
const covers = (names: GlobalNames, read: GlobalNames): boolean =>
  [...read].every(([module, all]) => {
    const known = names.get(module);
    return known !== undefined && !all.has("*") && [...all].every((name) => known.has(name));
  });
