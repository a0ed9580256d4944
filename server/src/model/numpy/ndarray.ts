import { hintOf, product } from "../../graph/dim.ts";
import { bytesPerElement, type DType, isComplex } from "../../graph/dtype.ts";
import { dataOf, isKnownShape, Tensor } from "../../graph/tensor.ts";
import { concrete } from "../arithmetic.ts";
import { makeClass, makeInstance } from "../classes.ts";
import type { Machine } from "../machine.ts";
import { moduleAttribute } from "../module-attribute.ts";
import { plainUnknown, unknownNumber } from "../plain-unknown.ts";
import { raise } from "../raise.ts";
import {
  isUnknown,
  iterator,
  type Kwargs,
  list,
  nativeMethod,
  noKwargs,
  none,
  type PyClass,
  type PyNative,
  type PyProperty,
  tuple,
  type Value,
} from "../values.ts";
import {
  arrayOf,
  cast,
  dtypeValue,
  makeArray,
  numberIn,
  numberKindOf,
  plainNumber,
  sizesOf,
  tensorOnHost,
  write,
} from "./array.ts";
import { combine, single } from "./elementwise.ts";
import { arrayTensor } from "./held.ts";
import { getItem, setItem } from "./items.ts";
import { kindOf } from "./kinds.ts";

/** Operators by what numpy calls them, and what torch's tensors call the mirrored one. */
const operators: readonly (readonly [dunder: string, name: string])[] = [
  ["add", "add"],
  ["sub", "subtract"],
  ["mul", "multiply"],
  ["truediv", "divide"],
  ["floordiv", "floor_divide"],
  ["mod", "mod"],
  ["pow", "power"],
  ["and", "bitwise_and"],
  ["or", "bitwise_or"],
  ["xor", "bitwise_xor"],
  ["lshift", "left_shift"],
  ["rshift", "right_shift"],
];

const comparisons: readonly (readonly [dunder: string, name: string])[] = [
  ["eq", "equal"],
  ["ne", "not_equal"],
  ["lt", "less"],
  ["le", "less_equal"],
  ["gt", "greater"],
  ["ge", "greater_equal"],
];

/** Methods that are functions of the module, with the array as the first argument. */
const shared =
  "sum prod mean std var max min all any cumsum cumprod argmax argmin argsort ptp clip round repeat take trace " +
  "diagonal nonzero searchsorted squeeze swapaxes dot conj choose compress partition argpartition";

type Run = (m: Machine, self: Tensor, args: readonly Value[], kwargs: Kwargs, object: Value) => Value;

const method = (name: string, run: Run): PyNative =>
  nativeMethod(name, (m, [object = none, ...args], kwargs) => {
    const self = arrayTensor(object);
    return self === undefined ? m.unknown(`\`${name}\` of an array`) : run(m, self, args, kwargs, object);
  });

const property = (name: string, read: (m: Machine, self: Tensor) => Value): readonly [string, PyProperty] => [
  name,
  { kind: "property", name, getter: method(name, read), setter: undefined, cached: false },
];

const operatorMethods = operators.flatMap(([dunder, name]) => [
  method(`__${dunder}__`, (m, _, [other = none], __, object) => combine(m, name, object, other)),
  method(`__r${dunder}__`, (m, _, [other = none], __, object) => combine(m, name, other, object)),
  method(`__i${dunder}__`, (m, self, [other = none], _, object) => {
    const made = combine(m, name, object, other);
    const value = arrayOf(m, made);
    if (isUnknown(value)) {
      self.meta.storage.write(undefined);
      return object;
    }
    write(m, self, "torch.Tensor.copy_", [value]);
    return object;
  }),
]);

const comparisonMethods = comparisons.map(([dunder, name]) =>
  method(`__${dunder}__`, (m, _, [other = none], __, object) =>
    other === none || typeof other === "string" ? name === "not_equal" : combine(m, name, object, other),
  ),
);

