import type { NewTensor } from "../graph/builder.ts";
import { dtypeNamed } from "../graph/dtype.ts";
import type { Tensor } from "../graph/tensor.ts";
import { getAttribute } from "./attributes.ts";
import { arg, asString, required } from "./builtins/args.ts";
import { makeInstance, payloadOf } from "./classes.ts";
import { dictDelete, dictGet } from "./dicts.ts";
import { collect } from "./iterate.ts";
import { isTopCall, lookAt } from "./look-at-call.ts";
import type { Machine } from "./machine.ts";
import { memoizer } from "./memoize.ts";
import { moduleMethods } from "./nn-module.ts";
import { registered, setOnModule, storeOf } from "./nn-state.ts";
import { namedMembers, namedModules } from "./nn-walk.ts";
import { raise } from "./raise.ts";
import type { Run } from "./run-state.ts";
import { convert, tensorClass } from "./tensor-classes.ts";
import {
  isUnknown,
  type Kwargs,
  native,
  nativeMethod,
  none,
  type PyInstance,
  type PyModule,
  tuple,
  type Value,
} from "./values.ts";

/** What torch makes a tuple of where one size, or one for each dimension, may be given. */
const iterable: ReadonlySet<string> = new Set([
  "list",
  "tuple",
  "iterator",
  "range",
  "set",
  "dict",
  "tensor",
]);

const asModule = (value: Value | undefined): PyInstance | undefined =>
  typeof value === "object" && value.kind === "instance" ? value : undefined;

