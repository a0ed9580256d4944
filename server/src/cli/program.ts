import { Argument, Command, InvalidArgumentError, Option } from "commander";
import pc from "picocolors";
import { type Preset, presets } from "../analysis/presets.ts";
import { ruleInfo } from "../analysis/rule-info.ts";
import { parseVersion } from "../analysis/torch-version.ts";
import { version } from "../base/version.ts";
import { findAccelerator } from "../hardware/find-accelerator.ts";
import { absolutePath } from "../host/paths.ts";
import { type Severity, severities } from "../report/report.ts";
import { rules } from "../rules/registry.gen.ts";
import type { Console, Format } from "./check.ts";
import { type BaselineChoice, unknownRules } from "./check-settings.ts";
import { explain, listRules } from "./explain.ts";

type Level = Severity | "off";

const auditDescription =
  "let Gemini judge a file, checked against our own figures; asks before anything is sent";
const calibrateDescription = "learn from measurements of your own how far estimates are off";
const gateDescription = "hold what a change costs against budgets, before it is merged";
const estimateDescription = "tell what the models of a Python file cost, without running it";

const levels: readonly Level[] = ["off", ...severities];

/** As commander hands them over, each checked by its own parser below. */
interface CheckFlags {
  readonly format: Format;
  readonly select?: readonly string[];
  readonly ignore?: readonly string[];
  readonly severity?: readonly (readonly [string, Level])[];
  readonly torchVersion?: string;
  readonly preset?: Preset;
  readonly config?: string;
  readonly models?: true;
  readonly accelerator?: string;
  readonly baseline?: string | false;
  readonly writeBaseline?: true;
  readonly failOn: Severity;
  readonly exitZero?: true;
  readonly fix?: true;
  readonly output?: string;
  readonly quiet?: true;
  readonly statistics?: true;
  readonly stdinFilename?: string;
  readonly jobs?: number;
}

/** @param finish told the exit code of the command that ran. */
export async function createProgram(
  argv: readonly string[],
  console: Console,
  finish: (code: number) => void,
): Promise<Command> {
  const program = new Command("ecocompute")
    .description("Tells PyTorch authors what their code wastes, without running it.")
    .version(version, "-V, --version")
    .configureOutput({
      writeOut: (text) => console.stdout.write(text),
      writeErr: (text) => console.stderr.write(text),
    })
    .showHelpAfterError("(see --help)")
    .option("--color", "use colors even where the output is not a terminal")
    .option("--no-color", "use no colors")
    .exitOverride();

  program
    .command("check")
    .description("check Python files for waste and costly bugs")
    .argument(
      "[paths...]",
      "files (checked even where they are ignored), folders or patterns; - reads standard input",
      ["."],
    )
    .addOption(
      new Option("--format <format>", "how to write the report")
        .choices(["text", "json", "sarif", "github"])
        .default("text"),
    )
    .addOption(new Option("--preset <preset>", "which rules run and how sure they must be").choices(presets))
    .option("--select <rules>", "run only these rules, categories or topics, separated by commas", ruleNames)
    .option("--ignore <rules>", "do not run these rules, categories or topics", ruleNames)
    .option("--severity <rule=level>", `set the level of a rule: ${levels.join(", ")}`, ruleSeverity)
    .option("--torch-version <version>", "the torch that the code runs on, such as 2.4", torchVersion)
    .option("--config <file>", "use this configuration file")
    .option("--models", "interpret models too, for the rules that read them; takes longer")
    .option(
      "--accelerator <name>",
      "interpret models as run on it, such as h100: findings tell what they save, rules about its memory speak",
      accelerator,
    )
    .option("--baseline <file>", "do not report the findings that this file knows", jsonFile)
    .option("--no-baseline", "report them all")
    .option("--write-baseline", "write down all findings as known, in the baseline named or configured")
    .addOption(
      new Option("--fail-on <level>", "exit with 1 from this level on")
        .choices(severities)
        .default("warning"),
    )
    .option("--exit-zero", "exit with 0 whatever is found")
    .option("--fix", "apply safe fixes and report what is left")
    .option("-o, --output <file>", "write the report to a file")
    .option("-q, --quiet", "write findings and nothing else")
    .option("--statistics", "add how often each rule found something")
    .option("--stdin-filename <path>", "what standard input is called, for its configuration")
    .option("-j, --jobs <number>", "at most this many threads", jobs)
    .addHelpText(
      "after",
      "\nEnds with 0: nothing at or above --fail-on; 1: findings; 2: something could not be checked.",
    )
    .action(async (paths: readonly string[], flags: CheckFlags) => {
      // Loaded on demand: what only prints a list needs no parser.
      const { check } = await import("./check.ts");
      const { format, failOn, exitZero, output, quiet, statistics, stdinFilename } = flags;
      const code = await check(
        paths,
        {
          settings: {
            folder: absolutePath("."),
            preset: flags.preset,
            select: flags.select,
            ignore: flags.ignore,
            severity: flags.severity ?? [],
            torchVersion: flags.torchVersion,
            config: flags.config,
            models: flags.models ?? flags.accelerator !== undefined,
            accelerator: flags.accelerator,
            baseline: baselineOf(flags),
            fix: flags.fix ?? false,
          },
          writeBaseline: flags.writeBaseline && { path: flags.baseline || undefined },
          format,
          failOn,
          exitZero: exitZero ?? false,
          output,
          quiet: quiet ?? false,
          statistics: statistics ?? false,
          stdinFilename,
          jobs: flags.jobs,
        },
        console,
      );
      finish(code);
    });

  program
    .command("explain")
    .description("show the page of a rule")
    .addArgument(new Argument("<rule>", "the name of the rule").argParser(oneRule))
    .action((rule: string) => {
      const found = rules.find((each) => each.id === rule);
      if (found !== undefined) console.stdout.write(explain(found, pc));
    });

  program
    .command("rules")
    .description("list all rules")
    .addOption(
      new Option("--format <format>", "how to write the list").choices(["text", "json"]).default("text"),
    )
    .action(({ format }: { readonly format: "text" | "json" }) => {
      const list =
        format === "json" ? `${JSON.stringify(rules.map(ruleInfo), null, 2)}\n` : listRules(rules, pc);
      console.stdout.write(list);
    });

  program
    .command("accelerators")
    .description("list the accelerators that an estimate can name, those of your configuration first")
    .addOption(
      new Option("--format <format>", "how to write the list").choices(["text", "json"]).default("text"),
    )
    .option("--config <file>", "use this configuration file")
    .action(async ({ format, config }: { readonly format: "text" | "json"; readonly config?: string }) => {
      const { listAccelerators } = await import("./accelerators.ts");
      const { ownAccelerators } = await import("./own-accelerators.ts");
      console.stdout.write(listAccelerators(format, ownAccelerators(absolutePath("any.py"), config)));
    });

  const estimate = await estimateCommand(argv, console, finish);
  program.addCommand(estimate.description(estimateDescription).copyInheritedSettings(program));
  const calibrate = await calibrateCommand(argv, console, finish);
  program.addCommand(calibrate.description(calibrateDescription).copyInheritedSettings(program));
  const audit = await auditCommand(argv, console, finish);
  program.addCommand(audit.description(auditDescription).copyInheritedSettings(program));
  const gate = await gateCommand(argv, console, finish);
  program.addCommand(gate.description(gateDescription).copyInheritedSettings(program));
  return program;
}

