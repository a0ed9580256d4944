import type { Place } from "../base/known.ts";
import { isKnownShape } from "../graph/tensor.ts";
import type { Expr, Param } from "../syntax/ast.ts";
import type { PlacedChunk, SourceFile } from "../syntax/chunk.ts";
import { openMethods } from "./abstract-classes.ts";
import { isBare } from "./bare-classes.ts";
import { callElsewhere, construct } from "./built-elsewhere.ts";
import { given, namesOf } from "./built-here.ts";
import { plainCalls, returnedClass } from "./call-sites.ts";
import { lookup } from "./classes.ts";
import type { Construction } from "./construction.ts";
import { modelDirectives } from "./directives.ts";
import { createDistinctModels } from "./distinct-models.ts";
import { callWith } from "./given-inputs.ts";
import type { InputOrigin } from "./input-origin.ts";
import { parseInputSpecs } from "./input-spec.ts";
import type { Interpreter } from "./interpreter.ts";
import type { MachineState, Note } from "./machine.ts";
import { moduleVariable } from "./module-attribute.ts";
import { namedModules, stateOf, unknownState } from "./nn-tree.ts";
import type { Observed } from "./run-state.ts";
import { unbuiltModels } from "./unbuilt-models.ts";
import type { Kwargs, PyClass, PyFunction, PyInstance, PyModule, Value } from "./values.ts";

export interface Entry {
  readonly name: string;
  /** What it is called where another model of its class is listed before it. */
  readonly label?: string;
  /** What its class is given, as far as that is plain. */
  readonly given?: string;
  /** The call in the file that makes it, where that tells more than where its class stands. */
  readonly builtAt?: Place | undefined;
  /** Evaluated in the namespace of the file. */
  readonly expression: string;
  /** Nobody builds the model this way: a class with defaults for what it takes. What then fails is our guess. */
  readonly guessed?: boolean;
  /** Index of the call of a model that the file itself makes. */
  readonly observed?: number;
  /** What goes into that call comes from models that are called before. */
  readonly follows?: boolean;
  /** How code elsewhere builds it. */
  readonly construction?: Construction;
  /** Nobody builds the class. */
  readonly isUnbuilt?: true;
  /** Arguments that are not known. */
  readonly missing?: readonly string[];
  /** The class, where no instance tells it. */
  readonly place?: PyClass;
}

export interface Call {
  readonly args: readonly Value[];
  readonly kwargs: Kwargs;
  /** What it rests on. */
  readonly doubts?: readonly Note[];
}

export interface Built {
  readonly value: Value;
  /** The call that a directive asks for or the file makes. */
  readonly call: Call | undefined;
  readonly source?: "directive" | "call";
  /** Of each tensor of a call elsewhere. */
  readonly origins?: readonly InputOrigin[];
}

/**
 * Models that a file offers: directives first, then models that it calls, instances, classes with defaults; without
 * any of them, functions that build one, then a class built from the file's settings.
 */
export function findEntries(
  interpreter: Interpreter,
  module: PyModule,
  source: SourceFile,
): readonly Entry[] {
  const directives = modelDirectives(source).filter((each) => each.kind === "model");
  if (directives.length > 0) return directives.map(({ text }) => ({ name: text, expression: text }));
  const found = knownEntries(interpreter, module, source);
  const names = new Set(found.map(({ name }) => name));
  return [...found, ...unbuiltModels(module, source).filter(({ name }) => !names.has(name))];
}

