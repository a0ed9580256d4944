import type { Place } from "../base/known.ts";
import type { FunctionDef, Lambda } from "../syntax/ast.ts";
import { type Around, NotRepeatable, type Recipe, recipeOf } from "./call-recording.ts";
import { dictFrom } from "./dicts.ts";
import { type GlobalNames, type Visible, type Walked, walk, walkAgain } from "./footprint.ts";
import type { Machine } from "./machine.ts";
import { follow, noteNames, readsAll, union } from "./read-log.ts";
import { repeat } from "./repeat-call.ts";
import type { Run } from "./run-state.ts";
import { type Footprint, holdsTheSame } from "./same-footprint.ts";
import { type Entered, isSameHead } from "./same-run.ts";
import { type Kwargs, type PyClass, type PyInstance, type PyModule, tuple, type Value } from "./values.ts";
import type { IsGone } from "./watch.ts";

/*
 * Most of a model is what it was before an edit, and twelve layers of it are alike. A call of a module, or of a class of
 * modules, that is given what an earlier one was given does what that one did: it is made again from what that one made.
 */

/** A call that went well, left all that it was given as it was, and made nothing but ops and new values. */
interface CallRecord {
  readonly footprint: Footprint;
  /** The names that the footprint tells of. */
  readonly names: GlobalNames;
  readonly entered: Entered;
  readonly recipe: Recipe;
  /** Of the module. */
  readonly path: string;
  readonly steps: number;
  readonly depth: number;
  readonly patches: number;
  /** Of the user's file when it was made: its places refer to that. */
  readonly text: string;
  /** Runs since it was last of use. */
  age: number;
}

/** What is known of calls of one class. */
interface Callee {
  /** The global names that calls read; `undefined` until one has ended. */
  names: GlobalNames | undefined;
  records: readonly CallRecord[];
  /** Calls in this run, and in the last one. */
  calls: number;
  callsBefore: number;
  /** Records made, and repeated, in this run. */
  made: number;
  repeated: number;
  /** Those of records that this run made. */
  alike: number;
  /** Runs in which equal calls within one run are not to be expected. */
  varied: number;
  /** Runs in which nothing is recorded for the next one, as its code changed: it may well change again. */
  restless: number;
}

export type RememberedCalls = ReadonlyMap<string, Callee>;

/** Where a place in an earlier text of the user's file stands now. */
export type MoveFrom = (before: string) => (place: Place) => Place | undefined;

interface Call {
  readonly kind: "call" | "new";
  readonly cls: PyClass;
  readonly values: readonly Value[];
  /** Of the module that is called. */
  readonly path: string;
}

export interface CallMemory {
  /** `module(*args, **kwargs)` */
  readonly ofModule: (
    m: Machine,
    module: PyInstance,
    args: readonly Value[],
    kwargs: Kwargs,
    body: () => Value,
  ) => Value;
  /** `cls(*args, **kwargs)` */
  readonly ofClass: (
    m: Machine,
    cls: PyClass,
    args: readonly Value[],
    kwargs: Kwargs,
    body: () => Value,
  ) => Value;
  /** For the next run of the file. */
  readonly remembered: () => RememberedCalls;
}

/** Records of one class; older ones go. */
const maxRecords = 24;
/** Runs after which a record goes that was of no use. */
const maxAge = 6;
/** Calls of one class in a run from which on equal ones are to be expected. */
const many = 3;
const restlessRuns = 8;
/** Ops that records of one file may hold in all. */
const maxOps = 12_000;

/**
 * @param runOf the run of the models that goes on.
 * @param text the user's file as it is now.
 * @param isGone whether a function of an earlier run is known to be another one now.
 */
