import type { Place } from "../base/known.ts";
import type { GraphIds } from "../graph/builder.ts";
import type { ModuleCall, OpRecord, Site } from "../graph/ir.ts";
import { refOf, type Storage, Tensor, type TensorMeta, type TensorRef } from "../graph/tensor.ts";
import type { Met } from "./footprint.ts";
import { isLasting } from "./made-of.ts";
import type { Bound } from "./run-state.ts";
import type { Key, PyClass, PyInstance, Value } from "./values.ts";

/*
 * What a call made, told without naming anything that was there before but by its position among what was given to the
 * call: it can be made again for another call that is given the same.
 */

/** Holds something that cannot be made again. */
export class NotRepeatable {}

/** Of what was made: a position in `Recipe.refs`; of what was given: -1 minus its position among that. */
export type RefIndex = number;

export type Part =
  /** Never changes, or belongs to a library and is the same in every run. */
  | { readonly kind: "same"; readonly value: Value }
  | { readonly kind: "given"; readonly at: number }
  | { readonly kind: "tensor"; readonly ref: number }
  | { readonly kind: "unknown"; readonly why: string; readonly where: Place | undefined }
  | { readonly kind: "list"; readonly items: Part[] }
  | { readonly kind: "tuple"; readonly items: Part[]; readonly cls: Part | undefined }
  | {
      readonly kind: "dict";
      readonly entries: (readonly [Part, Part])[];
      readonly cls: Part | undefined;
      readonly factory: Part | undefined;
    }
  | { readonly kind: "set"; readonly entries: ReadonlyMap<Key, Value>; readonly frozen: boolean }
  | { readonly kind: "instance"; cls: Part | undefined; payload: Part | undefined; attrs: [string, Part][] }
  | { readonly kind: "method"; readonly self: Part; readonly func: Part }
  | {
      readonly kind: "partial";
      readonly func: Part;
      readonly args: readonly Part[];
      readonly kwargs: readonly (readonly [string, Part])[];
    };

/** A tensor as something saw it; numbers count from those at the start of the call. */
export interface MadeRef {
  readonly id: number;
  readonly meta: TensorMeta;
  readonly storage: RefIndex;
  readonly producer: number | undefined;
}

export interface MadeOp {
  readonly op: OpRecord;
  readonly inputs: readonly RefIndex[];
  readonly outputs: readonly RefIndex[];
  readonly saved: readonly RefIndex[];
  /** Behind the path of the module that was called. */
  readonly path: string;
  readonly stack: number;
  readonly call: number;
}

export interface Recipe {
  readonly result: Part;
  readonly ops: readonly MadeOp[];
  readonly refs: readonly MadeRef[];
  /** As they were when the call had ended: what comes after it may write them. */
  readonly storages: readonly Storage[];
  /** The user's lines below the one that calls. */
  readonly stacks: readonly (readonly Place[])[];
  /** The call around each, -1 for the one that was around all. */
  readonly calls: readonly number[];
  readonly bindings: readonly { readonly place: Place; readonly ref: RefIndex }[];
  readonly tensors: number;
  readonly storageCount: number;
}

/** What stands around a call. */
export interface Around {
  readonly path: string;
  readonly call: ModuleCall | undefined;
  readonly stack: readonly Place[];
}

export interface Made {
  /** Of a pass. What only makes the model has no ops, and its tensors none that computed them. */
  readonly isPass: boolean;
  readonly result: Value;
  readonly from: GraphIds;
  readonly to: GraphIds;
  readonly ops: readonly OpRecord[];
  readonly bindings: readonly Bound[];
  readonly around: Around;
}

/** @param given what the call was given, by position. @throws NotRepeatable */
export function recipeOf(made: Made, given: ReadonlyMap<Met, number>): Recipe {
  return new Recorder(made, given).recipe();
}

