import type { Machine } from "./machine.ts";
import { type Kwargs, list, none, type PyClass, type PyInstance, type Value } from "./values.ts";

/*
 * Layers of torch's own are most of the modules of a model, and what `nn.Conv2d(64, 64, 3)` makes depends on nothing
 * but its arguments: it is made once and copied from then on.
 */

/** A copy of what was made, which nobody else holds. */
interface Pattern {
  readonly instance: PyInstance;
  /** Steps that making it takes. */
  readonly steps: number;
  /** Of the machine, when it was made: the program may have changed what torch does since. */
  readonly patches: number;
}

/** What is wanted: a class and plain arguments. */
interface Order {
  readonly key: string;
  readonly known: Map<string, Pattern>;
}

const patterns = new WeakMap<PyClass, Map<string, Pattern>>();

/** Patterns of one class; beyond, those of models that are no longer there go. */
const maxPatterns = 500;

/** Calls nest no deeper than this while a layer is made. */
const depth = 16;

/** `undefined` where an instance has to be made by running its code: in a forward pass, or of what is not plain. */
export function orderOf(m: Machine, cls: PyClass, args: readonly Value[], kwargs: Kwargs): Order | undefined {
  const { graph, modes } = m.context;
  if (!graph.isPreparing || modes.autocast !== undefined || m.state.depth + depth > m.limits.depth)
    return undefined;
  let key = `${modes.defaultDtype} ${modes.defaultDevice} ${modes.gradEnabled}`;
  for (const arg of args) {
    const text = plain(arg);
    if (text === undefined) return undefined;
    key += ` ${text}`;
  }
  for (const [name, arg] of kwargs) {
    const text = plain(arg);
    if (text === undefined) return undefined;
    key += ` ${name}=${text}`;
  }
  let known = patterns.get(cls);
  if (known === undefined) {
    known = new Map();
    patterns.set(cls, known);
  }
  return { key, known };
}

/** A value that is the same whoever holds it, as text that tells it from all others. */
function plain(value: Value): string | undefined {
  if (typeof value === "number") return Object.is(value, -0) ? undefined : String(value);
  if (typeof value === "boolean") return value ? "T" : "F";
  if (typeof value === "string") return JSON.stringify(value);
  switch (value.kind) {
    case "none":
      return "N";
    case "float":
      return Object.is(value.value, -0) ? undefined : `f${value.value}`;
    case "dtype":
      return `d${value.dtype}`;
    case "tuple": {
      if (value.cls !== undefined) return undefined;
      let text = "(";
      for (const item of value.items) {
        const part = plain(item);
        if (part === undefined) return undefined;
        text += `${part},`;
      }
      return `${text})`;
    }
    default:
      return undefined;
  }
}

/** @param make runs the code of the class; what it gives is remembered when all of it can be copied. */
export function readyMade(m: Machine, { key, known }: Order, make: () => Value): Value {
  const { state } = m;
  const pattern = known.get(key);
  const isValid = pattern !== undefined && pattern.patches === state.patches;
  if (isValid && state.steps + pattern.steps < state.budget) {
    state.steps += pattern.steps - 1;
    m.step();
    return copied(m, pattern.instance, m.userPlace());
  }
  const { steps, doubts, patches } = state;
  const made = make();
  if (state.doubts !== doubts || typeof made !== "object" || made.kind !== "instance") return made;
  if (isCopyable(made, new Set())) {
    if (known.size >= maxPatterns) known.clear();
    known.set(key, { instance: copied(m, made, undefined), steps: state.steps - steps, patches });
  }
  return made;
}

/** Consists of modules, containers, parameters and buffers with memory of their own, and of what never changes. */
function isCopyable(value: Value, seen: Set<unknown>): boolean {
  if (typeof value !== "object" || seen.has(value)) return true;
  seen.add(value);
  switch (value.kind) {
    case "none":
    case "float":
    case "dtype":
    case "device":
    case "token":
    case "native":
    case "class":
      return true;
    case "function":
      return value.code.prelude && value.scope === undefined;
    case "tuple":
    case "list":
      return value.items.every((item) => isCopyable(item, seen));
    case "dict":
      return (
        value.factory === undefined &&
        [...value.entries].every(([key, entry]) => typeof key === "string" && isCopyable(entry.value, seen))
      );
    case "set":
      return [...value.entries.keys()].every((key) => typeof key === "string");
    case "instance":
      return (
        value.cls.isModule &&
        value.cls.code?.prelude === true &&
        value.payload === undefined &&
        [...value.attrs.values()].every((each) => isCopyable(each, seen))
      );
    case "tensor": {
      const { role, storage } = value.meta;
      if ((role !== "parameter" && role !== "buffer") || seen.has(storage)) return false;
      seen.add(storage);
      return true;
    }
    default:
      return false;
  }
}

/** @param place where the user's code makes the copy. */
function copied(m: Machine, instance: PyInstance, place: ReturnType<Machine["userPlace"]>): PyInstance {
  const { graph } = m.context;
  const seen = new Map<Value, Value>();
  const keep = <T extends Value>(value: Value, made: T): T => {
    seen.set(value, made);
    return made;
  };
  const copy = (value: Value): Value => {
    if (typeof value !== "object") return value;
    switch (value.kind) {
      case "tensor": {
        const known = seen.get(value);
        if (known !== undefined) return known;
        const made = graph.copy(value);
        made.become({ place });
        return keep(value, made);
      }
      case "list":
        return seen.get(value) ?? keep(value, list(value.items.map(copy)));
      case "dict": {
        const known = seen.get(value);
        if (known !== undefined) return known;
        const entries: typeof value.entries = new Map();
        const made = keep(value, { kind: "dict", entries, cls: value.cls, factory: undefined });
        for (const [key, entry] of value.entries)
          entries.set(key, { key: entry.key, value: copy(entry.value) });
        return made;
      }
      case "set":
        return (
          seen.get(value) ??
          keep(value, { kind: "set", entries: new Map(value.entries), frozen: value.frozen })
        );
      case "tuple":
        return value.items.some((item) => typeof item === "object" && !isConstant(item))
          ? { kind: "tuple", items: value.items.map(copy), cls: value.cls }
          : value;
      case "instance":
        return seen.get(value) ?? whole(value);
      default:
        return value;
    }
  };
  const whole = (of: PyInstance): PyInstance => {
    const attrs = new Map<string, Value>();
    const made = keep<PyInstance>(of, { kind: "instance", cls: of.cls, attrs, payload: undefined });
    for (const [name, value] of of.attrs) attrs.set(name, copy(value));
    return made;
  };
  return whole(instance);
}

const isConstant = (value: Exclude<Value, boolean | number | string>): boolean =>
  value === none || value.kind === "float" || value.kind === "dtype";
