import { classCode } from "./kernel.ts";
import type { AccessTable, StepTable } from "./step-table.ts";

const attention = classCode("attention");
const reduction = classCode("reduction");
const pool = classCode("pool");
const concatenation = classCode("concatenation");

/** What memories hold between two writes to them, as columns by value, and which step reads and writes which. */
export interface Values {
  /** Of the loops that made it; -1 when a call, or nothing in the graph, did. */
  readonly levelOfValue: Int32Array;
  readonly bytes: Float64Array;
  readonly isFixed: Uint8Array;
  /** Reaches memory. Another loop nest computes what does not again, from its sources. */
  readonly isStored: Uint8Array;
  /** What is in memory and has to be read to compute it. */
  readonly sources: readonly (readonly number[])[];
  /** By step. */
  readonly levels: Int32Array;
  /** Step `i` reads the values `read[readStarts[i]]` to before `read[readStarts[i + 1]]`, and so for what it writes. */
  readonly read: Int32Array;
  readonly readStarts: Int32Array;
  readonly written: Int32Array;
  readonly writtenStarts: Int32Array;
  /** Whether the nest of the step has to run it: something there is stored or uses its result. */
  readonly isNeeded: Uint8Array;
}

/** Work that a library does: what it reads and writes is in memory. */
export const isCall = ({ macs, classes }: StepTable, i: number): boolean =>
  (macs[i] ?? 0) > 0 || classes[i] === attention;

/** A sum over more than the last dimension: its result is there only when all of the tensor has been read. */
export const sumsPlanes = ({ classes, isRowWise }: StepTable, i: number): boolean =>
  classes[i] === reduction && isRowWise[i] !== 1;

interface Draft extends Omit<Values, "isNeeded"> {
  /** Calls, and sums over planes, on the longest path to a value. */
  readonly at: Int32Array;
  readonly wasRead: Uint8Array;
  /** Another nest than the one that makes a value reads it. */
  readonly crosses: Uint8Array;
  readonly sources: (readonly number[])[];
}

/** More sources than this are not read again: the value is stored. Inductor: `realize_reads_threshold`. */
const mostSources = 4;

const none: readonly number[] = [];

export function valuesOf(steps: StepTable): Values {
  const draft = drafted(steps);
  settleSources(steps, draft);
  return { ...draft, isNeeded: neededSteps(steps.length, draft) };
}

function drafted(steps: StepTable): Draft {
  const { length, readFrom, readTo, writeFrom, writeTo, links, accesses } = steps;
  const draft = emptyDraft(steps);
  const { read, readStarts, written, writtenStarts } = draft;
  const { lowest, count } = keysIn(accesses);
  /** By key, the value that its memory holds; -1 for none yet. */
  const current = new Int32Array(count).fill(-1);
  let [values, reads, writes] = [0, 0, 0];
  const entered = (access: number): number => {
    const value = values++;
    draft.levelOfValue[value] = -1;
    draft.bytes[value] = accesses.bytes[access] ?? 0;
    draft.isFixed[value] = accesses.isFixed[access] ?? 0;
    draft.sources.push(none);
    current[(accesses.keys[access] ?? 0) - lowest] = value;
    return value;
  };
  for (let i = 0; i < length; i++) {
    for (let at = readFrom[i] ?? 0; at < (readTo[i] ?? 0); at++) {
      const access = links[at] ?? 0;
      let value = current[(accesses.keys[access] ?? 0) - lowest] ?? -1;
      if (value < 0) {
        value = entered(access);
        draft.isStored[value] = 1;
      }
      read[reads++] = value;
    }
    readStarts[i + 1] = reads;
    const level = levelOf(steps, i, draft);
    draft.levels[i] = level;
    const isCalled = isCall(steps, i);
    const isSummed = sumsPlanes(steps, i);
    markReads(i, level, isCalled || steps.classes[i] === pool, draft);
    const isWhole = isCalled || isSummed || steps.classes[i] === concatenation;
    for (let at = writeFrom[i] ?? 0; at < (writeTo[i] ?? 0); at++) {
      const value = entered(links[at] ?? 0);
      if (!isCalled) draft.levelOfValue[value] = level;
      draft.at[value] = isSummed ? level + 1 : level;
      draft.isStored[value] = isWhole ? 1 : 0;
      written[writes++] = value;
    }
    writtenStarts[i + 1] = writes;
  }
  return draft;
}

