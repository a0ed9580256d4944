import { classCode } from "./kernel.ts";
import { StepTable } from "./step-table.ts";
import { isCall, sumsPlanes, type Values, valuesOf } from "./stored-values.ts";

const groupNorm = classCode("group-norm");
const reduction = classCode("reduction");
const pointwise = classCode("pointwise");
const gather = classCode("gather");
const fused = classCode("fused");
const fusedSums = classCode("fused-sums");

/**
 * What a compiler that fuses loops (TorchInductor) makes of the steps: products, convolutions and attention stay
 * calls into libraries; everything between two of them becomes one loop nest, whose intermediate tensors never
 * reach memory. A nest that sums over more than a row is one of its own kind: it reads with strides.
 */
export function fusedKernels(steps: StepTable): StepTable {
  const plain = isAmong(groupNorm, steps) ? withStatistics(steps) : steps;
  const values = valuesOf(plain);
  const kernels = new StepTable(plain.length, plain);
  const nests = new Map<number, Nest>();
  for (let i = 0; i < plain.length; i++) {
    if (isCall(plain, i)) {
      kernels.addLike(plain, i);
      continue;
    }
    if (values.isNeeded[i] === 0) continue;
    const level = values.levels[i] ?? 0;
    let nest = nests.get(level);
    if (nest === undefined) {
      nest = { first: i, flops: 0, bytes: 0, fixedBytes: 0, sums: false, seen: new Set() };
      nests.set(level, nest);
    }
    nest.flops += plain.flops[i] ?? 0;
    nest.sums ||= sumsPlanes(plain, i);
    addReads(nest, plain, i, values);
    addWrites(nest, i, values);
  }
  for (const nest of nests.values()) {
    const row = kernels.addLike(plain, nest.first);
    kernels.classes[row] = nest.sums ? fusedSums : fused;
    kernels.flops[row] = nest.flops;
    kernels.bytes[row] = nest.bytes;
    kernels.fixedBytes[row] = nest.fixedBytes;
  }
  return kernels;
}

function isAmong(kind: number, { classes, length }: StepTable): boolean {
  const at = classes.indexOf(kind);
  return at >= 0 && at < length;
}

interface Nest {
  readonly first: number;
  flops: number;
  bytes: number;
  fixedBytes: number;
  sums: boolean;
  /** Values that this nest has read already. */
  readonly seen: Set<number>;
}

/** A norm over more than rows is two passes: sums, and what is done with them. */
function withStatistics(steps: StepTable): StepTable {
  const plain = new StepTable(steps.length + 16, steps);
  // Below those that `lower` gives.
  let key = steps.accesses.keys.reduce((lowest, each) => Math.min(lowest, each), 0);
  for (let i = 0; i < steps.length; i++) {
    const row = plain.addLike(steps, i);
    if (steps.classes[i] !== groupNorm) continue;
    const sums = plain.accesses.add(--key, 0, false);
    const reads = [...steps.links.subarray(steps.readFrom[i], steps.readTo[i])];
    plain.classes[row] = reduction;
    plain.isRowWise[row] = 0;
    plain.flops[row] = 0;
    plain.setReads(row, reads.slice(0, 1));
    plain.setWrites(row, [sums]);
    const rest = plain.addLike(steps, i);
    plain.classes[rest] = pointwise;
    plain.setReads(rest, [...reads, sums]);
  }
  return plain;
}

function addReads(nest: Nest, steps: StepTable, i: number, values: Values): void {
  const { read, readStarts, levelOfValue, isStored, sources } = values;
  const scale = steps.classes[i] === gather ? gatherShare(steps, i) : 1;
  for (let at = readStarts[i] ?? 0; at < (readStarts[i + 1] ?? 0); at++) {
    const value = read[at] ?? 0;
    if (levelOfValue[value] === values.levels[i]) continue;
    if (isStored[value] === 1) addSource(nest, value, scale, values);
    else for (const source of sources[value] ?? []) addSource(nest, source, scale, values);
  }
}

function addSource(nest: Nest, source: number, scale: number, { bytes, isFixed }: Values): void {
  if (nest.seen.has(source)) return;
  nest.seen.add(source);
  nest.bytes += (bytes[source] ?? 0) * scale;
  if (isFixed[source] === 1) nest.fixedBytes += (bytes[source] ?? 0) * scale;
}

function addWrites(nest: Nest, i: number, values: Values): void {
  const { written, writtenStarts, isStored, bytes, isFixed } = values;
  for (let at = writtenStarts[i] ?? 0; at < (writtenStarts[i + 1] ?? 0); at++) {
    const value = written[at] ?? 0;
    if (isStored[value] === 0) continue;
    nest.bytes += bytes[value] ?? 0;
    if (isFixed[value] === 1) nest.fixedBytes += bytes[value] ?? 0;
  }
}

/** A gather reads only the rows it takes. */
function gatherShare({ links, readFrom, readTo, accesses, bytesRead }: StepTable, i: number): number {
  let whole = 0;
  for (let at = readFrom[i] ?? 0; at < (readTo[i] ?? 0); at++) whole += accesses.bytes[links[at] ?? 0] ?? 0;
  return whole === 0 ? 1 : Math.min(1, (bytesRead[i] ?? 0) / whole);
}