/** The only element, where there is one. */
const only = (m: Machine, self: Tensor): Value => {
  const shape = sizesOf(self);
  if (shape?.some((size) => typeof size === "number" && size !== 1))
    return raise(m, "TypeError", "only size-1 arrays can be converted to Python scalars");
  return numberIn(m, self);
};

const converted = (name: string, builtin: string): PyNative =>
  method(`__${name}__`, (m, self) => {
    const value = only(m, self);
    const convert = m.builtins.get(builtin);
    return isUnknown(value) || convert === undefined ? value : m.call(convert, [value], noKwargs);
  });

function truth(m: Machine, self: Tensor): Value {
  const shape = sizesOf(self);
  if (shape === undefined) return m.unknown("whether an array is true");
  if (shape.some((size) => typeof size === "number" && size > 1))
    return raise(
      m,
      "ValueError",
      "The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()",
    );
  const value = numberIn(m, self);
  return isUnknown(value) ? value : m.truth(value) === true;
}

function items(m: Machine, self: Tensor, object: Value): Value {
  const shape = sizesOf(self);
  if (shape === undefined) return m.unknown("the elements of an array of unknown size");
  const [first] = shape;
  if (first === undefined) return raise(m, "TypeError", "iteration over a 0-d array");
  const count =
    typeof first === "number" ? first : hintOf(first) === undefined ? undefined : concrete(m, first);
  if (count === undefined) return m.unknown("the elements of an array whose size only the run knows");
  let i = 0;
  return iterator("array_iterator", () => (i < count ? getItem(m, object, i++) : undefined));
}

/** What the memory of an array holds, the first byte of each element first. */
function bytesOf(m: Machine, self: Tensor): Value {
  const data = dataOf(self.meta);
  const written = data === undefined ? undefined : writers.get(self.dtype)?.(data);
  if (written === undefined) return m.unknown("the bytes of an array that only the run knows");
  return {
    kind: "bytes",
    value: Array.from(new Uint8Array(written.buffer), (each) => String.fromCharCode(each)).join(""),
  };
}

const writers: ReadonlyMap<DType, (data: readonly number[]) => ArrayBufferView> = new Map<
  DType,
  (data: readonly number[]) => ArrayBufferView
>([
  ["float32", (data) => Float32Array.from(data)],
  ["float64", (data) => Float64Array.from(data)],
  ["int64", (data) => BigInt64Array.from(data, BigInt)],
  ["int32", (data) => Int32Array.from(data)],
  ["int16", (data) => Int16Array.from(data)],
  ["int8", (data) => Int8Array.from(data)],
  ["uint8", (data) => Uint8Array.from(data)],
  ["bool", (data) => Uint8Array.from(data)],
]);

/** Nested lists of Python's numbers; what only the run knows are unknown numbers. */
function listed(m: Machine, self: Tensor): Value {
  const sizes = sizesOf(self)?.map((size) => (typeof size === "number" ? size : concrete(m, size)));
  if (sizes === undefined || sizes.some((size) => size === undefined)) return m.unknown("`tolist()`");
  const data = dataOf(self.meta);
  const total = sizes.reduce<number>((a, b) => a * (b ?? 0), 1);
  if (data === undefined && total > maxUnknown)
    return m.unknown("`tolist()` of an array that only the run knows");
  let next = 0;
  const nest = (depth: number): Value => {
    if (depth === sizes.length) {
      const value = data?.[next++];
      return value === undefined
        ? unknownNumber(m, "a number that only the run knows", numberKindOf(self.dtype))
        : plainNumber(value, self.dtype);
    }
    return list(Array.from({ length: sizes[depth] ?? 0 }, () => nest(depth + 1)));
  };
  return nest(0);
}

const maxUnknown = 4096;

/** Sizes given one by one or in one tuple. */
const spread = (args: readonly Value[]): Value => {
  const [first] = args;
  if (args.length === 1 && typeof first === "object" && (first.kind === "tuple" || first.kind === "list"))
    return first;
  return arrayTensor(first ?? none) === undefined ? tuple([...args]) : (first ?? none);
};

