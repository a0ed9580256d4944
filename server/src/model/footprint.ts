import type { Place } from "../base/known.ts";
import type { Storage, Tensor, TensorMeta } from "../graph/tensor.ts";
import type { FunctionDef, Lambda } from "../syntax/ast.ts";
import { boundLater, importedFrom } from "./import-statement.ts";
import { partsOf } from "./made-of.ts";
import { type Entered, isSameHead } from "./same-run.ts";
import type {
  DictEntry,
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
  /** Plain values, tags of what is not plain, and objects of libraries, which outlive a run. */
  readonly marks: readonly unknown[];
  /** Of tensors. */
  readonly metas: readonly TensorMeta[];
  readonly code: readonly (FunctionDef | Lambda)[];
  /** Offsets of `code` in the user's file; -1 for that of other files. */
  readonly codeStarts: readonly number[];
  /** Where parameters and classes of the user's file come from. */
  readonly places: readonly Place[];
}

/** A footprint, and the objects that it tells of by the order in which they are met: those keep a whole run alive. */
export interface Walked {
  readonly footprint: Footprint;
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
export function walk({ main, modules, plain, values, names, pathOf }: Visible): Walked | undefined {
  const walker = new Walker(main, pathOf);
  try {
    for (const each of plain) walker.marks.push(each);
    for (const value of values) walker.value(value);
    for (const [name, read] of names)
      for (const each of read) walker.global(modules.get(name), each, modules);
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
  const { marks, metas, code, codeStarts, places, objects } = walker;
  return { footprint: { marks, metas, code, codeStarts, places }, objects };
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
    before.code.length === after.code.length &&
    before.places.length === after.places.length &&
    before.code.every((node, i) => {
      const other = after.code[i];
      // What ran has to be the very code: from now on it is known as what may not change.
      return node === other || (other !== undefined && !entered.has(node) && isSameHead(node, other));
    }) &&
    holdsTheSame(before, after) &&
    before.places.every((place, i) => {
      const other = after.places[i];
      return other !== undefined && isMoved(place, other);
    })
  );
}

/** Whether all values are alike, code and places aside. */
export function holdsTheSame({ marks, metas }: Footprint, after: Footprint): boolean {
  if (marks.length !== after.marks.length || metas.length !== after.metas.length) return false;
  for (let i = 0; i < marks.length; i++) if (!isSameMark(marks[i], after.marks[i])) return false;
  for (let i = 0; i < metas.length; i++) if (!isSameMeta(metas[i], after.metas[i])) return false;
  return true;
}

function isSameMark(a: unknown, b: unknown): boolean {
  if (a === b || Object.is(a, b)) return true;
  return Array.isArray(a) && Array.isArray(b) && isSameRow(a, b);
}

function isSameRow(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!isSameMark(a[i], b[i])) return false;
  return true;
}

/** What a program can tell of a tensor, its memory aside; of what computed it, that is whether something did. */
function isSameMeta(a: TensorMeta | undefined, b: TensorMeta | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return (
    isSameShape(a.shape, b.shape) &&
    a.dtype === b.dtype &&
    isSameMark(a.strides, b.strides) &&
    a.offset === b.offset &&
    a.device === b.device &&
    a.requiresGrad === b.requiresGrad &&
    a.role === b.role &&
    a.varies === b.varies &&
    (!a.requiresGrad || (a.producer === undefined) === (b.producer === undefined)) &&
    a.name === b.name &&
    a.place?.file === b.place?.file
  );
}

const isSameShape = (a: TensorMeta["shape"], b: TensorMeta["shape"]): boolean =>
  "why" in a ? "why" in b && a.why === b.why : !("why" in b) && isSameRow(a, b);

