import * as z from "zod";

/** What a tool measured over a whole run. */
export interface Measurement {
  readonly seconds: number | undefined;
  /** Of the boards. */
  readonly joules: number | undefined;
  /** Of the processors: what a model used that ran on them. */
  readonly cpuJoules?: number;
  /** `CodeCarbon`, `Zeus`, `nvidia-smi`. */
  readonly source: string;
}

/** A row of a table of one's own: it names what ran, and tells seconds and joules of so many calls. */
export interface TableRow {
  readonly file: string | undefined;
  readonly model: string | undefined;
  readonly input: string | undefined;
  readonly accelerator: string | undefined;
  readonly precision: string | undefined;
  readonly mode: string | undefined;
  readonly batch: number | undefined;
  readonly compiled: boolean | undefined;
  /** Calls, or training steps, in the measured time: 1 when it is not told. */
  readonly calls: number | undefined;
  /** Accelerators that shared the work, and how. */
  readonly count: number | undefined;
  readonly parallel: string | undefined;
  readonly seconds: number | undefined;
  readonly joules: number | undefined;
}

export type Measurements =
  | { readonly kind: "run"; readonly measurements: readonly Measurement[] }
  | { readonly kind: "table"; readonly rows: readonly TableRow[] }
  | { readonly kind: "error"; readonly message: string };

const joulesPerKilowattHour = 3.6e6;

/** Recognizes and reads a CodeCarbon CSV, a JSON or log of Zeus, a log of `nvidia-smi`, or a table of one's own. */
export function readMeasurements(text: string): Measurements {
  const start = text.trimStart().charAt(0);
  if (start === "{" || start === "[") return readZeus(text);
  const [header = [], ...rows] = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .map(cells);
  const names = header.map((name) => name.toLowerCase());
  const records = rows.map((row) => new Map(names.map((name, i) => [name, row[i] ?? ""])));
  if (names.includes("energy_consumed")) return readCodeCarbon(records);
  if (names.includes("elapsed_time") && names.some((name) => zeusEnergy.test(name)))
    return readZeusLog(records);
  const power = names.find((name) => name.startsWith("power.draw"));
  if (power !== undefined) return readPowerLog(records, power);
  if (names.includes("seconds") || names.includes("joules")) return readTable(records);
  return {
    kind: "error",
    message:
      "it is neither a CodeCarbon CSV, nor a Zeus JSON, nor a log of nvidia-smi with a line of names and power.draw, nor a table with the columns file, model, input, accelerator, calls, seconds, joules",
  };
}

/** A line of CSV: quotes around cells, doubled inside. */
function cells(line: string): readonly string[] {
  const found: string[] = [];
  for (const [, quoted, plain] of line.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/g)) {
    found.push((quoted?.replaceAll('""', '"') ?? plain ?? "").trim());
    if (found.length > line.length) break;
  }
  return line.endsWith(",") ? found : found.slice(0, Math.max(1, found.length - 1));
}

type Row = ReadonlyMap<string, string>;

/** A number, of watts with their unit; `undefined` for anything else: of `1,234` nobody knows what it is. */
const numberIn = (row: Row, name: string): number | undefined => {
  const match = /^(\d+(?:\.\d*)?(?:e[+-]?\d+)?)(?: ?W)?$/i.exec(row.get(name) ?? "");
  return match === null ? undefined : usable(Number(match[1]));
};

const usable = (value: number): number | undefined =>
  Number.isFinite(value) && value > 0 ? value : undefined;

/** A tracker that is flushed writes what a run has used so far again and again: the last row of a run is all of it. */
function readCodeCarbon(rows: readonly Row[]): Measurements {
  const runs = new Map(rows.map((row, i) => [row.get("run_id") || `row ${i}`, row]));
  const measurements = [...runs.values()].flatMap((row): readonly Measurement[] => {
    const joulesOf = (name: string): number | undefined =>
      usable((numberIn(row, name) ?? 0) * joulesPerKilowattHour);
    const [joules, cpuJoules] = [joulesOf("gpu_energy"), joulesOf("cpu_energy")];
    if (joules === undefined && cpuJoules === undefined) return [];
    return [measured(numberIn(row, "duration"), joules, cpuJoules, "CodeCarbon")];
  });
  return measurements.length > 0
    ? { kind: "run", measurements }
    : {
        kind: "error",
        message:
          "no row has gpu_energy or cpu_energy: what the whole machine used says nothing of its accelerator",
      };
}

const measured = (
  seconds: number | undefined,
  joules: number | undefined,
  cpuJoules: number | undefined,
  source: string,
): Measurement => ({ seconds, joules, ...(cpuJoules === undefined ? {} : { cpuJoules }), source });

const zeusSchema = z.object({
  time: z.number().positive(),
  gpu_energy: z.record(z.string(), z.number().nonnegative()).optional(),
  energy: z.record(z.string(), z.number().nonnegative()).optional(),
  cpu_energy: z.record(z.string(), z.number().nonnegative()).nullish(),
});

