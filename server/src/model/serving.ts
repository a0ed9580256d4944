import { add, type Dim, hintOf, printDim, sameDim, sub, sum } from "../graph/dim.ts";
import { isFloating, isIntegral } from "../graph/dtype.ts";
import { bytesOf, isKnownShape, refOf, type Tensor, type TensorRef } from "../graph/tensor.ts";
import { method } from "./bind.ts";
import { lookup } from "./classes.ts";
import type { Call } from "./entries.ts";
import { forwardParameters } from "./infer-inputs.ts";
import type { Interpreter } from "./interpreter.ts";
import { Raised, Stopped } from "./machine.ts";
import { namedModules } from "./nn-tree.ts";
import { statesOf, tensorsWithin } from "./tensors-within.ts";
import { type Kwargs, noKwargs, none, type PyInstance, tuple, type Value } from "./values.ts";

/** `prefill`: a prompt of `context` tokens is read. `decode`: one more token is made after `context` others. */
export interface Serving {
  readonly phase: "prefill" | "decode";
  /** As many as the call has when left out. */
  readonly context?: number | undefined;
}

/** What is kept of every position, for all layers together. */
export interface KeptState {
  /** Allocated for, or grown over, the context. */
  readonly bytes: Dim;
  /** How much one more position adds: 0 for a state of fixed size, `undefined` when it could not be tried. */
  readonly bytesPerPosition: Dim | undefined;
  readonly tensors: readonly TensorRef[];
}

export interface Served {
  readonly output: Value;
  readonly call: Call;
  /** The ops of this phase: from this one, up to but not including that. */
  readonly from: number;
  readonly to: number;
  readonly context: Dim;
  /** `undefined` when the model keeps nothing. */
  readonly kept: KeptState | undefined;
  readonly assumption: string;
}

/** How a model takes what it kept of earlier positions. */
type Style =
  | { readonly kind: "argument"; readonly name: string }
  | { readonly kind: "state" }
  | { readonly kind: "none" };

const cacheNames: readonly string[] = [
  "past_key_values",
  "past_key_value",
  "past_kvs",
  "past_kv",
  "past",
  "layer_past",
  "layers_past",
  "kv_caches",
  "kv_cache",
  "caches",
  "cache",
  "cache_params",
  "mems",
  "state",
];

/** Runs one phase of generation; a decoded token follows a real prefill, whose ops come before `from`. */
export function serve(
  interpreter: Interpreter,
  model: PyInstance,
  given: Call,
  serving: Serving,
): Served | string {
  const { machine } = interpreter;
  const tokens = tokensOf(model, given);
  if (tokens === undefined) return "no input is a sequence of tokens";
  const { graph } = interpreter.run().context;
  const context = serving.context ?? tokens.positions;
  const style = styleOf(model);
  const prompt = withPositions(interpreter, model, given, tokens, { start: 0, count: context, style });
  setUp(interpreter, model, prompt.batch, add(context, 1));
  const read = (passed: Value | undefined): Prefill => {
    const start = graph.opCount;
    const given = style.kind === "argument" && passed !== undefined ? [[style.name, passed] as const] : [];
    const output = machine.call(model, prompt.call.args, new Map([...prompt.call.kwargs, ...given]));
    const held = (made: Value, positions: Dim): Held =>
      style.kind === "none" ? nothing : heldAfter(interpreter, model, made, style, positions, start, passed);
    return { start, output, held, before: held(output, context) };
  };
  const whole = read(undefined);
  const own =
    style.kind === "argument" && whole.before.tensors.length === 0
      ? ownCache(interpreter, model, prompt.batch)
      : undefined;
  const { start, output: first, held, before } = own === undefined ? whole : read(own);
  const text = `${printed(context)} positions`;
  const isKept = before.tensors.length > 0;
  if (!isKept && style.kind === "argument")
    return `what \`forward\` takes as \`${style.name}\` is not among what it gives back`;
  const next = (): { readonly output: Value; readonly call: Call; readonly from: number } => {
    const { call } = withPositions(interpreter, model, given, tokens, { start: context, count: 1, style });
    const kwargs = new Map(call.kwargs);
    if (before.cache !== undefined && style.kind === "argument") kwargs.set(style.name, before.cache);
    for (const [name, value] of encoded(interpreter, model, first)) kwargs.set(name, value);
    const from = graph.opCount;
    return { output: machine.call(model, call.args, kwargs), call, from };
  };
  const kept = (from: number, after: Held | undefined): KeptState => ({
    bytes: before.bytes,
    bytesPerPosition: after === undefined ? undefined : growth(before, after, graph.writtenSince(from)),
    tensors: before.refs,
  });
  if (serving.phase === "prefill" || !isKept) {
    const to = graph.opCount;
    const step = isKept ? quietly(interpreter, next) : undefined;
    const readInto = `a prompt of ${text} is read${isKept ? " into the cache" : "; no key-value cache is kept"}`;
    return {
      output: first,
      call: prompt.call,
      from: start,
      to,
      context,
      kept: isKept ? kept(to, step && held(step.output, add(context, 1))) : undefined,
      assumption:
        serving.phase === "prefill"
          ? readInto
          : `no key-value cache: every token computes all ${text} before it again`,
    };
  }
  interpreter.run().bound.length = 0;
  const made = next();
  return {
    output: made.output,
    call: made.call,
    from: made.from,
    to: graph.opCount,
    context,
    kept: kept(made.from, held(made.output, add(context, 1))),
    assumption: `one token per sequence behind ${text} that the cache holds`,
  };
}

