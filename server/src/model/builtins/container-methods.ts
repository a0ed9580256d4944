import { payloadOf } from "../classes.ts";
import { iterate } from "../iterate.ts";
import type { Machine } from "../machine.ts";
import { contains } from "../operators.ts";
import { deleteItem, getItem, setItem } from "../subscript.ts";
import { iterator, nativeMethod, none, type PyNative, type Value } from "../values.ts";
import { length } from "./length.ts";

const on = (name: string, run: (m: Machine, self: Value, args: readonly Value[]) => Value): PyNative =>
  nativeMethod(name, (m, args) => run(m, payloadOf(args[0] ?? none), args.slice(1)));

/** The protocol of native containers, for `super().__getitem__(...)` in their subclasses. */
export const containerMethods: readonly PyNative[] = [
  on("__getitem__", (m, self, [index = none]) => getItem(m, self, index)),
  on("__setitem__", (m, self, [index = none, value = none]) => {
    setItem(m, self, index, value);
    return none;
  }),
  on("__delitem__", (m, self, [index = none]) => {
    deleteItem(m, self, index);
    return none;
  }),
  on(
    "__contains__",
    (m, self, [item = none]) => contains(m, self, item) ?? m.unknown("membership that is not known"),
  ),
  on("__len__", (m, self) => length(m, self)),
  on("__iter__", (m, self) => iterator("iterator", iterate(m, self))),
];
