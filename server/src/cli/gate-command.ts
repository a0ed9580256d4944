import { readFileSync, writeFileSync } from "node:fs";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { decisions, type GateConfig } from "../analysis/gate-config.ts";
import { modes, precisionChoices } from "../analysis/scenario.ts";
import type { PartialRequest } from "../analysis/scenario-config.ts";
import { exitCodeOf, type GateResult, gateResultSchema } from "../gate/gate-result.ts";
import { mergeShards } from "../gate/shard.ts";
import { absolutePath } from "../host/paths.ts";
import { type GateOptions, gate } from "./gate.ts";
import type { LookConsole } from "./gate-look.ts";
import { notify, type Place, places } from "./gate-notify.ts";
import { type Format, formats, render } from "./gate-render.ts";

interface OutputFlags {
  readonly format: Format;
  readonly output?: string;
  readonly notify?: readonly Place[];
}

interface GateFlags extends OutputFlags {
  readonly base?: string;
  readonly head?: string;
  readonly baseDir?: string;
  readonly headDir?: string;
  readonly config?: string;
  readonly mode?: "block" | "audit";
  readonly budgetThreshold?: number;
  readonly carbonLimit?: number;
  readonly decide?: GateConfig["decide"];
  readonly incomplete?: GateConfig["incomplete"];
  readonly label: readonly string[];
  readonly overrideReason?: string;
  readonly accelerator?: string;
  readonly volume?: number;
  readonly region?: string;
  readonly precision?: PartialRequest["precision"];
  readonly scenarioMode?: PartialRequest["mode"];
  readonly price?: number;
  readonly batch?: number;
  readonly pythonPath: readonly string[];
  readonly cacheDir?: string;
  readonly cache: boolean;
  readonly shard?: GateOptions["shard"];
  readonly jobs?: number;
  readonly timeLimit: number;
}

interface CommandConsole extends LookConsole {
  readonly stdout: { readonly write: (text: string) => unknown };
}

/** The subcommand `gate`. @param finish told the exit code: 0 pass, 1 blocked, 2 the gate could not judge. */
export function gateCommand(console: CommandConsole, finish: (code: number) => void): Command {
  const command = new Command("gate")
    .option("--base <revision>", "what the change is held against: where head branched off from it")
    .option("--head <revision>", "the change (default: the working tree)")
    .option("--base-dir <folder>", "compare two folders instead: this one is the base")
    .option("--head-dir <folder>", "and this one the head")
    .option("--config <file>", "use this configuration file for both sides")
    .addOption(
      new Option("--mode <mode>", "audit: tell and never block (default: block)").choices(["block", "audit"]),
    )
    .option("--budget-threshold <usd>", "allowed increase per month in US dollars", amount)
    .option("--carbon-limit <kg>", "allowed increase per month in kilograms of CO2e", amount)
    .addOption(
      new Option(
        "--decide <end>",
        "what of an interval is held against a limit: its lower end blocks and its upper end warns, or one of them decides (default: interval)",
      ).choices(decisions),
    )
    .addOption(
      new Option(
        "--incomplete <level>",
        "what models lead to that could not be counted in full (default: warn)",
      ).choices(["warn", "block", "allow"]),
    )
    .option("--label <name>", "a label of the pull request; some let costs pass", several, [])
    .option("--override-reason <text>", "let the change pass, and write down why")
    .option("--accelerator <name>", "what models run on: `h100`, `rtx4090`")
    .option("--volume <inferences>", "inferences per month (default: 1000000)", positive)
    .option("--region <name>", "a cloud region, country or state, for prices and CO2e")
    .addOption(
      new Option("--precision <precision>", "how floating-point work is carried out").choices(
        precisionChoices,
      ),
    )
    .addOption(
      new Option("--scenario-mode <mode>", "one call, a training step, a prompt, or one more token").choices(
        modes,
      ),
    )
    .option("--price <usd>", "US dollars per accelerator and hour, in place of list prices", positive)
    .option("--batch <number>", "samples in one call, in place of those in the code", whole)
    .option("--python-path <folder>", "an environment whose packages are read, never run", several, [])
    .option("--cache-dir <folder>", "where answers for unchanged files are kept")
    .option("--no-cache", "keep and use none")
    .option("--shard <i/n>", "do this part of the work only, and write it for `gate merge`", shardOf)
    .option("-j, --jobs <number>", "at most this many threads", whole)
    .option("--time-limit <seconds>", "for the models of one file", positive, 30)
    .action(async (flags: GateFlags) => {
      const options = optionsOf(flags);
      if (options.kind === "error") return end(options.message);
      const outcome = await gate(options.options, console);
      if (outcome.kind === "error") return end(outcome.message);
      if (outcome.kind === "shard") {
        write(`${JSON.stringify(outcome.shard)}\n`, flags.output);
        finish(0);
      } else await tell(outcome.result, flags);
    });
  withOutput(command);
  const merge = new Command("merge")
    .description("put the parts of `gate --shard` together: the result of one run over everything")
    .argument("<files...>", "what the parts wrote")
    .action(async (files: readonly string[], _: unknown, { parent }: Command) => {
      const texts = readAll(files);
      if (texts.kind === "error") return end(texts.message);
      const merged = mergeShards(texts.texts);
      if (merged.kind === "error") return end(merged.message);
      await tell(merged.result, parent?.opts<OutputFlags>() ?? { format: "text" });
    });
  const report = new Command("report")
    .description("write a result, as `--format json` told it, in another format")
    .addArgument(new Argument("<file>", "the result"))
    .action(async (file: string, _: unknown, { parent }: Command) => {
      const texts = readAll([file]);
      if (texts.kind === "error") return end(texts.message);
      const result = resultIn([...texts.texts.values()][0] ?? "");
      if (result === undefined) return end(`${file} is no result of a gate of this version.`);
      await tell(result, parent?.opts<OutputFlags>() ?? { format: "text" });
    });
  return command.addCommand(merge).addCommand(report);

  function end(message: string): void {
    console.stderr.write(`${message}\n`);
    finish(2);
  }

  function write(text: string, output: string | undefined): void {
    if (output === undefined) console.stdout.write(text);
    else writeFileSync(absolutePath(output), text);
  }

  async function tell(
    result: GateResult,
    { format, output, notify: named = [] }: OutputFlags,
  ): Promise<void> {
    write(render(result, format, output === undefined), output);
    await notify(result, named, process.env, (message) => console.stderr.write(`${message}\n`));
    finish(exitCodeOf(result));
  }
}

