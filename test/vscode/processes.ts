import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";

/** Runs a command to its end with its output on ours. @throws Error when it cannot be started or fails. */
export async function run(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<void> {
  const child = spawn(command, args, { stdio: "inherit", ...options });
  const [code, signal] = await once(child, "close");
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code ?? signal}`);
}

export interface Group {
  readonly child: ChildProcess;
  /** Ends the process and all it started. */
  stop(): Promise<void>;
}

/** Milliseconds a process group gets to end by itself. */
const grace = 4000;

/** Starts a process in a group of its own, which ends with this process on every path. */
export function startGroup(command: string, args: readonly string[], options: SpawnOptions): Group {
  const child = spawn(command, args, { ...options, detached: process.platform !== "win32" });
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(process.platform === "win32" ? child.pid : -child.pid, name);
    } catch {
      // The group is gone already.
    }
  };
  const last = (): void => signal("SIGKILL");
  process.once("exit", last);
  return {
    child,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, "exit");
        signal("SIGTERM");
        const timer = setTimeout(last, grace);
        await gone;
        clearTimeout(timer);
      }
      last();
      process.off("exit", last);
    },
  };
}

/** Lets a Ctrl-C or a kill run the `exit` handlers, which end what was started. */
export function exitOnSignals(): void {
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => process.exit(130));
}

/** Asks until the answer is not `undefined`. @throws Error with `what` after `limit` milliseconds. */
export async function poll<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined> | Answer | undefined,
  limit = 30_000,
): Promise<Answer> {
  const end = Date.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`waited ${limit} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