function knownEntries(interpreter: Interpreter, module: PyModule, source: SourceFile): readonly Entry[] {
  const found: Found[] = [];
  const distinct = createDistinctModels();
  const { observed } = interpreter.run();
  const counted = observed.flatMap(({ model }) => (hasState(model) ? [model.cls] : []));
  // A loss stands aside for models; on layers of torch alone it is what the file is about.
  const standsAside = (call: Observed): boolean =>
    !hasState(call.model) &&
    (isWritten(call.model.cls) ? counted.some(isWritten) && looksLikeLoss(call) : counted.length > 0);
  observed.forEach((call, index) => {
    const { model, args, kwargs } = call;
    if (standsAside(call) || !distinct.isNews(model)) return;
    const follows = index > 0 && [...args, ...kwargs.values()].some(isOpen);
    const { name } = model.cls;
    found.push({ entry: { name, expression: `${name}(...)`, observed: index, follows }, model });
  });
  const parts = new Set(observed.flatMap(({ model }) => partsOf(model)));
  const bare: Entry[] = [];
  for (const [name, value] of module.vars) {
    const model = asModel(value);
    if (model === undefined || parts.has(model)) continue;
    const isFirst = !distinct.has(model.cls);
    if ((!isFirst && isPartOfAny(model, module)) || !distinct.isNews(model)) continue;
    const entry: Entry = { name: model.cls.name, expression: name };
    if (hasState(model)) found.push({ entry, model });
    else if (isFirst) bare.push(entry);
  }
  if (found.length > 0) return labeled(found, interpreter.machine.state, module, source);
  const classes = [...module.vars.values()].flatMap((value) =>
    typeof value === "object" && value.kind === "class" && value.isModule && isOwn(value, module)
      ? [value]
      : [],
  );
  const models = classes.filter(
    (cls) => lookup(cls, "forward") !== undefined && openMethods(cls).length === 0,
  );
  const isEmpty = (cls: PyClass): boolean => isBare(cls, module);
  const ready = models.filter(takesDefaults);
  const full = ready.filter((cls) => !isEmpty(cls));
  if (full.length > 0) return full.map(fromDefaults);
  const left = models.filter((cls) => !ready.includes(cls) && !isEmpty(cls));
  const built = [...builders(module, left), ...called(module, source, left)];
  const once = built.filter(({ name }, i) => built.findIndex((each) => each.name === name) === i);
  if (once.length > 0) return once;
  const made = configured(module, left);
  if (made.length > 0) return made;
  return ready.length > 0 ? ready.map(fromDefaults) : bare;
}

/** An entry, and the model that it stands for. */
interface Found {
  readonly entry: Entry;
  readonly model: PyInstance;
}

/**
 * Those behind the first of a class are called by what makes them, and shown there; as are those whose class stands in
 * another file.
 */
function labeled(
  found: readonly Found[],
  { built }: Pick<MachineState, "built">,
  module: PyModule,
  source: SourceFile,
): readonly Entry[] {
  const byClass = new Map<PyClass, Found[]>();
  for (const each of found) {
    const alike = byClass.get(each.model.cls);
    if (alike === undefined) byClass.set(each.model.cls, [each]);
    else alike.push(each);
  }
  const labels = new Map<Entry, Entry>();
  for (const [cls, alike] of byClass) {
    const names = namesOf(
      alike.map(({ model }) => ({ cls: cls.name, built: built.get(model) })),
      source,
    );
    for (const [i, { entry }] of alike.entries()) {
      const { name = entry.name, given: told = "", place: builtAt } = names[i] ?? {};
      const isShownThere = i > 0 || !isOwn(cls, module);
      labels.set(entry, {
        ...entry,
        ...(isShownThere ? { builtAt } : {}),
        ...(alike.length > 1 && entry.observed !== undefined ? { expression: name, given: told } : {}),
        ...(i > 0 ? { label: name } : {}),
      });
    }
  }
  return found.map(({ entry }) => labels.get(entry) ?? entry);
}

const partsOf = (model: PyInstance): readonly PyInstance[] => [...namedModules(model).keys()];

/** Another model of the file holds it. */
const isPartOfAny = (model: PyInstance, { vars }: PyModule): boolean =>
  [...vars.values()].some((value) => {
    const other = asModel(value);
    return other !== undefined && other !== model && namedModules(other).has(model);
  });