function reshaped(m: Machine, self: Tensor, args: readonly Value[]): Value {
  const sizes = spread(args);
  const known = arrayTensor(sizes);
  const wanted = known === undefined ? sizes : listed(m, known);
  return made(m, tensorOnHost(m, "torch.reshape", [self, wanted]));
}

/** An array, whatever its number of dimensions is. */
const made = (m: Machine, value: Value): Value => (value instanceof Tensor ? makeArray(m, value) : value);

function transposed(m: Machine, self: Tensor, args: readonly Value[]): Value {
  const rank = sizesOf(self)?.length;
  if (rank === undefined) return m.unknown("the transpose of an array of unknown size");
  const axes =
    args.length === 0 || args[0] === none
      ? tuple(Array.from({ length: rank }, (_, i) => rank - 1 - i))
      : spread(args);
  return made(m, tensorOnHost(m, "torch.permute", [self, axes]));
}

function astype(m: Machine, self: Tensor, args: readonly Value[], kwargs: Kwargs): Value {
  const kind = kindOf(args[0] ?? kwargs.get("dtype") ?? none);
  if (kind === undefined) return m.unknown("an array of an unknown kind of numbers");
  const cased = cast(m, self, kind);
  return cased === self ? copied(m, self) : made(m, cased);
}

const copied = (m: Machine, self: Tensor): Value => made(m, tensorOnHost(m, "torch.clone", [self]));

const dimension = (m: Machine, self: Tensor): Value =>
  isKnownShape(self.shape) ? self.shape.length : m.unknown("the number of dimensions of an array");

const count = (self: Tensor): Value => (isKnownShape(self.shape) ? product(self.shape) : self.shape);

/** A function of `numpy` itself. */
function viaModule(m: Machine, name: string, args: readonly Value[], kwargs: Kwargs = noKwargs): Value {
  const numpy = m.findModule("numpy");
  const fn = numpy === undefined ? undefined : moduleAttribute(m, numpy, name);
  return fn === undefined ? m.unknown(`\`numpy.ndarray.${name}\``) : m.call(fn, args, kwargs);
}

const methods: readonly PyNative[] = [
  ...operatorMethods,
  ...comparisonMethods,
  ...shared
    .split(" ")
    .map((name) =>
      method(name, (m, _, args, kwargs, object) => viaModule(m, name, [object, ...args], kwargs)),
    ),
  method("__matmul__", (m, _, [other = none], __, object) => viaModule(m, "matmul", [object, other])),
  method("__rmatmul__", (m, _, [other = none], __, object) => viaModule(m, "matmul", [other, object])),
  method("__neg__", (m, _, __, ___, object) => single(m, "negative", object)),
  method("__pos__", (_, __, ___, ____, object) => object),
  method("__abs__", (m, _, __, ___, object) => single(m, "abs", object)),
  method("__invert__", (m, _, __, ___, object) => single(m, "invert", object)),
  method("__len__", (m, self) => {
    const shape = sizesOf(self);
    if (shape === undefined) return m.unknown("the length of an array");
    return shape[0] ?? raise(m, "TypeError", "len() of unsized object");
  }),
  method("__bool__", truth),
  converted("float", "float"),
  converted("int", "int"),
  method("__index__", only),
  method("__iter__", (m, self, _, __, object) => items(m, self, object)),
  method("__contains__", (m, _, [item = none], __, object) => {
    const same = combine(m, "equal", object, item);
    const any = m.getAttribute(same, "any");
    return any === undefined ? same : m.call(any, [], noKwargs);
  }),
  method("__getitem__", (m, _, [key = none], __, object) => getItem(m, object, key)),
  method("__setitem__", (m, _, [key = none, value = none], __, object) => {
    setItem(m, object, key, value);
    return none;
  }),
  method("__copy__", copied),
  method("__deepcopy__", copied),
  method("__repr__", (m) => plainUnknown(m, "the text of an array")),
  method("__str__", (m) => plainUnknown(m, "the text of an array")),
  method("tolist", listed),
  method("tobytes", bytesOf),
  method("item", (m, self, args) => {
    if (args.length === 0) return only(m, self);
    const flat = tensorOnHost(m, "torch.flatten", [self]);
    if (isUnknown(flat)) return flat;
    return args.length === 1
      ? getItem(m, makeArray(m, flat), args[0] ?? 0)
      : getItem(m, makeArray(m, self), tuple([...args]));
  }),
  method("astype", astype),
  method("view", (m, self, args) =>
    args.length === 0 || kindOf(args[0] ?? none) === self.dtype
      ? made(m, self)
      : m.unknown("an array read as another kind of numbers"),
  ),
  method("copy", copied),
  method("flatten", (m, self) => made(m, tensorOnHost(m, "torch.clone", [flat(m, self)]))),
  method("ravel", (m, self) => made(m, flat(m, self))),
  method("reshape", reshaped),
  method("resize", (m, self, args) => reshaped(m, self, args)),
  method("transpose", transposed),
  method("fill", (m, self, [value = none]) => {
    write(m, self, "torch.Tensor.fill_", [value]);
    return none;
  }),
  method("sort", (m, self, [axis = -1], _, object) => {
    const sorted = viaModule(m, "sort", [object, axis]);
    if (arrayTensor(sorted) === undefined) self.meta.storage.write(undefined);
    else write(m, self, "torch.Tensor.copy_", [sorted]);
    return none;
  }),
];

