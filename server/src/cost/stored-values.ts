import type { Access, Step } from "./step-table.ts";

/** What a memory holds between two writes to it. */
export interface Value {
  /** Of the loops that made it; `undefined` when a call, or nothing in the graph, did. */
  readonly level: number | undefined;
  /** Calls, and sums over planes, on the longest path to it. */
  readonly at: number;
  readonly bytes: number;
  readonly isFixed: boolean;
  /** Reaches memory. Another loop nest computes what does not again, from its sources. */
  isStored: boolean;
  /** What is in memory and has to be read to compute it. */
  sources: ReadonlySet<Value>;
}

/** Work that a library does: what it reads and writes is in memory. */
export const isCall = (step: Step): boolean => step.macs > 0 || step.class === "attention";

/** A sum over more than the last dimension: its result is there only when all of the tensor has been read. */
export const sumsPlanes = (step: Step): boolean => step.class === "reduction" && !step.isRowWise;

interface Draft extends Value {
  wasRead: boolean;
  /** Another nest than the one that makes it reads it. */
  crosses: boolean;
}

export interface Values {
  readonly levels: readonly number[];
  readonly read: readonly (readonly Value[])[];
  readonly written: readonly (readonly Value[])[];
  /** Whether the nest of the step has to run it: something there is stored or uses its result. */
  readonly isNeeded: readonly boolean[];
}

/** More sources than this are not read again: the value is stored. Inductor: `realize_reads_threshold`. */
const mostSources = 4;

export function valuesOf(steps: readonly Step[]): Values {
  const { levels, read, written } = drafted(steps);
  for (const [i, step] of steps.entries()) {
    if (isCall(step)) continue;
    const sources = new Set<Value>();
    for (const value of read[i] ?? [])
      for (const source of value.isStored ? [value] : value.sources) sources.add(source);
    for (const value of written[i] ?? []) {
      value.sources = sources;
      if (!value.wasRead || (value.crosses && sources.size > mostSources)) value.isStored = true;
    }
  }
  return { levels, read, written, isNeeded: neededSteps(steps, levels, read, written) };
}

function drafted(steps: readonly Step[]): {
  readonly levels: readonly number[];
  readonly read: readonly (readonly Draft[])[];
  readonly written: readonly (readonly Draft[])[];
} {
  const current = new Map<number, Draft>();
  const levels: number[] = [];
  const read: Draft[][] = [];
  const written: Draft[][] = [];
  for (const step of steps) {
    const inputs = step.reads.map((a) => current.get(a.key) ?? entered(a, current));
    const level = levelOf(step, inputs);
    for (const value of inputs) {
      value.wasRead = true;
      if (isCall(step) || step.class === "pool") value.isStored = true;
      else if (value.level !== level) value.crosses = true;
    }
    const isWhole = isCall(step) || sumsPlanes(step) || step.class === "concatenation";
    const outputs = step.writes.map((a): Draft => {
      const value: Draft = {
        level: isCall(step) ? undefined : level,
        at: sumsPlanes(step) ? level + 1 : level,
        bytes: a.bytes,
        isFixed: a.isFixed,
        isStored: isWhole,
        sources: new Set(),
        wasRead: false,
        crosses: false,
      };
      current.set(a.key, value);
      return value;
    });
    levels.push(level);
    read.push(inputs);
    written.push(outputs);
  }
  return { levels, read, written };
}

/** A window reads what other turns of the loop made: its input is of an earlier nest. */
function levelOf(step: Step, inputs: readonly Draft[]): number {
  let below = 0;
  for (const { at, level } of inputs)
    below = Math.max(below, step.class === "pool" && level !== undefined ? at + 1 : at);
  return isCall(step) ? below + 1 : below;
}

function neededSteps(
  steps: readonly Step[],
  levels: readonly number[],
  read: readonly (readonly Draft[])[],
  written: readonly (readonly Draft[])[],
): readonly boolean[] {
  const used = new Set<Draft>();
  const isNeeded = new Array<boolean>(steps.length).fill(false);
  for (let i = steps.length - 1; i >= 0; i--) {
    isNeeded[i] = (written[i] ?? []).some((value) => value.isStored || used.has(value));
    if (isNeeded[i]) for (const value of read[i] ?? []) if (value.level === levels[i]) used.add(value);
  }
  return isNeeded;
}

function entered({ key, bytes, isFixed }: Access, current: Map<number, Draft>): Draft {
  const value: Draft = {
    level: undefined,
    at: 0,
    bytes,
    isFixed,
    isStored: true,
    sources: new Set(),
    wasRead: false,
    crosses: false,
  };
  current.set(key, value);
  return value;
}
