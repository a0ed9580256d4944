import type { Machine } from "./machine.ts";
import type { Kwargs, PyClass, PyInstance, Value } from "./values.ts";

export interface ClassParts {
  readonly name: string;
  readonly bases: readonly PyClass[];
  readonly attrs?: Map<string, Value>;
  readonly annotations?: PyClass["annotations"];
  readonly code?: PyClass["code"];
  readonly nameStart?: number;
  readonly scope?: PyClass["scope"];
  readonly construct?: (m: Machine, cls: PyClass, args: readonly Value[], kwargs: Kwargs) => Value;
  readonly isModule?: boolean;
  readonly isEnum?: boolean;
  readonly fields?: readonly string[];
  readonly opaque?: PyClass["opaque"];
}

/** Stands for an attribute that a class was found not to have. */
const absent: Value = { kind: "token", name: "absent" };

/** Number of writes to attributes of any class: what was looked up before one may be out of date. */
let writes = 0;

class ClassAttributes extends Map<string, Value> {
  override set(name: string, value: Value): this {
    writes++;
    return super.set(name, value);
  }
  override delete(name: string): boolean {
    writes++;
    return super.delete(name);
  }
  override clear(): void {
    writes++;
    super.clear();
  }
}

export function makeClass(parts: ClassParts): PyClass {
  const { bases } = parts;
  const mro: PyClass[] = [];
  const cls: PyClass = {
    kind: "class",
    name: parts.name,
    bases,
    mro,
    attrs: new ClassAttributes(parts.attrs),
    found: { asOf: writes, values: new Map() },
    annotations: parts.annotations ?? new Map(),
    code: parts.code,
    nameStart: parts.nameStart ?? 0,
    scope: parts.scope,
    construct: parts.construct ?? bases.map((base) => base.construct).find((found) => found !== undefined),
    isModule: parts.isModule ?? bases.some((base) => base.isModule),
    isEnum: parts.isEnum ?? bases.some((base) => base.isEnum),
    fields: parts.fields ?? bases.map((base) => base.fields).find((found) => found !== undefined),
    opaque: parts.opaque ?? bases.map((base) => base.opaque).find((found) => found !== undefined),
  };
  mro.push(cls, ...linearize(bases));
  return cls;
}

/** C3; where Python would refuse the order, the bases' own order stands. */
function linearize(bases: readonly PyClass[]): readonly PyClass[] {
  const [only, ...others] = bases;
  if (only === undefined || others.length === 0) return only?.mro ?? [];
  let rows = [...bases.map((base) => [...base.mro]), [...bases]].filter((row) => row.length > 0);
  const order: PyClass[] = [];
  while (rows.length > 0) {
    const heads = rows.map((row) => row[0]).filter((head) => head !== undefined);
    const next = heads.find((head) => rows.every((row) => row.indexOf(head) <= 0)) ?? heads[0];
    if (next === undefined) break;
    order.push(next);
    rows = rows.map((row) => row.filter((cls) => cls !== next)).filter((row) => row.length > 0);
  }
  return order;
}

export function lookup(cls: PyClass, name: string): Value | undefined {
  const { found } = cls;
  if (found.asOf !== writes) {
    found.values.clear();
    found.asOf = writes;
  }
  const known = found.values.get(name);
  if (known !== undefined) return known === absent ? undefined : known;
  const value = search(cls, name);
  found.values.set(name, value ?? absent);
  return value;
}

function search(cls: PyClass, name: string): Value | undefined {
  for (const each of cls.mro) {
    const found = each.attrs.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A method of the metaclass of a class: what the class itself does as an object. */
export function metaMethod(cls: PyClass, name: string): Value | undefined {
  for (const each of cls.mro) {
    const meta = each.attrs.get("__metaclass_native__");
    const found = typeof meta === "object" && meta.kind === "class" ? lookup(meta, name) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The next definition after `after` in the order of `cls`: what `super()` sees. */
export function lookupAfter(cls: PyClass, after: PyClass, name: string): Value | undefined {
  const { mro } = cls;
  for (let i = mro.indexOf(after) + 1; i < mro.length; i++) {
    const found = mro[i]?.attrs.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

const numbersAndTexts: ReadonlySet<string> = new Set(["int", "str", "float", "bytes"]);

/** An enum whose members are no numbers and no texts themselves: they equal nothing but themselves. */
export const isPlainEnum = (cls: PyClass): boolean =>
  cls.isEnum && !cls.mro.some((each) => each.code === undefined && numbersAndTexts.has(each.name));

export const isSubclass = (cls: PyClass, of: PyClass): boolean => cls === of || cls.mro.includes(of);

export const makeInstance = (cls: PyClass, payload?: Value): PyInstance => ({
  kind: "instance",
  cls,
  attrs: new Map(),
  payload,
});

/** What a native method works on: the native value inside an instance of a subclass, or the value itself. */
export const payloadOf = (value: Value): Value =>
  typeof value === "object" && value.kind === "instance" && value.payload !== undefined
    ? value.payload
    : value;
