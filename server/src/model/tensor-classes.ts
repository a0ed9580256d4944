import type { Tensor } from "../graph/tensor.ts";
import { isSubclass, lookup } from "./classes.ts";
import type { Machine } from "./machine.ts";
import type { PyClass, Value } from "./values.ts";

/** Tensors of a class that a program derives from `torch.Tensor` or `nn.Parameter`. */
const derived = new WeakMap<Tensor, PyClass>();
let areThere = false;

export const tensorClass = (value: Value): PyClass | undefined =>
  areThere && typeof value === "object" && value.kind === "tensor" ? derived.get(value) : undefined;

/** Makes a tensor one of a class that a program derives. */
export function setTensorClass({ state }: Machine, tensor: Tensor, cls: PyClass): void {
  state.marked = true;
  derived.set(tensor, cls);
  areThere = true;
}

/** What the program's own classes say of a name. */
export function ownMember(cls: PyClass, name: string): Value | undefined {
  for (const each of cls.mro) {
    if (each.code === undefined) return undefined;
    const found = each.attrs.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Ops give tensors of the class that they are given; of what is derived from a parameter they give plain ones. */
export function resultClass(args: Iterable<Value>): PyClass | undefined {
  if (!areThere) return undefined;
  let found: PyClass | undefined;
  for (const arg of args) {
    const cls = tensorClass(arg);
    if (cls === undefined || cls.mro.some(({ name, code }) => name === "Parameter" && code === undefined))
      continue;
    if (found === undefined || isSubclass(cls, found)) found = cls;
  }
  return found;
}

/** Makes what an op gives, and each item of it, one of a class. */
export function convert(m: Machine, value: Value, cls: PyClass): void {
  if (typeof value !== "object") return;
  if (value.kind === "tensor") setTensorClass(m, value, cls);
  else if (value.kind === "tuple" || value.kind === "list")
    for (const item of value.items) convert(m, item, cls);
}

/** The `__torch_function__` of a class, if it is the program's own. */
export const torchFunctionOf = (cls: PyClass): Value | undefined => {
  const found = lookup(cls, "__torch_function__");
  const isTorchs =
    typeof found === "object" &&
    found.kind === "classmethod" &&
    typeof found.func === "object" &&
    found.func.kind === "native";
  return isTorchs ? undefined : found;
};