interface Prefill {
  readonly start: number;
  readonly output: Value;
  readonly before: Held;
  readonly held: (made: Value, positions: Dim) => Held;
}

/** `HybridMambaAttentionDynamicCache(config, batch_size)`: a cache that the caller makes, of a class beside the model's. */
function ownCache(interpreter: Interpreter, model: PyInstance, batch: Dim): Value | undefined {
  const { machine } = interpreter;
  const module = model.cls.code?.module;
  const config = machine.getAttribute(model, "config");
  for (const value of module?.vars.values() ?? []) {
    if (typeof value !== "object" || value.kind !== "class" || !/Hybrid\w*Cache$/.test(value.name)) continue;
    const init = lookup(value, "__init__");
    const takes = typeof init === "object" && init.kind === "function" ? init.node.params : [];
    if (config === undefined || !takes.some((param) => param.name === "batch_size")) continue;
    const dtype: Value = { kind: "dtype", dtype: interpreter.run().context.modes.defaultDtype };
    return machine.call(
      value,
      [],
      new Map<string, Value>([
        ["config", config],
        ["batch_size", batch],
        ["dtype", dtype],
      ]),
    );
  }
  return undefined;
}

/** For what the estimate does not count: its doubts are not told, its failure is none of the model's. */
function quietly<T>({ machine }: Interpreter, body: () => T): T | undefined {
  const { frame, depth, quiet } = machine.state;
  machine.state.quiet = true;
  try {
    return body();
  } catch (error) {
    if (error instanceof Raised || error instanceof Stopped || error instanceof RangeError) return undefined;
    throw error;
  } finally {
    Object.assign(machine.state, { frame, depth, quiet });
  }
}

const printed = (dim: Dim): string => (typeof dim === "number" ? String(dim) : String(dim.hint ?? "some"));

interface Tokens {
  /** Position or keyword of the argument. */
  readonly at: number | string;
  readonly tensor: Tensor;
  readonly positions: Dim;
}

const decoderNames = ["decoder_input_ids", "decoder_inputs_embeds", "decoder_input_values"];

/** Ids [batch, positions], or else embedded positions [batch, positions, width]; a decoder's before an encoder's. */
function tokensOf(model: PyInstance, call: Call): Tokens | undefined {
  const names = forwardParameters(model)?.map((param) => param.name) ?? [];
  const all: readonly (readonly [number | string, Value])[] = [...call.args.entries(), ...call.kwargs];
  const nameOf = (at: number | string): string => (typeof at === "number" ? (names[at] ?? "") : at);
  const candidates = all.flatMap(([at, tensor]) => {
    if (typeof tensor !== "object" || tensor.kind !== "tensor" || !isKnownShape(tensor.shape)) return [];
    const positions = tensor.shape[1];
    const rank = tensor.shape.length;
    const isIds = isIntegral(tensor.dtype) && rank === 2 && !/mask|type|position/.test(nameOf(at));
    const isRow = isFloating(tensor.dtype) && rank === 3;
    return positions !== undefined && (isIds || isRow) ? [{ at, tensor, positions, isIds }] : [];
  });
  return (
    candidates.find(({ at }) => decoderNames.includes(nameOf(at))) ??
    candidates.find(({ isIds }) => isIds) ??
    candidates[0]
  );
}

