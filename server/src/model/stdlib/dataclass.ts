import { makeClass } from "../classes.ts";
import { dictFrom } from "../dicts.ts";
import { equal } from "../equality.ts";
import { collect } from "../iterate.ts";
import { type Machine, Raised } from "../machine.ts";
import { madeOf } from "../made-of.ts";
import { moduleVariable } from "../module-attribute.ts";
import { raise } from "../raise.ts";
import { lookUp } from "../scope.ts";
import { repr } from "../text.ts";
import {
  ellipsis,
  type Kwargs,
  type NativeRun,
  native,
  nativeMethod,
  noKwargs,
  none,
  type PyClass,
  type PyNative,
  tuple,
  type Value,
} from "../values.ts";

interface Field {
  readonly name: string;
  readonly init: boolean;
  readonly keywordOnly: boolean;
  readonly fallback: Value | undefined;
  readonly factory: Value | undefined;
  readonly compare: boolean;
  /** Goes to `__post_init__` and is kept nowhere. */
  readonly initOnly: boolean;
  readonly isShown: boolean;
  /** What its annotation means, as far as it can be told. */
  readonly type: Value;
}

const tables = new WeakMap<PyClass, readonly Field[]>();

/** `dataclasses.field(...)`. */
export function fieldSpec(_: Machine, __: readonly Value[], kwargs: Kwargs): Value {
  return { kind: "record", typeName: "Field", fields: new Map(kwargs) };
}

/** `@dataclass`, with or without arguments. */
export function dataclass(m: Machine, args: readonly Value[], kwargs: Kwargs): Value {
  const [target] = args;
  if (typeof target === "object" && target.kind === "class") return build(m, target, kwargs);
  return native("dataclass", (machine, inner) => {
    const [cls] = inner;
    return typeof cls === "object" && cls.kind === "class" ? build(machine, cls, kwargs) : (cls ?? none);
  });
}

function build(m: Machine, cls: PyClass, options: Kwargs): PyClass {
  const fields = new Map<string, Field>();
  for (const base of [...cls.mro].reverse())
    for (const field of tables.get(base) ?? []) fields.set(field.name, field);
  let keywordOnly = m.truth(options.get("kw_only") ?? false) === true;
  for (const [name, annotation] of cls.annotations) {
    if (isNamed(annotation, "KW_ONLY")) {
      keywordOnly = true;
      continue;
    }
    if (isNamed(annotation, "ClassVar")) continue;
    const field = fieldOf(m, cls, name, keywordOnly, isNamed(annotation, "InitVar"));
    if (field.fallback !== undefined) refuseShared(m, name, field.fallback);
    fields.set(name, { ...field, type: typeOf(m, annotation) });
  }
  const given = [...fields.values()];
  tables.set(cls, given);
  const all = given.filter((field) => !field.initOnly);
  const table = tuple(given.map(fieldParts));
  if (m.truth(options.get("init") ?? true) !== false && !cls.attrs.has("__init__"))
    cls.attrs.set("__init__", madeOf(initOf(cls, given), "dataclass init", cls.name, table));
  const compared = all.filter((field) => field.compare);
  if (m.truth(options.get("eq") ?? true) !== false && !cls.attrs.has("__eq__"))
    cls.attrs.set(
      "__eq__",
      methodOf("__eq__", table, (machine, args) => {
        const [a, b] = args;
        if (
          typeof a !== "object" ||
          typeof b !== "object" ||
          a.kind !== "instance" ||
          b.kind !== "instance" ||
          a.cls !== b.cls
        )
          return false;
        const answers = compared.map(({ name }) =>
          equal(machine, a.attrs.get(name) ?? none, b.attrs.get(name) ?? none),
        );
        return answers.includes(false)
          ? false
          : answers.includes(undefined)
            ? machine.unknown("an equality of something unknown")
            : true;
      }),
    );
  if (m.truth(options.get("slots") ?? false) === true && !cls.attrs.has("__slots__"))
    cls.attrs.set("__slots__", tuple(all.map((field) => field.name)));
  if (m.truth(options.get("order") ?? false) === true) addOrder(cls, compared, table);
  if (m.truth(options.get("frozen") ?? false) === true) freeze(cls);
  if (m.truth(options.get("frozen") ?? false) === true)
    cls.attrs.set("__hash_fields__", tuple(compared.map((field) => field.name)));
  if (m.truth(options.get("repr") ?? true) !== false && !cls.attrs.has("__repr__"))
    cls.attrs.set(
      "__repr__",
      methodOf("__repr__", tuple([cls.name, table]), (machine, args) => {
        const [self] = args;
        if (typeof self !== "object" || self.kind !== "instance") return cls.name;
        const parts = all
          .filter(({ isShown }) => isShown)
          .map(({ name }) => `${name}=${repr(machine, self.attrs.get(name) ?? none) ?? "?"}`);
        return `${self.cls.name}(${parts.join(", ")})`;
      }),
    );
  cls.attrs.set("__dataclass_fields__", dictFrom(all.map((field) => [field.name, fieldRecord(field)])));
  cls.attrs.set("__match_args__", tuple(given.filter((field) => field.init).map((field) => field.name)));
  return cls;
}

