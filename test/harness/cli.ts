import { spawn } from "node:child_process";

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line program to its end, without colors and without a terminal. */
export function runCli(
  program: string,
  args: readonly string[],
  {
    cwd,
    stdin = "",
    environment = {},
    user,
  }: {
    readonly cwd: string;
    readonly stdin?: string | Uint8Array;
    /** On top of that of the test. */
    readonly environment?: Readonly<Record<string, string>>;
    /** Whom it runs as, instead of whoever runs the tests; for the administrator alone to choose. */
    readonly user?: number;
  },
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NO_COLOR: "1", ...environment };
    const child = spawn(process.execPath, [program, ...args], {
      cwd,
      env,
      timeout: 60_000,
      ...(user === undefined ? {} : { uid: user }),
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.end(stdin);
  });
}