class Recorder {
  readonly #made: Made;
  readonly #given: ReadonlyMap<Met, number>;
  /** Positions of tensors that were given, by what they are. */
  readonly #givenMetas = new Map<TensorMeta, number>();
  readonly #refs: MadeRef[] = [];
  readonly #known = new Map<TensorMeta, RefIndex>();
  readonly #storages: Storage[] = [];
  readonly #storageAt = new Map<Storage, RefIndex>();
  readonly #parts = new Map<object, Part>();
  readonly #stacks = new Map<readonly Place[], number>();
  readonly #inner: (readonly Place[])[] = [];
  readonly #calls = new Map<ModuleCall, number>();
  readonly #outer: number[] = [];

  constructor(made: Made, given: ReadonlyMap<Met, number>) {
    this.#made = made;
    this.#given = given;
    for (const [object, at] of given)
      if (object instanceof Tensor) this.#givenMetas.set(object.meta, -1 - at);
  }

  recipe(): Recipe {
    const { ops, bindings, result, from, to } = this.#made;
    const madeOps = ops.map((op) => this.#op(op));
    const bound = bindings.map(({ place, tensor }) => ({ place, ref: this.#ref(tensor) }));
    return {
      result: this.#part(result),
      ops: madeOps,
      refs: this.#refs,
      storages: this.#storages,
      stacks: this.#inner,
      calls: this.#outer,
      bindings: bound,
      tensors: to.tensors - from.tensors,
      storageCount: to.storages - from.storages,
    };
  }

  #op(op: OpRecord): MadeOp {
    const { site } = op;
    const inputs = op.inputs.map((each) => this.#ref(each));
    const outputs = op.outputs.map((each) => this.#ref(each));
    const saved = op.saved.map((id) => {
      const input = op.inputs.findIndex((each) => each.id === id);
      const at = input >= 0 ? inputs[input] : outputs[op.outputs.findIndex((each) => each.id === id)];
      return at ?? refuse();
    });
    if (site.checkpoint !== undefined) refuse();
    return {
      op,
      inputs,
      outputs,
      saved,
      path: this.#path(site),
      stack: this.#stack(site),
      call: this.#call(site.call),
    };
  }

  #path({ modulePath }: Site): string {
    const { path } = this.#made.around;
    if (modulePath !== path && !modulePath.startsWith(`${path}.`)) refuse();
    return modulePath.slice(path.length);
  }

  #stack({ stack }: Site): number {
    const known = this.#stacks.get(stack);
    if (known !== undefined) return known;
    const outer = this.#made.around.stack;
    if (!outer.every((place, i) => place === stack[i])) refuse();
    const at = this.#inner.length;
    this.#inner.push(stack.slice(outer.length));
    this.#stacks.set(stack, at);
    return at;
  }

  #call(call: ModuleCall | undefined): number {
    if (call === this.#made.around.call) return -1;
    if (call === undefined) refuse();
    const known = this.#calls.get(call);
    if (known !== undefined) return known;
    const outer = this.#call(call.outer);
    const at = this.#outer.length;
    this.#outer.push(outer);
    this.#calls.set(call, at);
    return at;
  }

  #ref({ id, meta }: TensorRef): RefIndex {
    const known = this.#givenMetas.get(meta) ?? this.#known.get(meta);
    if (known !== undefined) return known;
    const { from, to } = this.#made;
    if (id < from.tensors || id >= to.tensors) refuse();
    const producer = this.#made.isPass ? meta.producer : undefined;
    if (producer !== undefined && producer < from.ops) refuse();
    const at = this.#refs.length;
    this.#known.set(meta, at);
    this.#refs.push({
      id: id - from.tensors,
      meta,
      storage: this.#storage(meta.storage),
      producer: producer === undefined ? undefined : producer - from.ops,
    });
    return at;
  }

