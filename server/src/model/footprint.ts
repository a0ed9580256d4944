import type { Place } from "../base/known.ts";
import type { Storage, Tensor, TensorMeta } from "../graph/tensor.ts";
import type { FunctionDef, Lambda } from "../syntax/ast.ts";
import { boundLater, importedFrom } from "./import-statement.ts";
import { partsOf } from "./made-of.ts";
import { type Footprint, isSameMark, isSameMeta } from "./same-footprint.ts";
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
  Scope,
  Value,
} from "./values.ts";

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

/** Something is not as it was expected. */
class Differs {}

/** The footprint where it holds the values of `expected`, and is spared to be written down; `undefined` otherwise. */
export function walkAgain(visible: Visible, expected: Footprint): Walked | undefined {
  try {
    return walk(visible, expected);
  } catch (error) {
    if (error instanceof Differs) return undefined;
    throw error;
  }
}

/** `undefined` when not all of it can be told. @throws Differs */
export function walk(
  { main, modules, plain, values, names, pathOf }: Visible,
  expected?: Footprint,
): Walked | undefined {
  const walker = new Walker(main, pathOf, expected);
  try {
    for (const each of plain) walker.mark(each);
    for (const value of values) walker.value(value);
    for (const [name, read] of names)
      for (const each of read) walker.global(modules.get(name), each, modules);
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
  walker.end();
  const { marks, metas } = expected ?? walker;
  const { code, codeStarts, places, objects } = walker;
  return { footprint: { marks, metas, code, codeStarts, places }, objects };
}

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
  readonly #expected: Footprint | undefined;
  #marked = 0;
  #tensors = 0;

  constructor(main: PyModule, pathOf: Visible["pathOf"], expected: Footprint | undefined) {
    this.#main = main;
    this.#pathOf = pathOf;
    this.#expected = expected;
  }

  mark(mark: unknown): void {
    const at = this.#marked++;
    if (this.#expected === undefined) this.marks.push(mark);
    else if (!isSameMark(this.#expected.marks[at], mark)) throw new Differs();
  }

  #meta(meta: TensorMeta): void {
    const at = this.#tensors++;
    if (this.#expected === undefined) this.metas.push(meta);
    else if (!isSameMeta(this.#expected.metas[at], meta)) throw new Differs();
  }

  /** @throws Differs when more was expected */
  end(): void {
    const { marks, metas } = this.#expected ?? this;
    if (marks.length !== this.#marked || metas.length !== this.#tensors) throw new Differs();
  }

  /** Whether an object is met for the first time. */
  #isNew(object: Met): boolean {
    const known = this.objects.get(object);
    if (known !== undefined) {
      this.mark(tags.again);
      this.mark(known);
      return false;
    }
    this.objects.set(object, this.objects.size);
    if (this.#marked > maxMarks) throw new Unreadable();
    return true;
  }

  #place(place: Place | undefined): void {
    if (place !== undefined) this.places.push(place);
  }

  /** What a global name means, or will mean when it is first read. */
  global(module: PyModule | undefined, name: string, modules: Visible["modules"]): void {
    const waiting = module?.lazy.get(name);
    const bound = module?.vars.get(name) ?? (waiting && boundLater(waiting, modules));
    this.mark(name);
    if (bound !== undefined) this.value(bound);
    else if (waiting === undefined) this.mark(tags.absent);
    else {
      this.mark(tags.import);
      this.mark(importedFrom(waiting) ?? this.#refuse());
    }
  }

  #refuse(): never {
    throw new Unreadable();
  }

  #values(values: readonly Value[]): void {
    this.mark(values.length);
    if (this.#marked + values.length > maxMarks) throw new Unreadable();
    for (const value of values) this.value(value);
  }

  readonly #pair = (value: Value, name: string): void => {
    this.mark(name);
    this.value(value);
  };

  readonly #entry = ({ key, value }: DictEntry): void => {
    this.value(key);
    this.value(value);
  };

  readonly #item = (value: Value): void => this.value(value);

  #named(values: ReadonlyMap<string, Value>): void {
    this.mark(values.size);
    values.forEach(this.#pair);
  }

  value(value: Value): void {
    if (typeof value !== "object") {
      this.mark(value);
      return;
    }
    switch (value.kind) {
      case "none":
      case "ellipsis":
        this.mark(value);
        return;
      case "float":
        this.mark(tags.float);
        this.mark(value.value);
        return;
      case "bytes":
        this.mark(tags.bytes);
        this.mark(value.value);
        return;
      case "complex":
        this.mark(tags.complex);
        this.mark(value.re);
        this.mark(value.im);
        return;
      case "dtype":
        this.mark(tags.dtype);
        this.mark(value.dtype);
        return;
      case "device":
        this.mark(tags.device);
        this.mark(value.name);
        return;
      case "token":
        this.mark(tags.token);
        this.mark(value.name);
        return;
      case "unknown":
        this.mark(tags.unknown);
        this.mark(value.why);
        this.mark(value.range?.join());
        // By which number two of them differ is told by what they are.
        this.mark(value.more === undefined ? undefined : value);
        return;
      case "range":
        this.mark(tags.range);
        this.mark(value.start);
        this.mark(value.stop);
        this.mark(value.step);
        return;
      case "slice":
        this.mark(tags.slice);
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
        this.mark(value === this.#main ? tags.main : value);
        return;
      case "native":
        this.mark(value.name);
        this.#made(value);
        return;
      case "tuple":
        // It never changes: whether two are one makes no difference.
        this.mark(tags.tuple);
        this.#values(value.items);
        this.#optional(value.cls);
        return;
      case "list":
      case "dict":
      case "set":
        this.#container(value);
        return;
      case "instance":
        if (!this.#isNew(value)) return;
        this.mark(tags.instance);
        if (value.cls.isModule) this.mark(this.#pathOf?.(value));
        this.#class(value.cls);
        this.#named(value.attrs);
        this.#optional(value.payload);
        return;
      case "method":
        this.mark(tags.method);
        this.value(value.self);
        this.value(value.func);
        return;
      case "partial":
        this.mark(tags.partial);
        this.value(value.func);
        this.#values(value.args);
        this.#named(value.kwargs);
        return;
      case "property":
        this.mark(tags.property);
        this.mark(value.name);
        this.mark(value.cached);
        this.value(value.getter);
        this.#optional(value.setter);
        return;
      case "staticmethod":
      case "classmethod":
        this.mark(tags.wrapped);
        this.mark(value.kind);
        this.value(value.func);
        return;
      case "super":
        this.mark(tags.super);
        this.value(value.cls);
        this.value(value.self);
        return;
      case "record":
        this.mark(tags.record);
        this.mark(value.typeName);
        this.#named(value.fields);
        return;
      case "poly":
      case "iterator":
        this.#refuse();
    }
  }

  #container(value: PyList | PyDict | PySet): void {
    if (!this.#isNew(value)) return;
    this.mark(tags[value.kind]);
    switch (value.kind) {
      case "list":
        this.#values(value.items);
        return;
      case "dict":
        this.mark(value.entries.size);
        value.entries.forEach(this.#entry);
        this.#optional(value.cls);
        this.#optional(value.factory);
        return;
      case "set":
        this.mark(value.entries.size);
        this.mark(value.frozen);
        value.entries.forEach(this.#item);
    }
  }

  #optional(value: Value | undefined): void {
    if (value === undefined) this.mark(undefined);
    else this.value(value);
  }

  #tensor(tensor: Tensor): void {
    if (!this.#isNew(tensor)) return;
    const { meta } = tensor;
    const { storage } = meta;
    if (typeof meta.offset !== "number") this.#refuse();
    this.mark(tags.tensor);
    this.#meta(meta);
    this.#elements(meta.elements);
    this.#place(meta.place);
    if (!this.#isNew(storage)) return;
    this.mark(storage.data);
    this.mark(storage.size);
    this.mark(storage.version);
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
    this.mark(tags.uniform);
    this.mark(known.what.value);
    this.mark(known.version);
  }

  #function(fn: PyFunction): void {
    if (fn.scope === undefined && fn.code.module !== this.#main) {
      this.mark(fn);
      return;
    }
    if (!this.#isNew(fn)) return;
    const isOwn = fn.code.module === this.#main;
    this.mark(tags.function);
    this.mark(fn.name);
    this.mark(isOwn ? tags.main : fn.code.module);
    this.mark(fn.doubt);
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
      this.mark(tags.scope);
      this.mark(each.comprehension);
      this.#named(each.vars);
    }
    this.mark(tags.absent);
  }

  #class(cls: PyClass): void {
    const { code } = cls;
    if (code === undefined || code.prelude) {
      this.mark(cls);
      return;
    }
    if (!this.#isNew(cls)) return;
    const { nameStart, name, mro, fields, opaque, construct } = cls;
    this.mark(tags.class);
    this.mark(name);
    this.mark(mro.length);
    this.mark(cls.isModule);
    this.mark(cls.isEnum);
    this.mark(fields);
    this.mark(opaque?.why);
    this.#made(construct);
    const at = code.start + nameStart;
    if (code.module === this.#main) this.places.push({ file: code.file, span: { start: at, end: at } });
    for (const base of mro.slice(1)) this.#class(base);
    for (const name of cls.annotations.keys()) this.mark(name);
    this.#named(cls.attrs);
    this.#scope(cls.scope, code.module);
  }
}

const nothing: ReadonlyMap<string, Value> = new Map();
