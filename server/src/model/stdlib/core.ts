import { dataOf, Tensor } from "../../graph/tensor.ts";
import { abstractMethod } from "../abstract-classes.ts";
import { asDict, asInt, asString, given } from "../builtins/args.ts";
import { count, counterMethods, updateDict } from "../builtins/dict-methods.ts";
import { lookup, makeClass, makeInstance, payloadOf } from "../classes.ts";
import { dictSet } from "../dicts.ts";
import { functionalEnum } from "../enums.ts";
import { notThere } from "../import-statement.ts";
import { collect, iterate } from "../iterate.ts";
import type { Machine } from "../machine.ts";
import { namedTupleClass } from "../named-tuple.ts";
import { plainNumber } from "../numpy/array.ts";
import { arrayTensor } from "../numpy/held.ts";
import { plainUnknown, unknownNumber } from "../plain-unknown.ts";
import { classOf } from "../types.ts";
import {
  dict,
  isUnknown,
  type Kwargs,
  list,
  native,
  nativeMethod,
  none,
  type PyClass,
  type PyModule,
  type Value,
} from "../values.ts";
import { copyValue, deepCopy } from "./copy.ts";
import { annotationsOf, dataclass, dataclassOf, fieldSpec, fieldsOf, replaceFields } from "./dataclass.ts";
import { frameNatives } from "./frames.ts";
import { makeNativeModule } from "./native-module.ts";
import { primesBetween } from "./primes.ts";
import { regexVars } from "./regex.ts";
import { annotationAt, empty, signatureOf } from "./signature.ts";
import { updateWrapper } from "./wraps.ts";

type Test = (value: Value) => boolean;

const kindIs =
  (...kinds: readonly string[]): Test =>
  (value) =>
    kinds.includes(typeof value === "object" ? value.kind : typeof value);

const has =
  (name: string): Test =>
  (value) =>
    typeof value === "object" && value.kind === "instance" && lookup(value.cls, name) !== undefined;

const either =
  (...tests: readonly Test[]): Test =>
  (value) =>
    tests.some((test) => test(value));

/** Classes that exist only for `isinstance`. */
const abstract: readonly (readonly [name: string, test: Test])[] = [
  ["Number", kindIs("number", "boolean", "float", "poly", "complex")],
  ["Complex", kindIs("number", "boolean", "float", "poly", "complex")],
  ["Real", kindIs("number", "boolean", "float", "poly")],
  ["Rational", kindIs("number", "boolean", "poly")],
  ["Integral", kindIs("number", "boolean", "poly")],
  ["Callable", either(kindIs("function", "native", "method", "class", "partial"), has("__call__"))],
  [
    "Iterable",
    either(
      kindIs("list", "tuple", "dict", "set", "string", "range", "iterator", "bytes", "tensor"),
      has("__iter__"),
    ),
  ],
  ["Iterator", either(kindIs("iterator"), has("__next__"))],
  ["Generator", kindIs("iterator")],
  ["Collection", either(kindIs("list", "tuple", "dict", "set", "string", "range"), has("__contains__"))],
  ["Container", either(kindIs("list", "tuple", "dict", "set", "string", "range"), has("__contains__"))],
  ["Sized", either(kindIs("list", "tuple", "dict", "set", "string", "range"), has("__len__"))],
  ["Hashable", kindIs("string", "number", "boolean", "float", "tuple", "none")],
  ["Sequence", kindIs("list", "tuple", "string", "range", "bytes")],
  ["MutableSequence", kindIs("list")],
  ["Set", kindIs("set")],
  ["MutableSet", kindIs("set")],
  [
    "Mapping",
    either(
      kindIs("dict"),
      (value) => typeof value === "object" && value.kind === "instance" && asDict(value) !== undefined,
    ),
  ],
  [
    "MutableMapping",
    either(
      kindIs("dict"),
      (value) => typeof value === "object" && value.kind === "instance" && asDict(value) !== undefined,
    ),
  ],
];

