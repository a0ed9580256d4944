import type { Place } from "../base/known.ts";
import { unknown } from "../base/known.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Site } from "../graph/ir.ts";
import { refOf } from "../graph/tensor.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import { initialModes } from "../torch/_op.ts";
import { makeContext } from "../torch/run.ts";
import { getAttribute } from "./attributes.ts";
import { updateDict } from "./builtins/dict-methods.ts";
import { bindBuiltins } from "./builtins/namespace.ts";
import { nativeClasses } from "./builtins/native-classes.ts";
import { allocate, call, callClass } from "./call.ts";
import { makeCounter } from "./counter.ts";
import { dictFrom } from "./dicts.ts";
import { enumByValue, enumMembers, members } from "./enums.ts";
import { evaluate } from "./expressions.ts";
import { isRaised, iterate } from "./iterate.ts";
import {
  patchGeometric,
  patchTimmBuilder,
  patchTimmRegistry,
  patchTorchvisionUtils,
} from "./library-patches.ts";
import { libraryState } from "./library-state.ts";
import type { Frame, Limits, Machine, MachineState, Note } from "./machine.ts";
import { type Modules, makeModules, type World } from "./modules.ts";
import { nativeModule } from "./nn-natives.ts";
import { leaveOpenHere, noOpenModels, openSavepoint } from "./open-models.ts";
import { binary, compare } from "./operators.ts";
import { moduleFrame } from "./run-module.ts";
import { type Run, savepoint } from "./run-state.ts";
import { textRunners } from "./run-text.ts";
import { deleteAttribute, setAttribute } from "./set-attribute.ts";
import { execute } from "./statements.ts";
import { makeNativeModule } from "./stdlib/native-module.ts";
import { bindOwnFunctions } from "./stdlib/own-functions.ts";
import { stdlibModules } from "./stdlib/registry.ts";
import { getItem, setItem } from "./subscript.ts";
import { isOpNamespace, makeTorchBridge } from "./torch-bridge.ts";
import { patchOps, torchClasses } from "./torch-classes.ts";
import { releaseOf } from "./torch-since.ts";
import { truth } from "./truth.ts";
import { isInstance } from "./types.ts";
import { enterContexts } from "./unwinding.ts";
import { noKwargs, type PyModule, tuple, type Value } from "./values.ts";

export interface InterpreterOptions extends Pick<World, "files" | "roots" | "read" | "prelude" | "closed"> {
  readonly parse: (text: string) => SourceFile;
  readonly limits: Limits;
  /** Milliseconds from any origin. */
  readonly now: () => number;
}

export interface Interpreter {
  readonly machine: Machine;
  readonly modules: Modules;
  /** Starts the models of a file, which have a limit together. */
  readonly begin: () => void;
  /** @throws Stopped when that has been reached */
  readonly checkTime: () => void;
  /** Why no other model of the file is started. */
  readonly whyOver: () => string | undefined;
  /** Starts a new estimate: an empty graph, fresh limits. */
  readonly reset: () => Run;
  readonly run: () => Run;
  /** Lets go of the last program: what it made is garbage before the next one runs. */
  readonly release: () => void;
  readonly parse: (text: string) => SourceFile;
  /** For evaluating an expression in the namespace of a module. */
  readonly frameOf: (module: PyModule) => Frame;
}

/** Notes doubts in one list, whichever side finds them. */
class NotingBuilder extends GraphBuilder {
  readonly #note: (what: string, why: string) => void;
  constructor(site: () => Site, maxOps: number, note: (what: string, why: string) => void) {
    super(site, maxOps);
    this.#note = note;
  }
  override uncounted(what: string, why: string): void {
    this.#note(what, why);
  }
}

const noPlaces: readonly Place[] = [];