function baselineOf({ baseline, writeBaseline }: CheckFlags): BaselineChoice {
  if (baseline === false || writeBaseline) return { kind: "none" };
  return baseline === undefined ? { kind: "configured" } : { kind: "file", path: baseline };
}

/** The whole engine stands behind this command: it is loaded only when it is asked for. */
async function estimateCommand(
  argv: readonly string[],
  console: Console,
  finish: (code: number) => void,
): Promise<Command> {
  if (!argv.includes("estimate")) return new Command("estimate");
  const { estimateCommand: create } = await import("./estimate.ts");
  return create(console, finish);
}

async function calibrateCommand(
  argv: readonly string[],
  console: Console,
  finish: (code: number) => void,
): Promise<Command> {
  if (!argv.includes("calibrate")) return new Command("calibrate");
  const { calibrateCommand: create } = await import("./calibrate.ts");
  return create(console, finish);
}

async function auditCommand(
  argv: readonly string[],
  console: Console,
  finish: (code: number) => void,
): Promise<Command> {
  if (!argv.includes("audit")) return new Command("audit");
  const { auditCommand: create } = await import("./audit.ts");
  return create(console, finish);
}

async function gateCommand(
  argv: readonly string[],
  console: Console,
  finish: (code: number) => void,
): Promise<Command> {
  if (!argv.includes("gate")) return new Command("gate");
  const { gateCommand: create } = await import("./gate-command.ts");
  return create(console, finish);
}

/** `a,b`; given several times they add up. */
function ruleNames(value: string, before: readonly string[] | undefined): readonly string[] {
  const names = value
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  reject(unknownRules(names, true));
  return [...(before ?? []), ...names];
}

function oneRule(name: string): string {
  reject(unknownRules([name], false));
  return name;
}

function ruleSeverity(
  value: string,
  before: readonly (readonly [string, Level])[] = [],
): readonly (readonly [string, Level])[] {
  const [rule = "", word = ""] = value.split("=", 2).map((part) => part.trim());
  reject(unknownRules([rule], false));
  const level = levels.find((each) => each === word);
  if (level === undefined) throw new InvalidArgumentError(`The level must be one of ${levels.join(", ")}.`);
  return [...before, [rule, level]];
}

/** A baseline is written over: a slip of the keyboard must not cost a program. */
function jsonFile(value: string): string {
  if (!value.endsWith(".json")) throw new InvalidArgumentError("It must be the path of a .json file.");
  return value;
}

function accelerator(value: string): string {
  const found = findAccelerator(value);
  if (found.kind === "found") return found.value.id;
  const hint =
    found.didYouMean === undefined
      ? " `ecocompute accelerators` lists them."
      : ` Did you mean \`${found.didYouMean}\`?`;
  throw new InvalidArgumentError(`No accelerator is called \`${value}\`.${hint}`);
}

function torchVersion(value: string): string {
  if (parseVersion(value) === undefined) throw new InvalidArgumentError("It must be a version such as 2.4.");
  return value;
}

function jobs(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError("It must be a whole number from 1 on.");
  return number;
}

function reject(messages: readonly string[]): void {
  if (messages.length > 0) throw new InvalidArgumentError(messages.join(" "));
}