const fromDefaults = (cls: PyClass): Entry => ({
  name: cls.name,
  expression: `${cls.name}()`,
  guessed: initParams(cls).length > 0,
});

/** Models as a function that nobody runs makes them, a test or a main program. */
function called(module: PyModule, source: SourceFile, models: readonly PyClass[]): readonly Entry[] {
  const isGlobal = (name: string): boolean => module.vars.has(name) || module.lazy.has(name);
  const found = plainCalls(source, new Set(models.map((cls) => cls.name)), isGlobal);
  return [...found].map(([name, expression]) => ({ name, expression, guessed: true }));
}

/** Functions that can be called as they are and return a model of the file, `resnet18()`: the first for each class. */
function builders(module: PyModule, models: readonly PyClass[]): readonly Entry[] {
  const left = new Map(models.map((cls) => [cls.name, cls]));
  return [...module.vars].flatMap(([name, value]): readonly Entry[] => {
    if (typeof value !== "object" || value.kind !== "function" || value.node.kind === "Lambda") return [];
    if (!isOwn(value, module) || name.startsWith("_") || !value.node.params.every(isOptional)) return [];
    const cls = left.get(returnedClass(value.node, (each) => left.has(each)) ?? "");
    if (cls === undefined) return [];
    left.delete(cls.name);
    return [{ name: cls.name, expression: `${name}()`, guessed: value.node.params.length > 0 }];
  });
}

/** `GPT(GPTConfig())`: the last model of a file that takes nothing but settings, as it names them or the file has them. */
function configured(module: PyModule, models: readonly PyClass[]): readonly Entry[] {
  const [own, ...others] = [...module.vars.values()].flatMap((value) =>
    isSettings(value) && isOwn(value, module) && /(?:config|args|params)$/i.test(value.name)
      ? [value.name]
      : [],
  );
  for (const cls of [...models].reverse()) {
    const wanted = initParams(cls).filter((param) => !isOptional(param));
    const [first] = wanted;
    if (wanted.length !== 1 || first === undefined) continue;
    const named = first.annotation?.kind === "Name" ? first.annotation.id : undefined;
    const alone = others.length === 0 && /^(?:config|cfg|conf|args|hparams|params)$/.test(first.name);
    const settings =
      named !== undefined && isSettings(moduleVariable(module, named)) ? named : alone ? own : undefined;
    if (settings !== undefined)
      return [{ name: cls.name, expression: `${cls.name}(${settings}())`, guessed: true }];
  }
  return [];
}

/** A class of which every field has a default. */
const isSettings = (value: Value | undefined): value is PyClass =>
  typeof value === "object" &&
  value.kind === "class" &&
  !value.isModule &&
  value.code !== undefined &&
  takesDefaults(value) &&
  [...value.annotations.keys()].every((name) => lookup(value, name) !== undefined);

/** It stands in the file, be that run as the program or as what its package imports. */
const isOwn = ({ code }: PyClass | PyFunction, module: PyModule): boolean =>
  code?.module === module || (code !== undefined && code.file === module.file);

/** A class of the user's, or of a package that was read. */
const isWritten = (cls: PyClass): boolean => cls.code?.prelude === false;

/** It compares two things, or is given what a model made. */
const looksLikeLoss = ({ model, args, kwargs }: Observed): boolean =>
  args.length + kwargs.size > 1 || args.some(isOpen) || /loss|criterion/i.test(model.cls.name);

/** It depends on something that is not known. */
const isOpen = (value: Value): boolean =>
  typeof value === "object" &&
  (value.kind === "unknown" ||
    (value.kind === "tensor" && !isKnownShape(value.shape)) ||
    ((value.kind === "list" || value.kind === "tuple") && value.items.some(isOpen)));

/** Losses and activations have none: they are no model as long as the file offers another. */
const hasState = (model: PyInstance): boolean => stateOf(model).length > 0 || unknownState(model).length > 0;

