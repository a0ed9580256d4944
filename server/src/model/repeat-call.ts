import type { Place } from "../base/known.ts";
import type { GraphBuilder, GraphIds } from "../graph/builder.ts";
import type { ModuleCall, OpRecord } from "../graph/ir.ts";
import { refOf, Storage, Tensor, type TensorRef } from "../graph/tensor.ts";
import { type Around, type Part, type Recipe, type RefIndex, refuse } from "./call-recording.ts";
import { keyOf } from "./dicts.ts";
import type { Met } from "./footprint.ts";
import type { Bound } from "./run-state.ts";
import { dict, list, type PyClass, type PyInstance, tuple, type Value } from "./values.ts";

/** What another call is given, and where. */
export interface Occasion {
  readonly graph: GraphBuilder;
  /** By position. */
  readonly given: readonly Met[];
  readonly around: Around;
  /** Where a place stands now. @throws NotRepeatable */
  readonly move: (place: Place) => Place;
}

export interface Repeated {
  readonly result: Value;
  readonly bindings: readonly Bound[];
}

/** Makes what the recipe tells; nothing has happened when it throws. @throws NotRepeatable */
export function repeat(recipe: Recipe, occasion: Occasion): Repeated {
  const maker = new Maker(recipe, occasion);
  const ops = maker.ops();
  const bindings = recipe.bindings.map(({ place, ref }) => ({
    place: occasion.move(place),
    tensor: maker.ref(ref),
  }));
  const result = maker.value(recipe.result);
  occasion.graph.append(ops, recipe.tensors, recipe.storageCount);
  return { result, bindings };
}

class Maker {
  readonly #recipe: Recipe;
  readonly #occasion: Occasion;
  readonly #base: GraphIds;
  readonly #refs: (TensorRef | undefined)[];
  readonly #givenRefs = new Map<number, TensorRef>();
  readonly #storages: (Storage | undefined)[];
  readonly #values = new Map<Part, Value>();

  constructor(recipe: Recipe, occasion: Occasion) {
    this.#recipe = recipe;
    this.#occasion = occasion;
    this.#base = occasion.graph.ids;
    this.#refs = new Array<TensorRef | undefined>(recipe.refs.length);
    this.#storages = new Array<Storage | undefined>(recipe.storages.length);
  }

  ops(): readonly OpRecord[] {
    const { ops, stacks, calls } = this.#recipe;
    if (ops.length === 0) return [];
    const { around, move } = this.#occasion;
    const madeStacks = stacks.map((inner) => [...around.stack, ...inner.map(move)]);
    const madeCalls: ModuleCall[] = [];
    for (const outer of calls) madeCalls.push({ outer: madeCalls[outer] ?? around.call });
    const toRef = (at: RefIndex): TensorRef => this.ref(at);
    const toId = (at: RefIndex): number => this.ref(at).id;
    return ops.map(({ op, inputs, outputs, saved, path, stack, call }, i) => {
      const whole = madeStacks[stack] ?? refuse();
      return {
        id: this.#base.ops + i,
        name: op.name,
        inputs: inputs.map(toRef),
        outputs: outputs.map(toRef),
        work: op.work,
        factors: op.factors,
        saved: saved.length === 0 ? op.saved : saved.map(toId),
        savedExtra: op.savedExtra,
        isView: op.isView,
        inPlace: op.inPlace,
        attributes: op.attributes,
        site: {
          modulePath: around.path + path,
          place: whole.at(-1),
          stack: whole,
          checkpoint: undefined,
          call: madeCalls[call] ?? around.call,
        },
      };
    });
  }

