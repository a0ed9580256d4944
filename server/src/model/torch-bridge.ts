import { OpLimitReached } from "../graph/builder.ts";
import { bytesPerElement, dtypeNamed, isComplex, isFloating } from "../graph/dtype.ts";
import { Tensor } from "../graph/tensor.ts";
import type { Op, OpContext } from "../torch/_op.ts";
import type { Value as TorchValue } from "../torch/_value.ts";
import { allOps, findOp } from "../torch/registry.ts";
import { runOp } from "../torch/run.ts";
import { bind } from "./bind.ts";
import { lookup } from "./classes.ts";
import { type Machine, Stopped } from "./machine.ts";
import { lastingNative } from "./made-of.ts";
import { makeArray } from "./numpy/array.ts";
import { raise } from "./raise.ts";
import { convert, ownMember, resultClass, tensorClass } from "./tensor-classes.ts";
import { callOverride, overridingIn } from "./torch-function.ts";
import { functionalNames, layerNames, tensorNames, torchNames } from "./torch-names.gen.ts";
import { fromTorch, toTorch } from "./torch-values.ts";
import {
  float,
  type Kwargs,
  native,
  nativeMethod,
  noKwargs,
  none,
  type PyDevice,
  type PyDType,
  type PyNative,
  type Value,
} from "./values.ts";

export interface TorchBridge {
  readonly call: (m: Machine, name: string, args: readonly Value[], kwargs: Kwargs) => Value;
  readonly attribute: (m: Machine, object: Tensor | PyDType | PyDevice, name: string) => Value | undefined;
  /** A method as a function whose first argument is the tensor: `torch.Tensor.relu`. */
  readonly method: (m: Machine, name: string) => Value | undefined;
  readonly setAttribute: (m: Machine, tensor: Tensor, name: string, value: Value) => void;
  /** The function that runs an op. */
  readonly opNamed: (name: string) => Value | undefined;
  /** What a module of torch's (or einops, ...) binds beside its prelude. */
  readonly resolver: (module: string) => ((name: string) => Value | undefined) | undefined;
}

const families = /^(torch|einops)(\.|$)/;

const ofPython = /^(torch\.nn\.functional|einops)\.\w+$/;
/** What `torch.nn.functional` takes from C, which is no method of the class that holds it. */
const ofC: ReadonlySet<string> = new Set(
  `adaptive_avg_pool1d avg_pool1d avg_pool2d avg_pool3d bilinear celu_ channel_shuffle conv1d conv2d conv3d conv_tbc
  conv_transpose1d conv_transpose2d conv_transpose3d cosine_similarity elu_ gelu hardshrink hardtanh_ leaky_relu_ linear
  logsigmoid native_channel_shuffle one_hot pad pairwise_distance pdist pixel_shuffle pixel_unshuffle prelu relu_ rrelu_
  scaled_dot_product_attention selu_ softplus softshrink threshold_`
    .split(/\s+/)
    .map((name) => `torch.nn.functional.${name}`),
);

let namespaces: ReadonlySet<string> | undefined;

/** `torch.linalg`, `torch.special`: modules that only ops live in. */
export function isOpNamespace(module: string): boolean {
  namespaces ??= new Set([...allOps().keys()].map((name) => name.replace(/\.[^.]*$/, "")));
  return families.test(module) && module !== "torch.Tensor" && namespaces.has(module);
}

/** Lists of lists are read item by item. */
function spendOn(m: Machine, items: readonly Value[]): void {
  const [first] = items;
  const isNested = typeof first === "object" && (first.kind === "list" || first.kind === "tuple");
  if (!isNested) return;
  m.spend(items.length + first.items.length * items.length);
  for (const item of items)
    if (typeof item === "object" && (item.kind === "list" || item.kind === "tuple")) spendOn(m, item.items);
}