const asModel = (value: Value): PyInstance | undefined =>
  typeof value === "object" && value.kind === "instance" && value.cls.isModule ? value : undefined;

/** The parameters of `__init__` without `self`. */
function initParams(cls: PyClass): readonly Param[] {
  const init = lookup(cls, "__init__");
  return typeof init === "object" && init.kind === "function" ? init.node.params.slice(1) : [];
}

const isOptional = (param: Param): boolean =>
  param.default !== undefined || param.mode === "var-positional" || param.mode === "var-keyword";

const takesDefaults = (cls: PyClass): boolean => initParams(cls).every(isOptional);

/** Evaluates an entry after its file was run. */
export function evaluateEntry(
  interpreter: Interpreter,
  module: PyModule,
  entry: Entry,
  source: SourceFile,
): Built {
  const { observed } = interpreter.run();
  if (entry.observed !== undefined) {
    const call = observed[entry.observed];
    if (call !== undefined && isMeant(call.model, entry, interpreter)) return { value: call.model, call };
    interpreter.checkTime();
    return {
      value: interpreter.machine.unknown("the call could not be followed a second time"),
      call: undefined,
    };
  }
  const { construction } = entry;
  const value =
    construction === undefined
      ? evaluateText(interpreter, module, entry.expression)
      : construct(interpreter, module, construction);
  const model = asModel(value);
  const directive = inputDirective(interpreter, source);
  const isCall = (each: Observed): boolean =>
    each.model === model || (entry.label === undefined && each.model.cls === model?.cls);
  const call = directive ?? observed.find(isCall);
  const elsewhere =
    call !== undefined || construction === undefined
      ? undefined
      : callElsewhere(interpreter, module, construction);
  if (elsewhere !== undefined) return { value, ...elsewhere, source: "call" };
  return { value, call, source: directive === undefined ? "call" : "directive" };
}

/** A program that runs on with a result may call something else than one that did not have it. */
function isMeant(model: PyInstance, entry: Entry, { machine }: Interpreter): boolean {
  const { name } = model.cls;
  if (name !== entry.name) return false;
  const isSame = entry.given === undefined || entry.follows !== true;
  return isSame || given(name, machine.state.built.get(model)) === entry.given;
}

/** The inputs of the file's `# ecocompute: input` directives; one that cannot be read is told as left out. */
function inputDirective(interpreter: Interpreter, source: SourceFile): Call | undefined {
  const inputs = modelDirectives(source)
    .filter((each) => each.kind === "input")
    .flatMap(({ text }) => {
      const given = parseInputSpecs(text);
      if (given !== undefined) return given;
      const wanted = "an input is written like `x = float32[1, 3, 224, 224]`";
      interpreter.machine.assume(`the comment \`# ecocompute: input ${text}\` is left out: ${wanted}`);
      return [];
    });
  return inputs.length === 0 ? undefined : callWith(interpreter, inputs);
}

function evaluateText(interpreter: Interpreter, module: PyModule, text: string): Value {
  const { machine } = interpreter;
  const bound = /^\w+$/.test(text) ? moduleVariable(module, text) : undefined;
  if (bound !== undefined) return bound;
  const parsed = interpreter.parse(text);
  const expression = onlyExpression(parsed.chunks);
  if (expression === undefined) return machine.unknown(`\`${text}\` is no expression`);
  const frame = interpreter.frameOf(module);
  machine.state.frame = frame;
  try {
    return machine.evaluate(expression, frame);
  } finally {
    machine.state.frame = undefined;
  }
}

/** The expression that a text consists of. */
export function onlyExpression(chunks: readonly PlacedChunk[]): Expr | undefined {
  const statements = chunks.flatMap(({ chunk }) => chunk.body);
  const [only] = statements;
  return statements.length === 1 && only?.kind === "ExprStmt" ? only.value : undefined;
}