/** Keys are storages of the graph, from 0 on, and below 0 what steps have of their own. */
function keysIn({ keys, length }: AccessTable): { readonly lowest: number; readonly count: number } {
  let lowest = 0;
  let highest = 0;
  for (let i = 0; i < length; i++) {
    const key = keys[i] ?? 0;
    if (key < lowest) lowest = key;
    if (key > highest) highest = key;
  }
  return { lowest, count: highest - lowest + 1 };
}

function emptyDraft({ length, readFrom, readTo, writeFrom, writeTo }: StepTable): Draft {
  let [reads, writes] = [0, 0];
  for (let i = 0; i < length; i++) {
    reads += (readTo[i] ?? 0) - (readFrom[i] ?? 0);
    writes += (writeTo[i] ?? 0) - (writeFrom[i] ?? 0);
  }
  const values = reads + writes;
  return {
    levelOfValue: new Int32Array(values),
    at: new Int32Array(values),
    bytes: new Float64Array(values),
    isFixed: new Uint8Array(values),
    isStored: new Uint8Array(values),
    wasRead: new Uint8Array(values),
    crosses: new Uint8Array(values),
    sources: [],
    levels: new Int32Array(length),
    read: new Int32Array(reads),
    readStarts: new Int32Array(length + 1),
    written: new Int32Array(writes),
    writtenStarts: new Int32Array(length + 1),
  };
}

/** A window reads what other turns of the loop made: its input is of an earlier nest. */
function levelOf(steps: StepTable, i: number, { read, readStarts, levelOfValue, at: depths }: Draft): number {
  const isWindow = steps.classes[i] === pool;
  let below = 0;
  for (let at = readStarts[i] ?? 0; at < (readStarts[i + 1] ?? 0); at++) {
    const value = read[at] ?? 0;
    const depth = depths[value] ?? 0;
    below = Math.max(below, isWindow && levelOfValue[value] !== -1 ? depth + 1 : depth);
  }
  return isCall(steps, i) ? below + 1 : below;
}

/** @param wantsMemory the step reads nothing that is not in memory */
function markReads(i: number, level: number, wantsMemory: boolean, draft: Draft): void {
  const { read, readStarts, wasRead, isStored, levelOfValue, crosses } = draft;
  for (let at = readStarts[i] ?? 0; at < (readStarts[i + 1] ?? 0); at++) {
    const value = read[at] ?? 0;
    wasRead[value] = 1;
    if (wantsMemory) isStored[value] = 1;
    else if (levelOfValue[value] !== level) crosses[value] = 1;
  }
}

function settleSources(steps: StepTable, draft: Draft): void {
  const { read, readStarts, written, writtenStarts, isStored, wasRead, crosses } = draft;
  const seenBy = new Int32Array(isStored.length).fill(-1);
  for (let i = 0; i < steps.length; i++) {
    if (isCall(steps, i)) continue;
    const sources: number[] = [];
    const addSource = (value: number): void => {
      if (seenBy[value] === i) return;
      seenBy[value] = i;
      sources.push(value);
    };
    for (let at = readStarts[i] ?? 0; at < (readStarts[i + 1] ?? 0); at++) {
      const value = read[at] ?? 0;
      if (isStored[value] === 1) addSource(value);
      else for (const source of draft.sources[value] ?? none) addSource(source);
    }
    for (let at = writtenStarts[i] ?? 0; at < (writtenStarts[i + 1] ?? 0); at++) {
      const value = written[at] ?? 0;
      draft.sources[value] = sources;
      if (wasRead[value] === 0 || (crosses[value] === 1 && sources.length > mostSources)) isStored[value] = 1;
    }
  }
}

function neededSteps(length: number, draft: Draft): Uint8Array {
  const { read, readStarts, written, writtenStarts, isStored, levelOfValue, levels } = draft;
  const used = new Uint8Array(isStored.length);
  const isNeeded = new Uint8Array(length);
  for (let i = length - 1; i >= 0; i--) {
    for (let at = writtenStarts[i] ?? 0; at < (writtenStarts[i + 1] ?? 0); at++) {
      const value = written[at] ?? 0;
      if (isStored[value] === 1 || used[value] === 1) isNeeded[i] = 1;
    }
    if (isNeeded[i] === 0) continue;
    for (let at = readStarts[i] ?? 0; at < (readStarts[i + 1] ?? 0); at++) {
      const value = read[at] ?? 0;
      if (levelOfValue[value] === levels[i]) used[value] = 1;
    }
  }
  return isNeeded;
}
