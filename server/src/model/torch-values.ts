import type { DType } from "../graph/dtype.ts";
import * as torch from "../torch/_value.ts";
import { makeClass, payloadOf } from "./classes.ts";
import { dictFrom } from "./dicts.ts";
import type { Machine } from "./machine.ts";
import { arrayTensor } from "./numpy/held.ts";
import { typeName } from "./types.ts";
import { ellipsis, list, none, type PyClass, tuple, type Value } from "./values.ts";

/** A value as ops see it; what no op looks into becomes opaque. */
export function toTorch(value: Value): torch.Value {
  if (typeof value === "number") return torch.int(value);
  if (typeof value === "boolean") return torch.bool(value);
  if (typeof value === "string") return torch.string(value);
  switch (value.kind) {
    case "none":
      return torch.none;
    case "poly":
      return torch.int(value);
    case "list":
      return torch.list(value.items.map(toTorch));
    case "tuple":
      return value.cls?.name === "Size"
        ? { kind: "tuple", items: value.items.map(toTorch), typeName: "torch.Size" }
        : torch.tuple(value.items.map(toTorch));
    case "range": {
      const items: torch.Value[] = [];
      for (let i = value.start; value.step > 0 ? i < value.stop : i > value.stop; i += value.step)
        items.push(torch.int(i));
      return torch.list(items);
    }
    case "slice":
      return {
        kind: "slice",
        lower: toTorch(value.lower),
        upper: toTorch(value.upper),
        step: toTorch(value.step),
      };
    case "record":
      return {
        kind: "record",
        typeName: value.typeName,
        fields: new Map([...value.fields].map(([name, field]) => [name, toTorch(field)])),
      };
    case "ellipsis":
    case "float":
    case "complex":
    case "dtype":
    case "device":
    case "token":
    case "tensor":
    case "unknown":
      return value;
    case "instance": {
      const array = arrayTensor(value);
      if (array !== undefined) return array;
      const inner = payloadOf(value);
      return inner === value ? { kind: "opaque", typeName: value.cls.name } : toTorch(inner);
    }
    case "class": {
      const dtype = kindsOfNumbers.get(value.name);
      if (dtype !== undefined) return { kind: "dtype", dtype };
      return value.name === "Tensor"
        ? { kind: "token", name: "torch.Tensor" }
        : { kind: "opaque", typeName: typeName(value) };
    }
    case "native":
      return tensorTypes.test(value.name)
        ? { kind: "token", name: `torch.${value.name}` }
        : { kind: "opaque", typeName: typeName(value) };
    default:
      return { kind: "opaque", typeName: typeName(value) };
  }
}

/** `x.to(bool)`, `torch.zeros(2, dtype=int)`: what torch makes of Python's own types. */
const kindsOfNumbers: ReadonlyMap<string, DType> = new Map([
  ["bool", "bool"],
  ["int", "int64"],
  ["float", "float64"],
  ["complex", "complex128"],
]);

/** `torch.cuda.HalfTensor`, which makes tensors and names a kind of them. */
const tensorTypes = /^(Float|Double|Half|BFloat16|Long|Int|Short|Char|Byte|Bool)Tensor$/;

const namedClasses = new Map<string, PyClass>();

/** The named tuple class of `torch.return_types`. */
function namedClass(m: Machine, name: string, fields: readonly string[]): PyClass {
  const known = namedClasses.get(name);
  if (known !== undefined) return known;
  const base = m.classes.get("tuple");
  const made = makeClass({ name, bases: base === undefined ? [] : [base], fields });
  namedClasses.set(name, made);
  return made;
}

export function fromTorch(m: Machine, value: torch.Value): Value {
  switch (value.kind) {
    case "none":
      return none;
    case "ellipsis":
      return ellipsis;
    case "bool":
    case "int":
    case "string":
      return value.value;
    case "list":
      return list(value.items.map((item) => fromTorch(m, item)));
    case "tuple": {
      const items = value.items.map((item) => fromTorch(m, item));
      if (value.typeName === "torch.Size") return tuple(items, m.classes.get("Size"));
      return tuple(
        items,
        value.fields === undefined ? undefined : namedClass(m, value.typeName ?? "tuple", value.fields),
      );
    }
    case "slice":
      return {
        kind: "slice",
        lower: fromTorch(m, value.lower),
        upper: fromTorch(m, value.upper),
        step: fromTorch(m, value.step),
      };
    case "record": {
      const fields = new Map([...value.fields].map(([name, field]) => [name, fromTorch(m, field)]));
      return value.typeName === "dict"
        ? dictFrom(fields)
        : { kind: "record", typeName: value.typeName, fields };
    }
    case "opaque":
      return m.unknown(`a ${value.typeName} that went through torch`);
    default:
      return value;
  }
}