const flat = (m: Machine, self: Tensor): Value => tensorOnHost(m, "torch.reshape", [self, tuple([-1])]);

const properties = [
  property("shape", (m, self) =>
    isKnownShape(self.shape) ? tuple([...self.shape]) : m.unknown("the shape of an array"),
  ),
  property("size", (_, self) => count(self)),
  property("ndim", dimension),
  property("itemsize", (_, self) => bytesPerElement(self.dtype)),
  property("nbytes", (m, self) => m.binary("*", count(self), bytesPerElement(self.dtype))),
  property("T", (m, self) => transposed(m, self, [])),
  property("real", (m, self) => made(m, tensorOnHost(m, "torch.real", [self]))),
  property("imag", (m, self) =>
    made(m, tensorOnHost(m, isComplex(self.dtype) ? "torch.imag" : "torch.zeros_like", [self])),
  ),
  property("flat", (m, self) => made(m, flat(m, self))),
  property("dtype", (m, self) => {
    const kinds = m.findModule("numpy._kinds");
    const dtype = kinds === undefined ? undefined : moduleAttribute(m, kinds, "dtype");
    return dtype === undefined ? m.unknown("the kind of an array") : m.call(dtype, [self.dtype], noKwargs);
  }),
];

/** What arrays have besides. */
const others: ReadonlySet<string> = new Set(
  (
    "flags strides base data ctypes tostring tofile dump dumps byteswap newbyteorder getfield setfield setflags " +
    "itemset put __array_interface__ __array_struct__"
  ).split(" "),
);

/** `numpy.ndarray`: numbers that the host computes with. */
export const arrayClass = (m: Machine): PyClass =>
  makeClass({
    name: "ndarray",
    bases: [m.classes.get("object")].flatMap((each) => (each === undefined ? [] : [each])),
    attrs: new Map<string, Value>([
      ...methods.map((each): [string, Value] => [each.name, each]),
      ...properties,
      [
        "__getattr__",
        nativeMethod("__getattr__", (machine, [, name]) =>
          typeof name === "string" && others.has(name)
            ? machine.unknown(`\`numpy.ndarray.${name}\``)
            : raise(machine, "AttributeError", `'numpy.ndarray' object has no attribute '${String(name)}'`),
        ),
      ],
      ["__array_priority__", 0],
    ]),
    construct: (machine, cls, [shape = tuple([])], kwargs) => {
      if (cls.name !== "ndarray") return makeInstance(cls);
      const kind = kindOf(kwargs.get("dtype") ?? none) ?? "float64";
      return made(
        machine,
        tensorOnHost(machine, "torch.empty", [shape], new Map([["dtype", dtypeValue(kind)]])),
      );
    },
  });