function styleOf(model: PyInstance): Style {
  const names = forwardParameters(model)?.map((param) => param.name) ?? [];
  const name = cacheNames.find((each) => names.includes(each));
  if (name !== undefined) return { kind: "argument", name };
  const isTold = names.some((each) =>
    /^(start_pos|input_pos|cache_position|use_cache|inference)$/.test(each),
  );
  return isTold || remembers(model) ? { kind: "state" } : { kind: "none" };
}

/** Modules that keep a cache in attributes of their own, from one call to the next. */
const remembers = (model: PyInstance): boolean =>
  [...namedModules(model).keys()].some((module) =>
    [...module.attrs.keys()].some((name) =>
      /^(?:kv_)?cache(?:_?[kv]|d_?[kv])?$|^(?:past|cached)_/.test(name),
    ),
  );

interface Window {
  readonly start: Dim;
  readonly count: Dim;
  readonly style: Style;
}

/** The same call with other positions; what belongs to earlier ones is left out of a later one. */
function withPositions(
  interpreter: Interpreter,
  model: PyInstance,
  given: Call,
  tokens: Tokens,
  { start, count: positions, style }: Window,
): { readonly call: Call; readonly batch: Dim } {
  const { machine } = interpreter;
  const { graph } = interpreter.run().context;
  const isLater = start !== 0;
  const names = forwardParameters(model)?.map((param) => param.name) ?? [];
  const resized = (tensor: Tensor, length: Dim): Tensor => {
    const { shape, dtype, name } = tensor.meta;
    const made = isKnownShape(shape) ? shape.with(1, length) : shape;
    return graph.tensor({ shape: made, dtype, role: "input", varies: true, name: name ?? "input" });
  };
  const change = (at: number | string, value: Value): Value | undefined => {
    if (typeof value !== "object" || value.kind !== "tensor") return value;
    if (at === tokens.at) return resized(value, positions);
    const name = typeof at === "number" ? (names[at] ?? "") : at;
    const isAlong = isKnownShape(value.shape) && sameDim(value.shape[1] ?? 0, tokens.positions);
    if (/mask/.test(name) && isAlong && !/encoder|cross/.test(name))
      return resized(value, add(start, positions));
    if (isLater && !/mask/.test(name))
      return isAlong && isIntegral(value.dtype) ? resized(value, positions) : undefined;
    return isAlong && isIntegral(value.dtype) ? resized(value, positions) : value;
  };
  const args = given.args.map((value, i) => change(i, value) ?? none);
  const kwargs = new Map<string, Value>();
  for (const [name, value] of given.kwargs) {
    const changed = change(name, value);
    if (changed !== undefined) kwargs.set(name, changed);
  }
  const supply = (name: string, make: () => Value): void => {
    if (names.includes(name) && names.indexOf(name) >= args.length) kwargs.set(name, make());
  };
  const end = add(start, positions);
  supply("start_pos", () => start);
  supply("input_pos", () => machine.torchCall("torch.arange", [start, end], noKwargs));
  supply("input_pos_maxp1", () => end);
  if (style.kind !== "none") supply("use_cache", () => true);
  // State-space models of transformers tell by it whether a prompt or a token comes.
  if (names.includes("cache_params") && isLater)
    supply("cache_position", () => machine.torchCall("torch.arange", [start, end], noKwargs));
  const batch = isKnownShape(tokens.tensor.shape) ? (tokens.tensor.shape[0] ?? 1) : 1;
  return { call: { args, kwargs }, batch };
}

