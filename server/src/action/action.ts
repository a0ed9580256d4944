import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { exitCodeOf, type GateResult } from "../gate/gate-result.ts";
import { renderAnnotations } from "../gate/render-annotations.ts";
import { renderMarkdown } from "../gate/render-markdown.ts";
import { isWorthTelling } from "../gate/verdict-text.ts";
import type { Wire } from "../publish/exchange.ts";
import { markdownMessage } from "../report/escape.ts";
import { commentOnRun } from "./comment-on-run.ts";
import { type Event, readEvent } from "./event.ts";
import { explain } from "./explain.ts";
import { reportFolder, writeReports } from "./files.ts";
import { findBase } from "./find-base.ts";
import { createGit } from "./git.ts";
import { InputProblem, type Inputs, readInputs } from "./inputs.ts";
import { runGate } from "./run-gate.ts";
import type { Runner } from "./runner.ts";
import { tellPull, tellSlack } from "./tell.ts";

export interface Workflow {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly runner: Runner;
  readonly wire: Wire;
  /** The command line program. */
  readonly program: string;
  /** ISO date. */
  readonly day: string;
}

/** Runs the action. Gives its exit code: 0, or 1 for a blocked change and for what could not be judged in `block` mode. */
export async function runAction(workflow: Workflow): Promise<0 | 1> {
  const { environment, runner } = workflow;
  let inputs: Inputs;
  let event: Event;
  try {
    inputs = readInputs(environment);
    event = readEvent(environment["GITHUB_EVENT_NAME"] ?? "", payloadOf(environment["GITHUB_EVENT_PATH"]));
  } catch (error) {
    runner.output("verdict", "error");
    runner.error(
      error instanceof InputProblem ? error.message : "The event that GitHub wrote cannot be read.",
    );
    return 1;
  }
  if (inputs.report !== undefined) {
    await commentOnRun(inputs.report, inputs, event, workflow);
    return 0;
  }
  const judged = await judge(inputs, event, workflow);
  if (judged.kind === "result") return tell(judged.result, inputs, event, workflow);
  runner.output("verdict", "error");
  runner.summary(`### EcoCompute could not judge this change\n\n${markdownMessage(judged.message)}`);
  // What could not be judged must not pass by that; a team that only watches is not stopped by it.
  if (inputs.mode === "audit") runner.warning(judged.message);
  else runner.error(judged.message);
  return inputs.mode === "audit" ? 0 : 1;
}

function payloadOf(path: string | undefined): unknown {
  return path === undefined || path === "" ? {} : JSON.parse(readFileSync(path, "utf8"));
}

async function judge(
  inputs: Inputs,
  event: Event,
  { environment, runner, program }: Workflow,
): Promise<
  | { readonly kind: "result"; readonly result: GateResult }
  | { readonly kind: "error"; readonly message: string }
> {
  const error = (message: string) => ({ kind: "error", message }) as const;
  if (event.kind === "privileged")
    return error(
      "This workflow runs on `pull_request_target`, with a token that can write: a checkout of the change does not belong there. Run on `pull_request`, and comment on changes of forks from a `workflow_run` job.",
    );
  const workspace = environment["GITHUB_WORKSPACE"] ?? ".";
  const folder = resolve(workspace, inputs.workingDirectory);
  if (relative(workspace, folder).startsWith(".."))
    return error("`working_directory` must be in the workspace.");
  const base = await findBase(inputs.base, event, createGit(folder, environment, inputs.token));
  if (base.kind === "problem") return error(base.message);
  if (base.fetched) runner.log(`Fetched the base ${base.revision} from origin.`);
  const labels = event.kind === "pull" ? event.labels.map((label) => `--label=${label}`) : [];
  const args = [`--base=${base.revision}`, "--head=HEAD", ...inputs.gate, ...labels];
  return runGate(program, args, folder, environment, runner.log);
}

/** Everything that people and later steps get; whatever of it fails, the verdict stands. */
async function tell(result: GateResult, inputs: Inputs, event: Event, workflow: Workflow): Promise<0 | 1> {
  const { environment, runner } = workflow;
  const pull = event.kind === "pull" ? event : undefined;
  const markdown = await withExplanation(result, inputs, workflow);
  const files = writeReports(
    reportFolder(inputs.outputDirectory, environment),
    resolve(environment["GITHUB_WORKSPACE"] ?? ".", inputs.workingDirectory),
    result,
    markdown,
    pull,
  );
  const { delta } = result.totals.costPerMonth;
  runner.output("verdict", result.verdict);
  runner.output("monthly_increase_usd", delta.value === null ? "" : String(delta.value));
  runner.output("report", files.report);
  runner.output("report_dir", files.folder);
  runner.output("sarif", files.sarif);
  runner.summary(markdown);
  runner.commands(renderAnnotations(result));
  if (pull !== undefined) await tellPull(result, markdown, pull, inputs, workflow);
  await tellSlack(result, pull, inputs, workflow);
  const code = exitCodeOf(result);
  runner.log(`verdict: ${result.verdict}, mode: ${result.mode}`);
  return code;
}

async function withExplanation(
  result: GateResult,
  inputs: Inputs,
  { environment, runner, wire, day }: Workflow,
) {
  const markdown = renderMarkdown(result);
  const apiKey = environment["GEMINI_API_KEY"] ?? environment["GOOGLE_API_KEY"] ?? "";
  const isWanted = inputs.explain === "always" || (inputs.explain === "auto" && isWorthTelling(result));
  if (apiKey === "" || !isWanted) return markdown;
  const said = await explain(result, {
    apiKey,
    baseUrl: environment["GEMINI_BASE_URL"],
    maxUsd: inputs.maxUsd,
    fetch: wire.fetch,
    day,
  });
  if (said.kind === "explained") return `${markdown}\n${said.markdown}`;
  runner.warning(`There is no explanation by Gemini: ${said.why}.`);
  return markdown;
}
