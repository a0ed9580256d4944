import type { Place } from "../base/known.ts";
import type { Storage, Tensor, TensorMeta } from "../graph/tensor.ts";
import type { FunctionDef, Lambda } from "../syntax/ast.ts";
import { boundLater, importedFrom } from "./import-statement.ts";
import { partsOf } from "./made-of.ts";
import { type Entered, isSameHead } from "./same-run.ts";
import type {
  PyClass,
  PyDict,
  PyFunction,
  PyInstance,
  PyList,
  PyModule,
  PyNative,
  PySet,
  PyTuple,
  Scope,
  Value,
} from "./values.ts";

/**
 * All that a forward pass can see of the program, in one row: values by what they are, objects by the order in which
 * they are met, so that two rows are equal when two programs hold the same.
 */
export interface Footprint {
  /** Plain values, and objects of libraries, which outlive a run. */
  readonly marks: readonly unknown[];
  readonly code: readonly (FunctionDef | Lambda)[];
  /** Offsets of `code` in the user's file; -1 for that of other files. */
  readonly codeStarts: readonly number[];
  /** Where parameters and classes of the user's file come from. */
  readonly places: readonly Place[];
  /** Objects by the order in which they are met. */
  readonly objects: ReadonlyMap<Met, number>;
}

/** What has an identity. */
export type Met = Extract<Value, object> | Storage | Scope | NonNullable<PyClass["construct"]>;

/** Something has a state that is hidden, or there is too much of it. */
class Unreadable {}

const maxMarks = 400_000;

/** Global names by module: those of the user's file under `__main__`. */
export type GlobalNames = ReadonlyMap<string, ReadonlySet<string>>;

export interface Visible {
  /** The module of the user's file. */
  readonly main: PyModule;
  readonly modules: ReadonlyMap<string, PyModule>;
  readonly plain: readonly unknown[];
  readonly values: readonly Value[];
  readonly names: GlobalNames;
  /** Where a module stands in the model, as far as that matters. */
  readonly pathOf?: (module: PyInstance) => string | undefined;
}