const frozen = new WeakSet<PyClass>();

/** Setting and deleting attributes raises `FrozenInstanceError`. */
function freeze(cls: PyClass): void {
  frozen.add(cls);
  for (const [name, verb] of [
    ["__setattr__", "assign to"],
    ["__delattr__", "delete"],
  ] as const)
    if (!cls.attrs.has(name))
      cls.attrs.set(
        name,
        methodOf(`frozen ${name}`, tuple([cls.name]), (m, [, field = none]) => {
          const module = m.findModule("dataclasses");
          const error = module === undefined ? undefined : m.getAttribute(module, "FrozenInstanceError");
          const words = `cannot ${verb} field '${String(field)}'`;
          if (error === undefined) return raise(m, "AttributeError", words);
          throw new Raised(m.call(error, [words], noKwargs), m.here());
        }),
      );
}

/** `<`, `<=`, `>`, `>=` by the fields, one after another. */
function addOrder(cls: PyClass, compared: readonly Field[], table: Value): void {
  for (const [name, op] of [
    ["__lt__", "<"],
    ["__le__", "<="],
    ["__gt__", ">"],
    ["__ge__", ">="],
  ] as const)
    cls.attrs.set(
      name,
      methodOf(name, table, (m, [a, b]) => {
        const values = (value: Value | undefined): Value | undefined =>
          typeof value === "object" && value.kind === "instance" && value.cls === cls
            ? tuple(compared.map((field) => value.attrs.get(field.name) ?? none))
            : undefined;
        const [left, right] = [values(a), values(b)];
        return left === undefined || right === undefined
          ? (m.builtins.get("NotImplemented") ?? none)
          : m.compare(op, left, right);
      }),
    );
}

/** `make_dataclass`: names with annotations that are not looked into, and defaults. */
export function dataclassOf(m: Machine, args: readonly Value[]): Value {
  const [name, fields, bases, namespace, options] = args;
  const attrs = new Map(namespace === undefined ? [] : m.kwargsOf(namespace));
  const annotations = new Map<string, Annotation>();
  for (const field of fields === undefined ? [] : collect(m, fields)) {
    const [key, , fallback] = collect(m, field);
    if (typeof key !== "string") return m.unknown("a dataclass with an unknown field");
    annotations.set(key, { kind: "Name", id: "object", start: 0, end: 0 });
    if (fallback !== undefined) attrs.set(key, fallback);
  }
  const given = bases === undefined ? [] : collect(m, bases);
  const parents = given.filter((each) => typeof each === "object" && each.kind === "class");
  const object = m.classes.get("object");
  const cls = makeClass({
    name: typeof name === "string" ? name : "dataclass",
    bases: parents.length === 0 && object !== undefined ? [object] : parents,
    attrs,
    annotations,
    code: m.state.frame?.code,
  });
  return build(m, cls, options === undefined ? noKwargs : m.kwargsOf(options));
}

const methodOf = (name: string, parts: Value, run: NativeRun): Value =>
  madeOf(nativeMethod(name, run), "dataclass", parts);

const fieldParts = (field: Field): Value => {
  const { name, init, keywordOnly, fallback, factory, compare, initOnly, isShown } = field;
  return tuple([
    name,
    init,
    keywordOnly,
    fallback ?? ellipsis,
    factory ?? ellipsis,
    compare,
    initOnly,
    isShown,
  ]);
};

/** @throws Raised `ValueError` for a default that all instances would share */
function refuseShared(m: Machine, name: string, value: Value): void {
  const kind =
    typeof value === "object" && ["list", "dict", "set"].includes(value.kind) ? value.kind : undefined;
  if (kind !== undefined && !(typeof value === "object" && value.kind === "set" && value.frozen))
    raise(
      m,
      "ValueError",
      `mutable default <class '${kind}'> for field ${name} is not allowed: use default_factory`,
    );
}

/** Plain names of classes; what else stands there is not evaluated. */
function typeOf(m: Machine, annotation: Annotation): Value {
  const { frame } = m.state;
  const found =
    annotation.kind === "Name" && frame !== undefined
      ? (lookUp(frame, annotation.id) ?? m.builtins.get(annotation.id))
      : annotation.kind === "Str"
        ? annotation.value
        : undefined;
  return found ?? m.unknown("an annotation");
}

/** What the annotations of a class and of its bases mean, as far as it can be told. */
export function annotationsOf(m: Machine, value: Value): Value {
  if (typeof value !== "object" || value.kind !== "class") return dictFrom([]);
  const found = new Map<string, Value>();
  for (const each of [...value.mro].reverse())
    for (const [name, annotation] of each.annotations)
      found.set(name, isNamed(annotation, "ClassVar") ? none : meaningIn(m, each, annotation));
  return dictFrom(found);
}