/** What the Python of the prelude cannot say itself: the module `_ecocompute`. */
export function nativeModule(run: () => Run): PyModule {
  const buffers = new WeakMap<Tensor, { readonly persistent: boolean }>();
  const vars = new Map<string, Value>(moduleMethods);
  const add = (
    name: string,
    body: (m: Machine, args: readonly Value[], kwargs: Kwargs) => Value,
    method = false,
  ): void => {
    vars.set(name, (method ? nativeMethod : native)(name, body));
  };

  add("module_call", (m, args, kwargs) => callModule(m, run(), args, kwargs), true);
  add(
    "module_setattr",
    (m, args) => {
      const [self, name, value] = args;
      const [module, key] = [asModule(self), asString(name)];
      if (module !== undefined && key !== undefined && value !== undefined)
        setOnModule(m, module, key, value);
      return none;
    },
    true,
  );
  add(
    "module_getattr",
    (m, args) => {
      const [module, key] = [asModule(args[0]), asString(args[1])];
      const found = module === undefined || key === undefined ? undefined : registered(module, key);
      return (
        found ??
        raise(m, "AttributeError", `'${module?.cls.name ?? "Module"}' object has no attribute '${key ?? ""}'`)
      );
    },
    true,
  );
  add("make_parameter", (m, args, kwargs) =>
    makeState(
      m,
      run(),
      arg(args, kwargs, 0, "data"),
      "parameter",
      m.truth(arg(args, kwargs, 1, "requires_grad") ?? true) !== false,
    ),
  );
  add("make_buffer", (m, args, kwargs) => {
    m.state.unseen += 1;
    const made = makeState(m, run(), arg(args, kwargs, 0, "data"), "buffer", false);
    if (typeof made === "object" && made.kind === "tensor")
      buffers.set(made, { persistent: m.truth(arg(args, kwargs, 1, "persistent") ?? true) !== false });
    return made;
  });
  add(
    "is_parameter",
    (_, args) =>
      typeof args[0] === "object" && args[0].kind === "tensor" && args[0].meta.role === "parameter",
  );
  add(
    "is_buffer",
    (_, args) => typeof args[0] === "object" && args[0].kind === "tensor" && buffers.has(args[0]),
  );
  add("named_modules", (m, args) => {
    const module = asModule(args[0]);
    return module === undefined
      ? m.unknown("the modules of something else")
      : namedModules(module, walkOf(m, args.slice(1)));
  });
  add("named_members", (m, args) => {
    const [self, store, ...rest] = args;
    const module = asModule(self);
    if (module === undefined) return m.unknown("the parameters of something else");
    return namedMembers(module, store === "_buffers" ? "_buffers" : "_parameters", walkOf(m, rest));
  });
  add("set_grad_enabled", (m, args) => {
    const { modes } = run().context;
    const before = modes.gradEnabled;
    modes.gradEnabled = m.truth(args[0] ?? true) !== false;
    return before;
  });
  add("is_grad_enabled", () => run().context.modes.gradEnabled);
  add("set_autocast", (m, args) => {
    const { modes } = run().context;
    const before = modes.autocast;
    const [enabled, device, dtype] = args;
    modes.autocast =
      m.truth(enabled ?? true) === false
        ? undefined
        : {
            device: asString(device) ?? "cuda",
            dtype:
              typeof dtype === "object" && dtype.kind === "dtype"
                ? dtype.dtype
                : asString(device) === "cpu"
                  ? "bfloat16"
                  : "float16",
            cache: new Map(),
          };
    return native("restore_autocast", () => {
      modes.autocast = before;
      return none;
    });
  });
  add("is_autocast_enabled", () => run().context.modes.autocast !== undefined);
  add("autocast_dtype", () => ({ kind: "dtype", dtype: run().context.modes.autocast?.dtype ?? "float16" }));
  add("set_default_dtype", (_, args) => {
    const [dtype] = args;
    if (typeof dtype === "object" && dtype.kind === "dtype") run().context.modes.defaultDtype = dtype.dtype;
    return none;
  });
  add("default_dtype", () => ({ kind: "dtype", dtype: run().context.modes.defaultDtype }));
  add("set_default_device", (_, args) => {
    const [device] = args;
    run().context.modes.defaultDevice =
      typeof device === "object" && device.kind === "device" ? device.name : (asString(device) ?? "cpu");
    return none;
  });
  add("has_accelerator", ({ state }) => {
    state.askedForAccelerator = true;
    // No value shows what was answered.
    state.unseen += 1;
    return state.hasAccelerator;
  });
  add("default_device", () => run().context.modes.defaultDevice);
  add("ntuple", (_, args) => {
    const [count] = args;
    return native("parse", (m, [given = none]) => {
      const value = payloadOf(given);
      if (isUnknown(value)) m.note("sizes given once or for each dimension", value.why);
      if (typeof value === "object" && iterable.has(value.kind)) return tuple([...collect(m, value)]);
      return tuple(Array.from({ length: typeof count === "number" ? count : 1 }, () => given));
    });
  });
  const keep = native("keep", (m, args, kwargs) => required(m, args, kwargs, 0, "tensor"));
  vars.set("keep", { ...keep, isPython: true });
  add("note", (m, args) => {
    m.note(asString(args[0]) ?? "", asString(args[1]) ?? "", args[2] === true);
    return none;
  });
  add("assume", (m, args) => {
    m.assume(asString(args[0]) ?? "");
    return none;
  });
  add("unknown", (m, args) => m.unknown(asString(args[0]) ?? "unknown"));
  // A tensor by its class that is made of others: no tensor of its own goes with it.
  add("bare_instance", (m, [cls]) =>
    typeof cls === "object" && cls.kind === "class" ? makeInstance(cls) : m.unknown("an instance"),
  );
  add("checkpoint", (m, args, kwargs) => {
    const [fn, ...rest] = args;
    const state = run();
    m.state.unseen += 1;
    const before = state.checkpoint;
    state.checkpoint ??= state.nextCheckpoint++;
    try {
      return fn === undefined ? none : m.call(fn, rest, kwargs);
    } finally {
      state.checkpoint = before;
    }
  });
  add("own_backward", (m, [fn, ...rest], kwargs) =>
    run().context.graph.withOwnBackward(() => (fn === undefined ? none : m.call(fn, rest, kwargs))),
  );
  add("memoized", memoizer(run));
  add("dtype_named", (m, args) => {
    const dtype = dtypeNamed(asString(args[0]) ?? "");
    return dtype === undefined ? m.unknown("a dtype") : { kind: "dtype", dtype };
  });
  add("tensor_cast", (_, args) => {
    const [tensor, dtype] = args;
    if (
      typeof tensor === "object" &&
      tensor.kind === "tensor" &&
      typeof dtype === "object" &&
      dtype.kind === "dtype"
    )
      tensor.become({ dtype: dtype.dtype });
    return none;
  });
  add("to_device", (_, args) => {
    const [tensor, device] = args;
    const name = typeof device === "object" && device.kind === "device" ? device.name : asString(device);
    if (typeof tensor === "object" && tensor.kind === "tensor" && name !== undefined)
      tensor.become({ device: name });
    return none;
  });
  /** `copy.deepcopy` of a parameter or a buffer. */
  add("clone_state", (m, args) => {
    const [tensor] = args;
    if (typeof tensor !== "object" || tensor.kind !== "tensor") return tensor ?? none;
    const { role, requiresGrad } = tensor.meta;
    const made =
      role === "parameter"
        ? makeState(m, run(), tensor, "parameter", requiresGrad)
        : run().context.graph.tensor(fresh(tensor));
    const cls = tensorClass(tensor);
    if (cls !== undefined) convert(m, made, cls);
    return made;
  });
  add("move_registered", (_, args) => {
    const [self, store, name] = args;
    const module = asModule(self);
    const key = asString(store);
    const target =
      module === undefined || (key !== "_parameters" && key !== "_buffers" && key !== "_modules")
        ? undefined
        : storeOf(module, key);
    const found = target === undefined || name === undefined ? undefined : dictGet(target, name);
    if (target !== undefined && name !== undefined) dictDelete(target, name);
    return found ?? none;
  });

  return {
    kind: "module",
    name: "_ecocompute",
    file: undefined,
    pkg: "_ecocompute",
    vars,
    lazy: new Map(),
    resolve: undefined,
    doubt: undefined,
  };
}

