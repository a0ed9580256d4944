import type { Unknown } from "../base/known.ts";
import type { Poly } from "../graph/dim.ts";
import type { DType } from "../graph/dtype.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Expr, FunctionDef, Lambda } from "../syntax/ast.ts";
import type { Machine } from "./machine.ts";

/**
 * What Python code can hold while the interpreter runs it. JavaScript's `boolean`, `number` and `string`
 * stand for `bool`, `int` and `str`; a `float` is boxed so that `1` and `1.0` stay apart.
 */
export type Value =
  | boolean
  | number
  | string
  | PyNone
  | PyEllipsis
  | PyFloat
  | PyBytes
  | PyList
  | PyTuple
  | PyDict
  | PySet
  | PyRange
  | PySlice
  | PyFunction
  | PyMethod
  | PyNative
  | PyPartial
  | PyClass
  | PyInstance
  | PyModule
  | PyProperty
  | PyWrapped
  | PyIterator
  | PySuper
  | Poly
  | PyComplex
  | PyDType
  | PyDevice
  | PyToken
  | PyRecord
  | Tensor
  | Unknown;

export interface PyNone {
  readonly kind: "none";
}
export const none: PyNone = { kind: "none" };

export interface PyEllipsis {
  readonly kind: "ellipsis";
}
export const ellipsis: PyEllipsis = { kind: "ellipsis" };

export interface PyFloat {
  readonly kind: "float";
  readonly value: number;
}
export const float = (value: number): PyFloat => ({ kind: "float", value });

export interface PyComplex {
  readonly kind: "complex";
  readonly re: number;
  readonly im: number;
}
export interface PyDType {
  readonly kind: "dtype";
  readonly dtype: DType;
}
export interface PyDevice {
  readonly kind: "device";
  readonly name: string;
}
/** `torch.channels_last` and other named constants without inner life. */
export interface PyToken {
  readonly kind: "token";
  readonly name: string;
}
/** A native object with plain attributes: `torch.finfo(...)`. */
export interface PyRecord {
  readonly kind: "record";
  readonly typeName: string;
  readonly fields: ReadonlyMap<string, Value>;
}

export interface PyBytes {
  readonly kind: "bytes";
  readonly value: string;
}

export interface PyList {
  readonly kind: "list";
  readonly items: Value[];
}
export const list = (items: Value[]): PyList => ({ kind: "list", items });

export interface PyTuple {
  readonly kind: "tuple";
  readonly items: readonly Value[];
  /** A named tuple or `torch.Size`; `undefined` for a plain tuple. */
  readonly cls: PyClass | undefined;
}
export const tuple = (items: readonly Value[], cls?: PyClass): PyTuple => ({ kind: "tuple", items, cls });

/** What a dictionary finds its entries by: equal keys in Python are equal keys here. */
export type Key = string | number | object;
export interface DictEntry {
  readonly key: Value;
  value: Value;
}
export interface PyDict {
  readonly kind: "dict";
  readonly entries: Map<Key, DictEntry>;
  /** `OrderedDict`, `defaultdict`, ...; `undefined` for a plain `dict`. */
  readonly cls: PyClass | undefined;
  /** Makes the value of a missing key, as in `defaultdict`. */
  factory: Value | undefined;
}
export const dict = (cls?: PyClass, factory?: Value): PyDict => ({
  kind: "dict",
  entries: new Map(),
  cls,
  factory,
});

export interface PySet {
  readonly kind: "set";
  readonly entries: Map<Key, Value>;
  readonly frozen: boolean;
  /** The keys of a dictionary: what is computed with them is a plain set. */
  readonly isKeys?: true;
}
export interface PyRange {
  readonly kind: "range";
  readonly start: number;
  readonly stop: number;
  readonly step: number;
}
export interface PySlice {
  readonly kind: "slice";
  readonly lower: Value;
  readonly upper: Value;
  readonly step: Value;
}

export type Kwargs = ReadonlyMap<string, Value>;
export const noKwargs: Kwargs = new Map();

/** The file, and the chunk of it, that code stands in. */
export interface Code {
  readonly file: string;
  /** Offset of the chunk in its file. */
  readonly start: number;
  /** Of the torch or stdlib prelude: left out of places told to the user. */
  readonly prelude: boolean;
  readonly module: PyModule;
}

export interface Scope {
  readonly vars: Map<string, Value>;
  /** The function scope around it; class scopes are not seen from inside. */
  readonly parent: Scope | undefined;
  /** A comprehension's own scope: `:=` binds in the scope around it. */
  readonly comprehension: boolean;
}

/** Filled when the class statement ends: functions of its body are made before the class is. */
export interface ClassCell {
  cls: PyClass | undefined;
}

