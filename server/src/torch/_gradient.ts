import { unknown } from "../base/known.ts";
import { isFloatingOrComplex } from "../graph/dtype.ts";
import type { OpRecord } from "../graph/ir.ts";
import { Tensor, type TensorRef } from "../graph/tensor.ts";
import { derive } from "./_derivatives.ts";
import { NotKnown, type OpContext, TorchError } from "./_op.ts";

/**
 * Backward passes that a program runs by itself: autograd's walk from outputs to what is asked for, over the ops of the graph.
 * What it does are ops of the graph in turn, so that gradients of gradients are found in the same way. An op whose inputs do not lead to
 * anything that is asked for is left out, as are the gradients of its other inputs. Source: `torch/csrc/autograd/engine.cpp`
 * (`exec_info_`, `task_should_compute_output`).
 */
export interface Backward {
  readonly outputs: readonly Tensor[];
  /** Of each output. */
  readonly gradients: readonly Tensor[];
  /** `undefined` for all leaves that take gradients. */
  readonly inputs: readonly Tensor[] | undefined;
  /** The gradients can be derived in turn. */
  readonly createGraph: boolean;
}

/**
 * @returns the gradient of each of `inputs`; `undefined` of those that no output depends on
 * @throws NotKnown where autograd does what the ops do not tell
 */
export function runBackward(ctx: OpContext, backward: Backward): readonly (Tensor | undefined)[] {
  const { graph, modes } = ctx;
  graph.lookBack();
  const before = modes.gradEnabled;
  modes.gradEnabled = backward.createGraph;
  try {
    return new Walk(ctx, graph.between(0, graph.opCount)).run(backward);
  } catch (error) {
    // The program would not fail there: it is this walk that does not fit.
    if (error instanceof TorchError)
      throw new NotKnown(unknown(`its backward pass is not found: ${error.message}`));
    throw error;
  } finally {
    modes.gradEnabled = before;
  }
}

const takesGradient = ({ meta }: TensorRef): boolean => meta.requiresGrad && isFloatingOrComplex(meta.dtype);

/** Gradients go through it. */
const carries = (op: OpRecord): boolean =>
  op.name !== "detach" && (op.inPlace || op.outputs.some(takesGradient));

class Walk {
  readonly #ctx: OpContext;
  readonly #ops: readonly OpRecord[];
  readonly #gradients = new Map<string, Tensor>();
  /** Values that are asked for, and those that depend on one of them. */
  readonly #wanted = new Set<string>();
  readonly #leading = new Set<string>();

  constructor(ctx: OpContext, ops: readonly OpRecord[]) {
    this.#ctx = ctx;
    this.#ops = ops;
  }