/** A column of the log that a monitor of Zeus keeps by itself, in joules. */
const zeusEnergy = /^gpu\d+_energy$/;

const total = (values: readonly number[]): number | undefined =>
  usable(values.reduce((sum, each) => sum + each, 0));

/** Windows, one a row. */
function readZeusLog(rows: readonly Row[]): Measurements {
  const measurements = rows.flatMap((row): readonly Measurement[] => {
    const names = [...row.keys()].filter((name) => zeusEnergy.test(name));
    const joules = total(names.map((name) => numberIn(row, name) ?? 0));
    return joules === undefined ? [] : [measured(numberIn(row, "elapsed_time"), joules, undefined, "Zeus")];
  });
  return measurements.length > 0
    ? { kind: "run", measurements }
    : { kind: "error", message: "no window of this log of Zeus has energy" };
}

function readZeus(text: string): Measurements {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: "error", message: "it is not JSON" };
  }
  const parsed = z.array(zeusSchema).safeParse(Array.isArray(json) ? json : [json]);
  if (!parsed.success || parsed.data.length === 0)
    return {
      kind: "error",
      message: 'a measurement of Zeus has "time" in seconds and "gpu_energy" in joules by GPU',
    };
  return {
    kind: "run",
    measurements: parsed.data.map(({ time, gpu_energy: gpu, energy, cpu_energy: cpu }) =>
      measured(time, total(Object.values(gpu ?? energy ?? {})), total(Object.values(cpu ?? {})), "Zeus"),
    ),
  };
}

/** Power over time, by the trapezoidal rule; boards add up. */
function readPowerLog(rows: readonly Row[], power: string): Measurements {
  const boards = new Map<string, { readonly at: number; readonly watts: number }[]>();
  for (const row of rows) {
    const watts = numberIn(row, power);
    const at = secondsOf(row.get("timestamp") ?? "");
    if (watts === undefined || at === undefined) continue;
    const board = row.get("index") ?? row.get("uuid") ?? row.get("pci.bus_id") ?? "";
    const samples = boards.get(board) ?? [];
    boards.set(board, samples);
    samples.push({ at, watts });
  }
  let [joules, seconds] = [0, 0];
  for (const samples of boards.values()) {
    for (const [i, { at, watts }] of samples.entries()) {
      const before = samples[i - 1];
      // A clock that was set back tells nothing of that interval.
      if (before !== undefined) joules += ((watts + before.watts) / 2) * Math.max(0, at - before.at);
    }
    seconds = Math.max(seconds, (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0));
  }
  return usable(joules) !== undefined && seconds > 0
    ? { kind: "run", measurements: [{ seconds, joules, source: "nvidia-smi" }] }
    : {
        kind: "error",
        message: "a log needs the columns timestamp and power.draw, and at least two samples",
      };
}

/** `2026/11/22 10:20:30.123` as seconds since some day. */
function secondsOf(text: string): number | undefined {
  const match = /^(\d{4})[/-](\d+)[/-](\d+)[ T](\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map(Number);
  return ((dayNumber(year, month, day) * 24 + hours) * 60 + minutes) * 60 + seconds;
}

/** Days since the first of March of year 0, in the Gregorian calendar: February, the odd one, is last. */
function dayNumber(year: number, month: number, day: number): number {
  const [y, m] = month > 2 ? [year, month - 3] : [year - 1, month + 9];
  const leaps = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return 365 * y + leaps + Math.floor((153 * m + 2) / 5) + day - 1;
}

const tableNumbers = ["batch", "calls", "count", "seconds", "joules"] as const;

function readTable(rows: readonly Row[]): Measurements {
  const text = (row: Row, name: string): string | undefined => row.get(name) || undefined;
  for (const [i, row] of rows.entries()) {
    const wrong = tableNumbers.find(
      (name) => text(row, name) !== undefined && numberIn(row, name) === undefined,
    );
    if (wrong !== undefined)
      return {
        kind: "error",
        message: `row ${i + 1}: \`${wrong}\` must be a number above 0, not \`${row.get(wrong)}\``,
      };
    if (numberIn(row, "seconds") === undefined && numberIn(row, "joules") === undefined)
      return { kind: "error", message: `row ${i + 1}: it has neither seconds nor joules` };
  }
  return {
    kind: "table",
    rows: rows.map((row) => {
      const compiled = text(row, "compiled");
      return {
        file: text(row, "file"),
        model: text(row, "model"),
        input: text(row, "input"),
        accelerator: text(row, "accelerator"),
        precision: text(row, "precision"),
        mode: text(row, "mode"),
        batch: numberIn(row, "batch"),
        compiled: compiled === undefined ? undefined : /^(?:1|true|yes)$/i.test(compiled),
        calls: numberIn(row, "calls"),
        count: numberIn(row, "count"),
        parallel: text(row, "parallel"),
        seconds: numberIn(row, "seconds"),
        joules: numberIn(row, "joules"),
      };
    }),
  };
}