  #storage(storage: Storage): RefIndex {
    const known = this.#storageAt.get(storage);
    if (known !== undefined) return known;
    const given = this.#given.get(storage);
    const { from, to } = this.#made;
    if (given === undefined && (storage.id < from.storages || storage.id >= to.storages)) refuse();
    const at = given === undefined ? this.#storages.length : -1 - given;
    if (given === undefined) this.#storages.push(storage.copy(storage.id - from.storages));
    this.#storageAt.set(storage, at);
    return at;
  }

  #optional(value: Value | undefined): Part | undefined {
    return value === undefined ? undefined : this.#part(value);
  }

  #keep<T extends Part>(object: object, part: T): T {
    this.#parts.set(object, part);
    return part;
  }

  #part(value: Value): Part {
    if (typeof value !== "object") return { kind: "same", value };
    const given = this.#given.get(value);
    if (given !== undefined) return { kind: "given", at: given };
    const known = this.#parts.get(value);
    if (known !== undefined) return known;
    switch (value.kind) {
      case "none":
      case "ellipsis":
      case "float":
      case "bytes":
      case "complex":
      case "dtype":
      case "device":
      case "token":
      case "range":
        return { kind: "same", value };
      case "unknown":
        return { kind: "unknown", why: value.why, where: value.where };
      case "native":
        return isLasting(value) ? { kind: "same", value } : refuse();
      case "class":
        return isLibraryClass(value) ? { kind: "same", value } : refuse();
      case "function":
        return value.scope === undefined && isOfLibrary(value.code) ? { kind: "same", value } : refuse();
      case "tensor":
        return this.#keep(value, { kind: "tensor", ref: this.#ref(refOf(value)) });
      case "list": {
        const part = this.#keep(value, { kind: "list", items: [] as Part[] });
        for (const item of value.items) part.items.push(this.#part(item));
        return part;
      }
      case "tuple":
        return this.#keep(value, {
          kind: "tuple",
          items: value.items.map((item) => this.#part(item)),
          cls: this.#optional(value.cls),
        });
      case "dict": {
        // One that shows something else, such as the attributes of an object.
        if (Object.getPrototypeOf(value.entries) !== Map.prototype) refuse();
        const part = this.#keep(value, {
          kind: "dict",
          entries: [] as (readonly [Part, Part])[],
          cls: this.#optional(value.cls),
          factory: this.#optional(value.factory),
        });
        for (const { key, value: held } of value.entries.values())
          part.entries.push([this.#part(key), this.#part(held)]);
        return part;
      }
      case "set":
        for (const each of value.entries.values()) if (typeof each === "object") refuse();
        return this.#keep(value, {
          kind: "set",
          entries: new Map(value.entries),
          frozen: value.frozen,
        });
      case "instance":
        return this.#instance(value);
      case "method":
        return { kind: "method", self: this.#part(value.self), func: this.#part(value.func) };
      case "partial":
        return this.#keep(value, {
          kind: "partial",
          func: this.#part(value.func),
          args: value.args.map((each) => this.#part(each)),
          kwargs: [...value.kwargs].map(([name, each]) => [name, this.#part(each)] as const),
        });
      default:
        return refuse();
    }
  }

  #instance(value: PyInstance): Part {
    const part = this.#keep<Extract<Part, { kind: "instance" }>>(value, {
      kind: "instance",
      cls: undefined,
      payload: undefined,
      attrs: [],
    });
    part.cls = this.#part(value.cls);
    part.payload = this.#optional(value.payload);
    for (const [name, each] of value.attrs) part.attrs.push([name, this.#part(each)]);
    return part;
  }
}

const isOfLibrary = ({ module }: { readonly module: { readonly name: string } }): boolean =>
  module.name !== "__main__";

/** Stands in a module of a library, not in a function that may run again. */
const isLibraryClass = ({ code, scope }: PyClass): boolean =>
  code === undefined || (isOfLibrary(code) && (scope === undefined || scope.vars === code.module.vars));

export function refuse(): never {
  throw new NotRepeatable();
}
