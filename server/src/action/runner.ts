import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { commandData, logLine } from "../report/escape.ts";

/** What an action tells the runner that started it. */
export interface Runner {
  /** Lines for people; commands within them are not carried out. */
  log(text: string): void;
  notice(message: string): void;
  warning(message: string): void;
  error(message: string): void;
  /** Workflow commands as they are. */
  commands(text: string): void;
  output(name: string, value: string): void;
  /** Markdown for the page of the run. */
  summary(markdown: string): void;
}

/** GitHub drops the whole summary of a step that is larger than this. */
const mostSummaryBytes = 1_000_000;

/** @param environment as the runner sets it: `GITHUB_OUTPUT` and `GITHUB_STEP_SUMMARY` name files. */
export function createRunner(
  environment: Readonly<Record<string, string | undefined>>,
  write: (text: string) => void,
): Runner {
  const command = (name: string, message: string): void =>
    write(`::${name} title=EcoCompute::${commandData(logLine(message))}\n`);
  const append = (variable: string, text: string): void => {
    const file = environment[variable];
    if (file !== undefined && file !== "") appendFileSync(file, text);
  };
  return {
    log: (text) =>
      write(
        text
          .replace(/\n$/, "")
          .split("\n")
          .map((line) => `${logLine(line)}\n`)
          .join(""),
      ),
    notice: (message) => command("notice", message),
    warning: (message) => command("warning", message),
    error: (message) => command("error", message),
    commands: write,
    output: (name, value) => append("GITHUB_OUTPUT", heredoc(name, value, `end-${randomUUID()}`)),
    summary: (markdown) => append("GITHUB_STEP_SUMMARY", `${cut(markdown)}\n`),
  };
}

/** @throws Error when the value could end itself. */
export function heredoc(name: string, value: string, delimiter: string): string {
  if (value.includes(delimiter)) throw new Error("an output holds its own end");
  return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
}

function cut(markdown: string): string {
  const bytes = Buffer.from(markdown);
  if (bytes.byteLength <= mostSummaryBytes) return markdown;
  const text = bytes.subarray(0, mostSummaryBytes).toString("utf8");
  return `${text.slice(0, text.lastIndexOf("\n") + 1)}\n</details>\n\nThe rest does not fit into a summary.`;
}
