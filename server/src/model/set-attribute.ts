import { lookup, payloadOf } from "./classes.ts";
import { dictSet } from "./dicts.ts";
import type { Machine } from "./machine.ts";
import { deleteFromModule, setOnModule } from "./nn-state.ts";
import { isOneOfSome } from "./plain-unknown.ts";
import { raise } from "./raise.ts";
import { typeName } from "./types.ts";
import { noKwargs, type PyClass, type PyInstance, type PyModule, type Value } from "./values.ts";

export function setAttribute(m: Machine, object: Value, name: string, value: Value): void {
  if (typeof object !== "object")
    raise(m, "AttributeError", `'${typeName(object)}' object has no attribute '${name}'`);
  switch (object.kind) {
    case "instance":
      setOnInstance(m, object, name, value);
      return;
    case "class":
      noteClassPatch(m, object, name, value);
      object.attrs.set(name, value);
      return;
    case "module":
      // What its own code sets comes first.
      m.load(object);
      m.state.patches += 1;
      touch(m, object, object.name, name, value);
      object.lazy.delete(name);
      object.vars.set(name, value);
      return;
    case "function":
      if (object.scope === undefined) touch(m, object.code.module, object.qualname, name, value);
      object.attrs ??= new Map();
      object.attrs.set(name, value);
      if (name === "__code__") object.doubt ??= "its code was replaced by the program";
      return;
    case "unknown":
      if (
        isOneOfSome(object) ||
        (typeof value === "object" &&
          (value.kind === "tensor" || (value.kind === "instance" && value.cls.isModule)))
      )
        m.note(`\`.${name}\``, `it is set on something unknown: ${object.why}`);
      return;
    case "tensor":
      m.torchSetAttribute(object, name, value);
      return;
    case "method":
      setAttribute(m, object.func, name, value);
      return;
    case "super":
      setThroughSuper(m, object, name, value);
      return;
    case "native":
      if (object.onSet !== undefined) {
        m.state.marked = true;
        object.onSet(name, value);
      }
      return;
    case "partial":
    case "property":
    case "dict":
      return;
    default:
      raise(m, "AttributeError", `'${typeName(object)}' object has no attribute '${name}'`);
  }
}

function noteClassPatch(m: Machine, cls: PyClass, name: string, value: Value): void {
  if (cls.code?.prelude === true) m.state.patches += 1;
  touch(m, cls.code?.module, cls.name, name, value);
}

/** Libraries outlive the run of a program: what it sets on them is there the next time. */
function touch(m: Machine, module: PyModule | undefined, of: string, name: string, value: Value): void {
  if (module?.name === "__main__") return;
  m.state.marked = true;
  // What a module sets while it is imported belongs to it.
  for (let frame = m.state.frame; frame !== undefined; frame = frame.caller)
    if (frame.kind === "module" && frame.code.module.name !== "__main__") return;
  const isPlain = typeof value !== "object" || value.kind === "none" || value.kind === "float";
  m.state.touched.set(`${module?.name}.${of}.${name}`, isPlain);
}

function setThroughSuper(
  m: Machine,
  object: Extract<Value, { kind: "super" }>,
  name: string,
  value: Value,
): void {
  const { self } = object;
  if (typeof self === "object" && self.kind === "instance") setPlain(m, self, name, value);
}

function setOnInstance(m: Machine, object: PyInstance, name: string, value: Value): void {
  if (name === "__class__" && typeof value === "object" && value.kind === "class") {
    object.cls = value;
    return;
  }
  const inClass = lookup(object.cls, name);
  if (inClass !== undefined && typeof inClass === "object") {
    if (inClass.kind === "property" && !inClass.cached) {
      if (
        inClass.setter === undefined ||
        (typeof inClass.setter === "object" && inClass.setter.kind === "none")
      )
        raise(m, "AttributeError", `can't set attribute '${name}'`);
      m.call(inClass.setter, [object, value], noKwargs);
      return;
    }
    if (inClass.kind === "instance") {
      const set = lookup(inClass.cls, "__set__");
      if (set !== undefined) {
        m.call(set, [inClass, object, value], noKwargs);
        return;
      }
    }
  }
  const own = lookup(object.cls, "__setattr__");
  if (isOwn(own, "__setattr__")) {
    m.call(own, [object, name, value], noKwargs);
    return;
  }
  setPlain(m, object, name, value);
}

/** Defined by the program, if only as another name: `__setattr__ = dict.__setitem__`. */
const isOwn = (found: Value | undefined, name: string): found is Value =>
  typeof found === "object" &&
  (found.kind === "function" || (found.kind === "native" && found.name !== name));

/** `object.__setattr__`, or `nn.Module.__setattr__` for modules. */
function setPlain(m: Machine, object: PyInstance, name: string, value: Value): void {
  const replaced = object.attrs.get("__dict__");
  const dict = replaced === undefined ? undefined : payloadOf(replaced);
  if (object.cls.isModule) setOnModule(m, object, name, value);
  else if (typeof dict === "object" && dict.kind === "dict") dictSet(dict, name, value);
  else {
    if (lookup(object.cls, "__slots__") !== undefined) refuseOutsideSlots(m, object, name);
    object.attrs.set(name, value);
  }
}

/** Classes that all say which attributes their instances have give them no others. */
function refuseOutsideSlots(m: Machine, { cls, payload }: PyInstance, name: string): void {
  if (payload !== undefined || cls.opaque !== undefined) return;
  const names: Value[] = [];
  for (const each of cls.mro.slice(0, -1)) {
    const slots = each.attrs.get("__slots__");
    if (slots === undefined || each.code === undefined || each.code.prelude) return;
    if (typeof slots === "string") names.push(slots);
    else if (typeof slots === "object" && (slots.kind === "tuple" || slots.kind === "list"))
      names.push(...slots.items);
    else return;
  }
  if (names.every((each) => typeof each === "string") && !names.includes(name) && !names.includes("__dict__"))
    raise(m, "AttributeError", `'${cls.name}' object has no attribute '${name}'`);
}

export function deleteAttribute(m: Machine, object: Value, name: string): void {
  if (typeof object !== "object") raise(m, "AttributeError", name);
  switch (object.kind) {
    case "instance": {
      const inClass = lookup(object.cls, name);
      if (typeof inClass === "object" && inClass.kind === "property" && inClass.deleter !== undefined) {
        m.call(inClass.deleter, [object], noKwargs);
        return;
      }
      const own = lookup(object.cls, "__delattr__");
      if (isOwn(own, "__delattr__")) {
        m.call(own, [object, name], noKwargs);
        return;
      }
      const gone = object.cls.isModule ? deleteFromModule(object, name) : object.attrs.delete(name);
      if (!gone) raise(m, "AttributeError", name);
      return;
    }
    case "class":
      noteClassPatch(m, object, name, object);
      object.attrs.delete(name);
      return;
    case "module":
      m.load(object);
      m.state.patches += 1;
      touch(m, object, object.name, name, object);
      object.vars.delete(name);
      object.lazy.delete(name);
      return;
    case "function":
      object.attrs?.delete(name);
      return;
    default:
      return;
  }
}
