import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runAction } from "./action.ts";
import { createRunner } from "./runner.ts";

const runner = createRunner(process.env, (text) => process.stdout.write(text));
const program = join(dirname(fileURLToPath(import.meta.url)), "cli.js");

try {
  process.exitCode = await runAction({
    environment: process.env,
    runner,
    wire: {
      fetch: globalThis.fetch,
      sleep: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
      timeoutMilliseconds: 30_000,
    },
    program,
    day: new Date().toISOString().slice(0, 10),
  });
} catch (error) {
  runner.output("verdict", "error");
  runner.error(`EcoCompute failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
