import { growing } from "../graph/tensor-traits.ts";
import type { Lowered } from "./lower.ts";
import { Numbering } from "./numbering.ts";
import { convolution, varies } from "./operands.ts";
import { ofOp, ofParts } from "./origins.ts";
import type { SizedGraph } from "./sized-graph.ts";
import type { StepTable } from "./step-table.ts";

/** Steps that are the same whatever the batch, networks being built of blocks that repeat. */
export interface AlikeSteps {
  /** The first step of each kind. */
  readonly firsts: readonly number[];
  /** By step, index into `firsts`. */
  readonly kindOf: Int32Array;
}

/**
 * @param lowered the graph, as it was interpreted
 * @param again ids of ops that run forward once more before their backward pass
 * @returns `undefined` where a step is made of sizes that its op alone tells
 */
export function alikeSteps(lowered: Lowered, again: ReadonlySet<number>): AlikeSteps | undefined {
  const { table } = lowered;
  const kindOf = new Int32Array(table.length);
  const firsts: number[] = [];
  const numbering = new Numbering();
  for (let i = 0; i < table.length; i++) {
    if (table.origins[i] === ofParts) return undefined;
    const isAgain = again.size > 0 && again.has(table.ops[i] ?? -1);
    addStep(numbering, i, lowered, isAgain);
    addTraffic(numbering, i, lowered);
    const kind = numbering.end();
    if (kind === firsts.length) firsts.push(i);
    kindOf[i] = kind;
  }
  return { firsts, kindOf };
}

/** What a batch does not change, and what it changes as it does that of any step with the same traffic. */
function addStep(to: Numbering, i: number, { table, sized }: Lowered, isAgain: boolean): void {
  const op = table.sources[i] ?? 0;
  const traits = (sized.operands.traits[op] ?? 0) & (varies | convolution);
  const own = table.origins[i] ?? 0;
  const origin = 2 * own + (isAgain ? 1 : 0);
  // What is not the op has its name by origin and class.
  const name = own === ofOp ? (sized.operands.names[op] ?? 0) : 0;
  to.add(256 * name + (table.classes[i] ?? 0));
  to.add(
    1024 * (table.rates[i] ?? 0) +
      64 * traits +
      8 * origin +
      2 * (table.gradients[i] ?? 0) +
      (table.channelsFirst[i] ?? 0),
  );
  const macs = table.macs[i] ?? 0;
  to.add(macs);
  to.add(table.flops[i] ?? 0);
  to.add(table.serial[i] ?? 0);
  to.add(sized.bytesRead[op] ?? 0);
  to.add(sized.bytesWritten[op] ?? 0);
  if (macs === 0) return;
  to.add(table.rows[i] ?? 0);
  to.add(table.columns[i] ?? 0);
  to.add(table.inner[i] ?? 0);
  to.add(table.batch[i] ?? 0);
  to.add(table.window[i] ?? 0);
  to.add(sized.products.growth[op] ?? 0);
}

/** What the step reads and writes, and what its op does at the dtypes of the code. */
function addTraffic(to: Numbering, i: number, { table, sized }: Lowered): void {
  const { starts } = sized.operands.table;
  const op = table.sources[i] ?? 0;
  const isOp = table.origins[i] === ofOp;
  const [reads, writes] = isOp ? [starts[2 * op] ?? 0, starts[2 * op + 1] ?? 0] : [-1, -1];
  addSide(to, table.readFrom[i] ?? 0, table.readTo[i] ?? 0, reads, table, sized);
  addSide(to, table.writeFrom[i] ?? 0, table.writeTo[i] ?? 0, writes, table, sized);
}

/** @param operands where those of the op begin; -1 for a step that is not the op */
function addSide(
  to: Numbering,
  from: number,
  end: number,
  operands: number,
  { links, accesses }: StepTable,
  { bytes, operands: { table } }: SizedGraph,
): void {
  const { tensors, widths, isFixed } = accesses;
  const { accessed, traits } = table;
  to.add(end - from);
  for (let at = from; at < end; at++) {
    const access = links[at] ?? 0;
    const tensor = tensors[access] ?? 0;
    const own = operands < 0 ? tensor : (accessed[operands + at - from] ?? 0);
    // A width is a power of two.
    to.add((widths[access] ?? 1) + (isFixed[access] ?? 0) / 64 + (own === tensor ? 0 : 1 / 128));
    to.add(signedBytes(tensor, bytes, traits));
    if (own !== tensor) to.add(signedBytes(own, bytes, traits));
  }
}

/** Below 0 for what grows. */
const signedBytes = (tensor: number, bytes: Float64Array, traits: Uint16Array): number =>
  ((traits[tensor] ?? 0) & growing) === 0 ? (bytes[tensor] ?? 0) : -1 - (bytes[tensor] ?? 0);