const withOutput = (command: Command): Command =>
  command
    .addOption(new Option("--format <format>", "how to write the result").choices(formats).default("text"))
    .option("-o, --output <file>", "write the result to a file")
    .option(
      "--notify <places>",
      `tell ${places.join(", ")} where something changes; addresses and tokens are read from the environment`,
      placesOf,
    );

function placesOf(value: string): readonly Place[] {
  return value.split(",").map((name) => {
    const found = places.find((place) => place === name.trim());
    if (found === undefined) throw new InvalidArgumentError(`It must be of ${places.join(", ")}.`);
    return found;
  });
}

type Read =
  | { readonly kind: "texts"; readonly texts: ReadonlyMap<string, string> }
  | { readonly kind: "error"; readonly message: string };

function readAll(files: readonly string[]): Read {
  const texts = new Map<string, string>();
  for (const file of files) {
    try {
      texts.set(file, readFileSync(absolutePath(file), "utf8"));
    } catch (error) {
      return {
        kind: "error",
        message: `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      };
    }
  }
  return { kind: "texts", texts };
}

function resultIn(json: string): GateResult | undefined {
  try {
    return gateResultSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

type Options =
  | { readonly kind: "options"; readonly options: GateOptions }
  | { readonly kind: "error"; readonly message: string };

function optionsOf(flags: GateFlags): Options {
  const states = statesOf(flags);
  if (typeof states === "string") return { kind: "error", message: states };
  return {
    kind: "options",
    options: {
      folder: absolutePath("."),
      states,
      config: flags.config,
      gate: said({
        mode: flags.mode,
        budgetThreshold: flags.budgetThreshold,
        carbonLimit: flags.carbonLimit,
        decide: flags.decide,
        incomplete: flags.incomplete,
      }),
      scenario: said({
        accelerator: flags.accelerator,
        volume: flags.volume,
        region: flags.region,
        precision: flags.precision,
        mode: flags.scenarioMode,
        price: flags.price,
        batch: flags.batch,
      }),
      labels: flags.label,
      overrideReason: flags.overrideReason,
      pythonPath: flags.pythonPath.map((path) => absolutePath(path)),
      cacheFolder: flags.cacheDir,
      useCache: flags.cache,
      shard: flags.shard,
      jobs: flags.jobs,
      timeLimit: flags.timeLimit,
    },
  };
}

/** What the command line says nothing of leaves the configuration as it is. */
const said = (flags: Partial<Record<keyof GateConfig | keyof PartialRequest, unknown>>) =>
  Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));

/** @returns a sentence where the flags do not name two states. */
function statesOf({ base, head, baseDir, headDir }: GateFlags): GateOptions["states"] | string {
  if (baseDir !== undefined || headDir !== undefined) {
    if (baseDir === undefined || headDir === undefined || base !== undefined || head !== undefined)
      return "Name two folders with --base-dir and --head-dir, or revisions with --base and --head.";
    return { kind: "folders", base: baseDir, head: headDir };
  }
  return base === undefined
    ? "Name what the change is held against: --base main, or --base-dir and --head-dir."
    : { kind: "revisions", base, head };
}

const several = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0) || !Number.isFinite(value))
    throw new InvalidArgumentError("expected a number from 0 on");
  return value;
}

function positive(text: string): number {
  const value = amount(text);
  if (value === 0) throw new InvalidArgumentError("expected a number above 0");
  return value;
}

function whole(text: string): number {
  const value = positive(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError("expected a whole number from 1 on");
  return value;
}

function shardOf(text: string): GateOptions["shard"] {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (!(shard.index >= 1) || shard.index > shard.count)
    throw new InvalidArgumentError("expected a part and how many there are, such as 2/8");
  return shard;
}
