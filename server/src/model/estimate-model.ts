import type { Place } from "../base/known.ts";
import type { Graph, OpRecord } from "../graph/ir.ts";
import { settleRouting, unrouted } from "../graph/settle-routing.ts";
import type { TensorRef } from "../graph/tensor.ts";
import { asImported } from "./as-imported.ts";
import { withCallers } from "./built-elsewhere.ts";
import type { CallerPlace } from "./construction.ts";
import { renumber } from "./cut-graph.ts";
import { type Entry, findEntries, onlyExpression } from "./entries.ts";
import type { InputOrigin, InputSource } from "./input-origin.ts";
import type { Interpreter } from "./interpreter.ts";
import { leftOut } from "./left-out.ts";
import { loadProgram } from "./load-program.ts";
import { type Note, Raised, Stopped } from "./machine.ts";
import { namedModules, stateOf, unknownState } from "./nn-tree.ts";
import { type Output, routedSizes, tensorsOf } from "./output.ts";
import { runOnAnyDevice } from "./run-again.ts";
import { type Failure, heldBy, type Load } from "./run-entry.ts";
import type { RunRequest } from "./run-request.ts";
import { type Binding, bindingsOf } from "./run-state.ts";
import type { Served, Serving } from "./serving.ts";
import type { PyClass, PyModule } from "./values.ts";
import { AsBefore, type Watch } from "./watch.ts";

export interface EstimateRequest extends Omit<RunRequest, "pass"> {
  readonly file: string;
  /** An expression in the namespace of the file. Without it: directives, instances, classes with defaults. */
  readonly entry?: string;
  /** Asked before each model of the file: those that come after are left out. */
  readonly isWorthwhile?: () => boolean;
  /** Told of each model when it has run. */
  readonly onModel?: (estimate: ModelEstimate) => void;
  /** Asked before each forward pass whether it has to run. */
  readonly watch?: Watch;
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
  if (entry !== undefined) return [estimateNamed(interpreter, load, entry, request)];
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

/**
 * A model that is called with what is given is built as if the file were imported, first: what else the program does is no doubt of it.
 * Where that fails, such as for a name that only the program binds, the program runs.
 */
function estimateNamed(
  interpreter: Interpreter,
  load: Load,
  entry: string,
  request: EstimateRequest,
): ModelEstimate {
  const asked = { name: entry, expression: entry };
  const expression = onlyExpression(interpreter.parse(entry).chunks);
  const source =
    request.inputs === undefined || expression === undefined
      ? undefined
      : asImported(request.source, expression);
  if (source !== undefined) {
    const made = estimateOne(
      interpreter,
      (each) => loadProgram(interpreter, { ...request, source }, each),
      asked,
      request,
    );
    if (made.isBuilt && made.failure === undefined) return made;
  }
  return estimateOne(interpreter, load, asked, request);
}

/** `undefined` where it is not asked for, or as it was. */
function estimateNext(
  interpreter: Interpreter,
  load: Load,
  entry: Entry,
  request: RunRequest & Pick<EstimateRequest, "isWorthwhile" | "onModel">,
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

function estimateOne(interpreter: Interpreter, load: Load, entry: Entry, request: RunRequest): ModelEstimate {
  const ran = runOnAnyDevice(interpreter, load, entry, request);
  const { notes, context } = ran.state;
  const { model } = ran;
  const modules = model === undefined ? undefined : namedModules(model);
  const whole = context.graph.graph(
    model === undefined ? [] : stateOf(model, modules),
    [...ran.inputs, ...(ran.served?.kept?.tensors ?? [])],
    tensorsOf(ran.output),
  );
  const isAsBuilt = model === undefined || ran.held === heldBy(model);
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
    isStateWhole: model !== undefined && missing.length === 0 && isAsBuilt,
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
    assumptions: [
      ...ran.state.assumed,
      ...ran.assumptions,
      ...settled.assumptions,
      ...(ran.held === undefined || isAsBuilt ? [] : [changedByForward]),
      ...(whole.ops.some(multipliesSparse) ? [countedAsDense] : []),
    ],
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

const changedByForward =
  "the forward pass makes or removes layers or parameters: those that are there behind the first pass are counted";

const multipliesSparse = ({ inputs, work }: OpRecord): boolean =>
  work.macs !== 0 && inputs.some(({ meta }) => meta.storage.sparse !== undefined);

const countedAsDense =
  "products of sparse matrices are counted as if these were dense, as PyTorch's own counter does: less is computed";

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
