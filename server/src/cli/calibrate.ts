import { readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { costJson } from "../analysis/cost-report.ts";
import { lineFinder } from "../analysis/estimate-report.ts";
import type { EstimateValue } from "../analysis/estimate-value.ts";
import { type FactorsFile, type FactorsRow, factorsName } from "../analysis/factors-file.ts";
import { factorsOf } from "../analysis/local-calibration.ts";
import { type Measurement, readMeasurements, type TableRow } from "../analysis/measurements.ts";
import {
  defaultRequest,
  modes,
  type Parallel,
  parallels,
  precisionChoices,
  resolveScenario,
} from "../analysis/scenario.ts";
import { findAccelerator } from "../hardware/find-accelerator.ts";
import { ownAccelerator } from "../hardware/own-accelerator.ts";
import { createSession, defaultLimits } from "../host/model-session.ts";
import { absolutePath } from "../host/paths.ts";
import { projectFolder } from "../host/project-folder.ts";
import { estimateModels } from "../model/estimate-model.ts";
import { parseInputSpec } from "../model/input-spec.ts";
import { ownAccelerators } from "./own-accelerators.ts";
import { packageRoots } from "./package-roots.ts";

interface CalibrateFlags {
  readonly file?: string;
  readonly model?: string;
  readonly input?: string;
  readonly accelerator?: string;
  readonly precision: string;
  readonly mode: string;
  readonly batch?: number;
  readonly compiled: boolean;
  readonly calls?: number;
  readonly count?: number;
  readonly parallel?: Parallel;
  readonly output: string;
}

interface CalibrateConsole {
  readonly stdout: { readonly write: (text: string) => unknown };
  readonly stderr: { readonly write: (text: string) => unknown };
}

/** The subcommand `calibrate`. @param finish told the exit code: 0, or 2 when nothing could be learned. */
export function calibrateCommand(console: CalibrateConsole, finish: (code: number) => void): Command {
  return new Command("calibrate")
    .description(
      "learn from measurements of your own: CodeCarbon CSV, Zeus JSON, nvidia-smi logs, or a CSV table",
    )
    .argument("<measurements...>", "the files that hold them")
    .option("--file <file>", "the Python file whose model ran")
    .option("--model <expression>", "what ran, in the namespace of the file")
    .option("--input <[name=]dtype[dims]>", "the tensor that it was called with")
    .option("--accelerator <name>", "what it ran on")
    .option("--precision <precision>", "how floating-point work was carried out", "as-written")
    .option("--mode <mode>", "infer or train", "infer")
    .option("--batch <number>", "samples in one call, in place of those in the code", whole)
    .option("--compiled", "under torch.compile", false)
    .option("--calls <number>", "calls, or training steps, in the measured time", whole)
    .option("--count <number>", "accelerators that shared the work", whole)
    .addOption(new Option("--parallel <way>", "what they shared (default: tensor)").choices(parallels))
    .option("-o, --output <file>", "where the factors go", factorsName)
    .action(async (paths: readonly string[], flags: CalibrateFlags) =>
      finish(await calibrate(paths, flags, console)),
    );
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("expected a whole number from 1 on");
  return value;
}

interface Measured {
  readonly file: string;
  readonly model: string | undefined;
  readonly input: string | undefined;
  readonly accelerator: string;
  readonly precision: string;
  readonly mode: string;
  readonly batch: number | undefined;
  readonly compiled: boolean;
  readonly count: number | undefined;
  readonly parallel: string | undefined;
  /** Of one call. */
  readonly seconds: number | undefined;
  readonly joules: number | undefined;
  readonly source: string;
}

/** A factor beyond this says more of what was counted than of the estimate. */
const unlikely = 5;

async function calibrate(
  paths: readonly string[],
  flags: CalibrateFlags,
  console: CalibrateConsole,
): Promise<number> {
  const measured: Measured[] = [];
  for (const path of paths) {
    const read = readFile(path, flags);
    if (typeof read === "string") {
      console.stderr.write(`${path}: ${read}\n`);
      return 2;
    }
    measured.push(...read);
  }
  const rows: FactorsRow[] = [];
  for (const each of measured) {
    const row = await compare(each);
    if (typeof row === "string") console.stderr.write(`${each.file}: ${row}\n`);
    else rows.push(row);
  }
  if (rows.length === 0) return 2;
  const written: FactorsFile = {
    schema: "ecocompute.factors/1",
    written: new Date().toISOString().slice(0, 10),
    factors: factorsOf(rows),
    rows,
  };
  writeFileSync(absolutePath(flags.output), `${JSON.stringify(written, null, 1)}\n`);
  for (const { accelerator, mode, quantity, factor, half, rows: count } of written.factors)
    console.stdout.write(
      `${accelerator}, ${mode}: ${quantity} x ${factor.toPrecision(3)}, 90 % interval x/÷ ${Math.exp(half).toPrecision(3)}, from ${count} ${count === 1 ? "measurement" : "measurements"}\n`,
    );
  for (const { accelerator, mode, quantity, factor } of written.factors)
    if (Math.abs(Math.log(factor)) > Math.log(unlikely))
      console.stderr.write(
        `${accelerator}, ${mode}: ${quantity} x ${factor.toPrecision(3)} is more than estimates err: look at the calls, the batch and what ran\n`,
      );
  console.stdout.write(
    `${flags.output} written; name it in [tool.ecocompute]: factors = "${flags.output}"\n`,
  );
  return 0;
}

/** The rows of a file; the reason where there are none. */
function readFile(path: string, flags: CalibrateFlags): readonly Measured[] | string {
  let text: string;
  try {
    text = readFileSync(absolutePath(path), "utf8");
  } catch {
    return "no such file, or it cannot be read";
  }
  const read = readMeasurements(text);
  if (read.kind === "error") return read.message;
  if (read.kind === "table") return inTable(path, read.rows, flags);
  const { file, accelerator, calls, count, parallel, model, input, precision, mode, batch, compiled } = flags;
  if (file === undefined || accelerator === undefined || calls === undefined)
    return "a measurement of a whole run needs --file, --accelerator and --calls: what ran, on what, and how often";
  const own = ownAccelerators(absolutePath(file)).map((each) => ownAccelerator(each, ""));
  const found = findAccelerator(accelerator, own);
  const isProcessor = found.kind === "found" && found.value.kind === "cpu";
  const energyOf = ({ joules, cpuJoules }: Measurement): number | undefined =>
    isProcessor ? cpuJoules : joules;
  if (read.measurements.every((each) => each.seconds === undefined && energyOf(each) === undefined))
    return `nothing in it is of ${isProcessor ? "a processor" : "a board"}`;
  return read.measurements.map((each) => ({
    file: absolutePath(file),
    model,
    input,
    accelerator,
    precision,
    mode,
    batch,
    compiled,
    count,
    parallel,
    seconds: perCall(each.seconds, calls),
    joules: perCall(energyOf(each), calls),
    source: each.source,
  }));
}

/** Rows with what the options say where they say nothing; the reason where nobody does. */
function inTable(
  path: string,
  rows: readonly TableRow[],
  flags: CalibrateFlags,
): readonly Measured[] | string {
  const told: Measured[] = [];
  for (const [i, row] of rows.entries()) {
    const calls = row.calls ?? flags.calls ?? 1;
    const own = row.file === undefined ? undefined : resolve(dirname(absolutePath(path)), row.file);
    const file = own ?? (flags.file === undefined ? undefined : absolutePath(flags.file));
    const accelerator = row.accelerator ?? flags.accelerator;
    if (file === undefined) return `row ${i + 1}: no file is told: it needs a column \`file\`, or --file`;
    if (accelerator === undefined)
      return `row ${i + 1}: no accelerator is told: it needs a column \`accelerator\`, or --accelerator`;
    told.push({
      file,
      accelerator,
      model: row.model ?? flags.model,
      input: row.input ?? flags.input,
      precision: row.precision ?? flags.precision,
      mode: row.mode ?? flags.mode,
      batch: row.batch ?? flags.batch,
      compiled: row.compiled ?? flags.compiled,
      count: row.count ?? flags.count,
      parallel: row.parallel ?? flags.parallel,
      seconds: perCall(row.seconds, calls),
      joules: perCall(row.joules, calls),
      source: "table",
    });
  }
  return told;
}

const perCall = (whole: number | undefined, calls: number): number | undefined =>
  whole === undefined ? undefined : whole / calls;

/** What is computed for the same call; the reason where nothing is. */
async function compare(row: Measured): Promise<FactorsRow | string> {
  const precision = precisionChoices.find((each) => each === row.precision);
  const mode = modes.find((each) => each === row.mode);
  if (precision === undefined) return `no precision is called \`${row.precision}\``;
  if (mode !== "infer" && mode !== "train") return "the mode must be infer or train";
  const parallel = parallels.find((each) => each === (row.parallel ?? "tensor"));
  if (parallel === undefined) return `work is shared by tensor or batch, not by \`${row.parallel}\``;
  const { accelerator, batch, compiled, count } = row;
  const accelerators = ownAccelerators(row.file);
  const scene = resolveScenario({
    ...defaultRequest,
    accelerator,
    accelerators,
    precision,
    mode,
    batch,
    compiled,
    count,
    parallel,
  });
  if (scene.kind === "error") return scene.message;
  const input = row.input === undefined ? undefined : parseInputSpec(row.input);
  if (row.input !== undefined && input === undefined)
    return `\`${row.input}\` is no input such as float32[1, 3, 224, 224]`;
  const home = dirname(row.file);
  const project = projectFolder(row.file);
  const roots = [
    ...new Set([home, project, `${project}/src`, ...packageRoots([], [home, absolutePath(".")])]),
  ];
  const { interpreter, syntax, readText } = await createSession(roots, defaultLimits);
  const text = readText(row.file);
  if (text === undefined) return "no such file, or it cannot be read";
  const [model] = estimateModels(interpreter, {
    file: row.file,
    source: syntax.parse(text),
    training: mode === "train",
    ...(row.model === undefined ? {} : { entry: row.model }),
    ...(input === undefined ? {} : { inputs: [input] }),
  });
  if (model === undefined) return "no model was found; name it";
  if (!model.complete) return `${model.name} is not counted in full, so nothing can be learned from it`;
  const cost = costJson(model, scene, lineFinder(readText));
  if (cost.latency.value === null) return cost.latency.assumptions.join("; ");
  return {
    file: row.file,
    model: row.model ?? null,
    input: row.input ?? null,
    accelerator: scene.scenario.accelerator.id,
    precision,
    mode,
    batch: cost.scenario.batch,
    compiled,
    count: cost.scenario.count,
    parallel: cost.scenario.parallel,
    seconds: row.seconds ?? null,
    joules: row.joules ?? null,
    computedSeconds: cost.latency.value,
    computedJoules: cost.energy.value,
    secondsWithin: withinOf(cost.latency) ?? 1,
    joulesWithin: withinOf(cost.energy),
    source: row.source,
  };
}

/** x/÷; `null` where it is not known. */
const withinOf = ({ value, low, high }: EstimateValue): number | null =>
  value === null || low === null || high === null ? null : Math.max(high / value, value / low);
