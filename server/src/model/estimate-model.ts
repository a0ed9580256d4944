import type { Place } from "../base/known.ts";
import type { Graph } from "../graph/ir.ts";
import { settleRouting, unrouted } from "../graph/settle-routing.ts";
import { refOf, type TensorRef } from "../graph/tensor.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import { builtText, withCallers } from "./built-elsewhere.ts";
import type { CallerPlace, Callers, Construction } from "./construction.ts";
import { renumber } from "./cut-graph.ts";
import { type Call, type Entry, evaluateEntry, findEntries } from "./entries.ts";
import { exceptionLine } from "./exception-line.ts";
import { callOf } from "./find-call.ts";
import { requiredParameters } from "./infer-inputs.ts";
import type { InputOrigin } from "./input-origin.ts";
import type { InputSpec } from "./input-spec.ts";
import type { Interpreter } from "./interpreter.ts";
import { leftOut } from "./left-out.ts";
import { loadProgram } from "./load-program.ts";
import { type Note, Raised, Stopped } from "./machine.ts";
import { storeOf } from "./nn-state.ts";
import { namedModules, stateOf, unknownState } from "./nn-tree.ts";
import { doubtsOf, followOpenNames } from "./open-models.ts";
import { describe, type Output, routedSizes, tensorsIn, tensorsOf } from "./output.ts";
import { doubtOwnParameters } from "./own-parameters.ts";
import { type Binding, bindingsOf, type Run } from "./run-state.ts";
import { type Served, type Serving, serve } from "./serving.ts";
import { isUnknown, noKwargs, type PyClass, type PyInstance, type PyModule, type Value } from "./values.ts";
import { AsBefore, type PassWatch, type Watch } from "./watch.ts";

export interface EstimateRequest {
  readonly file: string;
  readonly source: SourceFile;
  /** An expression in the namespace of the file. Without it: directives, instances, classes with defaults. */
  readonly entry?: string;
  readonly inputs?: readonly InputSpec[];
  /** `model.train()` before the call; otherwise `model.eval()`, unless only training runs. */
  readonly training?: boolean;
  /** One phase of generation instead of a call of `forward` as it is. */
  readonly serving?: Serving;
  /** What code elsewhere says of the models of the file. */
  readonly callers?: Callers | undefined;
  /** Asked before each model of the file: those that come after are left out. */
  readonly isWorthwhile?: () => boolean;
  /** Told of each model when it has run. */
  readonly onModel?: (estimate: ModelEstimate) => void;
  /** Asked before each forward pass whether it has to run. */
  readonly watch?: Watch;
}

/** Runs the file for an entry, or as a whole. */
type Load = (entry: Entry) => PyModule;

/** One model of a request. */
type Task = EstimateRequest & { readonly pass?: PassWatch | undefined };

/** Where the shapes of the inputs come from: `guess` is ours; the assumptions say after what. */
export type InputSource = "given" | "directive" | "call" | "annotations" | "guess" | "none";

/** The program would fail here: Python's words, at the line that raises. Never told on top of something unknown. */
export interface Failure {
  readonly message: string;
  readonly place: Place | undefined;
}

export interface ModelEstimate {
  readonly name: string;
  readonly entry: string;
  /** The expression gave a model. */
  readonly isBuilt: boolean;
  /** Nothing was open when it had been built: all its parameters and buffers are there, whatever its forward pass leaves out. */
  readonly isStateWhole: boolean;
  /** The line elsewhere that builds it so. */
  readonly builtAt: CallerPlace | undefined;
  /** Where the class or the instance is defined. */
  readonly place: Place | undefined;
  /** The call in the file that makes it, where its class stands in another one or another model of its class comes first. */
  readonly madeAt: Place | undefined;
  readonly graph: Graph;
  readonly inputs: readonly TensorRef[];
  readonly inputSource: InputSource;
  /** Of each of `inputs`. */
  readonly inputOrigins: readonly InputOrigin[];
  readonly output: Output | undefined;
  /** Nothing was left out and nothing depends on something unknown. */
  readonly complete: boolean;
  readonly notCounted: readonly Note[];
  readonly failure: Failure | undefined;
  /** Sizes that were taken for granted because the code does not say them. */
  readonly assumptions: readonly string[];
  /** The tensors that names of the program held during the forward pass. */
  readonly bindings: readonly Binding[];
  /** Parameters of `forward` whose shapes must be known before anything can be counted. */
  readonly missingInputs: readonly string[];
  /** Parameters of `__init__` of which nobody says what they are. */
  readonly missingArguments: readonly string[];
  /** Of a phase of generation: positions before the one that is made, and what the model keeps of them. */
  readonly served: ServedPhase | undefined;
}