function dictSubclass(
  m: Machine,
  name: string,
  make: (machine: Machine, cls: PyClass, args: readonly Value[], kwargs: Kwargs) => Value,
): PyClass {
  const base = m.classes.get("dict");
  const cls: PyClass = makeClass({
    name,
    bases: base === undefined ? [] : [base],
    construct: (machine, of, args, kwargs) =>
      of === cls ? make(machine, of, args, kwargs) : makeInstance(of, dict()),
  });
  return cls;
}

function collectionClasses(m: Machine): readonly (readonly [string, Value])[] {
  const ordered = dictSubclass(m, "OrderedDict", (machine, cls, args, kwargs) =>
    filled(machine, cls, args[0], kwargs),
  );
  const defaults = dictSubclass(m, "defaultdict", (machine, cls, args, kwargs) => {
    const made = dict(cls, args[0] ?? none);
    if (args[1] !== undefined) updateDict(machine, made, args[1]);
    for (const [key, value] of kwargs) dictSet(made, key, value);
    return made;
  });
  defaults.attrs.set("__init__", defaultsInit);
  const counter = dictSubclass(m, "Counter", (machine, cls, args, kwargs) => {
    const made = dict(
      cls,
      native("zero", () => 0),
    );
    count(machine, made, args, kwargs, 1);
    return made;
  });
  for (const method of counterMethods) counter.attrs.set(method.name, method);
  return [
    ["OrderedDict", ordered],
    ["defaultdict", defaults],
    ["Counter", counter],
    ["namedtuple", native("namedtuple", makeNamedTuple)],
  ];
}

/** `super().__init__(list)` of a class that extends it; `Class(list)` where that has no `__init__` of its own. */
const defaultsInit = nativeMethod("__init__", (m, [self = none, factory = none, from], kwargs) => {
  const target = payloadOf(self);
  if (typeof target !== "object" || target.kind !== "dict") return none;
  target.factory = factory;
  if (from !== undefined) updateDict(m, target, from);
  for (const [key, value] of kwargs) dictSet(target, key, value);
  return none;
});

function filled(m: Machine, cls: PyClass, from: Value | undefined, kwargs: Kwargs): Value {
  const made = dict(cls);
  if (from !== undefined) updateDict(m, made, from);
  for (const [key, value] of kwargs) dictSet(made, key, value);
  return made;
}

function makeNamedTuple(m: Machine, args: readonly Value[], kwargs: Kwargs): Value {
  const name = asString(args[0]) ?? "namedtuple";
  const given = args[1] ?? kwargs.get("field_names");
  const text = asString(given);
  const fields =
    text === undefined
      ? (given === undefined ? [] : collect(m, given)).flatMap((each) =>
          typeof each === "string" ? [each] : [],
        )
      : text
          .replaceAll(",", " ")
          .split(/\s+/)
          .filter((part) => part !== "");
  const vars = new Map<string, Value>();
  const defaults = kwargs.get("defaults");
  if (defaults !== undefined && defaults !== none) {
    const values = collect(m, defaults);
    values.forEach((value, i) => {
      const field = fields[fields.length - values.length + i];
      if (field !== undefined) vars.set(field, value);
    });
  }
  return namedTupleClass(m, name, fields, vars, m.state.frame?.code);
}

/** `functools.partial`, a class so that `isinstance` works. */
function partialClass(m: Machine): Value {
  const known = m.classes.get("partial");
  const cls = makeClass({
    name: "partial",
    bases: known?.bases ?? [],
    construct: (_, __, args, kwargs) => {
      const [func = none, ...rest] = args;
      return typeof func === "object" && func.kind === "partial"
        ? {
            kind: "partial",
            func: func.func,
            args: [...func.args, ...rest],
            kwargs: new Map([...func.kwargs, ...kwargs]),
          }
        : { kind: "partial", func, args: rest, kwargs };
    },
  });
  m.classes.set("partial", cls);
  return cls;
}

