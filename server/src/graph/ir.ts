import type { Place } from "../base/known.ts";
import type { Dim } from "./dim.ts";
import type { Guard } from "./guard.ts";
import type { TensorRef } from "./tensor.ts";

/**
 * What an op does, forward, once.
 *
 * `macs` are the multiply-accumulates of matrix products and convolutions (SDPA's two products included) and
 * nothing else; `flops` are the floating-point operations of everything else, never both for one piece of work.
 * A view has no work and moves no bytes.
 */
export interface Work {
  readonly macs: Dim;
  readonly flops: Dim;
  readonly bytesRead: Dim;
  readonly bytesWritten: Dim;
}

export type Attribute = Dim | string | boolean | readonly Dim[];

/** One call of a module, inside the one around it. */
export interface ModuleCall {
  readonly outer: ModuleCall | undefined;
}

/** Where in the program an op happens. */
export interface Site {
  /** Qualified module name, `layer1.0.conv1`; empty for the root. */
  readonly modulePath: string;
  /** The innermost user line; `undefined` when no user code is on the stack. */
  readonly place: Place | undefined;
  /** Call sites from the outermost inwards, ending with `place`; frames of the prelude are left out. */
  readonly stack: readonly Place[];
  /** Number of the enclosing checkpointed region: its activations are recomputed, not kept. */
  readonly checkpoint: number | undefined;
  /** The calls of modules around it, the innermost first: one object for each call. */
  readonly call?: ModuleCall | undefined;
}

export interface OpRecord {
  readonly id: number;
  /** torch's own name: `conv2d`, `addmm`, `hardswish`, `_to_copy`. */
  readonly name: string;
  readonly inputs: readonly TensorRef[];
  readonly outputs: readonly TensorRef[];
  readonly work: Work;
  /** Indices into `inputs` of the operands of the matrix product or convolution; empty for other ops. */
  readonly factors: readonly number[];
  /** What autograd keeps for backward when some input requires grad: ids of inputs and outputs. */
  readonly saved: readonly number[];
  /** Bytes kept for backward beside `saved`: masks, statistics, indices. */
  readonly savedExtra: Dim;
  readonly isView: boolean;
  readonly inPlace: boolean;
  /** Shape parameters that a cost model needs: groups, kernel, m, n, k, heads, causal, ... */
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly site: Site;
}

/** Something that ran but is not counted, or not counted in full. */
export interface Uncounted {
  readonly what: string;
  readonly why: string;
  readonly place: Place | undefined;
}

export interface GuardRecord extends Guard {
  readonly place: Place | undefined;
}

/** One parameter or buffer object, however many names lead to it. */
export interface StateRecord {
  readonly tensor: TensorRef;
  readonly role: "parameter" | "buffer";
  /** Qualified names; more than one when weights are tied. */
  readonly names: readonly string[];
  readonly persistent: boolean;
  /** The constructor call in user code. */
  readonly place: Place | undefined;
}

export interface Graph {
  readonly ops: readonly OpRecord[];
  readonly parameters: readonly StateRecord[];
  readonly buffers: readonly StateRecord[];
  readonly inputs: readonly TensorRef[];
  readonly outputs: readonly TensorRef[];
  readonly unknowns: readonly Uncounted[];
  readonly guards: readonly GuardRecord[];
}
