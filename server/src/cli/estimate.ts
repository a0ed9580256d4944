import { dirname } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import {
  type CostRequest,
  costJson,
  precisionChoices,
  type Resolved,
  resolveScenario,
} from "../analysis/cost-report.ts";
import { type EstimateReport, estimateJson, lineFinder } from "../analysis/estimate-report.ts";
import { optimizerOf } from "../analysis/optimizer-choice.ts";
import type { Accelerator } from "../hardware/accelerator.ts";
import { accelerators, findAccelerator } from "../hardware/find-accelerator.ts";
import { createSession, defaultLimits } from "../host/model-session.ts";
import { absolutePath } from "../host/paths.ts";
import { estimateModels } from "../model/estimate-model.ts";
import { type InputSpec, parseInputSpec } from "../model/input-spec.ts";
import { estimateText } from "./estimate-text.ts";

interface EstimateFlags {
  readonly model?: string;
  readonly input?: readonly InputSpec[];
  readonly pythonPath: readonly string[];
  readonly train: boolean;
  readonly timeLimit: number;
  readonly format: "json" | "text";
  readonly accelerator?: string;
  readonly fitsOn: readonly Accelerator[];
  readonly precision: CostRequest["precision"];
  readonly compiled: boolean;
  readonly region?: string;
  readonly spot: boolean;
  readonly scope: CostRequest["scope"];
}

export interface EstimateConsole {
  readonly stdout: { readonly write: (text: string) => unknown };
  readonly stderr: { readonly write: (text: string) => unknown };
}

/** The subcommand `estimate`. @param finish told the exit code: 0, or 2 when the file cannot be read. */
export function estimateCommand(console: EstimateConsole, finish: (code: number) => void): Command {
  return new Command("estimate")
    .description("tell what the models of a Python file cost, without running it")
    .argument("<file>", "the Python file that defines or builds the model")
    .option("--model <expression>", "what to estimate, in the namespace of the file: `resnet50()`, `model`")
    .option(
      "--input <[name=]dtype[dims]>",
      "a tensor to call it with: `float32[1, 3, 224, 224]`, `ids=int64[B=8, 1024]`",
      input,
    )
    .option(
      "--python-path <folder>",
      "a folder that packages are read from, such as site-packages",
      folder,
      [],
    )
    .option("--train", "as in training: dropout, batch statistics, auxiliary heads", false)
    .option(
      "--time-limit <seconds>",
      "stop after this time with a partial result",
      seconds,
      defaultLimits.milliseconds / 1000,
    )
    .addOption(
      new Option("--format <format>", "how to write the estimate").choices(["text", "json"]).default("text"),
    )
    .option("--accelerator <name>", "tell time, energy, money and memory on it: `h100`, `rtx4090`")
    .option(
      "--fits-on <names>",
      "tell whether it fits into their memory: `h100,rtx4090`, or `all`",
      fitsOn,
      [],
    )
    .addOption(
      new Option("--precision <precision>", "how floating-point work is carried out")
        .choices(precisionChoices)
        .default("as-written"),
    )
    .option("--compiled", "as torch.compile runs it", false)
    .option("--region <name>", "a cloud region, country or state, for prices and CO2e")
    .option("--spot", "spot prices instead of on-demand ones", false)
    .addOption(
      new Option(
        "--scope <scope>",
        "what energy is counted of: the board, its node, or all the building draws for it",
      )
        .choices(["board", "node", "wall"])
        .default("board"),
    )
    .action(async (file: string, flags: EstimateFlags) => finish(await estimate(file, flags, console)));
}

function input(text: string, before: readonly InputSpec[] = []): readonly InputSpec[] {
  const spec = parseInputSpec(text);
  if (spec === undefined)
    throw new InvalidArgumentError("expected [NAME=]dtype[dims], such as x=float32[1, 3, 224, 224]");
  return [...before, spec];
}

const folder = (text: string, before: readonly string[]): readonly string[] => [
  ...before,
  absolutePath(text),
];

function fitsOn(text: string, before: readonly Accelerator[]): readonly Accelerator[] {
  if (text === "all") return accelerators;
  const named = text.split(",").map((name) => {
    const found = findAccelerator(name);
    if (found.kind === "found") return found.value;
    const hint = found.didYouMean === undefined ? "" : `; did you mean \`${found.didYouMean}\`?`;
    throw new InvalidArgumentError(`no accelerator is called \`${name}\`${hint}`);
  });
  return [...before, ...named];
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("expected a number of seconds");
  return value;
}

async function estimate(path: string, flags: EstimateFlags, console: EstimateConsole): Promise<number> {
  const resolved = scenarioOf(flags);
  if (resolved?.kind === "error") {
    console.stderr.write(`${resolved.message}\n`);
    return 2;
  }
  const file = absolutePath(path);
  const roots = [dirname(file), ...flags.pythonPath];
  const limits = { ...defaultLimits, milliseconds: flags.timeLimit * 1000 };
  const { interpreter, syntax, readText } = await createSession(roots, limits);
  const text = readText(file);
  if (text === undefined) {
    console.stderr.write(`${path}: no such file, or it cannot be read\n`);
    return 2;
  }
  const source = syntax.parse(text);
  const models = estimateModels(interpreter, {
    file,
    source,
    training: flags.train,
    ...(flags.model === undefined ? {} : { entry: flags.model }),
    ...(flags.input === undefined ? {} : { inputs: flags.input }),
  });
  const lines = lineFinder(readText);
  const optimizer = optimizerOf(file, source);
  const report: EstimateReport = {
    schema: "ecocompute.estimate/1",
    file: path,
    models: models.map((each) => {
      const counted = estimateJson(each, lines, { optimizer, accelerators: flags.fitsOn });
      if (resolved === undefined || each.graph.ops.length === 0) return counted;
      const cost = costJson(each, resolved, optimizer);
      return { ...counted, ...cost, memory: { ...counted.memory, ...cost.memory } };
    }),
  };
  console.stdout.write(
    flags.format === "json" ? `${JSON.stringify(report, null, 1)}\n` : estimateText(report),
  );
  return 0;
}

function scenarioOf(flags: EstimateFlags): Resolved | undefined {
  const { accelerator, precision, compiled, region, spot, scope } = flags;
  if (accelerator === undefined) return undefined;
  const mode = flags.train ? "train" : "infer";
  return resolveScenario({ accelerator, precision, mode, compiled, region, spot, scope });
}
