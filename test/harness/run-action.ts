import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { built } from "./built.ts";
import { testFolder } from "./workspace.ts";

export interface ActionResult {
  readonly code: number | null;
  /** Both streams: the runner reads commands from both. */
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** What `standIn` was started with; `null` for our own program. */
  readonly call: unknown;
  /** A file that the action wrote into `RUNNER_TEMP`; empty when it is not there. */
  read(name: string): string;
}

export interface ActionRun {
  readonly event: string;
  readonly payload: unknown;
  /** As under `with`; the defaults of `action.yml` are added as the runner does. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly workspace: string;
  /** Written as the command line program in place of ours. */
  readonly program?: string;
}

/** A command line program that writes what is given and down how it was started. */
export const standIn = (result: unknown, { code = 0, stderr = "" } = {}): string => `
import { writeFileSync } from "node:fs";
import { join } from "node:path";
const call = { args: process.argv.slice(2), variables: Object.keys(process.env).sort() };
writeFileSync(join(process.env.HOME, "call.json"), JSON.stringify(call));
process.stderr.write(${JSON.stringify(stderr)});
process.stdout.write(${JSON.stringify(typeof result === "string" ? result : JSON.stringify(result))});
process.exitCode = ${code};
`;

const defaults = {
  working_directory: ".",
  token: "the-token",
  comment: "auto",
  comment_key: "default",
  slack: "auto",
  explain: "auto",
  max_usd: "0.05",
};

/** Runs the bundle of the action as the runner of GitHub does: inputs and files by the environment, nothing else. */
export async function runAction({
  event,
  payload,
  inputs = {},
  environment = {},
  workspace,
  program,
}: ActionRun): Promise<ActionResult> {
  const action = built("action.mjs");
  const temporary = testFolder({ "event.json": JSON.stringify(payload), output: "", summary: "" });
  const at = (name: string): string => join(temporary.path, name);
  const folder = join(temporary.path, "action", "dist");
  mkdirSync(folder, { recursive: true });
  copyFileSync(action, join(folder, "action.mjs"));
  if (program === undefined) copyFileSync(join(dirname(action), "cli.js"), join(folder, "cli.js"));
  else writeFileSync(join(folder, "cli.js"), program);
  writeFileSync(join(temporary.path, "action", "package.json"), '{ "type": "module" }');
  const given = Object.entries({ ...defaults, ...inputs }).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ]);
  const child = spawn(process.execPath, [join(folder, "action.mjs")], {
    cwd: workspace,
    env: {
      PATH: process.env["PATH"] ?? ["/usr/bin", "/bin"].join(delimiter),
      HOME: temporary.path,
      GITHUB_ACTIONS: "true",
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: at("event.json"),
      GITHUB_OUTPUT: at("output"),
      GITHUB_STEP_SUMMARY: at("summary"),
      GITHUB_WORKSPACE: workspace,
      GITHUB_REPOSITORY: "acme/models",
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_RUN_ID: "99",
      RUNNER_TEMP: temporary.path,
      ...Object.fromEntries(given),
      ...environment,
    },
    timeout: 120_000,
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const read = (name: string): string => {
    try {
      return readFileSync(at(name), "utf8");
    } catch {
      return "";
    }
  };
  const result = { code, log, outputs: outputsOf(read("output")), summary: read("summary") };
  const call: unknown = JSON.parse(read("call.json") || "null");
  const files = new Map(
    ["result.json", "report.md", "run.json", "code-quality.json", "ecocompute.sarif"].map((name) => [
      name,
      read(join("ecocompute-gate", name)),
    ]),
  );
  temporary.remove();
  return { ...result, call, read: (name) => files.get(name) ?? "" };
}

/** As the runner reads the file: `name<<END`, lines, `END`. @throws Error on anything else. */
export function outputsOf(text: string): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = {};
  const lines = text.split("\n");
  for (let i = 0; i < lines.length - 1; ) {
    const [, name, end] = /^([^<=]+)<<(.+)$/.exec(lines[i] ?? "") ?? [];
    const last = lines.indexOf(end ?? "", i + 1);
    if (name === undefined || last < 0) throw new Error(`no output: ${lines[i]}`);
    outputs[name] = lines.slice(i + 1, last).join("\n");
    i = last + 1;
  }
  return outputs;
}
