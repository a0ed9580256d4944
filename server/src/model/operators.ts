import type { Unknown } from "../base/known.ts";
import type { Dim } from "../graph/dim.ts";
import { compare as compareSizes } from "../graph/guard.ts";
import type { BinaryOperator, CompareOperator, UnaryOperator } from "../syntax/ast.ts";
import { concrete, floats, integers, sizes } from "./arithmetic.ts";
import { method } from "./bind.ts";
import { countersTogether } from "./builtins/dict-methods.ts";
import { metaMethod } from "./classes.ts";
import { complexes, complexOf } from "./complex-arithmetic.ts";
import { dictSet, keyOf, makeSet, mayEqual } from "./dicts.ts";
import { equal } from "./equality.ts";
import { percentFormat } from "./format.ts";
import { extend } from "./iterate.ts";
import type { Machine } from "./machine.ts";
import { arrayTensor } from "./numpy/held.ts";
import { whyOpen } from "./open-dicts.ts";
import { openBy } from "./open-ends.ts";
import {
  isOneOfSome,
  isPlainUnknown,
  movedBy,
  numberKind,
  opposite,
  plainUnknown,
  unknownNumber,
} from "./plain-unknown.ts";
import { raise } from "./raise.ts";
import { reasonOf } from "./reasons.ts";
import { sequence } from "./sequences.ts";
import { typeName } from "./types.ts";
import { dict, float, isUnknown, noKwargs, type PyDict, tuple, type Value } from "./values.ts";

const dunders: Readonly<Record<BinaryOperator, string>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "truediv",
  "//": "floordiv",
  "%": "mod",
  "**": "pow",
  "@": "matmul",
  "&": "and",
  "|": "or",
  "^": "xor",
  "<<": "lshift",
  ">>": "rshift",
};

export function binary(m: Machine, op: BinaryOperator, left: Value, right: Value): Value {
  if (typeof left === "number" && typeof right === "number") return integers(m, op, left, right);
  if (typeof left === "object" && left.kind === "tensor" && arrayTensor(right) === undefined)
    return m.torchCall(`torch.Tensor.__${dunders[op]}__`, [left, right], noKwargs);
  if (op === "%" && typeof left === "string")
    return (
      percentFormat(m, left, right) ?? plainUnknown(m, reasonOf([right], "text made of something unknown"))
    );
  if (
    typeof right === "object" &&
    right.kind === "tensor" &&
    !(typeof left === "object" && left.kind === "instance")
  )
    return m.torchCall(`torch.Tensor.__r${dunders[op]}__`, [right, left], noKwargs);
  const viaDunder = instanceOperator(m, op, left, right);
  if (viaDunder !== undefined) return viaDunder;
  if (isUnknown(left)) return ofUnknown(m, op, left, right, left);
  if (isUnknown(right)) return ofUnknown(m, op, left, right, right);
  return (
    numeric(m, op, left, right) ??
    sequence(m, op, left, right) ??
    collection(m, op, left, right) ??
    raise(m, "TypeError", unsupported(op, typeName(left), typeName(right)))
  );
}

/** Numbers give a number, whatever their values are. */
function ofUnknown(m: Machine, op: BinaryOperator, left: Value, right: Value, open: Unknown): Value {
  const [a, b] = [numberKind(left), numberKind(right)];
  if (a === undefined || b === undefined || op === "@")
    return open.number === undefined ? open : m.unknown(open.why);
  if (a === "float" || b === "float" || op === "/") return unknownNumber(m, open.why, "float");
  // A negative exponent makes a float of integers.
  if (op === "**" && !(typeof right === "number" && right >= 0)) return m.unknown(open.why);
  if (a === "int" && b === "int" && (op === "+" || op === "-")) {
    if (isUnknown(left) && typeof right === "number") return movedBy(m, left, op === "+" ? right : -right);
    if (isUnknown(right) && typeof left === "number" && op === "+") return movedBy(m, right, left);
  }
  return unknownNumber(m, open.why, "int");
}

/** CPython's words. */
function unsupported(op: BinaryOperator, left: string, right: string): string {
  if (op === "+" && (left === "list" || left === "tuple" || left === "str"))
    return `can only concatenate ${left} (not "${right}") to ${left}`;
  return `unsupported operand type(s) for ${op === "**" ? "** or pow()" : op}: '${left}' and '${right}'`;
}

