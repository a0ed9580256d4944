import type { Param } from "../syntax/ast.ts";
import { dictFrom, dictGet } from "./dicts.ts";
import { privateNameIn } from "./private-name.ts";
import { none, type PyFunction, tuple, type Value } from "./values.ts";

/** What a function is given where a call says nothing: what stands in its head, or what a program has put in its place since. */

/** Attributes that say how a function is called; they are no part of its `__dict__`. */
const parts: ReadonlySet<string> = new Set(["__code__", "__defaults__", "__kwdefaults__"]);

const isKeyword = ({ mode }: Param): boolean => mode === "keyword-only";
const isNamed = ({ mode }: Param): boolean => mode === "positional" || mode === "positional-only";

const keyOf = (fn: PyFunction, param: Param): string => privateNameIn(param.name, fn.owner?.cls?.name);

export function defaultOf(fn: PyFunction, param: Param): Value | undefined {
  const set = fn.attrs?.get(isKeyword(param) ? "__kwdefaults__" : "__defaults__");
  if (set === undefined || typeof set !== "object") return fn.defaults?.get(param.name);
  if (set.kind === "dict") return dictGet(set, keyOf(fn, param));
  if (set.kind !== "tuple") return undefined;
  const named = fn.node.params.filter(isNamed);
  return set.items[named.indexOf(param) - named.length + set.items.length];
}

export function positionalDefaults(fn: PyFunction): Value {
  const values = fn.node.params.flatMap((param) =>
    isNamed(param) ? (fn.defaults?.get(param.name) ?? []) : [],
  );
  return values.length === 0 ? none : tuple(values);
}

/** The dictionary itself: what is written into it counts from then on. */
export function keywordDefaults(fn: PyFunction): Value {
  const pairs = fn.node.params.flatMap((param): (readonly [string, Value])[] => {
    const value = isKeyword(param) ? fn.defaults?.get(param.name) : undefined;
    return value === undefined ? [] : [[keyOf(fn, param), value]];
  });
  if (pairs.length === 0) return none;
  const made = dictFrom(pairs);
  fn.attrs ??= new Map();
  fn.attrs.set("__kwdefaults__", made);
  return made;
}

/** Attributes that a program has set on a function, as its `__dict__` shows them. */
export const shownAttributes = (fn: PyFunction): Value =>
  dictFrom([...(fn.attrs ?? [])].filter(([name]) => !parts.has(name)));