export interface PyFunction {
  readonly kind: "function";
  readonly name: string;
  readonly qualname: string;
  readonly node: FunctionDef | Lambda;
  readonly defaults: ReadonlyMap<string, Value> | undefined;
  readonly scope: Scope | undefined;
  readonly code: Code;
  /** The class whose body defines it: where `super()` starts. */
  readonly owner: ClassCell | undefined;
  attrs: Map<string, Value> | undefined;
  /** A decorator that could not be read was skipped: what a call does is only half known. */
  doubt: string | undefined;
}
export interface PyMethod {
  readonly kind: "method";
  readonly self: Value;
  readonly func: Value;
}
export type NativeRun = (m: Machine, args: readonly Value[], kwargs: Kwargs) => Value;
export interface PyNative {
  readonly kind: "native";
  readonly name: string;
  readonly run: NativeRun;
  /** Becomes a method when read through an instance; functions written in C do not. */
  readonly binds: boolean;
  /** Python calls it a function: it is one in torch or einops, and native here alone. */
  readonly isPython?: true;
  /** Told of attributes that a program sets on it; elsewhere they make no difference. */
  readonly onSet?: (name: string, value: Value) => void;
}
export const native = (name: string, run: NativeRun): PyNative => ({
  kind: "native",
  name,
  run,
  binds: false,
});
export const nativeMethod = (name: string, run: NativeRun): PyNative => ({
  kind: "native",
  name,
  run,
  binds: true,
});

export interface PyPartial {
  readonly kind: "partial";
  readonly func: Value;
  readonly args: readonly Value[];
  readonly kwargs: Kwargs;
}

export interface PyClass {
  readonly kind: "class";
  readonly name: string;
  readonly bases: readonly PyClass[];
  /** Itself first, in C3 order. */
  readonly mro: readonly PyClass[];
  readonly attrs: Map<string, Value>;
  /** What names were found to mean in it and its bases, as of a number of writes to attributes of classes. */
  readonly found: { asOf: number; readonly values: Map<string, Value> };
  /** Names annotated in the body, in order. */
  readonly annotations: Map<string, Expr>;
  readonly code: Code | undefined;
  /** Offset of its name, relative to `code.start`. */
  readonly nameStart: number;
  readonly scope: Scope | undefined;
  /** Makes an instance of a class that is not written in Python. */
  readonly construct:
    | ((m: Machine, cls: PyClass, args: readonly Value[], kwargs: Kwargs) => Value)
    | undefined;
  /** Derives from `torch.nn.Module`. */
  readonly isModule: boolean;
  readonly isEnum: boolean;
  /** Field names of a named tuple. */
  readonly fields: readonly string[] | undefined;
  /** A base class could not be read: attributes not found are unknown, not missing. */
  readonly opaque: Unknown | undefined;
}
export interface PyInstance {
  readonly kind: "instance";
  /** Changes under `object.__class__ = ...`. */
  cls: PyClass;
  readonly attrs: Map<string, Value>;
  /** What a subclass of a native class (`dict`, `str`, `int`, ...) holds. */
  payload: Value | undefined;
}
/** Names of modules that are read, by the name of the module; `*` for all of them. */
export interface ReadLog {
  names: Map<string, Set<string>> | undefined;
}
export interface PyModule {
  readonly kind: "module";
  readonly name: string;
  readonly file: string | undefined;
  /** The package that relative imports start from. */
  readonly pkg: string;
  readonly vars: Map<string, Value>;
  /** Bindings that are made when first read: imports. */
  readonly lazy: Map<string, () => Value>;
  /** Told of names that are read while somebody asks for that. */
  reads?: ReadLog | undefined;
  /** Finds a name that is neither bound nor lazy. */
  resolve: ((name: string) => Value | undefined) | undefined;
  /** Names may be missing because something could not be read: a star import, broken code. */
  doubt: string | undefined;
}
export interface PyProperty {
  readonly kind: "property";
  readonly name: string;
  readonly getter: Value;
  readonly setter: Value | undefined;
  readonly deleter?: Value | undefined;
  /** `functools.cached_property`: computed once per instance. */
  readonly cached: boolean;
}
export interface PyWrapped {
  readonly kind: "staticmethod" | "classmethod";
  readonly func: Value;
}
/** Yields until `undefined`. */
export type Cursor = () => Value | undefined;
export interface PyIterator {
  readonly kind: "iterator";
  readonly name: string;
  readonly next: Cursor;
}
export const iterator = (name: string, next: Cursor): PyIterator => ({ kind: "iterator", name, next });

export interface PySuper {
  readonly kind: "super";
  readonly cls: PyClass;
  readonly self: Value;
}

export const isUnknown = (value: Value): value is Unknown =>
  typeof value === "object" && value.kind === "unknown";
