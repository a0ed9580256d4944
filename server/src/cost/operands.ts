import { growthOf } from "../graph/grown.ts";
import type { Graph, OpRecord } from "../graph/ir.ts";
import { isContiguous } from "../graph/tensor.ts";
import { type TensorTable, tensorTable } from "../graph/tensor-table.ts";
import { floating, needsGradient } from "../graph/tensor-traits.ts";
import { classNamed, classOf } from "./classify.ts";
import { classCode, type KernelClass } from "./kernel.ts";
import { type CastRule, castRuleOf } from "./precision.ts";

/** What is so of an op, as bits. */
export const view = 1;
export const inPlace = 2;
/** Works on the whole batch. */
export const varies = 4;
export const convolution = 8;
/** Whose bias cuDNN adds in a launch of its own. */
export const biasedConvolution = 16;
/** Of a first operand that is contiguous. */
export const contiguousProduct = 32;
/** Of a first operand that is not. */
export const stridedLayerNorm = 64;
export const batchNorm = 128;
/** To another dtype, because the code says so. */
export const conversion = 256;
export const ungroupedAttention = 512;
/** Works through something one after another. */
export const inTurn = 1024;

/** What no size, precision, mode or device changes of the ops of a graph, as columns. */
export interface Operands {
  readonly ops: readonly OpRecord[];
  readonly table: TensorTable;
  /** By op: bits, of which the names are above. */
  readonly traits: Uint16Array;
  /** Names by number, and what autocast makes of ops of such a name. */
  readonly names: Uint16Array;
  readonly casts: readonly CastRule[];
  /** With channels first, by code. */
  readonly classes: Uint8Array;
  /** Inputs, of a product its factors, that have a gradient; two at most count. */
  readonly gradients: Uint8Array;
}

const known = new WeakMap<Graph, Operands>();

/** Of the graph as it was interpreted, whatever batch it has grown to. */
export function operandsOf(graph: Graph): Operands {
  const { from } = growthOf(graph);
  const before = known.get(from);
  if (before !== undefined) return before;
  const made = columnsOf(from);
  known.set(from, made);
  return made;
}

function columnsOf(graph: Graph): Operands {
  const { ops } = graph;
  const table = tensorTable(graph);
  const traits = new Uint16Array(ops.length);
  const names = new Uint16Array(ops.length);
  const gradients = new Uint8Array(ops.length);
  const casts = new Array<CastRule>(ops.length).fill("none");
  const classes = new Uint8Array(ops.length);
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i];
    if (op === undefined) continue;
    if (op.isView) {
      traits[i] = traitsOfView(op);
      continue;
    }
    const facts = factsOf(op.name);
    traits[i] = traitsOfOp(op, facts);
    names[i] = facts.number;
    casts[i] = facts.cast;
    classes[i] = classCode(classOf(op, facts.class));
    gradients[i] = gradientsIn(table, table.starts[2 * i] ?? 0, table.starts[2 * i + 1] ?? 0, op.factors);
  }
  return { ops, table, traits, names, casts, classes, gradients };
}

function traitsOfView({ outputs, inPlace: isInPlace }: OpRecord): number {
  let traits = isInPlace ? view | inPlace : view;
  for (let i = 0; i < outputs.length; i++) if (outputs[i]?.meta.varies === true) traits |= varies;
  return traits;
}

function traitsOfOp(op: OpRecord, { trait }: NameFacts): number {
  const traits = traitsOfView(op) & ~view;
  const input = op.inputs[0]?.meta;
  switch (trait) {
    case stridedLayerNorm:
      return input !== undefined && !isContiguous(input) ? traits | trait : traits;
    case conversion:
      return input?.dtype === op.outputs[0]?.meta.dtype ? traits : traits | trait;
    case ungroupedAttention:
      return op.attributes["grouped"] === true ? traits : traits | trait;
    case convolution:
      return (
        traits |
        convolution |
        (op.factors.length === 2 && op.inputs.length === 3 ? biasedConvolution : 0) |
        (input !== undefined && isContiguous(input) ? contiguousProduct : 0)
      );
    default:
      return traits | trait;
  }
}

/** What the name of an op says of it. */
interface NameFacts {
  readonly number: number;
  readonly cast: CastRule;
  readonly class: KernelClass | undefined;
  /** That it has or, looked at closer, may have. */
  readonly trait: number;
}

const knownNames = new Map<string, NameFacts>();

/** Remembered: torch has so many names. */
function factsOf(name: string): NameFacts {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const trait = traitsByName.get(name) ?? (name.startsWith("conv") ? convolution : 0);
  const made = { number: knownNames.size, cast: castRuleOf(name), class: classNamed(name), trait };
  knownNames.set(name, made);
  return made;
}

const traitsByName: ReadonlyMap<string, number> = new Map([
  ["layer_norm", stridedLayerNorm],
  ["batch_norm", batchNorm],
  ["upsample_bilinear2d", inTurn],
  ["upsample_bicubic2d", inTurn],
  ["lstm", inTurn],
  ["gru", inTurn],
  ["rnn_tanh", inTurn],
  ["rnn_relu", inTurn],
  ["_to_copy", conversion],
  ["scaled_dot_product_attention", ungroupedAttention],
]);

/** @param factors all of the inputs when left out */
export function gradientsIn(
  { accessed, traits }: TensorTable,
  from: number,
  to: number,
  factors: readonly number[] = [],
): number {
  const wanted = needsGradient | floating;
  let count = 0;
  for (let at = from; at < to && count < 2; at++) {
    if (((traits[accessed[at] ?? 0] ?? 0) & wanted) !== wanted) continue;
    if (factors.length === 0 || factors.includes(at - from)) count++;
  }
  return count;
}