export interface ServedPhase extends Pick<Served, "context" | "kept"> {
  readonly phase: Serving["phase"];
}

/** Estimates the model that `request.entry` names, or every model that the file offers. */
export const estimateModels = (
  interpreter: Interpreter,
  request: Omit<EstimateRequest, "watch">,
): readonly ModelEstimate[] => estimateEach(interpreter, request).flatMap((each) => each ?? []);

/** The same for whoever follows the file: `undefined` for models that tell what they told before. */
export function estimateEach(
  interpreter: Interpreter,
  request: EstimateRequest,
): readonly (ModelEstimate | undefined)[] {
  const load: Load = (each) => loadProgram(interpreter, request, each);
  const { entry } = request;
  interpreter.begin();
  if (entry !== undefined)
    return [estimateOne(interpreter, load, { name: entry, expression: entry }, request)];
  let loaded: PyModule | undefined;
  let isFinal = false;
  const entries = guarded(() => {
    loaded = loadProgram(interpreter, request, undefined);
    isFinal = !interpreter.machine.state.ranOn;
    const own = findEntries(interpreter, loaded, request.source);
    return withCallers(own, loaded, request.callers);
  });
  if (!Array.isArray(entries)) {
    // A limit was reached before the file had run: the first model that it had made or defined tells so.
    const partly = interpreter.machine.modules.get("__main__");
    const [first] = partly === undefined ? [] : findEntries(interpreter, partly, request.source);
    return first === undefined ? [] : [estimateOne(interpreter, load, first, request)];
  }
  // Running the file is most of the work: the first model finds it as it was just run, the others run it anew, and so does
  // one that the file calls and may have changed since.
  const once: Load = (each) => {
    const isAsCalled = each.observed === undefined || (isFinal && each.observed === 0);
    const module = (isAsCalled ? loaded : undefined) ?? load(each);
    loaded = undefined;
    return module;
  };
  const made: (ModelEstimate | undefined)[] = [];
  for (const [i, each] of entries.entries()) {
    const why = i === 0 ? undefined : interpreter.whyOver();
    if (why !== undefined) {
      const main = interpreter.machine.modules.get("__main__");
      made.push(leftOut(interpreter, main, each, entries.length - i, why));
      break;
    }
    made.push(estimateNext(interpreter, once, each, { ...request, pass: request.watch?.(i) }));
  }
  return made;
}

/** `undefined` where it is not asked for, or as it was. */
function estimateNext(
  interpreter: Interpreter,
  load: Load,
  entry: Entry,
  request: Task,
): ModelEstimate | undefined {
  try {
    if (request.isWorthwhile?.() === false) return undefined;
    const made = estimateOne(interpreter, load, entry, request);
    request.onModel?.(made);
    return made;
  } catch (error) {
    if (error instanceof AsBefore) return undefined;
    throw error;
  }
}

function guarded<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof Stopped || error instanceof Raised || error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Ran {
  readonly model: PyInstance | undefined;
  readonly output: Output | undefined;
  readonly inputs: readonly TensorRef[];
  readonly inputSource: InputSource;
  readonly inputOrigins: readonly InputOrigin[];
  readonly from: number;
  readonly to: number | undefined;
  readonly failure: Failure | undefined;
  readonly assumptions: readonly string[];
  readonly missingInputs: readonly string[];
  readonly served: Served | undefined;
  readonly state: Run;
  /** The guess at the inputs does not fit the model; others are left. */
  readonly misfit: boolean;
  /** What the program says of the first guess. */
  readonly complaint: string | undefined;
  /** The file calls the model while it is in training mode. */
  readonly isTrained: boolean;
  /** What the model held when it had been built without a doubt. */
  readonly held: number | undefined;
  /** The program raised an exception, whatever may have led to it. */
  readonly isRaised: boolean;
}