  ref(at: RefIndex): TensorRef {
    if (at < 0) {
      const known = this.#givenRefs.get(at);
      if (known !== undefined) return known;
      const tensor = this.#given(-1 - at);
      if (!(tensor instanceof Tensor)) refuse();
      const made = refOf(tensor);
      this.#givenRefs.set(at, made);
      return made;
    }
    const known = this.#refs[at];
    if (known !== undefined) return known;
    const { id, meta, storage, producer } = this.#recipe.refs[at] ?? refuse();
    const made: TensorRef = {
      id: this.#base.tensors + id,
      meta: {
        shape: meta.shape,
        dtype: meta.dtype,
        strides: meta.strides,
        offset: meta.offset,
        device: meta.device,
        requiresGrad: meta.requiresGrad,
        role: meta.role,
        varies: meta.varies,
        storage: this.#storage(storage),
        producer: producer === undefined ? undefined : this.#base.ops + producer,
        name: meta.name,
        place: meta.place === undefined ? undefined : this.#occasion.move(meta.place),
        ...(meta.elements === undefined ? {} : { elements: meta.elements }),
      },
    };
    this.#refs[at] = made;
    return made;
  }

  #given(at: number): Met {
    return this.#occasion.given[at] ?? refuse();
  }

  #storage(at: RefIndex): Storage {
    if (at < 0) return this.#givenStorage(-1 - at);
    const known = this.#storages[at];
    if (known !== undefined) return known;
    const storage = this.#recipe.storages[at] ?? refuse();
    const made = storage.copy(this.#base.storages + storage.id);
    this.#storages[at] = made;
    return made;
  }

  #givenStorage(at: number): Storage {
    const found = this.#given(at);
    return found instanceof Storage ? found : refuse();
  }

  #optional(part: Part | undefined): Value | undefined {
    return part === undefined ? undefined : this.value(part);
  }

  #keep<T extends Value>(part: Part, value: T): T {
    this.#values.set(part, value);
    return value;
  }

  #class(part: Part | undefined): PyClass | undefined {
    const made = this.#optional(part);
    if (made === undefined) return undefined;
    return typeof made === "object" && made.kind === "class" ? made : refuse();
  }

  value(part: Part): Value {
    const known = this.#values.get(part);
    if (known !== undefined) return known;
    switch (part.kind) {
      case "same":
        return part.value;
      case "given": {
        const found = this.#given(part.at);
        return typeof found === "function" || found instanceof Storage || !("kind" in found)
          ? refuse()
          : found;
      }
      case "unknown": {
        const { why, where } = part;
        return { kind: "unknown", why, where: where === undefined ? undefined : this.#occasion.move(where) };
      }
      case "tensor": {
        const { id, meta } = this.ref(part.ref);
        return this.#keep(part, new Tensor(id, meta));
      }
      case "list": {
        const made = this.#keep(part, list([]));
        for (const item of part.items) made.items.push(this.value(item));
        return made;
      }
      case "tuple":
        return this.#keep(
          part,
          tuple(
            part.items.map((item) => this.value(item)),
            this.#class(part.cls),
          ),
        );
      case "dict": {
        const made = this.#keep(part, dict(this.#class(part.cls), this.#optional(part.factory)));
        for (const [name, value] of part.entries) {
          // What a key is found by may rest on an object that is another one now.
          const key = this.value(name);
          made.entries.set(keyOf(key) ?? refuse(), { key, value: this.value(value) });
        }
        return made;
      }
      case "set":
        return this.#keep(part, { kind: "set", entries: new Map(part.entries), frozen: part.frozen });
      case "instance": {
        const attrs = new Map<string, Value>();
        const cls = this.#class(part.cls) ?? refuse();
        const made = this.#keep<PyInstance>(part, { kind: "instance", cls, attrs, payload: undefined });
        made.payload = this.#optional(part.payload);
        for (const [name, value] of part.attrs) attrs.set(name, this.value(value));
        return made;
      }
      case "method":
        return { kind: "method", self: this.value(part.self), func: this.value(part.func) };
      case "partial":
        return this.#keep(part, {
          kind: "partial",
          func: this.value(part.func),
          args: part.args.map((each) => this.value(each)),
          kwargs: new Map(part.kwargs.map(([name, each]) => [name, this.value(each)])),
        });
    }
  }
}
