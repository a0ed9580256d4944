import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { gateResultSchema } from "../gate/gate-result.ts";

/** What a run without the right to comment leaves for one that has it. */
const runSchema = z.object({
  schema: z.literal("ecocompute.gate-run/1"),
  pull: z.int().positive(),
  head: z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/),
  result: gateResultSchema,
});
export type GateRunFile = z.infer<typeof runSchema>;

export const runFileName = "run.json";
const mostBytes = 16 * 2 ** 20;

/**
 * The file of a run, or of the folder it is in. Whoever opened the pull request may have written it: nothing in it is
 * believed but its shape.
 */
export function readRunFile(
  path: string,
):
  | { readonly kind: "run"; readonly run: GateRunFile }
  | { readonly kind: "problem"; readonly message: string } {
  const problem = (message: string) => ({ kind: "problem", message }) as const;
  const text = textOf(path);
  if (text === undefined)
    return problem(
      `The report is not there, is no regular file, or is larger than ${mostBytes / 2 ** 20} MiB.`,
    );
  let held: unknown;
  try {
    held = JSON.parse(text);
  } catch {
    return problem("The report is no JSON.");
  }
  const parsed = runSchema.safeParse(held);
  return parsed.success
    ? { kind: "run", run: parsed.data }
    : problem("The report is not of a gate of this version.");
}

function textOf(path: string): string | undefined {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  let file: number;
  try {
    file = openSync(
      isFolder ? join(path, runFileName) : path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
  } catch {
    return undefined;
  }
  try {
    const stat = fstatSync(file);
    return stat.isFile() && stat.size <= mostBytes ? readFileSync(file, "utf8") : undefined;
  } finally {
    closeSync(file);
  }
}