  run({ outputs, gradients, inputs }: Backward): readonly (Tensor | undefined)[] {
    refuseHidden(this.#ops);
    const path = this.#ancestors(outputs);
    if (inputs !== undefined) for (const each of inputs) this.#want(each);
    else for (const op of path) for (const each of op.inputs) if (this.#isLeaf(each)) this.#want(each);
    const isOnPath = new Set(path);
    // What the ops inside do not tell may lead past them.
    const own = this.#ops.filter(({ attributes }) => attributes["ownBackward"] === true);
    const followed = own.length === 0 ? path : this.#ops;
    const leading = followed.filter((op) => this.#leads(op) && isOnPath.has(op));
    if (own.some(({ inputs: given }) => given.some((each) => this.#isOpen(each, inputs === undefined))))
      throw new NotKnown(unknown("an `autograd.Function` with a backward pass of its own is on its way"));
    if (leading.some(({ site }) => site.checkpoint !== undefined))
      throw new NotKnown(unknown("a checkpoint on its way computes again what it did not keep"));
    refuseWritten(this.#ops, leading);
    for (const [i, output] of outputs.entries()) {
      const gradient = gradients[i];
      if (gradient !== undefined) this.#give(output, gradient);
    }
    for (const op of leading.toReversed()) this.#pass(op);
    return (inputs ?? []).map((each) => this.#gradients.get(this.#keyOf(each)));
  }

  /** The ops that outputs come from through tensors that take gradients, in order. */
  #ancestors(outputs: readonly Tensor[]): readonly OpRecord[] {
    const found = new Set<OpRecord>();
    const open: TensorRef[] = [...outputs];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const op = takesGradient(next) ? this.#ops[next.meta.producer ?? -1] : undefined;
      if (op === undefined || found.has(op)) continue;
      found.add(op);
      if (carries(op)) open.push(...op.inputs);
    }
    return [...found].sort((a, b) => a.id - b.id);
  }

  #isLeaf({ meta }: TensorRef): boolean {
    const op = this.#ops[meta.producer ?? -1];
    return op === undefined || !carries(op);
  }

  #want(value: TensorRef): void {
    if (takesGradient(value)) this.#wanted.add(this.#keyOf(value));
  }

  /** Whether an input is asked for, or depends on what is; its outputs then do. */
  #leads(op: OpRecord): boolean {
    if (!carries(op) || !op.inputs.some((each) => this.#isNeeded(each))) return false;
    for (const each of op.outputs) this.#leading.add(madeKey(op, each));
    return true;
  }

  #isNeeded(value: TensorRef): boolean {
    if (!takesGradient(value)) return false;
    const key = this.#keyOf(value);
    return this.#wanted.has(key) || this.#leading.has(key);
  }

  #isOpen(value: TensorRef, isAny: boolean): boolean {
    return isAny ? takesGradient(value) : this.#isNeeded(value);
  }

  #pass(op: OpRecord): void {
    const given = op.outputs.map((each) => this.#gradients.get(madeKey(op, each)));
    if (given.every((each) => each === undefined)) return;
    const made = derive(this.#ctx, op, given, (i) => {
      const input = op.inputs[i];
      return input !== undefined && this.#isNeeded(input);
    });
    for (const [i, gradient] of made.entries()) {
      const input = op.inputs[i];
      if (input !== undefined && gradient !== undefined) this.#give(input, gradient);
    }
  }

  #give(value: TensorRef, gradient: Tensor): void {
    const key = this.#keyOf(value);
    const sum = this.#gradients.get(key);
    if (sum === undefined) {
      this.#gradients.set(key, gradient);
      return;
    }
    const both = this.#ctx.call("torch.add", [sum, gradient]);
    if (both instanceof Tensor) this.#gradients.set(key, both);
  }

  /** A value is a tensor as one op left it: ops in place make another value of the same tensor. */
  #keyOf({ id, meta }: TensorRef): string {
    const op = this.#ops[meta.producer ?? -1];
    if (op === undefined) return `${id}`;
    const made =
      op.outputs.find((each) => each.id === id) ?? (op.outputs.length === 1 ? op.outputs[0] : undefined);
    if (made === undefined) throw new NotKnown(unknown("the op that made a tensor is not found"));
    return madeKey(op, made);
  }
}

const madeKey = (op: OpRecord, output: TensorRef): string => `${output.id} ${op.id}`;

/** @throws NotKnown where something that an op kept was written over since: torch raises where it is needed */
function refuseWritten(ops: readonly OpRecord[], used: readonly OpRecord[]): void {
  const last = new Map<number, number>();
  for (const { inPlace, outputs, id } of ops)
    if (inPlace) for (const { meta } of outputs) last.set(meta.storage.id, id);
  if (last.size === 0) return;
  for (const { id: by, saved, inputs, outputs } of used)
    for (const { id, meta } of [...inputs, ...outputs])
      if (saved.includes(id) && (last.get(meta.storage.id) ?? by) > by)
        throw new NotKnown(unknown("what is kept for it is changed in place before it runs"));
}

/** @throws NotKnown where a gradient may take a way that is not among the inputs of ops: into memory through one view of it */
function refuseHidden(ops: readonly OpRecord[]): void {
  const written = new Map<number, { readonly id: number; readonly by: number }>();
  for (const { inPlace, inputs, outputs, id: by } of ops) {
    if (written.size > 0)
      for (const { id, meta } of inputs) {
        const write = written.get(meta.storage.id);
        if (write !== undefined && write.id !== id && (meta.producer ?? -1) < write.by)
          throw new NotKnown(unknown("memory is changed in place through a view of it"));
      }
    if (inPlace && inputs.some(takesGradient))
      for (const { id, meta } of outputs) written.set(meta.storage.id, { id, by });
  }
}
