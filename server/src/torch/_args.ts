import { type Dim, hintOf } from "../graph/dim.ts";
import { type DType, isFloating } from "../graph/dtype.ts";
import { elementsOf } from "../graph/elements.ts";
import { dataOf, Tensor } from "../graph/tensor.ts";
import { type Keywords, NotKnown, TorchError } from "./_op.ts";
import { type Signature, signatureOf } from "./_signature.ts";
import { typeName, type Value } from "./_value.ts";

/** What torch takes a one-element tensor for. */
const fromTensor: ReadonlySet<string> = new Set(["int", "Number", "bool", "tuple of ints"]);

/**
 * Arguments bound to a signature. Each reader says what it expects: an unknown value throws `NotKnown`, a value
 * of another type throws torch's `TypeError`. `None` counts as absent.
 */
export class Args {
  readonly #op: string;
  readonly #values: ReadonlyMap<string, Value>;

  constructor(op: string, values: ReadonlyMap<string, Value>) {
    this.#op = op;
    this.#values = values;
  }

  /** The same arguments, each value changed. */
  map(change: (value: Value) => Value): Args {
    return new Args(this.#op, new Map([...this.#values].map(([name, value]) => [name, change(value)])));
  }

  with(name: string, value: Value): Args {
    return new Args(this.#op, new Map([...this.#values, [name, value]]));
  }

  /** All tensors, those inside lists included. */
  allTensors(): readonly Tensor[] {
    const inside = (value: Value): readonly Tensor[] =>
      value instanceof Tensor
        ? [value]
        : value.kind === "list" || value.kind === "tuple"
          ? value.items.flatMap(inside)
          : [];
    return [...this.#values.values()].flatMap(inside);
  }

  /** What `**kwargs` took: everything but the named ones. */
  others(known: readonly string[]): readonly (readonly [string, Value])[] {
    return [...this.#values].filter(([name]) => !known.includes(name));
  }

  /** The raw value, `None` and unknown included; `undefined` when not given. */
  raw(name: string): Value | undefined {
    return this.#values.get(name);
  }

  /** Given and not `None`. */
  has(name: string): boolean {
    const value = this.#values.get(name);
    return value !== undefined && value.kind !== "none";
  }

  value(name: string): Value {
    const value = this.optional(name);
    if (value === undefined) throw this.#wrong(name, "a value", this.#values.get(name));
    return value;
  }

  /** A tensor, a number, or lists of them; of a number the value may be unknown. @throws NotKnown, TorchError */
  operand(name: string): Value {
    const value = this.#values.get(name);
    if (value === undefined || value.kind === "none") throw this.#wrong(name, "a value", value);
    refuseUnknown(value, true);
    return value;
  }

  optional(name: string): Value | undefined {
    const value = this.#values.get(name);
    if (value !== undefined) refuseUnknown(value);
    return value?.kind === "none" ? undefined : value;
  }

  tensor(name: string): Tensor {
    const value = this.optional(name);
    if (value instanceof Tensor) return value;
    throw this.#wrong(name, "Tensor", value);
  }

  optionalTensor(name: string): Tensor | undefined {
    return this.optional(name) === undefined ? undefined : this.tensor(name);
  }

  int(name: string, fallback?: Dim): Dim {
    const value = this.optional(name);
    if (value === undefined && fallback !== undefined) return fallback;
    const dim = value === undefined ? undefined : asInt(value);
    if (dim === undefined) throw this.#wrong(name, "int", value);
    return dim;
  }

  /** An int that must be concrete: a dimension index, a group count. */
  index(name: string, fallback?: number): number {
    const hint = hintOf(this.int(name, fallback));
    if (hint === undefined)
      throw new NotKnown({
        kind: "unknown",
        why: `${this.#op}(): \`${name}\` is known only at run time`,
        where: undefined,
      });
    return hint;
  }

  number(name: string, fallback?: number): number {
    const value = this.optional(name);
    if (value === undefined && fallback !== undefined) return fallback;
    const number = value === undefined ? undefined : asNumber(value);
    if (number === undefined) throw this.#wrong(name, "Number", value);
    return number;
  }

  /** `undefined` for a number of which only the run knows the value. @throws NotKnown, TorchError */
  numberIfKnown(name: string, fallback?: number): number | undefined {
    const value = this.#values.get(name);
    return value?.kind === "unknown" && value.number !== undefined ? undefined : this.number(name, fallback);
  }

  bool(name: string, fallback?: boolean): boolean {
    const value = this.optional(name);
    if (value === undefined && fallback !== undefined) return fallback;
    if (value?.kind === "bool") return value.value;
    if (value?.kind === "int") return value.value !== 0;
    throw this.#wrong(name, "bool", value);
  }

  string(name: string, fallback?: string): string {
    const value = this.optional(name);
    if (value === undefined && fallback !== undefined) return fallback;
    if (value?.kind === "string") return value.value;
    throw this.#wrong(name, "str", value);
  }

  dtype(name = "dtype"): DType | undefined {
    const value = this.optional(name);
    if (value === undefined) return undefined;
    if (value.kind === "dtype") return value.dtype;
    if (value.kind === "opaque" || value.kind === "token") return undefined;
    throw this.#wrong(name, "torch.dtype", value);
  }

  /** A device that is not known is none: it changes no count. */
  device(name = "device"): string | undefined {
    const value = this.raw(name);
    if (value?.kind === "device") return value.name;
    if (value?.kind === "string") return value.value;
    return undefined;
  }

  /** A list or tuple (a single value is a list of one). */
  items(name: string): readonly Value[] {
    const value = this.value(name);
    return value.kind === "list" || value.kind === "tuple" ? value.items : [value];
  }

  /** An int or a sequence of ints. */
  ints(name: string): readonly Dim[] {
    return this.items(name).map((item) => {
      if (item.kind === "unknown") throw new NotKnown(item);
      const dim = asInt(item);
      if (dim === undefined) throw this.#wrong(name, "tuple of ints", item);
      return dim;
    });
  }

  optionalInts(name: string): readonly Dim[] | undefined {
    return this.has(name) ? this.ints(name) : undefined;
  }

  /** Concrete ints: dimension indices. */
  indices(name: string): readonly number[] {
    return this.ints(name).map((dim) => {
      const hint = hintOf(dim);
      if (hint === undefined)
        throw new NotKnown({
          kind: "unknown",
          why: `${this.#op}(): \`${name}\` is known only at run time`,
          where: undefined,
        });
      return hint;
    });
  }

  /** `f(2, 3)` or `f((2, 3))`: what `*size` holds. */
  variadicInts(name: string): readonly Dim[] {
    const all = this.items(name);
    const only = all[0];
    if (all.length === 1 && (only?.kind === "list" || only?.kind === "tuple"))
      return new Args(this.#op, new Map([[name, only]])).ints(name);
    return this.ints(name);
  }

  /** A list or tuple of tensors. */
  tensors(name: string): readonly Tensor[] {
    return this.items(name).map((item) => {
      if (item.kind === "unknown") throw new NotKnown(item);
      if (item instanceof Tensor) return item;
      throw this.#wrong(name, "tuple of Tensors", item);
    });
  }

  /** A list or tuple of tensors, where a tensor is not one of its rows. */
  tensorList(name: string): readonly Tensor[] {
    const value = this.value(name);
    if (value instanceof Tensor) throw this.#wrong(name, "tuple of Tensors", value);
    return this.tensors(name);
  }

  /** A tensor stands for its one element: where that is not known, nor is the argument. */
  #wrong(name: string, expected: string, got: Value | undefined): TorchError | NotKnown {
    if (got instanceof Tensor && fromTensor.has(expected))
      return new NotKnown({
        kind: "unknown",
        why: `${this.#op}(): \`${name}\` is an element that only the run knows`,
        where: undefined,
      });
    return new TorchError(
      `${this.#op}(): argument '${name}' must be ${expected}, not ${got === undefined ? "NoneType" : typeName(got)}`,
      "TypeError",
    );
  }
}

/** A size or a count inside a list. @throws NotKnown, TorchError */
export function dimOf(value: Value, op: string): Dim {
  refuseUnknown(value);
  const dim = asInt(value);
  if (dim !== undefined) return dim;
  if (value instanceof Tensor)
    throw new NotKnown({
      kind: "unknown",
      why: `${op}(): a size is an element that only the run knows`,
      where: undefined,
    });
  throw new TorchError(`${op}(): expected an int, not ${typeName(value)}`, "TypeError");
}

/** A number inside a list. @throws NotKnown, TorchError */
export function numberOf(value: Value, op: string): number {
  if (value.kind === "float") return value.value;
  const hint = (value instanceof Tensor ? asNumber(value) : undefined) ?? hintOf(dimOf(value, op));
  if (hint !== undefined) return hint;
  throw new NotKnown({
    kind: "unknown",
    why: `${op}(): a number is known only at run time`,
    where: undefined,
  });
}

/** @throws NotKnown, TorchError when one is no tensor */
export const tensorsOf = (values: readonly Value[], op: string): readonly Tensor[] =>
  values.map((value) => {
    refuseUnknown(value);
    if (value instanceof Tensor) return value;
    throw new TorchError(`${op}(): expected a Tensor, not ${typeName(value)}`, "TypeError");
  });

/** @throws NotKnown for an unknown, also inside lists and tuples. */
function refuseUnknown(value: Value, butNumbers = false): void {
  if (value.kind === "unknown" && !(butNumbers && value.number !== undefined)) throw new NotKnown(value);
  if (value.kind === "list" || value.kind === "tuple")
    for (const item of value.items) refuseUnknown(item, butNumbers);
}

/** An int, a bool, a 0-dim integer tensor with a known element. */
export function asInt(value: Value): Dim | undefined {
  if (value.kind === "int") return value.value;
  if (value.kind === "bool") return value.value ? 1 : 0;
  if (!(value instanceof Tensor) || isFloating(value.dtype)) return undefined;
  const data = dataOf(value.meta);
  if (data?.length === 1) return data[0];
  const known = elementsOf(value.meta);
  return known?.kind === "sizes" && known.values.length === 1 ? known.values[0] : undefined;
}

/** The same for numbers: a floating tensor with one known element is one. */
export function asNumber(value: Value): number | undefined {
  if (value.kind === "float") return value.value;
  if (value instanceof Tensor && isFloating(value.dtype)) {
    const data = dataOf(value.meta);
    return data?.length === 1 ? data[0] : undefined;
  }
  const dim = asInt(value);
  return dim === undefined ? undefined : hintOf(dim);
}

/** Binds a call to the first signature that takes it. @throws TorchError when none does. */
export function bind(
  op: string,
  params: string | readonly string[],
  positional: readonly Value[],
  keywords: Keywords,
): Args {
  const all = typeof params === "string" ? [params] : params;
  for (const text of all) {
    const bound = bindOne(signatureOf(text), positional, keywords);
    if (typeof bound !== "string") return new Args(op, bound);
  }
  const why = bindOne(signatureOf(all[0] ?? "()"), positional, keywords);
  throw new TorchError(
    `${op}() ${typeof why === "string" ? why : "received an invalid combination of arguments"}`,
    "TypeError",
  );
}

/** NumPy's argument names, which torch takes too. */
const numpyNames: ReadonlyMap<string, string> = new Map([
  ["axis", "dim"],
  ["keepdims", "keepdim"],
  ["x", "input"],
  ["a", "input"],
  ["self", "input"],
  ["x1", "input"],
  ["x2", "other"],
]);

const nothing: readonly Value[] = [];

function bindOne(
  signature: Signature,
  positional: readonly Value[],
  keywords: Keywords,
): ReadonlyMap<string, Value> | string {
  const bound = new Map<string, Value>();
  const count = Math.min(positional.length, signature.positional.length);
  for (let i = 0; i < count; i++) {
    const [name, value] = [signature.positional[i], positional[i]];
    if (name !== undefined && value !== undefined) bound.set(name, value);
  }
  const extra =
    positional.length > signature.positional.length ? positional.slice(signature.positional.length) : nothing;
  if (signature.rest !== undefined) {
    if (extra.length > 0 || keywords[signature.rest] === undefined)
      bound.set(signature.rest, { kind: "tuple", items: extra });
  } else if (extra.length > 0)
    return `takes ${signature.positional.length} positional arguments but ${positional.length} were given`;
  const takes = (name: string): boolean =>
    signature.positional.includes(name) || signature.keywordOnly.includes(name) || name === signature.rest;
  for (const given in keywords) {
    const value = keywords[given];
    if (value === undefined) continue;
    const alias = numpyNames.get(given);
    const name = alias !== undefined && !takes(given) && takes(alias) ? alias : given;
    const known = takes(name);
    if (!known && !signature.anyKeyword) return `got an unexpected keyword argument '${name}'`;
    if (bound.has(name)) return `got multiple values for argument '${name}'`;
    bound.set(name, value);
  }
  const missing = signature.required.find((name) => !bound.has(name));
  return missing === undefined ? bound : `missing 1 required positional arguments: "${missing}"`;
}
