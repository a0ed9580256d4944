import type { Place } from "../base/known.ts";
import { refOf, type TensorRef } from "../graph/tensor.ts";
import { builtText } from "./built-elsewhere.ts";
import type { Construction } from "./construction.ts";
import { type Call, type Entry, evaluateEntry } from "./entries.ts";
import { exceptionLine } from "./exception-line.ts";
import { callOf } from "./find-call.ts";
import { requiredParameters } from "./infer-inputs.ts";
import type { InputOrigin, InputSource } from "./input-origin.ts";
import type { Interpreter } from "./interpreter.ts";
import { type Note, Raised, Stopped } from "./machine.ts";
import { storeOf } from "./nn-state.ts";
import { namedModules } from "./nn-tree.ts";
import { doubtsOf, followOpenNames } from "./open-models.ts";
import { describe, type Output, tensorsIn } from "./output.ts";
import { doubtOwnParameters } from "./own-parameters.ts";
import type { RunRequest } from "./run-request.ts";
import type { Run } from "./run-state.ts";
import { type Served, serve } from "./serving.ts";
import { isUnknown, noKwargs, type PyInstance, type PyModule, type Value } from "./values.ts";

/** Runs the file for an entry, or as a whole. */
export type Load = (entry: Entry) => PyModule;

/** The program would fail here: Python's words, at the line that raises. Never told on top of something unknown. */
export interface Failure {
  readonly message: string;
  readonly place: Place | undefined;
}

/** What running a model once came to. */
export interface Ran {
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

/**
 * @param guess which of the guesses at the inputs, where they have to be guessed.
 * @param complaint what was said of it before: it is corrected.
 */
export function runEntry(
  interpreter: Interpreter,
  load: Load,
  entry: Entry,
  request: RunRequest,
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
export function heldBy(model: PyInstance): number {
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
