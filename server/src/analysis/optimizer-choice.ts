import { decayPasses, type Passes, passesOf } from "../cost/optimizer.ts";
import type { OptimizerState } from "../graph/memory.ts";
import { createModule, type Module } from "../semantic/module.ts";
import { qualifiedName } from "../semantic/names.ts";
import { argumentOf } from "../semantic/structure.ts";
import type { Call, Expr } from "../syntax/ast.ts";
import type { SourceFile } from "../syntax/chunk.ts";

/** The optimizer of a training step: what it keeps beside the parameters, and what its update passes over. */
export interface OptimizerChoice {
  readonly name: string;
  readonly state: OptimizerState;
  readonly passes: Passes;
  /** Why this one, where the file does not simply say so. */
  readonly assumption: string | undefined;
}

const standard = { state: { copies: 2 }, passes: [...decayPasses.decoupled, ...passesOf.adam] };

export const standardOptimizer: OptimizerChoice = {
  name: "AdamW",
  ...standard,
  assumption: "AdamW: two values per parameter",
};

/**
 * The optimizer that a file builds; AdamW, said to be an assumption, when it builds none or one whose state is not
 * known. Of several the one with the largest state.
 */
export function optimizerOf(path: string, source: SourceFile): OptimizerChoice {
  const built = /optim|bitsandbytes|lion/i.test(source.text) ? optimizersIn(path, source) : [];
  const known = built
    .flatMap(({ name, state, passes }) => (state === undefined ? [] : [{ name, state, passes }]))
    .sort((a, b) => bytesOf(b.state) - bytesOf(a.state));
  const [largest, ...others] = known;
  const [first] = built;
  if (first === undefined)
    return assumed("AdamW, since the file builds no optimizer: two values per parameter");
  if (largest === undefined)
    return assumed(`AdamW's two values per parameter: what \`${first.name}\` keeps is not known`);
  const { name, state, passes = standard.passes } = largest;
  const rivals = [...new Set(others.map((each) => each.name))].filter((each) => each !== name);
  const assumptions = [
    ...(rivals.length === 0
      ? []
      : [
          `\`${name}\` trains all parameters; the file also builds ${rivals.map((each) => `\`${each}\``).join(", ")}`,
        ]),
    ...(largest.passes === undefined ? [`\`${name}\` is taken to pass over memory as AdamW does`] : []),
  ];
  return { name, state, passes, assumption: assumptions.length === 0 ? undefined : assumptions.join("; ") };
}

const assumed = (assumption: string): OptimizerChoice => ({ name: "AdamW", ...standard, assumption });

/** Compared as for a parameter of four bytes. */
const bytesOf = ({ copies, bytesPerElement = 4 }: OptimizerState): number => copies * bytesPerElement;

interface Built {
  readonly name: string;
  /** `undefined` when it is not known. */
  readonly state: OptimizerState | undefined;
  readonly passes: Passes | undefined;
}

function optimizersIn(path: string, source: SourceFile): readonly Built[] {
  const module = createModule(path, source);
  return source.chunks.flatMap(({ chunk }) =>
    (chunk.nodes.get("Call") ?? []).flatMap((node): readonly Built[] => {
      if (node.kind !== "Call") return [];
      const built = builtBy(node, module);
      return built === undefined ? [] : [built];
    }),
  );
}

const optimizerClass =
  /^(?:torch\.optim|bitsandbytes\.optim|apex\.optimizers|timm\.optim|lion_pytorch|transformers)\.([A-Z]\w*)$/;
const notOptimizers = /Optimizer$|Scheduler$|LR$|^SWA/;

function builtBy(call: Call, module: Module): Built | undefined {
  const name = optimizerClass.exec(qualifiedName(call.func, module) ?? "")?.[1];
  if (name === undefined || notOptimizers.test(name)) return undefined;
  // Of transformers most classes are models.
  if (!(name in states) && !/Adam|SGD|Lamb|Lion|Adafactor|Adagrad|LBFGS|Rprop|Muon/i.test(name))
    return undefined;
  return { name, state: states[name]?.(call), passes: passes[name]?.(call) };
}

const same = (copies: number, bytesPerElement?: number) => (): OptimizerState => ({
  copies,
  ...(bytesPerElement === undefined ? {} : { bytesPerElement }),
});

const adam = (call: Call): OptimizerState => ({
  copies: isSet(argumentOf(call, "amsgrad", undefined)) ? 3 : 2,
});

/**
 * Tensors as large as the parameter that each keeps. Sources: the `state[...]` that `torch.optim` initializes;
 * bitsandbytes' 8-bit optimizers hold one byte each, their block statistics left out (0.2 %).
 */
const states: Readonly<Partial<Record<string, (call: Call) => OptimizerState>>> = {
  Adam: adam,
  AdamW: adam,
  NAdam: same(2),
  RAdam: same(2),
  Adamax: same(2),
  Adadelta: same(2),
  Adagrad: same(1),
  Rprop: same(2),
  SGD: (call) => ({ copies: isSet(argumentOf(call, "momentum", 2)) ? 1 : 0 }),
  RMSprop: (call) => ({
    copies:
      1 + Number(isSet(argumentOf(call, "momentum", 5))) + Number(isSet(argumentOf(call, "centered", 6))),
  }),
  FusedAdam: same(2),
  FusedLAMB: same(2),
  Lion: same(1),
  Adam8bit: same(2, 1),
  AdamW8bit: same(2, 1),
  PagedAdamW8bit: same(2, 1),
  Lion8bit: same(1, 1),
  SGD8bit: same(1, 1),
};

/** `decay` is what a decay of weights adds, and what it is when it is not told. */
const adamPasses =
  (decay: Passes, isUsual: boolean) =>
  (call: Call): Passes => {
    if (isSet(argumentOf(call, "fused", undefined))) return passesOf.fusedAdam;
    const decays = argumentOf(call, "weight_decay", 4);
    return [
      ...((decays === undefined ? isUsual : isSet(decays)) ? decay : []),
      ...passesOf.adam,
      // The largest second moment so far.
      ...(isSet(argumentOf(call, "amsgrad", undefined)) ? [3] : []),
    ];
  };

/** Of those that pass over memory otherwise than Adam. */
const passes: Readonly<Partial<Record<string, (call: Call) => Passes>>> = {
  Adam: adamPasses(decayPasses.added, false),
  AdamW: adamPasses(decayPasses.decoupled, true),
  SGD: (call) => {
    const momentum = isSet(argumentOf(call, "nesterov", 5)) ? passesOf.nesterov : passesOf.momentum;
    return [
      ...(isSet(argumentOf(call, "weight_decay", 4)) ? decayPasses.added : []),
      ...(isSet(argumentOf(call, "momentum", 2)) ? momentum : passesOf.sgd),
    ];
  },
  RMSprop: (call) => [
    ...(isSet(argumentOf(call, "weight_decay", 4)) ? decayPasses.added : []),
    ...passesOf.rmsprop,
  ],
  FusedAdam: () => passesOf.fusedAdam,
  Adam8bit: () => passesOf.eightBitAdam,
  AdamW8bit: () => passesOf.eightBitAdam,
  PagedAdamW8bit: () => passesOf.eightBitAdam,
};

/** A number other than 0, `True`, or anything that only the run knows. */
function isSet(value: Expr | "unknown" | undefined): boolean {
  if (value === undefined) return false;
  if (value === "unknown") return true;
  if (value.kind === "Int" || value.kind === "Float") return value.value !== 0;
  return value.kind === "Bool" ? value.value : value.kind !== "None";
}