/** What is not plain, told apart from text that reads the same. */
const tags = {
  absent: Symbol("absent"),
  again: Symbol("again"),
  bytes: Symbol("bytes"),
  class: Symbol("class"),
  complex: Symbol("complex"),
  device: Symbol("device"),
  dict: Symbol("dict"),
  dtype: Symbol("dtype"),
  float: Symbol("float"),
  function: Symbol("function"),
  import: Symbol("import"),
  instance: Symbol("instance"),
  list: Symbol("list"),
  main: Symbol("main"),
  method: Symbol("method"),
  partial: Symbol("partial"),
  property: Symbol("property"),
  range: Symbol("range"),
  record: Symbol("record"),
  scope: Symbol("scope"),
  set: Symbol("set"),
  slice: Symbol("slice"),
  super: Symbol("super"),
  tensor: Symbol("tensor"),
  token: Symbol("token"),
  tuple: Symbol("tuple"),
  uniform: Symbol("uniform"),
  unknown: Symbol("unknown"),
  wrapped: Symbol("wrapped"),
} as const;

class Walker implements Footprint {
  readonly marks: unknown[] = [];
  readonly metas: TensorMeta[] = [];
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

  /** Whether an object is met for the first time. */
  #isNew(object: Met): boolean {
    const known = this.objects.get(object);
    if (known !== undefined) {
      this.marks.push(tags.again, known);
      return false;
    }
    this.objects.set(object, this.objects.size);
    if (this.marks.length > maxMarks) throw new Unreadable();
    return true;
  }

  #place(place: Place | undefined): void {
    if (place !== undefined) this.places.push(place);
  }

  /** What a global name means, or will mean when it is first read. */
  global(module: PyModule | undefined, name: string, modules: Visible["modules"]): void {
    const waiting = module?.lazy.get(name);
    const bound = module?.vars.get(name) ?? (waiting && boundLater(waiting, modules));
    this.marks.push(name);
    if (bound !== undefined) this.value(bound);
    else if (waiting === undefined) this.marks.push(tags.absent);
    else this.marks.push(tags.import, importedFrom(waiting) ?? this.#refuse());
  }

  #refuse(): never {
    throw new Unreadable();
  }

  #values(values: readonly Value[]): void {
    this.marks.push(values.length);
    if (this.marks.length + values.length > maxMarks) throw new Unreadable();
    for (const value of values) this.value(value);
  }

  readonly #pair = (value: Value, name: string): void => {
    this.marks.push(name);
    this.value(value);
  };

  readonly #entry = ({ key, value }: DictEntry): void => {
    this.value(key);
    this.value(value);
  };

  readonly #item = (value: Value): void => this.value(value);

  #named(values: ReadonlyMap<string, Value>): void {
    this.marks.push(values.size);
    values.forEach(this.#pair);
  }

  value(value: Value): void {
    const { marks } = this;
    if (typeof value !== "object") {
      marks.push(value);
      return;
    }
    switch (value.kind) {
      case "none":
      case "ellipsis":
        marks.push(value);
        return;
      case "float":
        marks.push(tags.float, value.value);
        return;
      case "bytes":
        marks.push(tags.bytes, value.value);
        return;
      case "complex":
        marks.push(tags.complex, value.re, value.im);
        return;
      case "dtype":
        marks.push(tags.dtype, value.dtype);
        return;
      case "device":
        marks.push(tags.device, value.name);
        return;
      case "token":
        marks.push(tags.token, value.name);
        return;
      case "unknown":
        marks.push(tags.unknown, value.why);
        return;
      case "range":
        marks.push(tags.range, value.start, value.stop, value.step);
        return;
      case "slice":
        marks.push(tags.slice);
        this.value(value.lower);
        this.value(value.upper);
        this.value(value.step);
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
        marks.push(value === this.#main ? tags.main : value);
        return;
      case "native":
        marks.push(value.name);
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
        marks.push(tags.instance);
        if (value.cls.isModule) marks.push(this.#pathOf?.(value));
        this.#class(value.cls);
        this.#named(value.attrs);
        this.#optional(value.payload);
        return;
      case "method":
        marks.push(tags.method);
        this.value(value.self);
        this.value(value.func);
        return;
      case "partial":
        marks.push(tags.partial);
        this.value(value.func);
        this.#values(value.args);
        this.#named(value.kwargs);
        return;
      case "property":
        marks.push(tags.property, value.name, value.cached);
        this.value(value.getter);
        this.#optional(value.setter);
        return;
      case "staticmethod":
      case "classmethod":
        marks.push(tags.wrapped, value.kind);
        this.value(value.func);
        return;
      case "super":
        marks.push(tags.super);
        this.value(value.cls);
        this.value(value.self);
        return;
      case "record":
        marks.push(tags.record, value.typeName);
        this.#named(value.fields);
        return;
      case "poly":
      case "iterator":
        this.#refuse();
    }
  }

  #container(value: PyList | PyTuple | PyDict | PySet): void {
    if (!this.#isNew(value)) return;
    this.marks.push(tags[value.kind]);
    switch (value.kind) {
      case "list":
        this.#values(value.items);
        return;
      case "tuple":
        this.#values(value.items);
        this.#optional(value.cls);
        return;
      case "dict":
        this.marks.push(value.entries.size);
        value.entries.forEach(this.#entry);
        this.#optional(value.cls);
        this.#optional(value.factory);
        return;
      case "set":
        this.marks.push(value.entries.size, value.frozen);
        value.entries.forEach(this.#item);
    }
  }

  #optional(value: Value | undefined): void {
    if (value === undefined) this.marks.push(undefined);
    else this.value(value);
  }

  #tensor(tensor: Tensor): void {
    if (!this.#isNew(tensor)) return;
    const { meta } = tensor;
    const { storage } = meta;
    if (typeof meta.offset !== "number") this.#refuse();
    this.marks.push(tags.tensor);
    this.metas.push(meta);
    this.#elements(meta.elements);
    this.#place(meta.place);
    if (this.#isNew(storage)) this.marks.push(storage.data, storage.size, storage.version);
  }

  /** A native function: one of a library, or one that was made of values of the program. */
  #made(native: PyNative | PyClass["construct"]): void {
    const parts = native === undefined ? undefined : partsOf(native);
    if (parts === undefined) this.marks.push(native);
    else if (native !== undefined && this.#isNew(native)) this.#values(parts);
  }

  #elements(known: TensorMeta["elements"]): void {
    if (known === undefined) return;
    if (known.what.kind !== "uniform") this.#refuse();
    this.marks.push(tags.uniform, known.what.value, known.version);
  }

  #function(fn: PyFunction): void {
    if (fn.scope === undefined && fn.code.module !== this.#main) {
      this.marks.push(fn);
      return;
    }
    if (!this.#isNew(fn)) return;
    const isOwn = fn.code.module === this.#main;
    this.marks.push(tags.function, fn.name, isOwn ? tags.main : fn.code.module, fn.doubt);
    this.code.push(fn.node);
    this.codeStarts.push(isOwn ? fn.code.start + fn.node.start : -1);
    this.#named(fn.defaults ?? nothing);
    this.#named(fn.attrs ?? nothing);
    this.#scope(fn.scope, fn.code.module);
    this.#optional(fn.owner?.cls);
  }

  /** Scopes of functions and classes from the inside out; names of modules are told by themselves, as far as they are read. */
  #scope(scope: Scope | undefined, { vars }: PyModule): void {
    for (let each = scope; each !== undefined && each.vars !== vars; each = each.parent) {
      if (!this.#isNew(each)) return;
      this.marks.push(tags.scope, each.comprehension);
      this.#named(each.vars);
    }
    this.marks.push(tags.absent);
  }

  #class(cls: PyClass): void {
    const { code } = cls;
    if (code === undefined || code.prelude) {
      this.marks.push(cls);
      return;
    }
    if (!this.#isNew(cls)) return;
    const { nameStart, name, mro, fields, opaque, construct } = cls;
    this.marks.push(tags.class, name, mro.length, cls.isModule, cls.isEnum, fields, opaque?.why);
    this.#made(construct);
    const at = code.start + nameStart;
    if (code.module === this.#main) this.places.push({ file: code.file, span: { start: at, end: at } });
    for (const base of mro.slice(1)) this.#class(base);
    this.marks.push(...cls.annotations.keys());
    this.#named(cls.attrs);
    this.#scope(cls.scope, code.module);
  }
}

const nothing: ReadonlyMap<string, Value> = new Map();