/** Arguments `prefix, recurse, remove_duplicate`. */
const walkOf = (
  m: Machine,
  [prefix, recurse, removeDuplicate]: readonly Value[],
): Parameters<typeof namedModules>[1] => ({
  prefix: asString(prefix) ?? "",
  recurse: m.truth(recurse ?? true) !== false,
  removeDuplicate: m.truth(removeDuplicate ?? true) !== false,
});

/** A tensor's description without its memory: a copy of it. */
function fresh(tensor: Tensor): NewTensor {
  const { shape, dtype, device, requiresGrad, role, varies, storage } = tensor.meta;
  return { shape, dtype, device, requiresGrad, role, varies, data: storage.data, sparse: storage.sparse };
}

function makeState(
  m: Machine,
  run: Run,
  data: Value | undefined,
  role: "parameter" | "buffer",
  requiresGrad: boolean,
): Value {
  if (data === undefined || data === none)
    return run.context.graph.tensor({ shape: [0], dtype: "float32", role, requiresGrad });
  if (typeof data !== "object" || data.kind !== "tensor") {
    const why =
      typeof data === "object" && data.kind === "unknown"
        ? data.why
        : "it is made of something that is no tensor";
    if (typeof data === "object" && data.kind === "instance") return data;
    m.note(`a ${role}`, why);
    return m.unknown(why);
  }
  const { shape, dtype, strides, offset, device, storage } = data.meta;
  if (!Array.isArray(shape)) m.note(`a ${role}`, "its shape is unknown");
  return run.context.graph.tensor({
    shape,
    dtype,
    offset,
    device,
    storage,
    role,
    requiresGrad,
    place: m.userPlace(),
    ...(strides === undefined ? {} : { strides }),
  });
}

