import { spawn } from "node:child_process";
import { type GateResult, gateResultSchema } from "../gate/gate-result.ts";
import { shortened } from "../report/escape.ts";

export type GateRun =
  | { readonly kind: "result"; readonly result: GateResult }
  /** The gate could not judge. */
  | { readonly kind: "error"; readonly message: string };

/** Of the environment, what a program needs to run; no token, key or address goes to what reads the code. */
const passed =
  /^(?:PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|USERPROFILE|LOCALAPPDATA|APPDATA|XDG_\w+|VIRTUAL_ENV|CONDA_PREFIX|NO_COLOR|NODE_COMPILE_CACHE)$/i;

const mostReason = 600;
const mostBytes = 64 * 2 ** 20;

/** Runs the command line program beside this one. @param onLine told what it says while it works. */
export function runGate(
  program: string,
  args: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
  onLine: (line: string) => void,
): Promise<GateRun> {
  const env = Object.fromEntries(Object.entries(environment).filter(([name]) => passed.test(name)));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, "gate", ...args, "--format=json"], {
      cwd: folder,
      env: { ...env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    let output = "";
    let rest = "";
    const said: string[] = [];
    const hear = (line: string): void => {
      onLine(line);
      if (line.trim() !== "") said.push(line.trim());
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.length > mostBytes) child.kill();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(hear);
    });
    child.on("error", ({ message }) => resolve({ kind: "error", message }));
    child.on("close", (code, signal) => {
      if (rest !== "") hear(rest);
      resolve(
        code === 0 || code === 1 ? read(output) : { kind: "error", message: endOf(code, signal, said) },
      );
    });
  });
}

/** With what it said last, which is why it ended. */
function endOf(code: number | null, signal: string | null, said: readonly string[]): string {
  const how = signal === null ? `with ${code}` : `by ${signal}`;
  const why = shortened(said.slice(-4).join(" "), mostReason);
  return `The gate ended ${how}${why === "" ? "." : `: ${why}`}`;
}

function read(output: string): GateRun {
  let held: unknown;
  try {
    held = JSON.parse(output);
  } catch {
    return { kind: "error", message: "The gate wrote no JSON." };
  }
  const parsed = gateResultSchema.safeParse(held);
  return parsed.success
    ? { kind: "result", result: parsed.data }
    : { kind: "error", message: "The gate wrote a result of another version." };
}