export function makeInterpreter(options: InterpreterOptions): Interpreter {
  const { limits, now } = options;
  const state: MachineState = {
    frame: undefined,
    depth: 0,
    steps: 0,
    budget: limits.steps,
    quiet: false,
    doubts: 0,
    lastDoubt: "",
    skipped: 0,
    patches: 0,
    marked: false,
    plainTensors: false,
    touched: new Map(),
    isCutShort: false,
    failedImports: [],
    early: [],
    entered: new Set(),
    unseen: 0,
    reached: 0,
    chosen: 0,
    looks: 0,
    lastLook: Number.POSITIVE_INFINITY,
    follows: false,
    isOver: false,
    ranOn: false,
    reads: { names: undefined },
    calls: undefined,
    built: new WeakMap(),
    constructing: undefined,
    calling: undefined,
    open: noOpenModels(),
    hasAccelerator: false,
    askedForAccelerator: false,
    unknownKeywords: undefined,
  };
  const counter = makeCounter(state, limits, now, () => machine.userPlace());
  const classes = nativeClasses();
  const builtins = new Map<string, Value>();
  const notImplemented: Value = { kind: "token", name: "NotImplemented" };

  const placeOf = (frame: Frame): Place => ({
    file: frame.code.file,
    span: { start: frame.code.start + frame.start, end: frame.code.start + frame.end },
  });
  const userPlace = (): Place | undefined => {
    for (let frame = state.frame; frame !== undefined; frame = frame.caller)
      if (!frame.code.prelude) return placeOf(frame);
    return undefined;
  };
  const traceOf = (frame: Frame | undefined): readonly Place[] => {
    if (frame === undefined) return noPlaces;
    const outer = traceOf(frame.caller);
    if (frame.code.prelude) return outer;
    const { start, end, trace } = frame;
    if (trace !== undefined && trace.start === start && trace.end === end && trace.outer === outer)
      return trace.stack;
    const stack = [...outer, placeOf(frame)];
    frame.trace = { start, end, outer, stack };
    return stack;
  };
  const site = (): Site => {
    const stack = traceOf(state.frame);
    const { modulePath, checkpoint, call } = current;
    return { modulePath, place: stack.at(-1), stack, checkpoint, call };
  };

  const note = (what: string, why: string, isOneWay = false): void => {
    state.doubts += 1;
    state.lastDoubt = `${what}: ${why}`;
    const where = userPlace();
    if (state.quiet) {
      leaveOpenHere(state.open, { what, why, where, ...(isOneWay ? { isOneWay } : {}) });
      return;
    }
    const seen = current.notes.some(
      (each) =>
        each.what === what &&
        each.why === why &&
        each.where?.file === where?.file &&
        each.where?.span.start === where?.span.start,
    );
    if (!seen) current.notes.push({ what, why, where, ...(isOneWay ? { isOneWay } : {}) });
  };

  const makeRun = (): Run => {
    const notes: Note[] = [];
    return {
      context: makeContext(new NotingBuilder(site, limits.ops, note), initialModes(), () =>
        releaseOf(machine),
      ),
      paths: new Map(),
      modulePath: "",
      call: undefined,
      checkpoint: undefined,
      nextCheckpoint: 0,
      notes,
      assumed: new Set(),
      observed: [],
      bound: [],
      trace: () => traceOf(state.frame),
    };
  };
  let current: Run = makeRun();
  const bridge = makeTorchBridge(() => current.context);
  let moduleGetattr: Value | undefined;

  const machine: Machine = {
    evaluate: (node, frame) => evaluate(machine, node, frame),
    execute: (body, frame) => execute(machine, body, frame),
    call: (callee, args, kwargs) => call(machine, callee, args, kwargs),
    getAttribute: (object, name) => getAttribute(machine, object, name),
    setAttribute: (object, name, value) => setAttribute(machine, object, name, value),
    deleteAttribute: (object, name) => deleteAttribute(machine, object, name),
    getItem: (object, index) => getItem(machine, object, index),
    setItem: (object, index, value) => setItem(machine, object, index, value),
    binary: (op, left, right) => binary(machine, op, left, right),
    compare: (op, left, right) => compare(machine, op, left, right),
    iterate: (value) => iterate(machine, value),
    truth: (value) => truth(machine, value),
    findModule: (name) => modules.find(name),
    builtins,
    classes,
    modules: new Map(),
    libraries: libraryState(),
    state,
    limits,
    instantiate: (cls, args, kwargs) => callClass(machine, cls, args, kwargs),
    allocate: (cls, args, kwargs) => allocate(machine, cls, args, kwargs),
    enterContexts: (items, frame) => enterContexts(machine, items, frame),
    note,
    assume: (text) => {
      state.unseen += 1;
      current.assumed.add(text);
    },
    savepoint: () => {
      const takeBack = savepoint(current);
      const takeBackOpen = openSavepoint(state.open);
      return () => {
        takeBack();
        takeBackOpen();
      };
    },
    notesOf: (body) => {
      const { quiet } = state;
      const { notes } = current;
      const from = notes.length;
      state.quiet = false;
      try {
        return { value: body(), notes: notes.splice(from) };
      } finally {
        state.quiet = quiet;
        notes.length = Math.min(notes.length, from);
      }
    },
    attempt: (body, exception) => {
      const { frame, depth } = state;
      try {
        return body();
      } catch (error) {
        if (!isRaised(error, machine, exception)) throw error;
        state.frame = frame;
        state.depth = depth;
        return undefined;
      }
    },
    torchAttribute: (object, name) => bridge.attribute(machine, object, name),
    torchMethod: (name) => bridge.method(machine, name),
    torchSetAttribute: (tensor, name, value) => bridge.setAttribute(machine, tensor, name, value),
    torchItem: (tensor, index) =>
      bridge.call(machine, "torch.Tensor.__getitem__", [tensor, asIndex(index)], noKwargs),
    torchSetItem: (tensor, index, value) => {
      bridge.call(machine, "torch.Tensor.__setitem__", [tensor, asIndex(index), value], noKwargs);
    },
    torchCall: (op, args, kwargs) => bridge.call(machine, op, args, kwargs),
    isBuffer: (value) => {
      const test = machine.modules.get("_ecocompute")?.vars.get("is_buffer");
      return (
        test !== undefined &&
        typeof value === "object" &&
        value.kind === "tensor" &&
        call(machine, test, [value], noKwargs) === true
      );
    },
    get moduleGetattr() {
      moduleGetattr ??= machine.modules.get("_ecocompute")?.vars.get("module_getattr");
      return moduleGetattr;
    },
    enumMembers,
    enumValues: members,
    enumByValue: (cls, value) => enumByValue(machine, cls, value),
    load: (module) => modules.load(module),
    register: (module) => modules.register(module),
    starNames: (module) => modules.starNames(module),
    namespace: (name) => modules.namespace(name),
    submodule: (module, name) => modules.submodule(module, name),
    updateDict: (target, from) => updateDict(machine, target, from),
    dictOf: (kwargs) => dictFrom(kwargs),
    kwargsOf: (value) => {
      const made = new Map<string, Value>();
      if (typeof value === "object" && value.kind === "dict")
        for (const entry of value.entries.values())
          if (typeof entry.key === "string") made.set(entry.key, entry.value);
      return made;
    },
    get guards() {
      return current.context.graph;
    },
    get context() {
      return current.context;
    },
    step: counter.step,
    spend: counter.spend,
    isException: (value) => {
      const base = classes.get("BaseException");
      return base !== undefined && isInstance(machine, value, base) === true;
    },
    isNotImplemented: (value) => value === notImplemented,
    here: () => userPlace(),
    assigned: (target, tensor, frame) => {
      if (frame.kind !== "function" || frame.code.prelude) return;
      const { file, start } = frame.code;
      const place = { file, span: { start: start + target.start, end: start + target.end } };
      current.bound.push({ place, tensor: refOf(tensor) });
    },
    userPlace,
    unknown: (why) => unknown(why, userPlace()),
  };

  bindBuiltins(builtins, classes, notImplemented);
  torchClasses(classes, bridge);

  const modules = makeModules(machine, {
    ...options,
    resolver: bridge.resolver,
    isNamespace: isOpNamespace,
    patch: (module) => {
      patchOps(module, bridge);
      if (module.name === "torchvision.utils") patchTorchvisionUtils(module);
      if (/^torch_geometric\.(?:template|inspector)$/.test(module.name)) patchGeometric(module);
      if (module.name === "timm.models._builder") patchTimmBuilder(module);
      if (module.name === "timm.models._registry")
        patchTimmRegistry(machine, module, (parent) => modules.waiting(parent));
    },
  });
  const own = nativeModule(() => current);
  for (const name of ["Tensor", "Parameter", "Size", "dtype", "device"]) {
    const cls = classes.get(name);
    if (cls !== undefined) own.vars.set(name, cls);
  }
  machine.modules.set(own.name, own);
  for (const [name, make] of stdlibModules) machine.modules.set(name, make(machine));
  machine.modules.set("builtins", { ...makeNativeModule("builtins", []), vars: builtins });
  for (const each of textRunners(options.parse)) builtins.set(each.name, each);
  bindOwnFunctions(machine, options, modules);
  const torch = modules.find("torch.nn.modules.module");
  const moduleClass = torch === undefined ? undefined : getAttribute(machine, torch, "Module");
  if (typeof moduleClass === "object" && moduleClass.kind === "class") classes.set("Module", moduleClass);

  return {
    machine,
    modules,
    parse: options.parse,
    frameOf: (module) =>
      moduleFrame(module, { file: module.file ?? module.name, start: 0, prelude: true, module }, undefined),
    run: () => current,
    release: () => {
      current = makeRun();
      state.frame = undefined;
      machine.modules.set("__main__", modules.none);
    },
    checkTime: counter.checkTime,
    whyOver: counter.whyOver,
    begin: counter.begin,
    reset: () => {
      current = makeRun();
      Object.assign(state, {
        frame: undefined,
        depth: 0,
        steps: 0,
        budget: limits.steps,
        quiet: false,
        doubts: 0,
        reached: 0,
        lastDoubt: "",
        skipped: 0,
        marked: false,
        plainTensors: false,
        failedImports: [],
        early: [],
        looks: 0,
        lastLook: Number.POSITIVE_INFINITY,
        follows: false,
        isOver: false,
        ranOn: false,
        askedForAccelerator: false,
        open: noOpenModels(),
      });
      counter.restart();
      return current;
    },
  };
}

/** `x[[slice(2), 0]]`: a list that holds slices means the tuple. */
const asIndex = (index: Value): Value =>
  typeof index === "object" &&
  index.kind === "list" &&
  index.items.some((item) => typeof item === "object" && ["slice", "ellipsis", "none"].includes(item.kind))
    ? tuple(index.items)
    : index;
