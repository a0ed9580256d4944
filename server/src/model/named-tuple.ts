import { makeClass } from "./classes.ts";
import { dictFrom } from "./dicts.ts";
import type { Machine } from "./machine.ts";
import { madeOf } from "./made-of.ts";
import { raise } from "./raise.ts";
import { type Code, type Kwargs, native, nativeMethod, type PyClass, tuple, type Value } from "./values.ts";

/** What `__new__` is given more than it takes, in Python's words. */
function refuse(
  m: Machine,
  name: string,
  fields: readonly string[],
  required: number,
  args: readonly Value[],
  kwargs: Kwargs,
): void {
  if (args.length > fields.length) {
    const [least, most] = [required + 1, fields.length + 1];
    const takes = least === most ? `${most}` : `from ${least} to ${most}`;
    raise(
      m,
      "TypeError",
      `${name}.__new__() takes ${takes} positional arguments but ${args.length + 1} were given`,
    );
  }
  for (const each of kwargs.keys()) {
    const at = fields.indexOf(each);
    if (at < 0) raise(m, "TypeError", `${name}.__new__() got an unexpected keyword argument '${each}'`);
    if (at < args.length)
      raise(m, "TypeError", `${name}.__new__() got multiple values for argument '${each}'`);
  }
}

const makeFromItems = native("_make", (machine, [cls, items]) => {
  const next = machine.iterate(items ?? tuple([]));
  const all: Value[] = [];
  for (let item = next(); item !== undefined; item = next()) all.push(item);
  return tuple(all, typeof cls === "object" && cls.kind === "class" ? cls : undefined);
});

/** Defaults belong to the last fields. */
const lastOf = (fields: readonly string[], value: Value): Map<string, Value> => {
  const items = typeof value === "object" && value.kind === "tuple" ? value.items : [];
  const first = fields.length - items.length;
  return new Map(items.map((item, i) => [fields[first + i] ?? "", item]));
};

/** A class whose instances are tuples with field names; `vars` holds methods and defaults. */
export function namedTupleClass(
  m: Machine,
  name: string,
  fields: readonly string[],
  vars: Map<string, Value>,
  code: Code | undefined,
): PyClass {
  let defaults = new Map<string, Value>();
  for (const field of fields) {
    const value = vars.get(field);
    if (value === undefined) continue;
    defaults.set(field, value);
    vars.delete(field);
  }
  const base = m.classes.get("tuple");
  const make = (machine: Machine, cls: PyClass, args: readonly Value[], kwargs: Kwargs): Value => {
    refuse(machine, name, fields, fields.length - defaults.size, args, kwargs);
    return tuple(
      fields.map(
        (field, i) =>
          args[i] ??
          kwargs.get(field) ??
          defaults.get(field) ??
          raise(machine, "TypeError", `${name}.__new__() missing 1 required positional argument: '${field}'`),
      ),
      cls,
    );
  };
  const own = tuple([...fields]);
  const isClass = (value: Value | undefined): value is PyClass =>
    typeof value === "object" && value.kind === "class";
  vars.set(
    "__new__",
    madeOf(
      {
        ...native("__new__", (machine, [cls, ...args], kwargs) =>
          isClass(cls) ? make(machine, cls, args, kwargs) : machine.unknown("`__new__` of what is no class"),
        ),
        // `Point.__new__.__defaults__ = (None,) * 2`: as programs older than `defaults=` have it.
        onSet: (attribute, value) => {
          if (attribute === "__defaults__") defaults = lastOf(fields, value);
        },
      },
      "namedtuple",
      own,
    ),
  );
  madeOf(make, "namedtuple", name, own, dictFrom(defaults));
  vars.set("_fields", own);
  if (!vars.has("__match_args__")) vars.set("__match_args__", own);
  vars.set("_field_defaults", dictFrom(defaults));
  vars.set("_make", {
    kind: "classmethod",
    func: makeFromItems,
  });
  vars.set("__annotations__", dictFrom(fields.map((field) => [field, m.unknown("an annotation")])));
  vars.set(
    "_asdict",
    madeOf(
      nativeMethod("_asdict", (_, args) => {
        const self = args[0];
        return dictFrom(
          typeof self === "object" && self.kind === "tuple"
            ? fields.map((field, i) => [field, self.items[i] ?? tuple([])] as const)
            : [],
        );
      }),
      "namedtuple",
      own,
    ),
  );
  vars.set(
    "_replace",
    madeOf(
      nativeMethod("_replace", (machine, args, kwargs) => {
        const self = args[0];
        if (typeof self !== "object" || self.kind !== "tuple")
          return machine.unknown("`_replace` of something else");
        const others = [...kwargs.keys()].filter((each) => !fields.includes(each));
        if (others.length > 0)
          raise(
            machine,
            "TypeError",
            `Got unexpected field names: [${others.map((each) => `'${each}'`).join(", ")}]`,
          );
        return tuple(
          fields.map((field, i) => kwargs.get(field) ?? self.items[i] ?? tuple([])),
          self.cls,
        );
      }),
      "namedtuple",
      own,
    ),
  );
  return makeClass({
    name,
    bases: base === undefined ? [] : [base],
    attrs: vars,
    code,
    construct: make,
    fields,
  });
}