/** `target op= value` for objects that change in place; `undefined` when a new value is to be bound. */
export function inPlace(m: Machine, op: BinaryOperator, target: Value, value: Value): Value | undefined {
  if (typeof target !== "object") return undefined;
  if (target.kind === "list") {
    if (op === "+") {
      extend(m, target.items, value);
      return target;
    }
    return undefined;
  }
  if (isUnknown(target) && isOneOfSome(target))
    m.note("an assignment", `it changes something unknown: ${target.why}`);
  // Tensors have no `__imatmul__`: the name is bound to the product.
  if (target.kind === "tensor" && op === "@") return undefined;
  if (target.kind === "tensor")
    return m.torchCall(`torch.Tensor.__i${dunders[op]}__`, [target, value], noKwargs);
  if (target.kind === "dict" && op === "|" && typeof value === "object" && value.kind === "dict") {
    copyInto(target, value);
    return target;
  }
  if (target.kind === "set" && typeof value === "object" && value.kind === "set" && !target.frozen) {
    const made = collection(m, op, target, value);
    if (typeof made !== "object" || made.kind !== "set") return undefined;
    target.entries.clear();
    for (const [key, entry] of made.entries) target.entries.set(key, entry);
    return target;
  }
  const own = method(target, `__i${dunders[op]}__`);
  return own === undefined ? undefined : m.call(own, [target, value], noKwargs);
}

function instanceOperator(m: Machine, op: BinaryOperator, left: Value, right: Value): Value | undefined {
  const own = method(left, `__${dunders[op]}__`);
  if (own !== undefined) {
    const answer = m.call(own, [left, right], noKwargs);
    if (!m.isNotImplemented(answer)) return answer;
  }
  const theirs = method(right, `__r${dunders[op]}__`);
  if (theirs !== undefined) return m.call(theirs, [right, left], noKwargs);
  if (typeof left === "object" && left.kind === "instance") {
    if (left.payload !== undefined) return binary(m, op, left.payload, right);
    if (left.cls.opaque !== undefined) return left.cls.opaque;
  }
  if (typeof right === "object" && right.kind === "instance") {
    if (right.payload !== undefined) return binary(m, op, left, right.payload);
    if (right.cls.opaque !== undefined) return right.cls.opaque;
  }
  return undefined;
}

function numeric(m: Machine, op: BinaryOperator, left: Value, right: Value): Value | undefined {
  const [a, b] = [numberLike(left), numberLike(right)];
  if (a === undefined || b === undefined) {
    const [x, y] = [complexOf(left), complexOf(right)];
    return x === undefined || y === undefined ? undefined : complexes(m, op, x, y);
  }
  if (typeof left === "boolean" && typeof right === "boolean" && (op === "&" || op === "|" || op === "^"))
    return op === "&" ? left && right : op === "|" ? left || right : left !== right;
  const floating = a.floating || b.floating || op === "/";
  if (typeof a.value === "number" && typeof b.value === "number")
    return floating ? floats(m, op, a.value, b.value) : integers(m, op, a.value, b.value);
  if (!floating) return sizes(m, op, a.value, b.value);
  const [x, y] = [concrete(m, a.value), concrete(m, b.value)];
  return x === undefined || y === undefined
    ? m.unknown("a size that only the run knows")
    : floats(m, op, x, y);
}

function numberLike(value: Value): { readonly value: Dim; readonly floating: boolean } | undefined {
  if (typeof value === "number") return { value, floating: false };
  if (typeof value === "boolean") return { value: Number(value), floating: false };
  if (typeof value !== "object") return undefined;
  if (value.kind === "float") return { value: value.value, floating: true };
  return value.kind === "poly" ? { value, floating: false } : undefined;
}

