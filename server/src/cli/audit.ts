import { randomBytes } from "node:crypto";
import { basename, dirname } from "node:path";
import { createInterface } from "node:readline/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { mergeConfig } from "../analysis/merge-config.ts";
import { AuditProblem } from "../audit/audit-event.ts";
import type { AuditEngine } from "../audit/engine.ts";
import { type GeminiModel, modelTable, readModels } from "../audit/gemini-models.ts";
import { dollars } from "../audit/ledger.ts";
import { localAnswer, localReport } from "../audit/local-answer.ts";
import { openLedger } from "../audit/open-ledger.ts";
import { buildPrompt, type Prompt, reportRequest } from "../audit/prompt.ts";
import { renderAudit } from "../audit/render-markdown.ts";
import { sleep } from "../audit/retry.ts";
import { type Route, route } from "../audit/router.ts";
import { runAudit } from "../audit/run-audit.ts";
import { googleBaseUrl, locationName, modelsOn, projectName, serviceWords } from "../audit/service.ts";
import { createAuditEngine } from "../host/audit-engine.ts";
import { createDisk } from "../host/disk.ts";
import { keptPrivateBy } from "../host/git-ignore.ts";
import { createLinter } from "../host/linter.ts";
import { parserBinaries } from "../host/parser-binaries.ts";
import { absolutePath } from "../host/paths.ts";
import { readSpending, spendingRecord, writeSpending } from "../host/spending-record.ts";
import { readJson } from "../host/state-file.ts";
import { rules } from "../rules/registry.gen.ts";
import { loadPythonParser } from "../syntax/parser.ts";
import { createSyntax } from "../syntax/source-file.ts";
import { type AccessFlags, accessOf, serviceOf } from "./audit-access.ts";
import { createConfigs } from "./check-settings.ts";
import { addCostOptions, type CostFlags, requestOf } from "./cost-options.ts";
import type { EstimateConsole } from "./estimate.ts";

interface AuditFlags extends CostFlags, AccessFlags {
  readonly level?: 1 | 2 | 3;
  readonly maxUsd: number;
  readonly maxUsdPerDay: number;
  readonly question?: string;
  readonly search: boolean;
  readonly yes: boolean;
  readonly models: readonly GeminiModel[];
  readonly pythonPath: readonly string[];
  readonly format: "markdown" | "json";
}

/** Where no accelerator is named: figures need one, and the answer says which. */
const defaultAccelerator = "h100";

/** The subcommand `audit`. @param finish told the exit code: 0, or 2 when there is no report. */
export function auditCommand(console: EstimateConsole, finish: (code: number) => void): Command {
  const command = new Command("audit")
    .argument("<file>", "the Python file to audit")
    .addOption(
      new Option(
        "--level <level>",
        "1: rules and engine only, nothing is sent; 2: a light model; 3: a strong one",
      )
        .choices(["1", "2", "3"])
        .argParser(level),
    )
    .option("--question <text>", "what you want to know")
    .option("--search", "let Gemini search the web; queries may tell what the code is about", false)
    .option("--max-usd <amount>", "refuse an audit that can cost more", amount, 1)
    .option("--max-usd-per-day <amount>", "refuse when a day would cost more", amount, 5)
    .option("-y, --yes", "send without asking", false)
    .option(
      "--models <file>",
      "a JSON list of models beside those of the table, or in place of them",
      models,
      [],
    )
    .option("--base-url <address>", "a private gateway in place of Google's address", baseUrl, googleBaseUrl)
    .option(
      "--vertex-project <project>",
      "ask Gemini in a project of Google Cloud, with application default credentials",
      named(projectName, "It must be the name or number of a project of Google Cloud."),
    )
    .option(
      "--vertex-location <location>",
      "where Google Cloud computes",
      named(locationName, "It must be a location such as europe-west4, or global."),
      "global",
    )
    .option("--python-path <folder>", "a folder that packages are read from", folder, [])
    .addOption(
      new Option("--format <format>", "how to write the report")
        .choices(["markdown", "json"])
        .default("markdown"),
    )
    .addHelpText(
      "after",
      "\nThe key is read from GEMINI_API_KEY or GOOGLE_API_KEY; a proxy from HTTPS_PROXY and NO_PROXY.",
    );
  addCostOptions(command).action(async (file: string, flags: AuditFlags) =>
    finish(await audit(file, flags, console)),
  );
  return command;
}

