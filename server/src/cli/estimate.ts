import { statSync } from "node:fs";
import { dirname } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import type { Config } from "../analysis/config.ts";
import { costJson } from "../analysis/cost-report.ts";
import { type EstimateReport, estimateJson, lineFinder } from "../analysis/estimate-report.ts";
import { languageModels } from "../analysis/language-model-report.ts";
import { optimizationsJson } from "../analysis/optimization-report.ts";
import { optimizerOf } from "../analysis/optimizer-choice.ts";
import { type Mode, resolveScenario } from "../analysis/scenario.ts";
import { lineStarts, positionAt } from "../base/text.ts";
import type { Accelerator } from "../hardware/accelerator.ts";
import { accelerators, findAccelerator } from "../hardware/find-accelerator.ts";
import { createCallerIndex } from "../host/callers.ts";
import { createConfigFinder } from "../host/find-config.ts";
import { hubConfigText } from "../host/hub-cache.ts";
import { lookForCallers, questionsOf } from "../host/look-for-callers.ts";
import { createSession, defaultLimits } from "../host/model-session.ts";
import { absolutePath, folderOf } from "../host/paths.ts";
import { projectFolder } from "../host/project-folder.ts";
import { type Callers, noCallers } from "../model/construction.ts";
import { estimateModels, type ModelEstimate } from "../model/estimate-model.ts";
import { type InputSpec, parseInputSpec } from "../model/input-spec.ts";
import type { Serving } from "../model/serving.ts";
import { rules } from "../rules/registry.gen.ts";
import { firstError } from "../syntax/first-error.ts";
import { addCostOptions, type CostFlags, idleOptions, requestOf } from "./cost-options.ts";
import { estimateText } from "./estimate-text.ts";
import { packageRoots } from "./package-roots.ts";

interface EstimateFlags extends CostFlags {
  readonly model?: string;
  readonly input?: readonly InputSpec[];
  readonly pythonPath: readonly string[];
  readonly train: boolean;
  readonly timeLimit: number;
  readonly format: "json" | "text";
  readonly fitsOn: readonly Accelerator[];
  readonly config?: string;
}

export interface EstimateConsole {
  readonly stdout: { readonly write: (text: string) => unknown };
  readonly stderr: { readonly write: (text: string) => unknown };
}

/**
 * The subcommand `estimate`. @param finish told the exit code: 0; 1 when the model that was asked for cannot be built, or raises
 * with the inputs that it is given; 2 when the file cannot be read or has no such name, or when the configuration is broken: then
 * the estimate is of another scenario than was meant.
 */