/** Caches that code allocates before it generates: `setup_caches(max_batch_size, max_seq_length)`. */
function setUp(interpreter: Interpreter, model: PyInstance, batch: Dim, length: Dim): void {
  const { machine } = interpreter;
  for (const name of ["setup_caches", "setup_cache", "set_kv_cache"]) {
    const found = method(model, name);
    if (typeof found !== "object" || found.kind !== "function") continue;
    const kwargs = new Map<string, Value>();
    for (const param of found.node.params.slice(1)) {
      if (/batch|bsz/.test(param.name)) kwargs.set(param.name, batch);
      else if (/seq|len|pos/.test(param.name) && !/rope/.test(param.name)) kwargs.set(param.name, length);
      else if (param.name === "dtype" && param.default === undefined)
        kwargs.set(param.name, { kind: "dtype", dtype: interpreter.run().context.modes.defaultDtype });
    }
    machine.call(found, [model], kwargs);
    return;
  }
}

/** What the model gave back to be passed to its next call. */
function cacheIn(interpreter: Interpreter, output: Value, name: string, positions: Dim): Value | undefined {
  const { machine } = interpreter;
  if (typeof output !== "object") return undefined;
  const named = output.kind === "instance" ? machine.getAttribute(output, name) : undefined;
  if (named !== undefined && named !== none) return named;
  if (output.kind !== "tuple" && output.kind !== "list") return undefined;
  const holds = (value: Value): boolean =>
    !(typeof value === "object" && value.kind === "tensor") &&
    (isState ? tensorsWithin(value).length > 0 : isAlong(value));
  const isState = /state|mems/.test(name);
  const isAlong = (value: Value): boolean =>
    tensorsWithin(value).some(
      ({ meta }) => isKnownShape(meta.shape) && meta.shape.slice(1).some((d) => sameDim(d, positions)),
    );
  return output.items.slice(1).find(holds);
}

/** An encoder runs once: its result is given to every later call. */
function encoded(interpreter: Interpreter, model: PyInstance, output: Value): Kwargs {
  const names = forwardParameters(model)?.map((param) => param.name) ?? [];
  if (!names.includes("encoder_outputs") || typeof output !== "object" || output.kind !== "instance")
    return noKwargs;
  const found = interpreter.machine.getAttribute(output, "encoder_last_hidden_state");
  return found === undefined || found === none ? noKwargs : new Map([["encoder_outputs", tuple([found])]]);
}

/** What a model holds after a call. The tensors as they were then: later calls change them. */
interface Held {
  readonly cache: Value | undefined;
  readonly tensors: readonly Tensor[];
  readonly refs: readonly TensorRef[];
  readonly bytes: Dim;
}

const nothing: Held = { cache: undefined, tensors: [], refs: [], bytes: 0 };

function heldAfter(
  interpreter: Interpreter,
  model: PyInstance,
  output: Value,
  style: Style,
  positions: Dim,
  start: number,
  passed: Value | undefined,
): Held {
  const { graph } = interpreter.run().context;
  const cache =
    style.kind === "argument" ? (cacheIn(interpreter, output, style.name, positions) ?? passed) : undefined;
  const found =
    cache === undefined ? statesOf(model, start, graph.writtenSince(start)) : tensorsWithin(cache);
  const tensors = [...new Map(found.map((tensor) => [placeInMemory(tensor), tensor])).values()];
  return {
    cache,
    tensors,
    refs: tensors.map(refOf),
    bytes: sum(tensors.map(({ meta }) => bytesOf(meta))),
  };
}

/** Keys and values may be parts of one product's result. */
const placeInMemory = ({ meta }: Tensor): string => `${meta.storage.id}:${printDim(meta.offset)}`;

/**
 * Bytes that one more position adds: what grew, and the part of allocated memory that was written for it. What is
 * written whole is a state, which no position enlarges.
 */
function growth(before: Held, after: Held, written: ReadonlyMap<number, Dim>): Dim {
  const inPlace = before.refs.flatMap(({ meta }) => {
    const bytes = written.get(meta.storage.id);
    const isPart = bytes !== undefined && (hintOf(bytes) ?? 0) < (hintOf(bytesOf(meta)) ?? 0);
    return isPart ? [bytes] : [];
  });
  return sum([sub(after.bytes, before.bytes), ...inPlace]);
}