function level(text: string): 1 | 2 | 3 {
  const found = ([1, 2, 3] as const).find((each) => String(each) === text);
  if (found === undefined) throw new InvalidArgumentError("It must be 1, 2 or 3.");
  return found;
}

const named =
  (pattern: RegExp, otherwise: string) =>
  (text: string): string => {
    if (!pattern.test(text)) throw new InvalidArgumentError(otherwise);
    return text;
  };

function amount(text: string): number {
  const value = Number(text);
  if (!(value >= 0) || !Number.isFinite(value))
    throw new InvalidArgumentError("It must be an amount in US dollars.");
  return value;
}

function models(path: string): readonly GeminiModel[] {
  let held: unknown;
  try {
    held = readJson(absolutePath(path));
  } catch {
    throw new InvalidArgumentError("It is no JSON.");
  }
  const read = readModels(held);
  if (read.kind === "error") throw new InvalidArgumentError(read.why);
  return read.models;
}

function baseUrl(text: string): string {
  const isLocal = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:\/|$)/.test(text);
  if (!URL.canParse(text) || (!text.startsWith("https://") && !isLocal))
    throw new InvalidArgumentError("It must be an https address.");
  return text.replace(/\/+$/, "");
}

const folder = (text: string, before: readonly string[]): readonly string[] => [
  ...before,
  absolutePath(text),
];

async function audit(path: string, flags: AuditFlags, console: EstimateConsole): Promise<number> {
  const fail = (message: string): number => {
    console.stderr.write(`${message}\n`);
    return 2;
  };
  const file = absolutePath(path);
  const text = createDisk().readText(file);
  if (text === undefined) return fail(`${path}: no such file, or it cannot be read`);
  const made = await makeEngine(file, text, flags);
  if (made.kind === "error") return fail(made.message);
  const engine: AuditEngine = made;
  const examined = engine.examine(text);
  const request = {
    task: "audit-file",
    fileName: basename(file),
    text,
    focus: undefined,
    question: flags.question,
    engine,
    examined,
  } as const;
  const prompt = buildPrompt(request, randomBytes(8).toString("hex"));
  const now = new Date().toISOString();
  const local = localAnswer(request);
  const chosen = route({
    task: "audit-file",
    prompt: prompt.system + prompt.user,
    hasLocalAnswer: local !== undefined,
    question: flags.question,
    forced: flags.level,
    models: modelsOn(serviceOf(flags), modelTable(flags.models)),
    day: now.slice(0, 10),
    allowsSearch: flags.search,
  });
  if (chosen.level === "none") return fail(`${path}: ${chosen.why}`);
  const caps = { perAuditUsd: flags.maxUsd, perDayUsd: flags.maxUsdPerDay };
  const ledger = openLedger(readSpending, writeSpending, caps, spendingRecord());
  if (chosen.level === 1) {
    ledger.note({ at: now, level: 1, task: "audit-file", usd: 0, isUpperBound: false });
    const { scenario } = engine;
    const json = {
      schema: "ecocompute.examined/1",
      file: path,
      scenario,
      why: local?.why ?? chosen.why,
      ...examined,
    };
    console.stdout.write(
      flags.format === "json"
        ? `${JSON.stringify(json, null, 1)}\n`
        : `${local?.markdown ?? localReport(request)}\n\n${local?.why ?? chosen.why}.\n`,
    );
    return 0;
  }
  const keptBy = keptPrivateBy(file);
  if (keptBy !== undefined)
    return fail(`${path} is not sent: ${keptBy} excludes it. \`--level 1\` judges it here.`);
  const access = accessOf(flags, process.env);
  if (access.kind === "none") return fail(access.why);
  const { provider } = access;
  if (!flags.yes && !(await isConsentGiven(prompt, chosen, provider.host, flags, console)))
    return fail("Nothing was sent.");
  const controller = new AbortController();
  const cancel = (): void => controller.abort();
  process.once("SIGINT", cancel);
  try {
    const { report } = await runAudit({
      task: "audit-file",
      file: path,
      prompt,
      route: chosen,
      provider,
      engine,
      ledger,
      now,
      signal: controller.signal,
      sleep,
      onPhase: (phase, detail) => console.stderr.write(`${phase}${detail === "" ? "" : `: ${detail}`}\n`),
      onEvent: () => undefined,
    });
    console.stdout.write(
      flags.format === "json" ? `${JSON.stringify(report, null, 1)}\n` : renderAudit(report),
    );
    return 0;
  } catch (error) {
    if (error instanceof AuditProblem) return fail(error.message);
    throw error;
  } finally {
    process.removeListener("SIGINT", cancel);
  }
}