/** `undefined` when not all of it can be told. */
export function footprintOf({ main, modules, plain, values, names, pathOf }: Visible): Footprint | undefined {
  const walker = new Walker(main, pathOf);
  try {
    for (const each of plain) walker.mark(each);
    for (const value of values) walker.value(value);
    for (const [name, read] of names)
      for (const each of read) walker.global(modules.get(name), each, modules);
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
  const { marks, code, codeStarts, places, objects } = walker;
  return { marks, code, codeStarts, places, objects };
}

/**
 * Whether both programs do the same from here on.
 *
 * @param entered the functions that ran after `before` was taken: bodies of others do not matter.
 * @param isMoved whether a place of the earlier text is that one of the later text.
 */
export function isSameFootprint(
  before: Footprint,
  after: Footprint,
  entered: Entered,
  isMoved: (before: Place, after: Place) => boolean,
): boolean {
  return (
    before.marks.length === after.marks.length &&
    before.code.length === after.code.length &&
    before.places.length === after.places.length &&
    before.marks.every((mark, i) => isSameMark(mark, after.marks[i])) &&
    before.code.every((node, i) => {
      const other = after.code[i];
      // What ran has to be the very code: from now on it is known as what may not change.
      return node === other || (other !== undefined && !entered.has(node) && isSameHead(node, other));
    }) &&
    before.places.every((place, i) => {
      const other = after.places[i];
      return other !== undefined && isMoved(place, other);
    })
  );
}

export const isSameMark = (a: unknown, b: unknown): boolean =>
  Object.is(a, b) ||
  (Array.isArray(a) &&
    Array.isArray(b) &&
    a.length === b.length &&
    a.every((each, i) => isSameMark(each, b[i])));

class Walker implements Footprint {
  readonly marks: unknown[] = [];
  readonly code: (FunctionDef | Lambda)[] = [];
  readonly codeStarts: number[] = [];
  readonly places: Place[] = [];
  readonly objects = new Map<Met, number>();
  readonly #main: PyModule;
  readonly #pathOf: Visible["pathOf"];

  constructor(main: PyModule, pathOf: Visible["pathOf"]) {
    this.#main = main;
    this.#pathOf = pathOf;
  }

  mark(...marks: readonly unknown[]): void {
    for (const each of marks) this.marks.push(each);
    if (this.marks.length > maxMarks) throw new Unreadable();
  }

  /** Whether an object is met for the first time. */
  #isNew(object: Met): boolean {
    const known = this.objects.get(object);
    if (known !== undefined) {
      this.mark("again", known);
      return false;
    }
    this.objects.set(object, this.objects.size);
    return true;
  }

  #place(place: Place | undefined): void {
    this.mark(place?.file);
    if (place !== undefined) this.places.push(place);
  }

  /** What a global name means, or will mean when it is first read. */
  global(module: PyModule | undefined, name: string, modules: Visible["modules"]): void {
    const waiting = module?.lazy.get(name);
    const bound = module?.vars.get(name) ?? (waiting && boundLater(waiting, modules));
    this.mark(name);
    if (bound !== undefined) this.value(bound);
    else if (waiting === undefined) this.mark("absent");
    else this.mark("import", importedFrom(waiting) ?? this.#refuse());
  }

  #refuse(): never {
    throw new Unreadable();
  }

  #values(values: Iterable<Value>): void {
    for (const value of values) this.value(value);
  }

  #named(values: ReadonlyMap<string, Value>): void {
    this.mark(values.size);
    for (const [name, value] of values) {
      this.marks.push(name);
      this.value(value);
    }
  }

  value(value: Value): void {
    if (typeof value !== "object") {
      this.mark(value);
      return;
    }
    switch (value.kind) {
      case "none":
      case "ellipsis":
        this.mark(value.kind);
        return;
      case "float":
      case "bytes":
        this.mark(value.kind, value.value);
        return;
      case "complex":
        this.mark("complex", value.re, value.im);
        return;
      case "dtype":
        this.mark("dtype", value.dtype);
        return;
      case "device":
      case "token":
        this.mark(value.kind, value.name);
        return;
      case "unknown":
        this.mark("unknown", value.why);
        return;
      case "range":
        this.mark("range", value.start, value.stop, value.step);
        return;
      case "slice":
        this.mark("slice");
        this.#values([value.lower, value.upper, value.step]);
        return;
      case "tensor":
        this.#tensor(value);
        return;
      case "function":
        this.#function(value);
        return;
      case "class":
        this.#class(value);
        return;
      case "module":
        this.mark(value === this.#main ? "main" : value);
        return;
      case "native":
        this.mark(value.name);
        this.#made(value);
        return;
      case "list":
      case "tuple":
      case "dict":
      case "set":
        this.#container(value);
        return;
      case "instance":
        if (!this.#isNew(value)) return;
        this.mark("instance");
        if (value.cls.isModule) this.mark(this.#pathOf?.(value));
        this.#class(value.cls);
        this.#named(value.attrs);
        this.#optional(value.payload);
        return;
      case "method":
        this.mark("method");
        this.#values([value.self, value.func]);
        return;
      case "partial":
        this.mark("partial", value.args.length);
        this.#values([value.func, ...value.args]);
        this.#named(value.kwargs);
        return;
      case "property":
        this.mark("property", value.name, value.cached);
        this.value(value.getter);
        this.#optional(value.setter);
        return;
      case "staticmethod":
      case "classmethod":
        this.mark(value.kind);
        this.value(value.func);
        return;
      case "super":
        this.mark("super");
        this.#values([value.cls, value.self]);
        return;
      case "record":
        this.mark("record", value.typeName);
        this.#named(value.fields);
        return;
      case "poly":
      case "iterator":
        this.#refuse();
    }
  }

  #container(value: PyList | PyTuple | PyDict | PySet): void {
    if (!this.#isNew(value)) return;
    this.mark(value.kind);
    switch (value.kind) {
      case "list":
        this.mark(value.items.length);
        this.#values(value.items);
        return;
      case "tuple":
        this.mark(value.items.length);
        this.#values(value.items);
        this.#optional(value.cls);
        return;
      case "dict":
        this.mark(value.entries.size);
        for (const entry of value.entries.values()) this.#values([entry.key, entry.value]);
        this.#optional(value.cls);
        this.#optional(value.factory);
        return;
      case "set":
        this.mark(value.entries.size, value.frozen);
        this.#values(value.entries.values());
    }
  }

  #optional(value: Value | undefined): void {
    if (value === undefined) this.mark(undefined);
    else this.value(value);
  }

  #tensor(tensor: Tensor): void {
    if (!this.#isNew(tensor)) return;
    const {
      shape,
      dtype,
      strides,
      offset,
      device,
      requiresGrad,
      role,
      varies,
      storage,
      producer,
      name,
      place,
    } = tensor.meta;
    if (typeof offset !== "number") this.#refuse();
    this.#elements(tensor.meta.elements);
    this.mark("tensor", "why" in shape ? shape.why : shape, dtype, strides, offset);
    // What a program can tell of it is whether a tensor with a gradient was computed.
    this.mark(device, requiresGrad, role, varies, requiresGrad && producer !== undefined, name);
    this.#place(place);
    if (this.#isNew(storage)) this.mark(storage.data, storage.size, storage.version);
  }

  /** A native function: one of a library, or one that was made of values of the program. */
  #made(native: PyNative | PyClass["construct"]): void {
    const parts = native === undefined ? undefined : partsOf(native);
    if (parts === undefined) this.mark(native);
    else if (native !== undefined && this.#isNew(native)) this.#values(parts);
  }

  #elements(known: TensorMeta["elements"]): void {
    if (known === undefined) return;
    if (known.what.kind !== "uniform") this.#refuse();
    this.mark("uniform", known.what.value, known.version);
  }

  #function(fn: PyFunction): void {
    if (fn.scope === undefined && fn.code.module !== this.#main) {
      this.mark(fn);
      return;
    }
    if (!this.#isNew(fn)) return;
    this.mark("function", fn.name, fn.code.module === this.#main ? "main" : fn.code.module, fn.doubt);
    this.code.push(fn.node);
    this.codeStarts.push(fn.code.module === this.#main ? fn.code.start + fn.node.start : -1);
    this.#named(fn.defaults ?? nothing);
    this.#named(fn.attrs ?? nothing);
    this.#scope(fn.scope, fn.code.module);
    this.#optional(fn.owner?.cls);
  }

  /** Scopes of functions and classes from the inside out; names of modules are told by themselves, as far as they are read. */
  #scope(scope: Scope | undefined, { vars }: PyModule): void {
    for (let each = scope; each !== undefined && each.vars !== vars; each = each.parent) {
      if (!this.#isNew(each)) return;
      this.mark("scope", each.comprehension);
      this.#named(each.vars);
    }
    this.mark("module");
  }

  #class(cls: PyClass): void {
    const { code } = cls;
    if (code === undefined || code.prelude) {
      this.mark(cls);
      return;
    }
    if (!this.#isNew(cls)) return;
    const { nameStart, name, mro, fields, opaque, construct } = cls;
    this.mark("class", name, mro.length, cls.isModule, cls.isEnum, fields, opaque?.why);
    this.#made(construct);
    const at = code.start + nameStart;
    if (code.module === this.#main) this.places.push({ file: code.file, span: { start: at, end: at } });
    for (const base of mro.slice(1)) this.#class(base);
    this.mark(...cls.annotations.keys());
    this.#named(cls.attrs);
    this.#scope(cls.scope, code.module);
  }
}

const nothing: ReadonlyMap<string, Value> = new Map();