export function estimateCommand(console: EstimateConsole, finish: (code: number) => void): Command {
  const command = new Command("estimate")
    .description("tell what the models of a Python file cost, without running it")
    .argument("<file>", "the Python file that defines or builds the model")
    .option("--model <expression>", "what to estimate, in the namespace of the file: `resnet50()`, `model`")
    .option(
      "--input <[name=]value>",
      "what to call it with, a tensor by its dtype and shape: `float32[1, 3, 224, 224]`, `ids=int64[B=8, 1024]`, with its elements where sizes depend on them: `lengths=int64[3]=[12, 9, 5]`; a plain value: `steps=3`, `mask=None`; or lists, tuples and dicts of these: `maps=[float32[1, 64, 56, 56], float32[1, 128, 28, 28]]`",
      input,
    )
    .option(
      "--python-path <folder>",
      "a Python interpreter, an environment or a folder whose packages are read, such as site-packages; never run",
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
    .option(
      "--fits-on <names>",
      "tell whether it fits into their memory: `h100,rtx4090`, or `all`",
      fitsOn,
      [],
    )
    .option("--config <file>", "use this configuration file")
    .action(async (file: string, flags: EstimateFlags) => finish(await estimate(file, flags, console)));
  return addCostOptions(command);
}

function input(text: string, before: readonly InputSpec[] = []): readonly InputSpec[] {
  const given = parseInputSpec(text);
  if (given === undefined)
    throw new InvalidArgumentError(
      "expected [NAME=]dtype[dims], such as x=float32[1, 3, 224, 224], with a value for each element: lengths=int64[3]=[12, 9, 5], a plain value: steps=3, or a list, tuple or dict of these",
    );
  return [...before, given];
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

/** Each folder from `home` up to the one named is a package. */
const isModuleOf = (named: string, home: string): boolean =>
  home.startsWith(`${named}/`) &&
  statSync(`${home}/__init__.py`, { throwIfNoEntry: false }) !== undefined &&
  (dirname(home) === named || isModuleOf(named, dirname(home)));

async function estimate(path: string, flags: EstimateFlags, console: EstimateConsole): Promise<number> {
  const file = absolutePath(path);
  const { config, isBroken } = configured(file, flags.config, console);
  const request = requestOf(flags, config.scenario, flags.train);
  const resolved = request === undefined ? undefined : resolveScenario(request);
  for (const idle of idleOptions(flags, request)) console.stderr.write(`${idle}\n`);
  if (resolved?.kind === "error") {
    console.stderr.write(`${resolved.message}\n`);
    return 2;
  }
  if (resolved === undefined && flags.optimize !== undefined) {
    console.stderr.write(
      "savings need an accelerator: name one with --accelerator or in the configuration\n",
    );
    return 2;
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    console.stderr.write(
      `${path}: this is a folder; name a Python file in it, or look through all with \`ecocompute check --models ${path}\`\n`,
    );
    return 2;
  }
  const home = dirname(file);
  const project = projectFolder(file);
  const packages = packageRoots(flags.pythonPath, [home, absolutePath(".")]);
  // As PYTHONPATH they come before what is only taken for the project; installed packages come last.
  const named = packages.filter(
    (folder) => flags.pythonPath.includes(folder) && !/\/(?:site|dist)-packages$/.test(folder),
  );
  // A module of a package is imported from the folder that holds the package; by itself it would be a program of its own.
  const isPackaged = named.some((folder) => isModuleOf(folder, home));
  const first = isPackaged ? [...named, home] : [home, ...named];
  const roots = [...new Set([...first, project, `${project}/src`, ...packages])];
  const limits = { ...defaultLimits, milliseconds: flags.timeLimit * 1000 };
  const { interpreter, syntax, files } = await createSession(roots, limits);
  const text = files.readText(file);
  if (text === undefined) {
    console.stderr.write(`${path}: no such file, or it cannot be read\n`);
    return 2;
  }
  const source = syntax.parse(text);
  const callersOf = async (estimates: readonly ModelEstimate[]): Promise<Callers> => {
    const questions = questionsOf(interpreter, source, estimates);
    if (questions === undefined) return noCallers;
    const now = (): number => performance.now();
    const index = createCallerIndex({ folder: project, files, syntax, now });
    await index.prepare();
    return lookForCallers({ file, source, questions, index, syntax, files, roots, now });
  };
  const broken = firstError(source);
  if (broken !== undefined) {
    const line = positionAt(lineStarts(text), broken).line + 1;
    console.stderr.write(`${path}:${line}: this cannot be read as Python and is left out\n`);
  }
  const asked = {
    file,
    source,
    training: flags.train || request?.mode === "train",
    ...servingOf(request?.mode ?? flags.mode, request?.context ?? flags.context),
    ...(flags.model === undefined ? {} : { entry: flags.model }),
    ...(flags.input === undefined ? {} : { inputs: flags.input }),
  };
  const own = estimateModels(interpreter, asked);
  const callers = flags.model === undefined ? await callersOf(own) : noCallers;
  const { constructions, hints, unbuilt } = callers;
  const isTold = constructions.length + hints.length + unbuilt.length > 0;
  const models = isTold ? estimateModels(interpreter, { ...asked, callers }) : own;
  const lines = lineFinder((each) => files.readText(each));
  const optimizer = optimizerOf(file, source);
  const report: EstimateReport = {
    schema: "ecocompute.estimate/1",
    file: path,
    languageModels: languageModels(file, source, request, hubConfigText),
    models: models.map((each) => {
      const counted = estimateJson(each, lines, { optimizer, accelerators: flags.fitsOn });
      if (resolved === undefined) return counted;
      const cost = costJson(each, resolved, lines, optimizer);
      const { optimize } = flags;
      if (flags.tokens !== undefined && request?.mode === "train" && cost.trainingRun === null)
        console.stderr.write(`${each.name}: no tokens go in: tell its training with --steps or --epochs\n`);
      return {
        ...counted,
        ...cost,
        memory: { ...counted.memory, ...cost.memory },
        ...(optimize === undefined
          ? {}
          : { optimizations: optimizationsJson(each, resolved, optimize, optimizer) }),
      };
    }),
  };
  console.stdout.write(
    flags.format === "json" ? `${JSON.stringify(report, null, 1)}\n` : estimateText(report),
  );
  const [model] = models;
  const done = isBroken ? 2 : 0;
  if (flags.model === undefined || model === undefined) return done;
  return model.isBuilt && model.failure === undefined ? done : refused(flags.model, model, console);
}

/** What was asked for does not run, or is no model: an error of usage when the file has no such name. */
function refused(asked: string, model: ModelEstimate, console: EstimateConsole): number {
  const why = model.failure?.message ?? model.notCounted[0]?.why ?? "it cannot be built";
  console.stderr.write(`--model ${asked}: ${why}\n`);
  const missing = /^NameError: name '(\w+)'/.exec(why)?.[1];
  return missing !== undefined && new RegExp(`\\b${missing}\\b`).test(asked) ? 2 : 1;
}

/** Prefill and decode run the model as a program that generates does. */
const servingOf = (mode: Mode | undefined, context: number | undefined): { readonly serving?: Serving } =>
  mode === "prefill" || mode === "decode" ? { serving: { phase: mode, context } } : {};

/** The configuration around the file; what is wrong in it is told and does not count. */
function configured(
  file: string,
  named: string | undefined,
  console: EstimateConsole,
): { readonly config: Config; readonly isBroken: boolean } {
  const folder = folderOf(file);
  const finder = createConfigFinder(rules, { ceilingOf: () => undefined, fallbackOf: () => folder });
  const found = named === undefined ? finder.forFile(file) : finder.withFile(absolutePath(named), folder);
  for (const { message, range } of found.problems)
    console.stderr.write(`${found.path ?? ""}:${range.start.line + 1}: ${message}\n`);
  return { config: found.config, isBroken: found.problems.length > 0 };
}