async function makeEngine(file: string, text: string, flags: AuditFlags) {
  const syntax = createSyntax(await loadPythonParser(parserBinaries()));
  const files = createDisk();
  const home = dirname(file);
  const { found, config } = createConfigs({
    folder: absolutePath("."),
    severity: [],
    baseline: { kind: "none" },
    preset: undefined,
    select: undefined,
    ignore: undefined,
    torchVersion: undefined,
    config: undefined,
    models: false,
    accelerator: undefined,
    fix: false,
  })(file);
  const request = requestOf(
    { accelerator: config.scenario.accelerator ?? defaultAccelerator, ...flags },
    config.scenario,
    false,
  );
  if (request === undefined) return { kind: "error", message: "no accelerator is named" } as const;
  const roots = [...new Set([home, found.folder, ...flags.pythonPath])];
  const linter = createLinter({
    syntax,
    rules,
    config: mergeConfig(config, {
      torchVersion: undefined,
      preset: undefined,
      select: undefined,
      ignore: undefined,
      severity: new Map(),
    }),
    folder: found.folder,
    baseline: undefined,
    torch: config.torchVersion ?? found.torch?.version,
    files,
    roots,
    onCrash: () => undefined,
  });
  return createAuditEngine({ file, text, roots, request, syntax, files, linter });
}

/** Shows what would be sent, word for word, to whom and for how much; asks on a terminal only. */
async function isConsentGiven(
  prompt: Prompt,
  chosen: Extract<Route, { readonly level: 2 | 3 }>,
  host: string,
  flags: AuditFlags,
  console: EstimateConsole,
): Promise<boolean> {
  const recipient = `${serviceWords(serviceOf(flags))} at ${host}`;
  const removed = [...prompt.removed].map(([name, count]) => `${name} (${count})`).join(", ");
  console.stderr.write(
    [
      prompt.system,
      "",
      prompt.user,
      "",
      reportRequest,
      "",
      `This text would be sent to ${recipient}, to \`${chosen.model.id}\`: level ${chosen.level}, ${chosen.why}.`,
      ...(chosen.maxSearches > 0
        ? ["Google Search is on: its queries may tell what the code is about."]
        : []),
      `It can cost up to ${dollars(chosen.mostUsd)}.${removed === "" ? "" : ` Taken out before: ${removed}.`}`,
      flags.vertexProject === undefined
        ? "With a key of the unpaid tier Google may use it to improve its products, and people may read it."
        : "The terms of Google Cloud for your project hold.",
      "",
    ].join("\n"),
  );
  if (!process.stdin.isTTY) {
    console.stderr.write("There is no terminal to ask on: pass --yes to send.\n");
    return false;
  }
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await asked.question("Send it? [y/N] ")).trim());
  } finally {
    asked.close();
  }
}