function collection(m: Machine, op: BinaryOperator, left: Value, right: Value): Value | undefined {
  if (typeof left !== "object" || typeof right !== "object") return undefined;
  if (left.kind === "dict" && right.kind === "dict") {
    const counted = countersTogether(op, left, right);
    if (counted !== undefined) return counted;
  }
  if (left.kind === "dict" && right.kind === "dict" && op === "|") {
    const made = dict(left.cls, left.factory);
    copyInto(made, left);
    copyInto(made, right);
    return made;
  }
  if (op === "|" && (left.kind === "class" || left.kind === "none" || left.kind === "tuple"))
    return union(left, right);
  if (left.kind !== "set" && !(left.kind === "iterator" && right.kind === "set")) return undefined;
  if (left.kind !== "set" || right.kind !== "set") return undefined;
  const [a, b] = [left.entries, right.entries];
  m.spend(a.size + b.size);
  const frozen = left.frozen && left.isKeys !== true;
  switch (op) {
    case "|":
      return makeSet([...a.values(), ...b.values()], frozen);
    case "&":
      return makeSet(
        [...a].filter(([key]) => b.has(key)).map(([, value]) => value),
        frozen,
      );
    case "-":
      return makeSet(
        [...a].filter(([key]) => !b.has(key)).map(([, value]) => value),
        frozen,
      );
    case "^":
      return makeSet(
        [...[...a].filter(([key]) => !b.has(key)), ...[...b].filter(([key]) => !a.has(key))].map(
          ([, value]) => value,
        ),
        frozen,
      );
    default:
      return raise(m, "TypeError", `unsupported operand type(s) for ${op}: 'set' and 'set'`);
  }
}

/** `int | None` as an annotation or for `isinstance`: a tuple of classes does for both. */
const union = (left: Value, right: Value): Value => {
  const parts = (value: Value): readonly Value[] =>
    typeof value === "object" && value.kind === "tuple" ? value.items : [value];
  return tuple([...parts(left), ...parts(right)]);
};

function copyInto(target: PyDict, from: PyDict): void {
  for (const entry of from.entries.values()) dictSet(target, entry.key, entry.value);
}

export function unary(m: Machine, op: UnaryOperator, value: Value): Value {
  if (op === "not") {
    const known = m.truth(value);
    return known === undefined ? openBy(m, [value], "`not` of something unknown") : !known;
  }
  if (typeof value === "boolean") return unary(m, op, Number(value));
  if (typeof value === "number") return op === "-" ? -value || 0 : op === "~" ? -value - 1 : value;
  if (typeof value === "string") return raise(m, "TypeError", `bad operand type for unary ${op}: 'str'`);
  switch (value.kind) {
    case "float":
      return op === "-" ? float(-value.value) : value;
    case "poly":
      return op === "-" ? sizes(m, "*", -1, value) : op === "~" ? sizes(m, "-", -1, value) : value;
    case "tensor":
      return op === "+"
        ? value
        : m.torchCall(op === "-" ? "torch.Tensor.__neg__" : "torch.Tensor.__invert__", [value], noKwargs);
    case "complex":
      return op === "-" ? { kind: "complex", re: -value.re, im: -value.im } : value;
    case "unknown":
      return op === "+" ? value : opposite(value, op);
    default:
      break;
  }
  const own = method(value, op === "-" ? "__neg__" : op === "~" ? "__invert__" : "__pos__");
  if (own !== undefined) return m.call(own, [value], noKwargs);
  if (value.kind === "instance" && value.payload !== undefined) return unary(m, op, value.payload);
  return raise(m, "TypeError", `bad operand type for unary ${op}: '${typeName(value)}'`);
}

const orderDunders = { "<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__" } as const;
const mirrored = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" } as const;