/** `nn.Module.__call__`: hooks around `forward`, under the module's path. */
function callModule(m: Machine, run: Run, args: readonly Value[], kwargs: Kwargs): Value {
  const [self, ...rest] = args;
  const module = asModule(self);
  if (module === undefined) return m.unknown("a call of a module");
  const forward = getAttribute(m, module, "forward");
  if (forward === undefined)
    return raise(
      m,
      "NotImplementedError",
      `Module [${module.cls.name}] is missing the required "forward" function`,
    );
  const looked =
    m.state.quiet && isTopCall(m) ? lookAt(m, run, { model: module, args: rest, kwargs }) : undefined;
  if (looked !== undefined) return looked;
  m.state.calling?.(module, rest, kwargs);
  const { calls } = m.state;
  const body = (): Value => runModule(m, run, module, forward, { args: rest, kwargs });
  return calls === undefined || !hasModules(module) ? body() : calls.ofModule(m, module, rest, kwargs, body);
}

const hasModules = (module: PyInstance): boolean => (storeOf(module, "_modules")?.entries.size ?? 0) > 0;

function runModule(m: Machine, run: Run, module: PyInstance, forward: Value, given: Input): Value {
  const { modulePath: outer, call } = run;
  run.modulePath = run.paths.get(module) ?? outer;
  run.call = { outer: call };
  try {
    const input = preHooks(m, module, given.args, given.kwargs);
    const output = m.call(forward, input.args, input.kwargs);
    return postHooks(m, module, input.args, input.kwargs, output);
  } finally {
    run.modulePath = outer;
    run.call = call;
  }
}

function hooksOf(module: PyInstance, name: string): readonly Value[] {
  const found = module.attrs.get(name);
  return typeof found === "object" && found.kind === "dict"
    ? [...found.entries.values()].map((entry) => entry.value)
    : noHooks;
}

const noHooks: readonly Value[] = [];

interface Input {
  readonly args: readonly Value[];
  readonly kwargs: Kwargs;
}

/** Each hook is stored as `(function, with_kwargs)`. */
function preHooks(m: Machine, module: PyInstance, args: readonly Value[], kwargs: Kwargs): Input {
  let input: Input = { args, kwargs };
  for (const hook of hooksOf(module, "_forward_pre_hooks")) {
    const [fn, withKwargs] = typeof hook === "object" && hook.kind === "tuple" ? hook.items : [];
    if (fn === undefined) continue;
    const keywords = m.dictOf(input.kwargs);
    const made = m.call(
      fn,
      withKwargs === true ? [module, tuple(input.args), keywords] : [module, tuple(input.args)],
      new Map(),
    );
    if (made === none) continue;
    if (withKwargs === true && typeof made === "object" && made.kind === "tuple") {
      const [newArgs, newKwargs] = made.items;
      input = {
        args: typeof newArgs === "object" && newArgs.kind === "tuple" ? newArgs.items : input.args,
        kwargs: newKwargs === undefined ? input.kwargs : m.kwargsOf(newKwargs),
      };
    } else
      input = {
        args: typeof made === "object" && made.kind === "tuple" ? made.items : [made],
        kwargs: input.kwargs,
      };
  }
  return input;
}

function postHooks(
  m: Machine,
  module: PyInstance,
  args: readonly Value[],
  kwargs: Kwargs,
  output: Value,
): Value {
  let result = output;
  for (const hook of hooksOf(module, "_forward_hooks")) {
    const [fn, withKwargs] = typeof hook === "object" && hook.kind === "tuple" ? hook.items : [];
    if (fn === undefined) continue;
    const made = m.call(
      fn,
      withKwargs === true ? [module, tuple(args), m.dictOf(kwargs), result] : [module, tuple(args), result],
      new Map(),
    );
    if (made !== none) result = made;
  }
  return result;
}
