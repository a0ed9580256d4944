import type { Unknown } from "../base/known.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { DType } from "../graph/dtype.ts";
import type { Args } from "./_args.ts";
import type { Value } from "./_value.ts";

/** What torch's casting lists say of an op under autocast. */
export type AutocastRule =
  /** Floating inputs are cast to the autocast dtype. */
  | "lower"
  /** Floating inputs are cast to float32. */
  | "float32"
  /** The result is float32, by the op's own `dtype`: no cast of its own. */
  | "float32 result"
  /** Inputs of several floating dtypes are cast to the widest. */
  | "promote";

/**
 * An op of torch, or of a library that speaks torch's (einops, torchvision.ops).
 *
 * `run` gets its arguments bound to `params`, adds what happens to the graph and returns a value. It throws
 * `TorchError` where torch would raise, and `NotKnown` where an unknown argument makes the result unknown.
 */
export interface Op {
  /** Qualified names: `torch.add`, `torch.Tensor.add`, `torch.nn.functional.relu`; the first one is its name. */
  readonly names: readonly string[];
  /** Python style: `(input, other, *, alpha=1)`. Several when torch overloads: the first that binds is taken. */
  readonly params: string | readonly string[];
  /** True for what reads like an attribute: `torch.Tensor.shape`. */
  readonly isProperty?: boolean;
  readonly autocast?: AutocastRule;
  readonly run: (args: Args, ctx: OpContext) => Value;
}

export interface Autocast {
  readonly device: string;
  readonly dtype: DType;
  /** Casts of parameters are done once: parameter id and dtype -> cast tensor. Cleared when the context ends. */
  readonly cache: Map<string, Value>;
}

/** The state of torch that the interpreter's context managers and setters change. */
export interface Modes {
  gradEnabled: boolean;
  /** A backward pass has run: tensors that take gradients may hold them. */
  hasGradients: boolean;
  autocast: Autocast | undefined;
  defaultDtype: DType;
  defaultDevice: string;
}

export interface OpContext {
  readonly graph: GraphBuilder;
  readonly modes: Modes;
  /** The release of torch that the program runs on; `undefined` for the newest. */
  readonly release: () => readonly [major: number, minor: number] | undefined;
  /** Runs another op by qualified name, for ops that torch itself composes of others. */
  readonly call: (name: string, positional: readonly Value[], keywords?: Keywords) => Value;
}

export type Keywords = Readonly<Record<string, Value>>;

export const initialModes = (): Modes => ({
  gradEnabled: true,
  hasGradients: false,
  autocast: undefined,
  defaultDtype: "float32",
  defaultDevice: "cpu",
});

/** The program fails here: the exception that torch raises, with its own words. */
export class TorchError extends Error {
  readonly exception: string;
  constructor(message: string, exception = "RuntimeError") {
    super(message);
    this.exception = exception;
  }
}

/** An op cannot go on because a value is unknown; what it returns then is that unknown. */
export class NotKnown extends Error {
  readonly unknown: Unknown;
  constructor(unknown: Unknown) {
    super(unknown.why);
    this.unknown = unknown;
  }
}

export const defineOp = (op: Op): Op => op;