export function compare(m: Machine, op: CompareOperator, left: Value, right: Value): Value {
  switch (op) {
    case "is":
    case "is not": {
      const same = identical(left, right);
      return same === undefined
        ? openBy(m, [left, right], "the identity of something unknown")
        : same === (op === "is");
    }
    case "in":
    case "not in": {
      const found = contains(m, right, left);
      return found === undefined
        ? openBy(m, [left, right], "membership that depends on something unknown")
        : found === (op === "in");
    }
    default:
      break;
  }
  if (typeof left === "number" && typeof right === "number") return order(op, left - right);
  const tensorOp = tensorComparison(m, op, left, right);
  if (tensorOp !== undefined) return tensorOp;
  if (op === "==" || op === "!=") {
    const own = method(left, op === "==" ? "__eq__" : "__ne__");
    const answer = own === undefined ? undefined : m.call(own, [left, right], noKwargs);
    if (answer !== undefined && !m.isNotImplemented(answer)) return answer;
    // Arrays and tensors compare element by element, even with themselves.
    const mayBeArray = left === right && isUnknown(left) && !isPlainUnknown(left);
    const same = mayBeArray ? undefined : equal(m, left, right);
    return same === undefined
      ? openBy(m, [left, right], "a comparison with something unknown")
      : same === (op === "==");
  }
  const own = method(left, orderDunders[op]);
  const answer = own === undefined ? undefined : m.call(own, [left, right], noKwargs);
  if (answer !== undefined && !m.isNotImplemented(answer)) return answer;
  const theirs = method(right, orderDunders[mirrored[op]]);
  const other = theirs === undefined ? undefined : m.call(theirs, [right, left], noKwargs);
  if (other !== undefined && !m.isNotImplemented(other)) return other;
  const told = orderOfRange(op, left, right);
  if (told !== undefined) return told;
  if (isUnknown(left)) return left.number === undefined ? left : unknownNumber(m, left.why, "bool");
  if (isUnknown(right)) return right.number === undefined ? right : unknownNumber(m, right.why, "bool");
  const difference = ordering(m, left, right, op);
  if (typeof difference === "object" && difference.kind === "answer")
    return difference.value ?? m.unknown("a comparison of sizes that only the run knows");
  if (typeof difference === "number") return order(op, difference);
  return raise(
    m,
    "TypeError",
    `'${op}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`,
  );
}

/** Where all that a number can be lies on one side of another: `random() < 1.0`. */
function orderOfRange(op: "<" | "<=" | ">" | ">=", left: Value, right: Value): boolean | undefined {
  if (isUnknown(right)) return isUnknown(left) ? undefined : orderOfRange(mirrored[op], right, left);
  const number =
    typeof right === "number"
      ? right
      : typeof right === "object" && right.kind === "float"
        ? right.value
        : undefined;
  if (!isUnknown(left) || left.range === undefined || number === undefined) return undefined;
  const [least, below] = left.range;
  const isLess = op === "<" || op === "<=";
  if (number >= below) return isLess;
  return number < least || (number === least && (op === "<" || op === ">=")) ? !isLess : undefined;
}

function order(op: "==" | "!=" | "<" | "<=" | ">" | ">=", difference: number): boolean {
  switch (op) {
    case "==":
      return difference === 0;
    case "!=":
      return difference !== 0;
    case "<":
      return difference < 0;
    case "<=":
      return difference <= 0;
    case ">":
      return difference > 0;
    case ">=":
      return difference >= 0;
  }
}

const noTensors: ReadonlySet<string> = new Set(
  "none bytes list tuple dict set range slice function method native class module dtype device token".split(
    " ",
  ),
);

/** torch compares tensors and numbers; to anything else a tensor is unequal, which is one answer and no tensor. */
const isNoTensor = (value: Value): boolean =>
  typeof value === "string" || (typeof value === "object" && noTensors.has(value.kind));

function tensorComparison(
  m: Machine,
  op: keyof typeof orderDunders | "==" | "!=",
  left: Value,
  right: Value,
): Value | undefined {
  const name = op === "==" ? "__eq__" : op === "!=" ? "__ne__" : orderDunders[op];
  if (typeof left === "object" && left.kind === "tensor") {
    if ((op === "==" || op === "!=") && isNoTensor(right)) return op === "!=";
    return m.torchCall(`torch.Tensor.${name}`, [left, right], noKwargs);
  }
  if (typeof right !== "object" || right.kind !== "tensor") return undefined;
  if (op === "==" || op === "!=") {
    if (isNoTensor(left)) return op === "!=";
    return m.torchCall(`torch.Tensor.${name}`, [right, left], noKwargs);
  }
  return m.torchCall(`torch.Tensor.${orderDunders[mirrored[op]]}`, [right, left], noKwargs);
}

interface Answer {
  readonly kind: "answer";
  readonly value: boolean | undefined;
}

