import type { Place } from "../base/known.ts";
import { lineStarts, positionAt } from "../base/text.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import type { CallerPlace, Construction, RecordedCall } from "./construction.ts";
import type { Interpreter } from "./interpreter.ts";
import { createMadeModules } from "./made-modules.ts";
import { firstUnknown, portable } from "./portable-value.ts";
import type { Kwargs, PyInstance, Value } from "./values.ts";

/** How one caller builds a class. */
export interface Recorded {
  readonly construction: Construction;
  /** Why an argument is not known; `undefined` when all are. */
  readonly why: string | undefined;
}

/** Writes down how classes of one file are built and called while code of another one runs. */
export interface Recorder {
  readonly found: ReadonlyMap<string, Recorded>;
  /** The first call of each model that the program makes at its top, of which nothing but the arguments was looked at. */
  observe(): void;
  /** A place gives a class these arguments, though nothing was made of them. */
  note(name: string, args: readonly Value[], kwargs: Kwargs, assumption: string): void;
  /** Stops writing down. */
  end(): void;
}

export interface RecorderOptions {
  /** The file that runs. */
  readonly path: string;
  readonly source: SourceFile;
  /** The file whose classes are looked for. */
  readonly file: string;
  readonly classes: ReadonlySet<string>;
  /** Calls inside of a model that runs count. */
  readonly isInside: boolean;
}

export function record(interpreter: Interpreter, options: RecorderOptions): Recorder {
  const { path, source, file, classes, isInside } = options;
  const { state } = interpreter.machine;
  const starts = lineStarts(source.text);
  const found = new Map<string, Recorded>();
  const instances = new Map<PyInstance, string>();
  const modules = createMadeModules(file);
  const { madeWith } = modules;
  const recorded = (args: readonly Value[], kwargs: Kwargs): RecordedCall => ({
    args: args.map((each) => portable(each, file, madeWith)),
    kwargs: [...kwargs].map(([name, each]) => [name, portable(each, file, madeWith)]),
  });
  const lineAt = (offset: number): CallerPlace => ({
    file: path,
    line: positionAt(starts, offset).line + 1,
  });
  /** The line of this file that is being run. */
  const here = (): CallerPlace => {
    for (let frame = state.frame; frame !== undefined; frame = frame.caller)
      if (frame.code.file === path && !frame.code.prelude) return lineAt(frame.code.start + frame.start);
    return { file: path, line: 1 };
  };
  const note = (name: string, args: readonly Value[], kwargs: Kwargs, at: CallerPlace): void => {
    const known = found.get(name);
    if (known === undefined || known.construction.call !== undefined) return;
    const call = { ...recorded(args, kwargs), at };
    if (whyUnknown(call) === undefined && !isEmpty(call))
      found.set(name, { ...known, construction: { ...known.construction, call } });
  };
  /** @returns whether it is better than what was known. */
  const build = (name: string, args: readonly Value[], kwargs: Kwargs, more: readonly string[]): boolean => {
    const before = found.get(name);
    if (!classes.has(name) || (before !== undefined && before.why === undefined)) return false;
    const call = recorded(args, kwargs);
    const { unknownKeywords } = state;
    const why = unknownKeywords ?? whyUnknown(call);
    if (before !== undefined && why !== undefined) return false;
    const assumptions = [...interpreter.run().assumed, ...more];
    found.set(name, {
      construction: { name, ...call, at: here(), unknownKeywords, others: 0, call: undefined, assumptions },
      why,
    });
    return true;
  };
  state.constructing = (cls, args, kwargs, make) => {
    const isNew = cls.code?.file === file && build(cls.name, args, kwargs, []);
    const made = modules.making(cls, args, kwargs, make);
    if (isNew && typeof made === "object" && made.kind === "instance") instances.set(made, cls.name);
    return made;
  };
  if (isInside)
    state.calling = (model, args, kwargs) => {
      const name = instances.get(model);
      if (name !== undefined) note(name, args, kwargs, here());
    };
  return {
    found,
    note: (name, args, kwargs, assumption) => void build(name, args, kwargs, [assumption]),
    observe() {
      const placeOf = (place: Place | undefined): CallerPlace =>
        place?.file === path ? lineAt(place.span.start) : here();
      for (const { model, args, kwargs, place } of interpreter.run().observed.splice(0))
        if (model.cls.code?.file === file) note(model.cls.name, args, kwargs, placeOf(place));
    },
    end() {
      state.constructing = undefined;
      state.calling = undefined;
    },
  };
}

/** A tensor without elements stands for data that is not there. */
const isEmpty = ({ args, kwargs }: RecordedCall): boolean =>
  [...args, ...kwargs.map(([, each]) => each)].some(
    (each) => each.kind === "tensor" && each.shape.includes(0),
  );

const whyUnknown = ({ args, kwargs }: RecordedCall): string | undefined =>
  firstUnknown([...args, ...kwargs.map(([, each]) => each)]);
