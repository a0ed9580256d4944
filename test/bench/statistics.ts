import { collectYoung } from "../../server/src/host/collect-garbage.ts";

/** Milliseconds at the given percentile (0 to 100) of `samples`. */
function percentile(samples: readonly number[], rank: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * rank) / 100))] ?? Number.NaN;
}

/** One key: milliseconds on the clock, and of processor time of this process, which a busy machine does not stretch. */
export interface Sample {
  readonly wall: number;
  /** `undefined` for work that another process does. */
  readonly cpu: number | undefined;
  /** Milliseconds of the collection of garbage after it, where there is one. */
  readonly rest?: number;
}

/** Runs `work` and says what it took. */
export function sampleOf(work: () => void): Sample {
  const before = process.cpuUsage();
  const began = performance.now();
  work();
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  return { wall, cpu: (user + system) / 1000 };
}

/** The same, and then collects garbage, as the server does once it has answered a key. */
export function keyOf(work: () => void): Sample {
  const sample = sampleOf(work);
  const answered = performance.now();
  collectYoung();
  return { ...sample, rest: performance.now() - answered };
}

export interface Timing {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** The same of processor time. */
  readonly cpu50: number | undefined;
  readonly cpu95: number | undefined;
  readonly cpu99: number | undefined;
  /** Mean of the collections of garbage between two keys. */
  readonly rest: number | undefined;
}

export function timingOf(samples: readonly Sample[]): Timing {
  const wall = samples.map((sample) => sample.wall);
  const cpu = samples.flatMap((sample) => (sample.cpu === undefined ? [] : [sample.cpu]));
  const rests = samples.flatMap(({ rest }) => (rest === undefined ? [] : [rest]));
  return {
    count: samples.length,
    p50: percentile(wall, 50),
    p95: percentile(wall, 95),
    p99: percentile(wall, 99),
    max: percentile(wall, 100),
    cpu50: cpu.length === 0 ? undefined : percentile(cpu, 50),
    cpu95: cpu.length === 0 ? undefined : percentile(cpu, 95),
    cpu99: cpu.length === 0 ? undefined : percentile(cpu, 99),
    rest: rests.length === 0 ? undefined : rests.reduce((sum, rest) => sum + rest, 0) / rests.length,
  };
}

/** Rows of a table as text, columns as wide as they need. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))),
    )
    .map((row) => row.join("  ").trimEnd())
    .join("\n");
}

export const milliseconds = (value: number | undefined): string =>
  value === undefined ? "-" : value.toFixed(2);