export function createCallMemory(
  runOf: () => Run,
  last: RememberedCalls | undefined,
  text: string,
  moveFrom: MoveFrom,
  isGone: IsGone,
): CallMemory {
  const callees = new Map<string, Callee>();
  for (const [key, callee] of last ?? []) callees.set(key, nextOf(callee));
  const movers = new Map<string, (place: Place) => Place | undefined>();
  /** Functions that were found to be others now. */
  const stale = new Set<FunctionDef | Lambda>();
  const olds = new Map<CallRecord, boolean>();
  const young = new Set<CallRecord>();
  let recording = 0;
  let repeating = 0;

  const calleeOf = (key: string): Callee => {
    const known = callees.get(key);
    if (known !== undefined) return known;
    const made: Callee = {
      names: undefined,
      records: [],
      calls: 0,
      callsBefore: 0,
      made: 0,
      repeated: 0,
      alike: 0,
      varied: 0,
      restless: 0,
    };
    callees.set(key, made);
    return made;
  };

  const moverOf = (record: CallRecord): ((place: Place) => Place | undefined) => {
    const known = movers.get(record.text);
    if (known !== undefined) return known;
    const made = record.text === text ? (place: Place) => place : onceEach(moveFrom(record.text));
    movers.set(record.text, made);
    return made;
  };

  const isStale = (record: CallRecord): boolean => {
    const { entered } = record;
    for (const each of stale) if (entered.has(each)) return true;
    let isOld = olds.get(record);
    if (isOld === undefined) {
      isOld = [...entered].some(isGone);
      olds.set(record, isOld);
    }
    return isOld;
  };

  const matches = (record: CallRecord, after: Footprint, file: string): boolean => {
    const before = record.footprint;
    const { code, codeStarts } = after;
    if (before.code.length !== code.length) return false;
    const move = moverOf(record);
    for (let i = 0; i < code.length; i++) {
      const [was, is] = [before.code[i], code[i]];
      if (was === undefined || is === undefined) return false;
      if (!record.entered.has(was)) {
        if (was !== is && !isSameHead(was, is)) return false;
        continue;
      }
      if (was !== is) {
        stale.add(was);
        return false;
      }
      const [start, now] = [before.codeStarts[i] ?? -1, codeStarts[i] ?? -1];
      if (start !== now && move({ file, span: { start, end: start } })?.span.start !== now) return false;
    }
    return holdsTheSame(before, after);
  };

  const around = (run: Run, path: string): Around => ({ path, call: run.call, stack: run.trace() });

  /** @returns `undefined` when it has to run after all */
  const again = (m: Machine, run: Run, call: Call, record: CallRecord, now: Walked): Value | undefined => {
    const { state } = m;
    const { graph } = run.context;
    if (state.steps + record.steps >= state.budget || state.depth > record.depth) return undefined;
    if (!graph.mayHold(record.recipe.ops.length)) return undefined;
    const mover = moverOf(record);
    const move = (place: Place): Place => {
      const moved = mover(place);
      if (moved === undefined) throw new NotRepeatable();
      return moved;
    };
    try {
      const made = repeat(record.recipe, {
        graph,
        given: [...now.objects.keys()],
        around: around(run, call.path),
        move,
      });
      for (const each of made.bindings) run.bound.push(each);
      for (const each of record.entered) state.entered.add(each);
      noteNames(state, record.names);
      state.steps += record.steps - 1;
      m.step();
      return made.result;
    } catch (error) {
      if (error instanceof NotRepeatable) return undefined;
      throw error;
    }
  };

  const through = (m: Machine, run: Run, call: Call, body: () => Value): Value => {
    const { state } = m;
    const { graph, modes } = run.context;
    if (
      state.constructing !== undefined ||
      state.marked ||
      run.checkpoint !== undefined ||
      modes.autocast !== undefined
    )
      return body();
    const main = m.modules.get("__main__");
    if (main === undefined) return body();
    const callee = calleeOf(`${call.kind} ${call.cls.code?.module.name} ${call.cls.name}`);
    callee.calls++;
    const { names } = callee;
    if (names === undefined) return learn(m, callee, body);
    if (readsAll(names)) return body();
    const alike = callee.records.filter(
      (each) => each.names === names && each.patches === state.patches && state.depth <= each.depth,
    );
    const known = alike.filter((each) => !isStale(each));
    if (known.length < alike.length) callee.restless = restlessRuns;
    const isOften = isOftenAlike(callee, call) && repeating === 0;
    let wants = isOften || (recording === 0 && callee.restless === 0);
    if (known.length === 0 && !wants) return body();
    const visible = visibleTo(m, run, main, call, names);
    const tryAgain = (record: CallRecord, now: Walked | undefined): Value | undefined => {
      if (now === undefined || !matches(record, now.footprint, main.file ?? "")) return undefined;
      const made = again(m, run, call, record, now);
      if (made === undefined) return undefined;
      record.age = 0;
      callee.repeated++;
      if (young.has(record)) callee.alike++;
      return made;
    };
    const likely = known.find((each) => each.path === call.path) ?? known[0];
    if (likely !== undefined) {
      const made = tryAgain(likely, walkAgain(visible, likely.footprint));
      if (made !== undefined) return made;
    }
    const before = walk(visible);
    if (before === undefined) return body();
    for (const record of known) {
      const made = record === likely ? undefined : tryAgain(record, before);
      if (made !== undefined) return made;
    }
    if (known.some(isStale)) {
      callee.restless = restlessRuns;
      wants = isOften;
    }
    if (!wants) return body();
    const { steps, doubts, patches, unseen, depth } = state;
    const { events, ids: from } = graph;
    const first = run.bound.length;
    const here = around(run, call.path);
    recording++;
    if (isOften) repeating++;
    let followed: ReturnType<typeof follow>;
    try {
      followed = follow(m, body);
    } finally {
      recording--;
      if (isOften) repeating--;
    }
    const { result, read, entered } = followed;
    const isPlain =
      state.doubts === doubts &&
      state.patches === patches &&
      state.unseen === unseen &&
      graph.events === events;
    if (!isPlain || state.marked || modes.autocast !== undefined) return result;
    const all = union(names, read);
    if (all !== names) {
      callee.names = all;
      return result;
    }
    const after = walk(visible);
    if (after === undefined || !isUntouched(before, after)) return result;
    try {
      const isPass = call.kind === "call";
      const to = graph.ids;
      const recipe = recipeOf(
        {
          isPass,
          result,
          from,
          to,
          ops: isPass ? graph.between(from.ops, to.ops) : [],
          bindings: isPass ? run.bound.slice(first) : [],
          around: here,
        },
        before.objects,
      );
      const record: CallRecord = {
        footprint: before.footprint,
        names,
        entered,
        recipe,
        path: call.path,
        steps: state.steps - steps,
        depth,
        patches,
        text,
        age: 0,
      };
      callee.made++;
      young.add(record);
      callee.records = [record, ...callee.records].slice(0, maxRecords);
    } catch (error) {
      if (!(error instanceof NotRepeatable)) throw error;
    }
    return result;
  };

  return {
    ofModule: (m, module, args, kwargs, body) => {
      const run = runOf();
      const path = run.paths.get(module);
      if (path === undefined || path === "" || run.context.graph.isPreparing) return body();
      return through(
        m,
        run,
        { kind: "call", cls: module.cls, values: [module, tuple(args), dictFrom(kwargs)], path },
        body,
      );
    },
    ofClass: (m, cls, args, kwargs, body) => {
      const run = runOf();
      return run.context.graph.isPreparing
        ? through(m, run, { kind: "new", cls, values: [cls, tuple(args), dictFrom(kwargs)], path: "" }, body)
        : body();
    },
    remembered: () => within(callees, maxOps),
  };
}

