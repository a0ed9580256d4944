#!/usr/bin/env node
import { isMainThread } from "node:worker_threads";
import { CommanderError } from "commander";
import { createProgram } from "./program.ts";

/** Runs a command line; usage errors and faults of ours are 2, whatever commander would make of them. */
async function run(argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = await createProgram(
    argv,
    { stdout: process.stdout, stderr: process.stderr, program: new URL(import.meta.url) },
    (result) => {
      code = result;
    },
  );
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`ecocompute failed: ${describe(error)}\n`);
    return 2;
  }
}

/** What the system refuses is the user's to see to; anything else is a fault of ours and needs its trace. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "syscall" in error ? error.message : (error.stack ?? error.message);
}

if (isMainThread) {
  // A reader that has seen enough, such as `head`, is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  process.exitCode = await run(process.argv);
} else {
  const { work } = await import("./worker.ts");
  await work();
}