function ordering(
  m: Machine,
  left: Value,
  right: Value,
  op: "<" | "<=" | ">" | ">=",
): number | Answer | undefined {
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : left > right ? 1 : 0;
  const [a, b] = [numberLike(left), numberLike(right)];
  if (a !== undefined && b !== undefined) {
    if (typeof a.value === "number" && typeof b.value === "number") {
      if (Number.isNaN(a.value) || Number.isNaN(b.value)) return { kind: "answer", value: false };
      return a.value === b.value ? 0 : a.value < b.value ? -1 : 1;
    }
    return { kind: "answer", value: compareSizes(a.value, op, b.value, m.guards) };
  }
  if (typeof left !== "object" || typeof right !== "object") return payloadOrdering(m, left, right, op);
  if ((left.kind === "tuple" && right.kind === "tuple") || (left.kind === "list" && right.kind === "list")) {
    for (const [i, item] of left.items.entries()) {
      const other = right.items[i];
      if (other === undefined) return 1;
      const same = equal(m, item, other);
      if (same === true) continue;
      return same === undefined ? { kind: "answer", value: undefined } : ordering(m, item, other, op);
    }
    return left.items.length - right.items.length;
  }
  if (left.kind === "set" && right.kind === "set") {
    const below = [...left.entries.keys()].every((key) => right.entries.has(key));
    const above = [...right.entries.keys()].every((key) => left.entries.has(key));
    return below && above ? 0 : below ? -1 : above ? 1 : { kind: "answer", value: false };
  }
  return payloadOrdering(m, left, right, op);
}

function payloadOrdering(
  m: Machine,
  left: Value,
  right: Value,
  op: "<" | "<=" | ">" | ">=",
): number | Answer | undefined {
  const inner = (value: Value): Value =>
    typeof value === "object" && value.kind === "instance" && value.payload !== undefined
      ? value.payload
      : value;
  const [a, b] = [inner(left), inner(right)];
  return a === left && b === right ? undefined : ordering(m, a, b, op);
}

function identical(left: Value, right: Value): boolean | undefined {
  if (left === right) return true;
  if (isUnknown(left) || isUnknown(right)) return undefined;
  if (typeof left !== "object" || typeof right !== "object") return false;
  if (left.kind === "dtype") return right.kind === "dtype" && left.dtype === right.dtype;
  if (left.kind === "token") return right.kind === "token" && left.name === right.name;
  if (left.kind === "tuple" && right.kind === "tuple")
    return left.items.length === 0 && right.items.length === 0;
  return false;
}

/** `item in container`; `undefined` when not known. */
export function contains(m: Machine, container: Value, item: Value): boolean | undefined {
  if (typeof container === "string")
    return typeof item === "string"
      ? container.includes(item)
      : isUnknown(item)
        ? undefined
        : raise(m, "TypeError", "'in <string>' requires string as left operand");
  if (typeof container === "object" && container.kind === "bytes") {
    if (typeof item === "object" && item.kind === "bytes") return container.value.includes(item.value);
    if (typeof item === "number") return container.value.includes(String.fromCharCode(item));
  }
  if (typeof container !== "object")
    return raise(m, "TypeError", `argument of type '${typeName(container)}' is not iterable`);
  if (isUnknown(container)) return undefined;
  if (container.kind === "dict" || container.kind === "set") {
    const key = keyOf(item);
    if (key === undefined) return undefined;
    if (container.entries.has(key)) return true;
    const isOpen = container.kind === "dict" && whyOpen(container) !== undefined;
    return isOpen || mayEqual(container, item) ? undefined : false;
  }
  if (container.kind === "range" && typeof item === "number") {
    const offset = (item - container.start) / container.step;
    return (
      Number.isInteger(offset) &&
      offset >= 0 &&
      (container.step > 0 ? item < container.stop : item > container.stop)
    );
  }
  const own =
    container.kind === "class" ? metaMethod(container, "__contains__") : method(container, "__contains__");
  if (own !== undefined) return m.truth(m.call(own, [container, item], noKwargs));
  if (container.kind === "instance" && container.payload !== undefined)
    return contains(m, container.payload, item);
  const next = m.iterate(container);
  let doubt = false;
  for (let each = next(); each !== undefined; each = next()) {
    const same = each === item ? true : equal(m, each, item);
    if (same === true) return true;
    doubt ||= same === undefined;
  }
  return doubt ? undefined : false;
}
