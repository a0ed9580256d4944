import type { Param } from "../syntax/ast.ts";
import { isBare } from "./bare-classes.ts";
import { lookup } from "./classes.ts";
import type { CallerPlace, Callers, Construction, RecordedCall } from "./construction.ts";
import type { Call, Entry } from "./entries.ts";
import type { InputOrigin } from "./input-origin.ts";
import type { Interpreter } from "./interpreter.ts";
import { moduleVariable } from "./module-attribute.ts";
import { tensorsIn } from "./output.ts";
import { firstUnknown, revive } from "./portable-value.ts";
import type { PyClass, PyModule, Value } from "./values.ts";

/** Classes of a file that offers nothing else and that nobody builds: more would only be in the way. */
const maxUnbuilt = 4;

/**
 * Classes of the file that only code elsewhere builds, behind those that it builds itself, in the order of the file. Where
 * there is no model at all, classes that nobody builds, to be asked for.
 */
export function withCallers(
  own: readonly Entry[],
  module: PyModule,
  callers: Callers | undefined,
): readonly Entry[] {
  if (callers === undefined) return own;
  const byName = (wanted: string): Construction | undefined =>
    callers.constructions.find(({ name }) => name === wanted);
  const classes = new Map(
    [...module.vars.values()].flatMap((value): readonly (readonly [string, PyClass])[] =>
      typeof value === "object" && value.kind === "class" && value.code?.module === module
        ? [[value.name, value]]
        : [],
    ),
  );
  // One that is there for what the file itself builds tells how it can be called.
  const kept = own.map((each) => {
    const [construction, cls] = [byName(each.name), classes.get(each.name)];
    const isPlain = construction === undefined || cls === undefined || each.label !== undefined;
    return isPlain ? each : asBuilt(construction, cls);
  });
  const names = new Set(own.map(({ name }) => name));
  const built = [...classes].flatMap(([name, cls]): readonly Entry[] => {
    const construction = names.has(name) ? undefined : byName(name);
    return construction === undefined ? [] : [asBuilt(construction, cls)];
  });
  const all = [...kept, ...built];
  const isAnyModel = all.some(({ name }) => {
    const cls = classes.get(name);
    return cls === undefined || !isBare(cls, module);
  });
  const unbuilt = callers.unbuilt.flatMap((name) => classes.get(name) ?? []).map(notBuilt);
  return isAnyModel ? all : [...all, ...unbuilt.slice(-maxUnbuilt)];
}

const asBuilt = (construction: Construction, cls: PyClass): Entry => ({
  name: construction.name,
  expression: `${construction.name}(...)`,
  guessed: true,
  construction,
  missing: parametersOf(cls).flatMap((param, i) => {
    const given = construction.args[i] ?? construction.kwargs.find(([each]) => each === param.name)?.[1];
    const isMissing =
      given === undefined
        ? construction.unknownKeywords !== undefined && isRequired(param)
        : firstUnknown([given]) !== undefined;
    return isMissing ? [param.name] : [];
  }),
});

const notBuilt = (cls: PyClass): Entry => ({
  name: cls.name,
  expression: `${cls.name}(...)`,
  isUnbuilt: true,
  missing: parametersOf(cls).flatMap((param) => (isRequired(param) ? [param.name] : [])),
  place: cls,
});

const isRequired = ({ default: value, mode }: Param): boolean =>
  value === undefined && mode !== "var-positional" && mode !== "var-keyword";

/** Of `__init__`, without `self`. */
function parametersOf(cls: PyClass): readonly Param[] {
  const init = lookup(cls, "__init__");
  return typeof init === "object" && init.kind === "function" ? init.node.params.slice(1) : [];
}

/** `train.py:41`. */
const placeText = ({ file, line }: CallerPlace): string =>
  `\`${file.slice(file.lastIndexOf("/") + 1)}:${line}\``;

/** Who builds a model so. */
export const builtText = ({ at, others }: Construction): string =>
  `built as in ${placeText(at)}${others > 0 ? ` (${others} other ${others === 1 ? "file names" : "files name"} it)` : ""}`;

const again = (interpreter: Interpreter, module: PyModule, { args, kwargs }: RecordedCall): Call => ({
  args: args.map((each) => revive(interpreter, module, each)),
  kwargs: new Map(kwargs.map(([name, each]) => [name, revive(interpreter, module, each)])),
});

/** The model as other code makes it. @param module the file that defines it, after it was run. */
export function construct(interpreter: Interpreter, module: PyModule, construction: Construction): Value {
  const { machine } = interpreter;
  const cls = moduleVariable(module, construction.name);
  if (cls === undefined) return machine.unknown(`\`${construction.name}\` is not defined`);
  const { unknownKeywords } = construction;
  if (unknownKeywords !== undefined)
    return machine.unknown(
      `${builtText(construction)}, its \`**\` arguments are not known: ${unknownKeywords}`,
    );
  machine.state.frame = interpreter.frameOf(module);
  try {
    const { args, kwargs } = again(interpreter, module, construction);
    return machine.call(cls, args, kwargs);
  } finally {
    machine.state.frame = undefined;
  }
}

export interface CallElsewhere {
  readonly call: Call;
  /** Of each tensor that it gives. */
  readonly origins: readonly InputOrigin[];
}

/** What other code calls the model with. */
export function callElsewhere(
  interpreter: Interpreter,
  module: PyModule,
  { call: recorded }: Construction,
): CallElsewhere | undefined {
  if (recorded === undefined) return undefined;
  const call = again(interpreter, module, recorded);
  const from = placeText(recorded.at);
  const tensors = [...call.args, ...call.kwargs.values()].flatMap(tensorsIn);
  return { call, origins: tensors.map(() => ({ kind: "call", from })) };
}