/** Steps that guesses at the inputs may take together. */
const maxGuessSteps = 2_000_000;

/** `assert self.training`, losses that are there in training alone. */
const onlyTraining = "training mode, in which the file calls it: its forward pass fails in any other";

/** Whether there is a GPU nobody knows who reads a program; one that fails without is for machines that have one. */
const onlyAccelerator = "a GPU: `torch.cuda.is_available()` is true, since without one the program fails";

function runOnAnyDevice(interpreter: Interpreter, load: Load, entry: Entry, request: Task): Ran {
  const { state } = interpreter.machine;
  const first = runGuesses(interpreter, load, entry, request);
  if (!first.isRaised || !state.askedForAccelerator) return first;
  request.pass?.drop();
  state.hasAccelerator = true;
  try {
    const made = runGuesses(interpreter, load, entry, request);
    return made.isRaised || made.output === undefined
      ? first
      : { ...made, assumptions: [...made.assumptions, onlyAccelerator] };
  } finally {
    state.hasAccelerator = false;
  }
}

/** Guesses at the inputs until one fits; when none does, the first one tells what went wrong. */
function runGuesses(interpreter: Interpreter, load: Load, entry: Entry, request: Task): Ran {
  const first = run(interpreter, load, entry, request, 0);
  if (first.failure !== undefined && first.isTrained && request.training !== true) {
    request.pass?.drop();
    const made = run(interpreter, load, entry, { ...request, training: true }, 0);
    if (made.failure === undefined && made.output !== undefined)
      return { ...made, assumptions: [...made.assumptions, onlyTraining] };
  }
  if (first.complaint !== undefined || first.misfit) request.pass?.drop();
  if (first.complaint !== undefined) {
    const made = run(interpreter, load, entry, request, 0, first.complaint);
    if (made.failure === undefined && made.output !== undefined) return made;
  }
  let steps = 0;
  for (let last = first, guess = 1; last.misfit && steps < maxGuessSteps; guess++) {
    last = run(interpreter, load, entry, request, guess);
    if (last.failure === undefined && last.output !== undefined) return last;
    steps += interpreter.machine.state.steps;
  }
  return first;
}

function estimateOne(interpreter: Interpreter, load: Load, entry: Entry, request: Task): ModelEstimate {
  const ran = runOnAnyDevice(interpreter, load, entry, request);
  const { notes, context } = ran.state;
  const { model } = ran;
  const modules = model === undefined ? undefined : namedModules(model);
  const whole = context.graph.graph(
    model === undefined ? [] : stateOf(model, modules),
    [...ran.inputs, ...(ran.served?.kept?.tensors ?? [])],
    tensorsOf(ran.output),
  );
  const missing = model === undefined ? [] : unknownState(model, modules);
  const cut = renumber(whole, ran.from, ran.to);
  const settled = context.graph.isRouted ? settleRouting(cut) : unrouted(cut);
  const notCounted: readonly Note[] = [
    ...notes,
    ...settled.doubts.map(({ what, why, place }) => ({ what, why, where: place })),
    ...(routedSizes(ran.output)
      ? [{ what: "the output", why: "its size is known only at run time", where: undefined }]
      : []),
    ...missing.map(({ name, why }) => ({ what: `\`${name}\``, why, where: undefined })),
  ];
  return {
    name: entry.label ?? model?.cls.name ?? entry.name,
    entry: entry.expression,
    isBuilt: model !== undefined,
    isStateWhole: model !== undefined && missing.length === 0 && ran.held === heldBy(model),
    builtAt: entry.construction?.at,
    place: placeOf(model?.cls ?? entry.place),
    madeAt: entry.builtAt,
    graph: {
      ...settled.graph,
      unknowns: notCounted.map(({ what, why, where }) => ({ what, why, place: where })),
    },
    inputs: ran.inputs,
    inputSource: ran.inputSource,
    inputOrigins: ran.inputs.map((_, i) => ran.inputOrigins[i] ?? originOf(ran.inputSource)),
    output: ran.output,
    complete: notCounted.length === 0 && ran.failure === undefined && ran.output !== undefined,
    notCounted,
    failure: ran.failure,
    assumptions: [...ran.state.assumed, ...ran.assumptions, ...settled.assumptions],
    bindings: bindingsOf(ran.state).map(({ place, tensors }) => ({
      place,
      tensors: tensors.map(settled.ref),
    })),
    missingInputs: ran.missingInputs,
    missingArguments: entry.missing ?? [],
    served:
      ran.served === undefined || request.serving === undefined
        ? undefined
        : { phase: request.serving.phase, context: ran.served.context, kept: ran.served.kept },
  };
}