function cachedProperty(_: Machine, args: readonly Value[]): Value {
  const [getter = none] = args;
  const name = typeof getter === "object" && getter.kind === "function" ? getter.name : "";
  return { kind: "property", name, getter, setter: undefined, cached: true };
}

function enumClass(m: Machine, name: string, base: string): PyClass {
  const parent = m.classes.get(base) ?? m.classes.get("object");
  return makeClass({ name, bases: parent === undefined ? [] : [parent], isEnum: true });
}

/** What the Python of the stdlib prelude builds on: the module `_ecocompute_std`. */
export function coreModule(m: Machine): PyModule {
  const enumBase = makeClass({
    name: "Enum",
    bases:
      m.classes.get("object") === undefined
        ? []
        : [m.classes.get("object")].flatMap((each) => (each === undefined ? [] : [each])),
    isEnum: true,
    construct: (machine, cls, args, kwargs) => {
      const [first = none, names = kwargs.get("names")] = args;
      return typeof first === "string" && names !== undefined
        ? functionalEnum(machine, cls, first, names)
        : machine.enumByValue(cls, first);
    },
  });
  const typing = (name: string): PyClass => makeClass({ name, bases: [] });
  return makeNativeModule("_ecocompute_std", [
    ...abstract.map(([name, test]): [string, Value] => [
      `abc_${name}`,
      makeClass({
        name,
        bases: [],
        attrs: new Map([
          [
            "__instancecheck_native__",
            native(name, (machine, args) =>
              args[0] === undefined ? false : isUnknown(args[0]) ? machine.unknown("a type") : test(args[0]),
            ),
          ],
        ]),
      }),
    ]),
    ...collectionClasses(m),
    ["partial", partialClass(m)],
    ["cached_property", native("cached_property", cachedProperty)],
    ["update_wrapper", native("update_wrapper", updateWrapper)],
    ["Enum", enumBase],
    [
      "IntEnum",
      makeClass({
        ...pick(enumClass(m, "IntEnum", "int")),
        bases: [enumBase, ...baseOf(m, "int")],
        isEnum: true,
      }),
    ],
    [
      "StrEnum",
      makeClass({
        ...pick(enumClass(m, "StrEnum", "str")),
        bases: [enumBase, ...baseOf(m, "str")],
        isEnum: true,
        attrs: new Map<string, Value>([["__str_is_value__", true]]),
      }),
    ],
    [
      "NamedTuple",
      makeClass({
        name: "NamedTuple",
        bases: [],
        attrs: new Map<string, Value>([["__named_tuple__", true]]),
      }),
    ],
    ["Generic", typing("Generic")],
    ["Protocol", typing("Protocol")],
    ["typing_name", native("typing_name", (_, args) => typing(asString(args[0]) ?? "type"))],
    ["copy", native("copy", (machine, args) => copyValue(machine, args[0] ?? none))],
    ["deepcopy", native("deepcopy", (machine, args) => deepCopy(machine, args[0] ?? none, new Map()))],
    ["payload", native("payload", (_, args) => payloadOf(args[0] ?? none))],
    ["dataclass", native("dataclass", dataclass)],
    ["dataclass_of", native("dataclass_of", dataclassOf)],
    ["field", native("field", fieldSpec)],
    ["fields", native("fields", fieldsOf)],
    ["replace", native("replace", replaceFields)],
    ["abstractmethod", abstractMethod],
    [
      "annotation_at",
      native("annotation_at", (machine, args) =>
        annotationAt(machine, args[0], asInt(machine, args[1]) ?? 0),
      ),
    ],
    ["signature", native("signature", (machine, args) => signatureOf(machine, args[0] ?? none))],
    [
      "class_of",
      native("class_of", (machine, args) =>
        args[0] === undefined ? none : (classOf(machine, args[0]) ?? machine.unknown("a type")),
      ),
    ],
    [
      "native_class",
      native(
        "native_class",
        (machine, args) => machine.classes.get(asString(args[0]) ?? "") ?? machine.unknown("a class"),
      ),
    ],
    [
      "module_exists",
      native("module_exists", (machine, args) => machine.findModule(asString(args[0]) ?? "") !== undefined),
    ],
    ["import_module", native("import_module", importModule)],
    [
      "plain_unknown",
      native("plain_unknown", (machine, args) => {
        const why = asString(args[0]) ?? "unknown";
        const kind = asString(args[1]);
        if (kind !== "int" && kind !== "float") return plainUnknown(machine, why);
        const made = unknownNumber(machine, why, kind);
        const [least, below] = [args[2], args[3]];
        return typeof least === "number" && typeof below === "number" && least < below
          ? { ...made, range: [least, below] }
          : made;
      }),
    ],
    ["unknown", native("unknown", (machine, args) => machine.unknown(asString(args[0]) ?? "unknown"))],
    [
      "next_or_none",
      native("next_or_none", (machine, args) =>
        args[0] === undefined ? none : (iterate(machine, args[0])() ?? none),
      ),
    ],
    ["is_known", native("is_known", (_, args) => args[0] !== undefined && !isUnknown(args[0]))],
    ["annotations_of", native("annotations_of", (machine, args) => annotationsOf(machine, args[0] ?? none))],
    ["known_elements", native("known_elements", (machine, args) => knownElements(machine, args[0] ?? none))],
    ["surely_all", native("surely_all", (_, args) => surelyAll(args[0]))],
    ["int_of", native("int_of", (machine, args) => asInt(machine, given(args, new Map(), 0, "x")) ?? none)],
    ["empty_parameter", empty],
    ...regexVars,
    ...frameNatives,
    primesBetween,
  ]);
}