function learn(m: Machine, callee: Callee, body: () => Value): Value {
  const { result, read } = follow(m, body);
  callee.names = read;
  return result;
}

/** Ops share most of the lines that they come from. */
function onceEach(move: (place: Place) => Place | undefined): (place: Place) => Place | undefined {
  const moved = new Map<Place, Place | undefined>();
  return (place) => {
    if (moved.has(place)) return moved.get(place);
    const made = move(place);
    moved.set(place, made);
    return made;
  };
}

const isOftenAlike = ({ calls, callsBefore, varied }: Callee, { cls }: Call): boolean =>
  varied === 0 && Math.max(calls, callsBefore) >= many && cls.code?.prelude !== true;

const nextOf = (callee: Callee): Callee => {
  const { made, alike, calls, restless, records } = callee;
  return {
    ...callee,
    records: records.filter((each) => each.age < maxAge),
    calls: 0,
    callsBefore: calls,
    made: 0,
    repeated: 0,
    alike: 0,
    varied: made >= many && 2 * alike < made ? restlessRuns : Math.max(0, callee.varied - 1),
    restless: Math.max(0, restless - 1),
  };
};

/** The youngest records up to a number of ops. */
function within(callees: ReadonlyMap<string, Callee>, limit: number): RememberedCalls {
  let left = limit;
  const all = [...callees.values()].flatMap(({ records }) => records).sort((a, b) => a.age - b.age);
  const kept = new Set<CallRecord>();
  for (const record of all) {
    left -= record.recipe.ops.length + record.recipe.refs.length;
    if (left < 0) break;
    record.age++;
    kept.add(record);
  }
  return new Map(
    [...callees].map(([key, callee]) => [
      key,
      { ...callee, records: callee.records.filter((each) => kept.has(each)) },
    ]),
  );
}

function visibleTo(
  m: Machine,
  run: Run,
  main: PyModule,
  { path, values }: Call,
  names: GlobalNames,
): Visible {
  const { defaultDtype, defaultDevice, gradEnabled } = run.context.modes;
  const pathOf = (module: PyInstance): string | undefined => {
    const own = run.paths.get(module);
    return own?.startsWith(path) === true ? `>${own.slice(path.length)}` : own;
  };
  return {
    main,
    modules: m.modules,
    plain: [defaultDtype, defaultDevice, gradEnabled, m.state.quiet],
    values,
    names,
    pathOf,
  };
}

/** Whether everything is what it was, and not only something like it. */
function isUntouched(before: Walked, after: Walked): boolean {
  if (before.objects.size !== after.objects.size) return false;
  const objects = after.objects.keys();
  for (const object of before.objects.keys()) if (object !== objects.next().value) return false;
  const { code } = after.footprint;
  return (
    before.footprint.code.every((node, i) => node === code[i]) &&
    holdsTheSame(before.footprint, after.footprint)
  );
}