/** Where the source says nothing of single inputs, it is the same for all. */
const originOf = (source: InputSource): InputOrigin => ({
  kind: source === "directive" || source === "call" ? source : "given",
  from: undefined,
});

const placeOf = (cls: PyClass | undefined): Place | undefined => {
  const { code, nameStart = 0 } = cls ?? {};
  if (code === undefined) return undefined;
  const at = code.start + nameStart;
  return { file: code.file, span: { start: at, end: at } };
};

/**
 * @param guess which of the guesses at the inputs, where they have to be guessed.
 * @param complaint what was said of it before: it is corrected.
 */
function run(
  interpreter: Interpreter,
  load: Load,
  entry: Entry,
  request: Task,
  guess: number,
  complaint?: string,
): Ran {
  const { machine } = interpreter;
  let model: PyInstance | undefined;
  let inputs: readonly TensorRef[] = [];
  let inputSource: InputSource = "none";
  let inputOrigins: readonly InputOrigin[] = [];
  let from = 0;
  let doubt =
    entry.construction === undefined ? entry.guessed && unknownCaller : builtText(entry.construction);
  const assumptions: string[] = entry.construction === undefined ? [] : builtAs(entry.construction);
  let missingInputs: readonly string[] = [];
  let served: Served | undefined;
  let guesses = 0;
  let misfit = false;
  let said: string | undefined;
  let isTrained = false;
  let isRaised = false;
  let held: number | undefined;
  let openNames = (): readonly Note[] => [];
  const ended = (failure: Failure | undefined, output?: Output): Ran => ({
    state: told(withoutPreparation(interpreter.run()), openNames()),
    misfit,
    complaint: said,
    isTrained,
    isRaised,
    held,
    model,
    output,
    inputs,
    inputSource,
    inputOrigins,
    from,
    to: served?.to,
    failure,
    assumptions,
    missingInputs,
    served,
  });
  try {
    const module = load(entry);
    openNames = followOpenNames(machine);
    if (entry.isUnbuilt === true) {
      const wanted = entry.missing?.map((name) => `\`${name}\``).join(", ") ?? "";
      machine.note(`how \`${entry.name}\` is built`, `nothing in the project builds it with ${wanted}`);
      return ended(undefined);
    }
    const built = evaluateEntry(interpreter, module, entry, request.source);
    if (isUnknown(built.value)) {
      machine.note(`\`${entry.expression}\``, built.value.why);
      return ended(undefined);
    }
    model = asModule(built.value);
    if (model === undefined) {
      machine.note(`\`${entry.expression}\``, "it is no nn.Module");
      return ended(undefined);
    }
    // A call that only tells of inputs has nothing to tell where they are given: another model may be called there.
    const isAsCalled = entry.observed !== undefined || request.inputs === undefined;
    const openings = [
      ...doubtsOf(machine, model, entry.observed !== undefined),
      ...((isAsCalled ? built.call?.doubts : undefined) ?? []),
    ];
    const { notes } = told(interpreter.run(), openings);
    if (notes.length === 0) held = heldBy(model);
    isTrained =
      built.call !== undefined && built.source !== "directive" && model.attrs.get("training") === true;
    const mode = machine.getAttribute(model, request.training === true ? "train" : "eval");
    if (mode !== undefined) machine.call(mode, [], noKwargs);
    doubtOwnParameters(machine, model);
    const state = interpreter.run();
    for (const [each, path] of namedModules(model)) state.paths.set(each, path);
    state.context.graph.startOver();
    // What the file has around its call holds for that call: a training step of the model is not run without gradients.
    state.context.modes.gradEnabled = true;
    if (request.inputs === undefined && built.call === undefined) doubt = unknownCaller;
    const found = callOf(interpreter, model, built, request, assumptions, guess, complaint);
    if (found === undefined) {
      missingInputs = requiredParameters(model)?.map((param) => param.name) ?? [];
      const wanted = missingInputs.map((name) => `\`${name}\``).join(", ");
      machine.note("the forward pass", `the shape of ${wanted || "its inputs"} is not known`);
      return ended(undefined);
    }
    const { call } = found;
    inputSource = found.source;
    inputOrigins = found.origins ?? [];
    guesses = found.guesses ?? 0;
    state.bound.length = 0;
    const inputsOf = ({ args, kwargs }: Call): readonly TensorRef[] =>
      [...args, ...kwargs.values()].flatMap(tensorsIn).map(refOf);
    inputs = inputsOf(call);
    if (request.serving === undefined) {
      const isFirst = guess === 0 && complaint === undefined;
      const plain = [inputSource, guesses, ...assumptions, JSON.stringify([inputOrigins, openings])];
      const follow = isFirst
        ? request.pass?.begin(interpreter, { entry, main: module, model, call, plain })
        : undefined;
      try {
        return ended(undefined, describe(machine.call(model, call.args, call.kwargs), interpreter, 0));
      } finally {
        follow?.();
      }
    }
    const made = serve(interpreter, model, call, request.serving);
    if (typeof made === "string") {
      machine.note(request.serving.phase, made);
      return ended(undefined);
    }
    served = made;
    ({ from } = made);
    inputs = inputsOf(made.call);
    assumptions.push(made.assumption);
    return ended(undefined, describe(made.output, interpreter, 0));
  } catch (error) {
    isRaised = error instanceof Raised;
    told(interpreter.run(), openNames());
    if (error instanceof Raised && interpreter.run().notes.length === 0 && guesses > 0) {
      misfit = guess + 1 < guesses;
      said = exceptionLine(machine, error.exception);
    }
    return ended(failureOf(interpreter, error, doubt || undefined));
  }
}