export function makeTorchBridge(context: () => OpContext): TorchBridge {
  const natives = new Map<string, PyNative>();
  const extras = new WeakMap<Tensor, Map<string, Value>>();

  const run = (m: Machine, name: string, op: Op, args: readonly Value[], kwargs: Kwargs): Value => {
    const overriding = m.state.plainTensors ? [] : overridingIn(args, kwargs);
    if (overriding.length > 0) return callOverride(m, overriding, nativeOf(name, op), args, kwargs);
    const keywords: Record<string, TorchValue> = {};
    spendOn(m, args);
    for (const [name, value] of kwargs) keywords[name] = toTorch(value);
    let made: ReturnType<typeof runOp>;
    try {
      made = runOp(op, args.map(toTorch), keywords, context());
    } catch (error) {
      if (error instanceof OpLimitReached) throw new Stopped(error.message, m.userPlace());
      throw error;
    }
    if (made.kind === "mismatch") return raise(m, made.exception, made.message);
    const result = fromTorch(m, made);
    const cls = m.state.plainTensors ? undefined : resultClass(args);
    if (cls !== undefined) convert(m, result, cls);
    return result;
  };

  const nativeOf = (name: string, op: Op): PyNative => {
    const known = natives.get(name);
    if (known !== undefined) return known;
    const short = name.replace(/^.*\./, "");
    const isPython = ofPython.test(name) && !ofC.has(name);
    const make = isPython || name.startsWith("torch.Tensor.") ? nativeMethod : native;
    const called = make(short, (m, args, kwargs) => {
      const made = run(m, name, op, args, kwargs);
      return givesArrays.has(short) && made instanceof Tensor ? makeArray(m, made) : made;
    });
    const made: PyNative = isPython ? { ...called, isPython } : called;
    natives.set(name, made);
    return lastingNative(made);
  };

  const call: TorchBridge["call"] = (m, name, args, kwargs) => {
    const op = findOp(name);
    if (op !== undefined) return run(m, name, op, args, kwargs);
    m.note(`\`${name}\``, "the op is not modelled");
    return m.unknown(`\`${name}\` is not modelled`);
  };

  const attribute: TorchBridge["attribute"] = (m, object, name) => {
    if (object.kind === "dtype") return dtypeAttribute(object, name);
    if (object.kind === "device") return deviceAttribute(object, name);
    const extra = extras.get(object)?.get(name);
    if (extra !== undefined) return extra;
    const derived = tensorClass(object);
    const own = derived === undefined ? undefined : ownMember(derived, name);
    if (own !== undefined && derived !== undefined) return bind(m, own, object, derived);
    if (name === "grad") return gradientOf(m, object);
    if (name === "grad_fn") return none;
    const qualified = `torch.Tensor.${name}`;
    const op = findOp(qualified);
    if (op !== undefined)
      return op.isProperty === true
        ? run(m, qualified, op, [object], noKwargs)
        : { kind: "method", self: object, func: nativeOf(qualified, op) };
    const cls = m.classes.get("Tensor");
    const found = cls === undefined ? undefined : lookup(cls, name);
    if (found !== undefined && cls !== undefined) return bind(m, found, object, cls);
    return tensorNames.has(name) ? unmodelled(m, qualified) : undefined;
  };

  const method: TorchBridge["method"] = (m, name) => {
    const op = findOp(`torch.Tensor.${name}`);
    if (op !== undefined && op.isProperty !== true) return nativeOf(`torch.Tensor.${name}`, op);
    if (!tensorNames.has(name)) return undefined;
    if (op !== undefined) return m.unknown(`\`torch.Tensor.${name}\` of no tensor`);
    return nativeMethod(name, (machine, [self = none, ...rest], kwargs) =>
      machine.call(boundMethod(machine, self, name), rest, kwargs),
    );
  };

  const boundMethod = (m: Machine, self: Value, name: string): Value =>
    (self instanceof Tensor ? attribute(m, self, name) : undefined) ??
    m.unknown(`\`torch.Tensor.${name}\` of no tensor`);

  /** What a backward pass left there, whatever it may be. */
  const gradientOf = (m: Machine, tensor: Tensor): Value => {
    if (!m.context.modes.hasGradients || !tensor.meta.requiresGrad) return none;
    const { graph } = m.context;
    const { shape, dtype, device } = tensor.meta;
    const made = graph.tensor({ shape, dtype, device, varies: true });
    extras.set(tensor, (extras.get(tensor) ?? new Map<string, Value>()).set("grad", made));
    m.state.marked = true;
    return made;
  };

  const unmodelled = (m: Machine, name: string): Value =>
    native(name, (machine) => {
      machine.note(`\`${name}\``, "the op is not modelled");
      return m.unknown(`\`${name}\` is not modelled`);
    });

  const setAttribute: TorchBridge["setAttribute"] = (m, tensor, name, value) => {
    if (name === "requires_grad") {
      tensor.become({ requiresGrad: m.truth(value) !== false });
      return;
    }
    if (name === "data") {
      if (typeof value === "object" && value.kind === "tensor") {
        const { shape, dtype, strides, offset, storage } = value.meta;
        tensor.become({ shape, dtype, strides, offset, storage });
      } else m.note("`.data`", "it is set to something unknown");
      return;
    }
    const own = extras.get(tensor) ?? new Map<string, Value>();
    own.set(name, value);
    extras.set(tensor, own);
    m.state.marked = true;
  };

  const resolver: TorchBridge["resolver"] = (module) => {
    if (!families.test(module)) return undefined;
    return (name) => {
      const qualified = `${module}.${name}`;
      const op =
        findOp(qualified) ??
        (module === "torch._C._nn" || module === "torch._VF" ? findOp(`torch.${name}`) : undefined);
      if (op !== undefined) return nativeOf(qualified, op);
      if (module === "torch") {
        const dtype = dtypeNamed(name);
        if (dtype !== undefined) return { kind: "dtype", dtype };
        if (tokens.has(name)) return { kind: "token", name: `torch.${name}` };
        const constant = constants.get(name);
        if (constant !== undefined) return float(constant);
        if (!torchNames.has(name)) return undefined;
      } else if (name.startsWith("__") || namesOf.get(module)?.has(name) === false) return undefined;
      return { kind: "unknown", why: `\`${qualified}\` is not modelled`, where: undefined };
    };
  };

  const opNamed = (name: string): Value | undefined => {
    const op = findOp(name);
    return op === undefined ? undefined : nativeOf(name, op);
  };
  return { call, attribute, method, setAttribute, resolver, opNamed };
}

