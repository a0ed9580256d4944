import { refuseAbstract } from "./abstract-classes.ts";
import { method } from "./bind.ts";
import { noteConstruction } from "./built-here.ts";
import { isSubclass, lookup, makeInstance } from "./classes.ts";
import { enter } from "./functions.ts";
import { runGenerator } from "./generator.ts";
import { type Machine, Stopped } from "./machine.ts";
import { metaclassCall } from "./metaclasses.ts";
import { buildOpenly } from "./open-models.ts";
import { isOneOfSome, mayRun, onlyLooks } from "./plain-unknown.ts";
import { raise } from "./raise.ts";
import { orderOf, readyMade } from "./ready-made.ts";
import { ownMember, tensorClass } from "./tensor-classes.ts";
import { typeName } from "./types.ts";
import { isUnknown, type Kwargs, type PyClass, type PyFunction, type Value } from "./values.ts";

export function call(m: Machine, callee: Value, args: readonly Value[], kwargs: Kwargs): Value {
  if (typeof callee !== "object")
    return raise(m, "TypeError", `'${typeName(callee)}' object is not callable`);
  switch (callee.kind) {
    case "function":
      return callFunction(m, callee, args, kwargs);
    case "method":
      return call(m, callee.func, [callee.self, ...args], kwargs);
    case "native":
      return callee.run(m, args, kwargs);
    case "class": {
      const own = metaclassCall(callee);
      return own === undefined ? callClass(m, callee, args, kwargs) : call(m, own, [callee, ...args], kwargs);
    }
    case "instance":
      return callInstance(m, callee, args, kwargs);
    case "partial":
      return call(
        m,
        callee.func,
        [...callee.args, ...args],
        kwargs.size === 0 ? callee.kwargs : new Map([...callee.kwargs, ...kwargs]),
      );
    case "staticmethod":
    case "classmethod":
      return call(m, callee.func, args, kwargs);
    case "unknown":
      return callUnknown(m, callee, args, kwargs);
    default:
      return raise(m, "TypeError", `'${typeName(callee)}' object is not callable`);
  }
}

/** What is not known may do anything to the tensors and modules it gets; with plain values only its result is unknown. */
function callUnknown(
  m: Machine,
  callee: Extract<Value, { kind: "unknown" }>,
  args: readonly Value[],
  kwargs: Kwargs,
): Value {
  if (onlyLooks(callee)) return callee;
  const given = [...args, ...kwargs.values()];
  if (isOneOfSome(callee) || given.some(holdsWork) || (mayRun(callee) && given.some(isCode)))
    m.note("a call", callee.why);
  return callee;
}

const isCode = (value: Value): boolean =>
  typeof value === "object" &&
  (value.kind === "function" || value.kind === "method" || value.kind === "partial");

const holdsWork = (value: Value): boolean =>
  typeof value === "object" &&
  (value.kind === "tensor" ||
    (value.kind === "instance" && value.cls.isModule) ||
    ((value.kind === "list" || value.kind === "tuple") && value.items.some(holdsWork)));

function callFunction(m: Machine, fn: PyFunction, args: readonly Value[], kwargs: Kwargs): Value {
  const { state } = m;
  m.step();
  if (fn.doubt !== undefined) {
    m.note(`\`${fn.name}\``, fn.doubt);
    if (fn.attrs?.has("__code__") === true) return m.unknown(fn.doubt);
  }
  const frame = enter(m, fn, args, kwargs);
  const { node } = fn;
  if (node.kind === "FunctionDef" && node.isGenerator) return runGenerator(m, node, frame);
  if (state.depth >= m.limits.depth)
    throw new Stopped(`calls are nested deeper than ${m.limits.depth}`, m.userPlace());
  const caller = state.frame;
  state.frame = frame;
  state.depth += 1;
  try {
    if (node.kind === "Lambda") return m.evaluate(node.body, frame);
    m.execute(node.body, frame);
    return frame.result;
  } finally {
    state.frame = caller;
    state.depth -= 1;
  }
}

function callInstance(
  m: Machine,
  callee: Extract<Value, { kind: "instance" }>,
  args: readonly Value[],
  kwargs: Kwargs,
): Value {
  const own = method(callee, "__call__");
  if (own !== undefined) return call(m, own, [callee, ...args], kwargs);
  if (callee.cls.opaque !== undefined) return callUnknown(m, callee.cls.opaque, args, kwargs);
  return raise(m, "TypeError", `'${typeName(callee)}' object is not callable`);
}

/** `type.__call__`, of which a metaclass may make more. */
export function callClass(m: Machine, cls: PyClass, args: readonly Value[], kwargs: Kwargs): Value {
  if (!cls.isModule) return instantiate(m, cls, args, kwargs);
  const { constructing } = m.state;
  const make = (): Value => instantiate(m, cls, args, kwargs);
  const made = buildOpenly(
    m,
    constructing === undefined ? make : () => constructing(cls, args, kwargs, make),
  );
  noteConstruction(m, made, args, kwargs);
  return made;
}

/** `cls(...)`. */
function instantiate(m: Machine, cls: PyClass, args: readonly Value[], kwargs: Kwargs): Value {
  if (!cls.isModule) return construct(m, cls, args, kwargs);
  if (cls.code?.prelude !== true) {
    const make = (): Value => construct(m, cls, args, kwargs);
    return m.state.calls?.ofClass(m, cls, args, kwargs, make) ?? make();
  }
  const order = orderOf(m, cls, args, kwargs);
  return order === undefined
    ? construct(m, cls, args, kwargs)
    : readyMade(m, order, () => construct(m, cls, args, kwargs));
}

/** `__new__`, then `__init__`. */
function construct(m: Machine, cls: PyClass, args: readonly Value[], kwargs: Kwargs): Value {
  const make = lookup(cls, "__new__");
  let made: Value;
  if (make !== undefined && typeof make === "object" && make.kind !== "native") {
    const fn = make.kind === "staticmethod" ? make.func : make;
    made = call(m, fn, [cls, ...args], kwargs);
    if (typeof made !== "object" || made.kind !== "instance" || !isSubclass(made.cls, cls))
      return initializedTensor(m, cls, made, args, kwargs);
  } else {
    made = m.allocate(cls, args, kwargs);
    if (isUnknown(made)) return made;
    if (typeof made !== "object" || made.kind !== "instance")
      return initializedTensor(m, cls, made, args, kwargs);
  }
  if (cls.opaque !== undefined) m.note(`class \`${cls.name}\``, cls.opaque.why);
  // Asking an enum for a member makes none.
  const init = cls.isEnum ? undefined : lookup(made.cls, "__init__");
  if (init !== undefined) call(m, init, [made, ...args], kwargs);
  return made;
}

/** What is no instance as Python writes them needs no `__init__`, but for a tensor of a class that the program derives. */
function initializedTensor(
  m: Machine,
  cls: PyClass,
  made: Value,
  args: readonly Value[],
  kwargs: Kwargs,
): Value {
  const own = tensorClass(made);
  const init = own === undefined || !isSubclass(own, cls) ? undefined : ownMember(own, "__init__");
  if (init !== undefined) call(m, init, [made, ...args], kwargs);
  return made;
}

/** `object.__new__`: an instance without its `__init__` run. */
export function allocate(m: Machine, cls: PyClass, args: readonly Value[], kwargs: Kwargs): Value {
  refuseAbstract(m, cls);
  return cls.construct === undefined ? makeInstance(cls) : cls.construct(m, cls, args, kwargs);
}
