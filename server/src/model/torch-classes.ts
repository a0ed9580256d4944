import { makeClass } from "./classes.ts";
import { collect } from "./iterate.ts";
import type { Machine } from "./machine.ts";
import type { makeTorchBridge } from "./torch-bridge.ts";
import { type Kwargs, none, type PyClass, type PyModule, tuple, type Value } from "./values.ts";

type Bridge = ReturnType<typeof makeTorchBridge>;

/** Puts `Tensor`, `Parameter`, `Size` and `device` among the classes. */
export function torchClasses(classes: Map<string, PyClass>, bridge: Bridge): void {
  const object = classes.get("object");
  const tupleClass = classes.get("tuple");
  if (object === undefined || tupleClass === undefined) return;
  const tensor = makeClass({
    name: "Tensor",
    bases: [object],
    construct: (m, _, args, kwargs) => bridge.call(m, "torch.Tensor", args, kwargs),
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
    construct: (m, _, args, kwargs) => {
      const make = m.modules.get("_ecocompute")?.vars.get("make_parameter");
      return make === undefined ? none : m.call(make, args, kwargs);
    },
  });
  for (const cls of [tensor, size, parameter]) classes.set(cls.name, cls);
  classes.set("device", makeClass({ name: "device", bases: [object], construct: makeDevice }));
}

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
