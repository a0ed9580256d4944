import { makeClass } from "./classes.ts";
import { collect } from "./iterate.ts";
import type { Machine } from "./machine.ts";
import { convert, setTensorClass } from "./tensor-classes.ts";
import type { makeTorchBridge } from "./torch-bridge.ts";
import {
  type Kwargs,
  native,
  nativeMethod,
  noKwargs,
  none,
  type PyClass,
  type PyModule,
  tuple,
  type Value,
} from "./values.ts";

type Bridge = ReturnType<typeof makeTorchBridge>;

/** Puts `Tensor`, `Parameter`, `Size` and `device` among the classes. */
export function torchClasses(classes: Map<string, PyClass>, bridge: Bridge): void {
  const object = classes.get("object");
  const tupleClass = classes.get("tuple");
  if (object === undefined || tupleClass === undefined) return;
  const tensor = makeClass({
    name: "Tensor",
    bases: [object],
    construct: (m, cls, args, kwargs) => derivedTensor(m, cls, bridge.call(m, "torch.Tensor", args, kwargs)),
    attrs: new Map(tensorMethods),
  });
  const size = makeClass({
    name: "Size",
    bases: [tupleClass],
    construct: (m, cls, args) => {
      return tuple(collect(m, args[0] ?? tuple([])), cls);
    },
  });
  const parameter = makeClass({
    name: "Parameter",
    bases: [tensor],
    construct: (m, cls, args, kwargs) => {
      const make = m.modules.get("_ecocompute")?.vars.get("make_parameter");
      return make === undefined ? none : derivedTensor(m, cls, m.call(make, args, kwargs));
    },
  });
  for (const cls of [tensor, size, parameter]) classes.set(cls.name, cls);
  classes.set("device", makeClass({ name: "device", bases: [object], construct: makeDevice }));
}

/** A tensor that is made by a class of the program. */
function derivedTensor(m: Machine, cls: PyClass, made: Value): Value {
  if (cls.code !== undefined && typeof made === "object" && made.kind === "tensor")
    setTensorClass(m, made, cls);
  return made;
}

/** Another tensor of the same memory, as one of a class. */
function asSubclass(m: Machine, tensor: Value, cls: Value): Value {
  if (typeof cls !== "object" || cls.kind !== "class") return m.unknown("a tensor of an unknown class");
  const made = whilePlain(m, () => m.torchCall("torch.Tensor.view_as", [tensor, tensor], noKwargs));
  return derivedTensor(m, cls, made);
}

/** Runs ops as `torch._C.DisableTorchFunctionSubclass` does: no class has a say in them. */
function whilePlain<T>({ state }: Machine, body: () => T): T {
  const before = state.plainTensors;
  state.plainTensors = true;
  try {
    return body();
  } finally {
    state.plainTensors = before;
  }
}

const tensorMethods: readonly (readonly [string, Value])[] = [
  ["as_subclass", nativeMethod("as_subclass", (m, [self = none, cls = none]) => asSubclass(m, self, cls))],
  ["_make_subclass", native("_make_subclass", (m, [cls = none, data = none]) => asSubclass(m, data, cls))],
  [
    "__torch_function__",
    {
      kind: "classmethod",
      func: native("__torch_function__", (m, [cls = none, func = none, , args = none, kwargs = none]) => {
        const made = whilePlain(m, () => m.call(func, collect(m, args), m.kwargsOf(kwargs)));
        if (typeof cls === "object" && cls.kind === "class" && cls.code !== undefined) convert(m, made, cls);
        return made;
      }),
    },
  ],
];

/** `torch.device("cuda", 0)`, `torch.device("cuda:0")`, `torch.device(other)`. */
function makeDevice(m: Machine, _: PyClass, args: readonly Value[], kwargs: Kwargs): Value {
  const type = args[0] ?? kwargs.get("type") ?? kwargs.get("device");
  const index = args[1] ?? kwargs.get("index");
  if (typeof type === "object" && type.kind === "device") return type;
  if (typeof type === "number") return { kind: "device", name: `cuda:${type}` };
  if (typeof type !== "string") return m.unknown("a device");
  return { kind: "device", name: typeof index === "number" ? `${type}:${index}` : type };
}

/** A library's wrapper around compiled code gives way to the op that stands for it. */
export function patchOps(module: PyModule, bridge: Bridge): void {
  if (!module.name.startsWith("torchvision.ops.")) return;
  for (const [name, value] of module.vars) {
    if (typeof value !== "object" || value.kind !== "function") continue;
    const op = bridge.opNamed(`torchvision.ops.${name}`);
    if (op !== undefined) module.vars.set(name, op);
  }
}
