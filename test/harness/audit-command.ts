import { spawn } from "node:child_process";
import { join } from "node:path";
import { built } from "./built.ts";

export interface CommandResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** What tells of accounts and proxies of this machine. */
const own = /^(?:GEMINI|GOOGLE|GCE|CLOUDSDK|METADATA)_|proxy$/i;

/** Runs `ecocompute audit` in a folder, with nothing of this machine's accounts; nobody is there to be asked. */
export function auditCommand(
  folder: string,
  flags: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  const inherited = Object.entries(process.env).filter(([name]) => !own.test(name));
  const child = spawn(process.execPath, [built("cli.js"), "audit", ...flags], {
    cwd: folder,
    env: {
      ...Object.fromEntries(inherited),
      HOME: folder,
      XDG_STATE_HOME: join(folder, "state"),
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (piece) => (out += String(piece)));
  child.stderr.on("data", (piece) => (err += String(piece)));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}
