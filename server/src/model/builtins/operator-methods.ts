/** Python's operators as methods of its own types: `(3).__add__(4)`, and what `hasattr(x, "__len__")` asks for. */
import type { BinaryOperator, CompareOperator } from "../../syntax/ast.ts";
import type { Machine } from "../machine.ts";
import { typeName } from "../types.ts";
import { iterator, native, noKwargs, none, type PyClass, type Value } from "../values.ts";

const binaries: Readonly<Record<string, BinaryOperator>> = {
  add: "+",
  sub: "-",
  mul: "*",
  truediv: "/",
  floordiv: "//",
  mod: "%",
  pow: "**",
  and: "&",
  or: "|",
  xor: "^",
  lshift: "<<",
  rshift: ">>",
};
const orders: Readonly<Record<string, CompareOperator>> = {
  eq: "==",
  ne: "!=",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
};

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));
const arithmetic = "add sub mul truediv floordiv mod pow divmod neg pos abs bool int float round trunc";
const whole = `${arithmetic} and or xor lshift rshift invert index`;
const sequence = "len getitem contains iter add mul";

/** Besides `eq`, `ne`, `lt`, `le`, `gt`, `ge`, `hash`, `repr`, `str` and `format`, which every object has. */
const own: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["int", words(whole)],
  ["bool", words(whole)],
  ["float", words(arithmetic)],
  ["complex", words("add sub mul truediv pow neg pos abs bool")],
  ["str", words(`${sequence} mod`)],
  ["bytes", words(`${sequence} mod`)],
  ["list", words(`${sequence} reversed iadd imul`)],
  ["tuple", words(sequence)],
  ["dict", words("len getitem contains iter or reversed")],
  ["set", words("len contains iter and or xor sub")],
  ["frozenset", words("len contains iter and or xor sub")],
  ["range", words("len getitem contains iter reversed bool")],
  ["generator", words("iter next")],
  ["function", words("call get")],
  ["builtin_function_or_method", words("call")],
  ["method", words("call")],
  ["type", words("call")],
  ["partial", words("call")],
]);

const shared = words("eq ne lt le gt ge hash repr str format sizeof");

type Run = (m: Machine, self: Value, args: readonly Value[]) => Value;

/** The method behind `name`, with underscores, of a value of one of Python's own types. */
export function operatorMethod(object: Value, name: string): Value | undefined {
  const bare = /^__(\w+)__$/.exec(name)?.[1];
  if (bare === undefined) return undefined;
  const methods = own.get(typeName(object));
  const reflected = bare.startsWith("r") ? bare.slice(1) : "";
  const isReflected =
    methods?.has(bare) !== true && methods?.has(reflected) === true && reflected in binaries;
  if (!shared.has(bare) && methods?.has(bare) !== true && !isReflected) return undefined;
  const run = isReflected ? reflectedRun(reflected) : runOf(bare);
  return native(name, (m, args) => run(m, object, args));
}

/** `int.__add__`: the same with the value as the first argument. */
export function unboundOperator(cls: PyClass, name: string): Value | undefined {
  if (cls.code !== undefined || own.get(cls.name)?.has(name.replace(/^__|__$/g, "")) !== true)
    return undefined;
  return native(name, (m, [self = none, ...rest]) => {
    const bound = operatorMethod(self, name);
    return bound === undefined ? m.unknown(`\`${cls.name}.${name}\``) : m.call(bound, rest, noKwargs);
  });
}

const orNotImplemented = (m: Machine, body: () => Value): Value =>
  m.attempt(body, "TypeError") ?? m.builtins.get("NotImplemented") ?? none;

const reflectedRun =
  (bare: string): Run =>
  (m, self, [other = none]) =>
    orNotImplemented(m, () => m.binary(binaries[bare] ?? "+", other, self));

function runOf(bare: string): Run {
  const binary = binaries[bare];
  if (binary !== undefined)
    return (m, self, [other = none]) => orNotImplemented(m, () => m.binary(binary, self, other));
  const order = orders[bare];
  if (order !== undefined)
    return (m, self, [other = none]) => orNotImplemented(m, () => m.compare(order, self, other));
  return others[bare] ?? viaFunction(bare);
}

const others: Readonly<Record<string, Run>> = {
  neg: (m, self) => m.binary("*", self, -1),
  pos: (m, self) => m.binary("+", self, 0),
  invert: (m, self) => m.binary("-", m.binary("*", self, -1), 1),
  getitem: (m, self, [index = none]) => m.getItem(self, index),
  contains: (m, self, [item = none]) => m.compare("in", item, self),
  iter: (m, self) => iterator("iterator", m.iterate(self)),
  call: (m, self, args) => m.call(self, args, noKwargs),
  get: (_, self, [object = none]) => (object === none ? self : { kind: "method", self: object, func: self }),
  index: (_, self) => self,
  trunc: (m, self) => viaFunction("int")(m, self, []),
};

/** `x.__abs__()` is `abs(x)`. */
const viaFunction =
  (name: string): Run =>
  (m, self, args) => {
    const fn = m.builtins.get(name);
    return fn === undefined ? m.unknown(`\`__${name}__\``) : m.call(fn, [self, ...args], noKwargs);
  };
