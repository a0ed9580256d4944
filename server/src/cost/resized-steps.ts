import { type Lowered, setProduct } from "./lower.ts";
import { serialPlanes } from "./op-shape.ts";
import { inTurn, varies } from "./operands.ts";
import { ofBias, ofMove } from "./origins.ts";
import type { SizedGraph } from "./sized-graph.ts";
import type { Sizes } from "./sizes.ts";
import { StepTable } from "./step-table.ts";

/**
 * Some of the lowered steps at another batch, without what they read and write: the numbers that `lower` would give them, made of what
 * it has found.
 */
export function resizedSteps(
  lowered: Lowered,
  steps: readonly number[],
  sized: SizedGraph,
  sizes: Sizes,
): StepTable {
  const table = new StepTable(steps.length, 0);
  for (const step of steps) {
    const row = table.addLike(lowered.table, step);
    table.unlink(row);
    const kind = lowered.table.origins[step];
    if (kind === ofMove) resizeMove(table, row, step, lowered, sized);
    else if (kind === ofBias) resizeBias(table, row, step, lowered, sized);
    else resizeOp(table, row, step, lowered, sized, sizes);
  }
  return table;
}

interface Traffic {
  bytes: number;
  /** Of these, what is the same for any batch. */
  fixed: number;
}

function trafficOf(
  from: number,
  to: number,
  { table: { links, accesses } }: Lowered,
  { bytes }: SizedGraph,
): Traffic {
  const traffic = { bytes: 0, fixed: 0 };
  for (let at = from; at < to; at++) {
    const access = links[at] ?? 0;
    const own = (bytes[accesses.tensors[access] ?? 0] ?? 0) * (accesses.widths[access] ?? 1);
    traffic.bytes += own;
    if (accesses.isFixed[access] === 1) traffic.fixed += own;
  }
  return traffic;
}

const readsOf = (step: number, lowered: Lowered, sized: SizedGraph): Traffic =>
  trafficOf(lowered.table.readFrom[step] ?? 0, lowered.table.readTo[step] ?? 0, lowered, sized);

const writesOf = (step: number, lowered: Lowered, sized: SizedGraph): Traffic =>
  trafficOf(lowered.table.writeFrom[step] ?? 0, lowered.table.writeTo[step] ?? 0, lowered, sized);

function resizeMove(table: StepTable, row: number, step: number, lowered: Lowered, sized: SizedGraph): void {
  const [read, written] = [readsOf(step, lowered, sized), writesOf(step, lowered, sized)];
  table.bytes[row] = read.bytes + written.bytes;
  table.fixedBytes[row] = read.fixed === 0 ? 0 : read.bytes + written.bytes;
  table.bytesRead[row] = read.bytes;
}

function resizeBias(table: StepTable, row: number, step: number, lowered: Lowered, sized: SizedGraph): void {
  const written = writesOf(step, lowered, sized);
  table.bytes[row] = 2 * written.bytes;
  table.fixedBytes[row] = 2 * written.fixed;
  table.bytesRead[row] = written.bytes;
}

function resizeOp(
  table: StepTable,
  row: number,
  step: number,
  lowered: Lowered,
  sized: SizedGraph,
  sizes: Sizes,
): void {
  const i = lowered.table.sources[step] ?? 0;
  const { ops, traits, table: tensors } = sized.operands;
  const op = ops[i];
  if (op === undefined) return;
  const start = tensors.starts[2 * i] ?? 0;
  const middle = tensors.starts[2 * i + 1] ?? 0;
  const end = tensors.starts[2 * i + 2] ?? 0;
  const [read, written] = [readsOf(step, lowered, sized), writesOf(step, lowered, sized)];
  const bytesRead = (sized.bytesRead[i] ?? 0) * ratioOf(read, start, middle, sized);
  const bytesWritten = (sized.bytesWritten[i] ?? 0) * ratioOf(written, middle, end, sized);
  const macs = sized.macs[i] ?? 0;
  const times = ((traits[i] ?? 0) & varies) === 0 ? 1 : sized.times;
  table.macs[row] = macs;
  table.flops[row] = sized.flops[i] ?? 0;
  table.bytes[row] = bytesRead + bytesWritten;
  table.fixedBytes[row] = Math.min(bytesRead, read.fixed) + Math.min(bytesWritten, written.fixed);
  if (((traits[i] ?? 0) & inTurn) !== 0) table.serial[row] = serialPlanes(op, { sizes, times });
  table.bytesRead[row] = bytesRead;
  if (macs !== 0) setProduct(row, i, macs, times, table, sized.products);
}

/** Bytes of what is accessed by those that the code's own dtypes would need. */
function ratioOf(traffic: Traffic, from: number, to: number, { operands, bytes }: SizedGraph): number {
  let own = 0;
  for (let at = from; at < to; at++) own += bytes[operands.table.accessed[at] ?? 0] ?? 0;
  return own === 0 ? 1 : traffic.bytes / own;
}
