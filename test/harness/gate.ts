import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type GateOptions, type GateOutcome, gate } from "../../server/src/cli/gate.ts";
import type { GateResult } from "../../server/src/gate/gate-result.ts";

const options: Omit<GateOptions, "folder" | "states"> = {
  config: undefined,
  gate: {},
  scenario: { accelerator: "a100-80-sxm", volume: 1e9, region: "DEU" },
  labels: [],
  overrideReason: undefined,
  pythonPath: [],
  cacheFolder: undefined,
  useCache: false,
  shard: undefined,
  jobs: 1,
  timeLimit: 60,
};

/** Runs a gate in this process, over the working tree and what it branched off from unless told otherwise. */
export const runGate = (folder: string, own: Partial<GateOptions> = {}): Promise<GateOutcome> =>
  gate(
    { ...options, folder, states: { kind: "revisions", base: "main", head: undefined }, ...own },
    {
      stderr: { isTTY: false, write: () => true },
      program: pathToFileURL(resolve("server/src/cli/main.ts")),
    },
  );

/** The result of a gate that could judge. */
export async function gateResult(folder: string, own: Partial<GateOptions> = {}): Promise<GateResult> {
  const outcome = await runGate(folder, own);
  if (outcome.kind !== "result")
    throw new Error(outcome.kind === "error" ? outcome.message : "this is a part of a result");
  return outcome.result;
}

/** What a gate that could not judge says. */
export async function gateError(folder: string, own: Partial<GateOptions> = {}): Promise<string> {
  const outcome = await runGate(folder, own);
  if (outcome.kind !== "error") throw new Error(`no error but ${outcome.kind}`);
  return outcome.message;
}
