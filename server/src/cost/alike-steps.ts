import type { Graph } from "../graph/ir.ts";
import { growingTensors } from "../graph/tensor-bytes.ts";
import type { Lowered } from "./lower.ts";
import { type Numbered, Numbering } from "./numbering.ts";
import { convolution, varies } from "./operands.ts";
import { ofParts } from "./origins.ts";

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
export function alikeSteps(
  graph: Graph,
  lowered: Lowered,
  again: ReadonlySet<number>,
): AlikeSteps | undefined {
  const { table } = lowered;
  const kindOf = new Int32Array(table.length);
  const grows = growingTensors(graph);
  const firsts: number[] = [];
  const numbering = new Numbering();
  const words = new Map<string, number>();
  const wordOf = (word = ""): number => {
    const known = words.get(word) ?? words.size;
    words.set(word, known);
    return known;
  };
  for (let i = 0; i < table.length; i++) {
    if (table.origins[i] === ofParts) return undefined;
    numbering.start();
    numbering.add(wordOf(table.names[i]));
    numbering.add(wordOf(table.classes[i]));
    numbering.add(wordOf(table.rates[i]));
    numbering.add(again.has(table.ops[i] ?? -1) ? 1 : 0);
    addStep(numbering, i, lowered, grows);
    addOp(numbering, table.sources[i] ?? 0, lowered, grows);
    const kind = numbering.end();
    if (kind === firsts.length) firsts.push(i);
    kindOf[i] = kind;
  }
  return { firsts, kindOf };
}

/** All that a batch does not change of it, or changes as it does those of the same numbers and tensors. */
function addStep(to: Numbered, i: number, lowered: Lowered, grows: Uint8Array): void {
  const { table } = lowered;
  to.add(table.origins[i] ?? 0);
  to.add(table.gradients[i] ?? 0);
  to.add(table.channelsFirst[i] ?? 0);
  to.add(table.macs[i] ?? 0);
  to.add(table.flops[i] ?? 0);
  to.add(table.bytes[i] ?? 0);
  to.add(table.fixedBytes[i] ?? 0);
  to.add(table.rows[i] ?? 0);
  to.add(table.columns[i] ?? 0);
  to.add(table.inner[i] ?? 0);
  to.add(table.batch[i] ?? 0);
  to.add(table.window[i] ?? 0);
  to.add(table.serial[i] ?? 0);
  const { links, readFrom, readTo, writeFrom, writeTo } = table;
  to.add((readTo[i] ?? 0) - (readFrom[i] ?? 0));
  for (let at = readFrom[i] ?? 0; at < (readTo[i] ?? 0); at++) addAccess(to, links[at] ?? 0, lowered, grows);
  for (let at = writeFrom[i] ?? 0; at < (writeTo[i] ?? 0); at++)
    addAccess(to, links[at] ?? 0, lowered, grows);
}

function addAccess(
  to: Numbered,
  access: number,
  { table: { accesses }, sized }: Lowered,
  grows: Uint8Array,
): void {
  const tensor = accesses.tensors[access] ?? 0;
  to.add(sized.bytes[tensor] ?? 0);
  to.add(grows[tensor] ?? 0);
  to.add(accesses.widths[access] ?? 1);
  to.add(accesses.isFixed[access] ?? 0);
}

function addOp(to: Numbered, op: number, { sized }: Lowered, grows: Uint8Array): void {
  const { operands, bytes, bytesRead, bytesWritten, products } = sized;
  const { accessed, starts } = operands.table;
  to.add((operands.traits[op] ?? 0) & (varies | convolution));
  to.add(products.growth[op] ?? 0);
  to.add(bytesRead[op] ?? 0);
  to.add(bytesWritten[op] ?? 0);
  to.add((starts[2 * op + 1] ?? 0) - (starts[2 * op] ?? 0));
  for (let at = starts[2 * op] ?? 0; at < (starts[2 * op + 2] ?? 0); at++) {
    const tensor = accessed[at] ?? 0;
    to.add(bytes[tensor] ?? 0);
    to.add(grows[tensor] ?? 0);
  }
}
