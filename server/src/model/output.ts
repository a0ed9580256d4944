import type { Unknown } from "../base/known.ts";
import type { DType } from "../graph/dtype.ts";
import { dependsOnRouting } from "../graph/settle-routing.ts";
import { isKnownShape, refOf, type Shape, type Tensor, type TensorRef } from "../graph/tensor.ts";
import { lookup } from "./classes.ts";
import type { Interpreter } from "./interpreter.ts";
import { isPlainUnknown } from "./plain-unknown.ts";
import type { PyInstance, Value } from "./values.ts";

/** What a model gives back: tensors inside lists, dictionaries and objects. */
export type Output =
  | { readonly kind: "tensor"; readonly shape: Shape | Unknown; readonly dtype: DType }
  | { readonly kind: "sequence"; readonly items: readonly Output[] }
  | { readonly kind: "mapping"; readonly entries: readonly (readonly [name: string, value: Output])[] }
  | { readonly kind: "unknown"; readonly why: string }
  /** `None`, a number, text. */
  | { readonly kind: "other"; readonly text: string };

/** In lists, tuples and dictionaries. */
export function tensorsIn(value: Value): readonly Tensor[] {
  if (typeof value !== "object") return [];
  if (value.kind === "tensor") return [value];
  if (value.kind === "list" || value.kind === "tuple") return value.items.flatMap(tensorsIn);
  if (value.kind === "dict") return [...value.entries.values()].flatMap((entry) => tensorsIn(entry.value));
  return [];
}

/** Objects with fields (a model output class) read as mappings of what is not `None`. */
export function describe(value: Value, interpreter: Interpreter, depth: number): Output {
  if (depth > 6 || typeof value !== "object")
    return { kind: "other", text: String(typeof value === "object" ? value.kind : value) };
  switch (value.kind) {
    case "tensor": {
      const output: Output = { kind: "tensor", shape: value.shape, dtype: value.dtype };
      outputTensors.set(output, value);
      if (!Array.isArray(value.shape)) interpreter.machine.note("the output", "its shape is unknown");
      return output;
    }
    case "list":
    case "tuple":
      return { kind: "sequence", items: value.items.map((item) => describe(item, interpreter, depth + 1)) };
    case "dict":
      return {
        kind: "mapping",
        entries: [...value.entries.values()].map(({ key, value: each }) => [
          String(key),
          describe(each, interpreter, depth + 1),
        ]),
      };
    case "instance": {
      if (value.payload !== undefined) return describe(value.payload, interpreter, depth);
      const fields = [...value.attrs].filter(
        ([name, each]) => !name.startsWith("_") && mayHoldTensors(each, new Set()),
      );
      return {
        kind: "mapping",
        entries: fields.map(([name, each]) => [name, describe(each, interpreter, depth + 1)]),
      };
    }
    case "unknown":
      if (value.number !== undefined) return { kind: "other", text: value.number };
      interpreter.machine.note("the output", value.why);
      return { kind: "unknown", why: value.why };
    default:
      return { kind: "other", text: value.kind };
  }
}

/** Whether something of an output is worth telling: outputs of parts are objects of their own. */
function mayHoldTensors(value: Value, seen: Set<Value>): boolean {
  if (typeof value !== "object" || seen.has(value)) return false;
  const within = (items: Iterable<Value>): boolean => {
    seen.add(value);
    return [...items].some((item) => mayHoldTensors(item, seen));
  };
  switch (value.kind) {
    case "tensor":
      return true;
    case "unknown":
      return value.number === undefined && !isPlainUnknown(value);
    case "list":
    case "tuple":
      return within(value.items);
    case "dict":
      return within([...value.entries.values()].map((entry) => entry.value));
    case "instance":
      if (value.payload !== undefined) return mayHoldTensors(value.payload, seen);
      return isRecord(value) && within([...value.attrs].filter(isShown).map(([, each]) => each));
    default:
      return false;
  }
}

const isShown = ([name]: readonly [string, Value]): boolean => !name.startsWith("_");

/** A dataclass is what it holds; other objects beside the results, such as caches, only hold what the next call needs. */
const isRecord = ({ cls }: PyInstance): boolean => lookup(cls, "__dataclass_fields__") !== undefined;

/** Some tensor of the output has a size that the routing decides. */
export function routedSizes(output: Output | undefined): boolean {
  switch (output?.kind) {
    case "tensor":
      return isKnownShape(output.shape) && dependsOnRouting(output.shape);
    case "sequence":
      return output.items.some(routedSizes);
    case "mapping":
      return output.entries.some(([, value]) => routedSizes(value));
    default:
      return false;
  }
}

const outputTensors = new WeakMap<Output, Tensor>();

/** Those that the graph ends in. */
export function tensorsOf(output: Output | undefined): readonly TensorRef[] {
  if (output === undefined) return [];
  switch (output.kind) {
    case "tensor": {
      const tensor = outputTensors.get(output);
      return tensor === undefined ? [] : [refOf(tensor)];
    }
    case "sequence":
      return output.items.flatMap(tensorsOf);
    case "mapping":
      return output.entries.flatMap(([, value]) => tensorsOf(value));
    case "unknown":
    case "other":
      return [];
  }
}