/** A name in the module of a class, or an element of what `List[...]` and `Optional[...]` hold. */
function meaningIn(m: Machine, cls: PyClass, annotation: Annotation): Value {
  const module = cls.code?.module;
  if (annotation.kind === "Name" && module !== undefined)
    return (
      cls.scope?.vars.get(annotation.id) ??
      moduleVariable(module, annotation.id) ??
      m.builtins.get(annotation.id) ??
      m.unknown("an annotation")
    );
  if (annotation.kind === "Str" && module !== undefined)
    return moduleVariable(module, annotation.value) ?? m.unknown("an annotation");
  return m.unknown("an annotation");
}

type Annotation = PyClass["annotations"] extends Map<string, infer E> ? E : never;

const isNamed = (node: Annotation, name: string): boolean =>
  (node.kind === "Name" && node.id === name) ||
  (node.kind === "Attribute" && node.attr === name) ||
  (node.kind === "Subscript" && isNamed(node.value, name));

function fieldOf(
  m: Machine,
  cls: PyClass,
  name: string,
  keywordOnly: boolean,
  initOnly: boolean,
): Omit<Field, "type"> {
  const given = cls.attrs.get(name);
  if (typeof given !== "object" || given.kind !== "record" || given.typeName !== "Field")
    return {
      name,
      init: true,
      keywordOnly,
      fallback: given,
      factory: undefined,
      compare: true,
      initOnly,
      isShown: true,
    };
  const { fields } = given;
  const fallback = fields.get("default");
  if (fallback === undefined) cls.attrs.delete(name);
  else cls.attrs.set(name, fallback);
  return {
    name,
    init: m.truth(fields.get("init") ?? true) !== false,
    keywordOnly: m.truth(fields.get("kw_only") ?? keywordOnly) === true,
    fallback,
    factory: fields.get("default_factory"),
    compare: m.truth(fields.get("compare") ?? true) !== false,
    initOnly,
    isShown: m.truth(fields.get("repr") ?? true) !== false,
  };
}

const fieldRecord = (field: Field): Value => ({
  kind: "record",
  typeName: "Field",
  fields: new Map<string, Value>([
    ["name", field.name],
    ["init", field.init],
    ["default", field.fallback ?? none],
    ["default_factory", field.factory ?? none],
    ["type", field.type],
    ["metadata", dictFrom([])],
  ]),
});

function initOf(cls: PyClass, fields: readonly Field[]): PyNative {
  const positional = fields.filter((field) => field.init && !field.keywordOnly);
  return nativeMethod("__init__", (m, args, kwargs) => {
    const [self, ...rest] = args;
    if (typeof self !== "object" || self.kind !== "instance") return none;
    if (rest.length > positional.length)
      raise(
        m,
        "TypeError",
        `${cls.name}.__init__() takes ${positional.length + 1} positional arguments but ${args.length} were given`,
      );
    const odd = [...kwargs.keys()].find((name) => !fields.some((field) => field.name === name && field.init));
    if (odd !== undefined)
      raise(m, "TypeError", `${cls.name}.__init__() got an unexpected keyword argument '${odd}'`);
    const passed: Value[] = [];
    for (const field of fields) {
      const at = positional.indexOf(field);
      const value =
        (at < 0 ? undefined : rest[at]) ??
        (field.init ? kwargs.get(field.name) : undefined) ??
        defaultOf(m, field);
      if (value === undefined) {
        if (field.init)
          raise(
            m,
            "TypeError",
            `${cls.name}.__init__() missing 1 required positional argument: '${field.name}'`,
          );
        continue;
      }
      if (field.initOnly) passed.push(value);
      else if (self.cls.mro.some((each) => frozen.has(each))) self.attrs.set(field.name, value);
      else m.setAttribute(self, field.name, value);
    }
    const after = m.getAttribute(self, "__post_init__");
    if (after !== undefined) m.call(after, passed, noKwargs);
    return none;
  });
}

const defaultOf = (m: Machine, field: Field): Value | undefined =>
  field.factory === undefined ? field.fallback : m.call(field.factory, [], noKwargs);

const tableOf = (value: Value | undefined): readonly Field[] | undefined => {
  const cls =
    typeof value === "object" && value.kind === "instance"
      ? value.cls
      : typeof value === "object" && value.kind === "class"
        ? value
        : undefined;
  return cls?.mro.map((each) => tables.get(each)).find((each) => each !== undefined);
};

/** `dataclasses.fields(...)`. */
export function fieldsOf(m: Machine, args: readonly Value[]): Value {
  const table = tableOf(args[0]);
  return table === undefined
    ? raise(m, "TypeError", "must be called with a dataclass type or instance")
    : tuple(table.filter((field) => !field.initOnly).map(fieldRecord));
}

/** `dataclasses.replace(...)`. */
export function replaceFields(m: Machine, args: readonly Value[], kwargs: Kwargs): Value {
  const [source] = args;
  const table = tableOf(source);
  if (typeof source !== "object" || source.kind !== "instance" || table === undefined)
    return m.unknown("`replace` of something else");
  const values = new Map<string, Value>();
  for (const field of table) {
    const value = kwargs.get(field.name) ?? source.attrs.get(field.name);
    if (field.init && value !== undefined) values.set(field.name, value);
  }
  return m.call(source.cls, [], values);
}
