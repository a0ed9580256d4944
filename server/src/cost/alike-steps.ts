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
  const words = new Words();
  for (let i = 0; i < table.length; i++) {
    if (table.origins[i] === ofParts) return undefined;
    const isAgain = again.size > 0 && again.has(table.ops[i] ?? -1);
    numbering.add(words.numberOf(table.names[i] ?? ""));
    numbering.add(256 * (table.classes[i] ?? 0) + (table.rates[i] ?? 0));
    addStep(numbering, i, lowered, isAgain);
    addTraffic(numbering, i, lowered);
    const kind = numbering.end();
    if (kind === firsts.length) firsts.push(i);
    kindOf[i] = kind;
  }
  return { firsts, kindOf };
}

/** Words by first sight. */
class Words {
  readonly #numbers = new Map<string, number>();

  numberOf(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    const made = this.#numbers.size;
    this.#numbers.set(word, made);
    return made;
  }
}

/** What a batch does not change, and what it changes as it does that of any step with the same traffic. */
function addStep(to: Numbering, i: number, { table, sized }: Lowered, isAgain: boolean): void {
  const op = table.sources[i] ?? 0;
  const traits = (sized.operands.traits[op] ?? 0) & (varies | convolution);
  const origin = 2 * (table.origins[i] ?? 0) + (isAgain ? 1 : 0);
  to.add(traits * 64 + origin * 8 + 2 * (table.gradients[i] ?? 0) + (table.channelsFirst[i] ?? 0));
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
  sized: SizedGraph,
): void {
  to.add(end - from);
  for (let at = from; at < end; at++) {
    const access = links[at] ?? 0;
    const tensor = accesses.tensors[access] ?? 0;
    to.add(signedBytes(tensor, sized));
    to.add(2 * (accesses.widths[access] ?? 1) + (accesses.isFixed[access] ?? 0) / 64);
    if (operands < 0) continue;
    const own = sized.operands.table.accessed[operands + at - from] ?? 0;
    if (own !== tensor) to.add(signedBytes(own, sized));
    to.add(own === tensor ? 0 : 1);
  }
}

/** Below 0 for what grows. */
const signedBytes = (tensor: number, { bytes, operands }: SizedGraph): number =>
  ((operands.table.traits[tensor] ?? 0) & growing) !== 0 ? -1 - (bytes[tensor] ?? 0) : (bytes[tensor] ?? 0);