/** Modules whose names are all known: what is not among them is missing. */
const namesOf: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["torch.nn", layerNames],
  ["torch.nn.functional", functionalNames],
]);

/** Methods that give an array of numpy over what the op gives. */
const givesArrays: ReadonlySet<string> = new Set(["numpy", "__array__"]);

const tokens = new Set([
  "strided",
  "sparse_coo",
  "sparse_csr",
  "sparse_csc",
  "sparse_bsr",
  "jagged",
  "channels_last",
  "channels_last_3d",
  "contiguous_format",
  "preserve_format",
  "per_tensor_affine",
  "per_channel_affine",
]);
const constants = new Map([
  ["inf", Number.POSITIVE_INFINITY],
  ["nan", Number.NaN],
  ["pi", Math.PI],
  ["e", Math.E],
]);

function dtypeAttribute(object: PyDType, name: string): Value | undefined {
  switch (name) {
    case "is_floating_point":
      return isFloating(object.dtype);
    case "is_complex":
      return isComplex(object.dtype);
    case "is_signed":
      return !object.dtype.startsWith("uint") && object.dtype !== "bool";
    case "itemsize":
      return bytesPerElement(object.dtype);
    default:
      return undefined;
  }
}

function deviceAttribute(object: PyDevice, name: string): Value | undefined {
  const [type = "cpu", index] = object.name.split(":");
  if (name === "type") return type;
  if (name === "index") return index === undefined ? none : Number(index);
  return undefined;
}