/** Who builds the model so, and what that takes for granted. */
const builtAs = (construction: Construction): string[] => [
  `\`${construction.name}\` is ${builtText(construction)}`,
  ...construction.assumptions,
];

/** Modules and their parameters, in all: a forward pass may add some. */
function heldBy(model: PyInstance): number {
  let count = 0;
  for (const [module] of namedModules(model))
    count += 1 + (storeOf(module, "_parameters")?.entries.size ?? 0);
  return count;
}

/** Adds what a model rests on to what is not known of it. */
function told(state: Run, doubts: readonly Note[]): Run {
  for (const each of doubts) if (!state.notes.includes(each)) state.notes.push(each);
  return state;
}

/** Where there is no forward pass there are no ops: what was computed made the model. */
function withoutPreparation(state: Run): Run {
  if (state.context.graph.isPreparing) state.context.graph.startOver();
  return state;
}

/** An exception of the program is its failure; a limit or an exhausted stack is a gap in the count. */
const unknownCaller = "how it is built or called is not known, and what was taken for granted fails";

/** What V8 throws when there is no more stack, or when a text or list would be larger than it can be. */
const exhausted = ({ message }: RangeError): string =>
  /call stack/.test(message) ? "calls are nested too deeply" : "a value is too large";

/** @param doubt why an exception may be none of the program's. */
function failureOf(interpreter: Interpreter, error: unknown, doubt: string | undefined): Failure | undefined {
  const { machine } = interpreter;
  const state = interpreter.run();
  if (error instanceof Stopped || error instanceof RangeError) {
    const why = error instanceof Stopped ? error.why : exhausted(error);
    const where = error instanceof Stopped ? error.where : undefined;
    state.notes.push({ what: "the rest of the model", why, where: where ?? machine.here() });
    return undefined;
  }
  if (!(error instanceof Raised)) throw error;
  const message = exceptionLine(machine, error.exception);
  if (state.notes.length === 0 && doubt === undefined) return { message, place: error.where };
  const may = state.notes.length === 0 ? "" : " (this may follow from what is not known)";
  const fails = doubt === undefined || doubt === unknownCaller ? "" : ", it fails";
  const why = `${doubt === undefined ? "" : `${doubt}${fails}: `}${message}${may}`;
  state.notes.push({ what: "the rest of the model", why, where: error.where });
  return undefined;
}

const asModule = (value: Value): PyInstance | undefined =>
  typeof value === "object" && value.kind === "instance" && value.cls.isModule ? value : undefined;
