import type { Storage, Tensor } from "../graph/tensor.ts";
import type { Frame } from "./machine.ts";
import { partsOf } from "./made-of.ts";
import type {
  PyClass,
  PyDict,
  PyFunction,
  PyInstance,
  PyList,
  PyModule,
  PyNative,
  PySet,
  Scope,
  Value,
} from "./values.ts";

/** What code may change. */
export type Changeable =
  | PyList
  | PyDict
  | PySet
  | PyInstance
  | PyClass
  | PyFunction
  | Tensor
  | Storage
  | Scope;

/** Something has a state that cannot be read, or there is too much of it. */
class Hidden {}

const maxObjects = 200_000;

/**
 * All that code can change which runs in this frame, by names of its own and of the modules that its functions and classes
 * stand in; `undefined` when not all of it can be told: an iterator knows how far it is, and nobody else does.
 */
export function reachableFrom({ scope, code }: Frame): ReadonlySet<Changeable> | undefined {
  return collect((walker) => walker.scopes(scope, code.module));
}

/** The same for code that holds these values. */
export const reachable = (values: readonly Value[]): ReadonlySet<Changeable> | undefined =>
  collect((walker) => {
    for (const value of values) walker.value(value);
  });

function collect(from: (walker: Walker) => void): ReadonlySet<Changeable> | undefined {
  const walker = new Walker();
  try {
    from(walker);
  } catch (error) {
    if (error instanceof Hidden) return undefined;
    throw error;
  }
  return walker.found;
}

class Walker {
  readonly found = new Set<Changeable>();
  readonly #modules = new Set<PyModule>();

  #isNew(object: Changeable): boolean {
    if (this.found.has(object)) return false;
    if (this.found.size >= maxObjects) throw new Hidden();
    this.found.add(object);
    return true;
  }

  readonly #each = (value: Value): void => this.value(value);

  #optional(value: Value | undefined): void {
    if (value !== undefined) this.value(value);
  }

  value(value: Value): void {
    if (typeof value !== "object") return;
    switch (value.kind) {
      case "tensor":
        if (this.#isNew(value)) this.found.add(value.meta.storage);
        return;
      case "list":
        if (this.#isNew(value)) value.items.forEach(this.#each);
        return;
      case "tuple":
        value.items.forEach(this.#each);
        return;
      case "dict":
        if (!this.#isNew(value)) return;
        for (const { key, value: held } of value.entries.values()) {
          this.value(key);
          this.value(held);
        }
        this.#optional(value.factory);
        return;
      case "set":
        if (this.#isNew(value)) value.entries.forEach(this.#each);
        return;
      case "instance":
        if (!this.#isNew(value)) return;
        this.#class(value.cls);
        value.attrs.forEach(this.#each);
        this.#optional(value.payload);
        return;
      case "class":
        this.#class(value);
        return;
      case "function":
        this.#function(value);
        return;
      case "method":
        this.value(value.self);
        this.value(value.func);
        return;
      case "partial":
        this.value(value.func);
        value.args.forEach(this.#each);
        value.kwargs.forEach(this.#each);
        return;
      case "property":
        this.value(value.getter);
        this.#optional(value.setter);
        return;
      case "staticmethod":
      case "classmethod":
        this.value(value.func);
        return;
      case "super":
        this.#class(value.cls);
        this.value(value.self);
        return;
      case "slice":
        this.value(value.lower);
        this.value(value.upper);
        this.value(value.step);
        return;
      case "record":
        value.fields.forEach(this.#each);
        return;
      case "native":
        this.#made(value);
        return;
      case "iterator":
        throw new Hidden();
      default:
    }
  }

  #made(native: PyNative | NonNullable<PyClass["construct"]>): void {
    partsOf(native)?.forEach(this.#each);
  }

  #function(fn: PyFunction): void {
    if (fn.scope === undefined && fn.code.prelude) return;
    if (!this.#isNew(fn)) return;
    fn.defaults?.forEach(this.#each);
    fn.attrs?.forEach(this.#each);
    this.scopes(fn.scope, fn.code.module);
  }

  /** Scopes from the inside out. */
  scopes(scope: Scope | undefined, module: PyModule): void {
    for (let each = scope; each !== undefined && each.vars !== module.vars; each = each.parent)
      if (this.#isNew(each)) each.vars.forEach(this.#each);
    if (this.#modules.has(module)) return;
    this.#modules.add(module);
    for (const value of module.vars.values())
      if (typeof value === "object" && value.kind !== "iterator") this.value(value);
  }

  #class(cls: PyClass): void {
    if (cls.code === undefined || cls.code.prelude || !this.#isNew(cls)) return;
    if (cls.construct !== undefined) this.#made(cls.construct);
    for (const base of cls.mro.slice(1)) this.#class(base);
    cls.attrs.forEach(this.#each);
    this.scopes(cls.scope, cls.code.module);
  }
}