/** The numbers of a tensor, an array or a list in a row; `None` where the run alone knows one of them. */
function knownElements(m: Machine, value: Value): Value {
  const tensor = arrayTensor(value) ?? (value instanceof Tensor ? value : undefined);
  if (tensor !== undefined) {
    const data = dataOf(tensor.meta);
    return data === undefined ? none : list(data.map((each) => plainNumber(each, tensor.dtype)));
  }
  if (isPlainNumber(value)) return list([value]);
  if (typeof value !== "object" || !["list", "tuple", "range"].includes(value.kind)) return none;
  const all: Value[] = [];
  for (const each of collect(m, value)) {
    const found = knownElements(m, each);
    if (typeof found !== "object" || found.kind !== "list") return none;
    all.push(...found.items);
  }
  return list(all);
}

const isPlainNumber = (value: Value): boolean =>
  typeof value === "number" ||
  typeof value === "boolean" ||
  (typeof value === "object" && value.kind === "float");

/** All elements of a tensor are known, and true. */
const surelyAll = (value: Value | undefined): boolean =>
  typeof value === "object" &&
  value.kind === "tensor" &&
  dataOf(value.meta)?.every((element) => element !== 0) === true;

const pick = (cls: PyClass): { readonly name: string } => ({ name: cls.name });
const baseOf = (m: Machine, name: string): readonly PyClass[] => {
  const found = m.classes.get(name);
  return found === undefined ? [] : [found];
};

function importModule(m: Machine, args: readonly Value[]): Value {
  const name = asString(args[0]);
  const pkg = asString(args[1]);
  if (name === undefined) return m.unknown("a module with an unknown name");
  const dots = /^\.*/.exec(name)?.[0].length ?? 0;
  const full =
    dots === 0 || pkg === undefined
      ? name
      : `${pkg
          .split(".")
          .slice(0, pkg.split(".").length - dots + 1)
          .join(".")}.${name.slice(dots)}`;
  const found = m.findModule(full);
  // Who imports by name wants what the module does, more often than a name of it.
  if (found?.file !== undefined && !/\/(?:site|dist)-packages\//.test(found.file)) m.load(found);
  return found ?? notThere(m, full);
}
