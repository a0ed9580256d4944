import * as z from "zod";
import { decisions } from "../analysis/gate-config.ts";
import { severities } from "../report/report.ts";
import { assemble, type GateContext } from "./assemble.ts";
import { type GateResult, noteSchema, scenarioSchema, sideSchema } from "./gate-result.ts";
import { type FileSnapshot, fileSnapshotSchema } from "./snapshot.ts";

export const shardSchemaName = "ecocompute.gate-shard/1";

/** A part of the work of a gate, to be put together with the others. */
export interface Shard {
  readonly schema: typeof shardSchemaName;
  readonly version: string;
  /** From 1. */
  readonly index: number;
  readonly count: number;
  readonly context: GateContext;
  /** What each side is made of, in order. */
  readonly keys: { readonly base: readonly string[]; readonly head: readonly string[] };
  /** Those of this part, by key. */
  readonly snapshots: Readonly<Record<string, FileSnapshot>>;
}

const text = z.string();
const number = z.number();
const choice = z.enum(["warn", "block", "allow"]);
const levelsOf = <T extends z.ZodType>(of: T) =>
  z.object({ warn: of.optional(), block: of.optional() }).optional();
const amounts = levelsOf(number);
const strings = z.array(text).readonly();

const budgetsSchema = z.object({
  "monthly-increase": amounts,
  "monthly-increase-percent": amounts,
  "monthly-total": amounts,
  "model-monthly": amounts,
  "energy-per-inference": amounts,
  "co2e-per-inference": amounts,
  "carbon-increase": amounts,
  "carbon-total": amounts,
  "memory-fit": choice.optional(),
  "new-findings": levelsOf(z.enum([...severities])),
});

const configSchema = z.object({
  mode: z.enum(["block", "audit"]).optional(),
  budgetThreshold: number.optional(),
  carbonLimit: number.optional(),
  decide: z.enum(decisions).optional(),
  incomplete: choice.optional(),
  exclude: strings.optional(),
  overrideLabels: strings.optional(),
  budgets: budgetsSchema.optional(),
  scoped: z
    .array(z.object({ paths: strings, models: strings, budgets: budgetsSchema }))
    .readonly()
    .optional(),
});

const hunkSchema = z.object({
  baseStart: z.int().positive(),
  baseLines: strings,
  headStart: z.int().positive(),
  headLines: strings,
});

const contextSchema = z.object({
  base: sideSchema,
  head: sideSchema,
  config: configSchema,
  scenario: scenarioSchema,
  device: z.object({ id: text, kind: z.enum(["gpu", "cpu", "tpu", "hpu", "npu", "soc"]) }),
  edits: z
    .array(
      z.object({
        basePath: text.nullable(),
        headPath: text.nullable(),
        hunks: z.array(hunkSchema).readonly(),
      }),
    )
    .readonly(),
  reach: z.record(text, strings),
  changedFiles: number,
  totalsOf: z.enum(["all", "changed"]),
  labels: strings,
  overrideReason: text.nullable(),
  notes: z.array(noteSchema).readonly(),
});

const shardSchema = z.object({
  schema: z.literal(shardSchemaName),
  version: text,
  index: z.int().positive(),
  count: z.int().positive(),
  context: contextSchema,
  keys: z.object({ base: strings, head: strings }),
  snapshots: z.record(text, fileSnapshotSchema),
});

export type Merged =
  | { readonly kind: "result"; readonly result: GateResult }
  | { readonly kind: "error"; readonly message: string };

const failed = (message: string): Merged => ({ kind: "error", message });

/** The result that one run over everything would have had. @param texts what the parts wrote, by the name of their file. */
export function mergeShards(texts: ReadonlyMap<string, string>): Merged {
  const shards: Shard[] = [];
  for (const [name, json] of texts) {
    const parsed = shardSchema.safeParse(jsonOf(json));
    if (!parsed.success) return failed(`${name} is no part of a gate of this version.`);
    shards.push(parsed.data);
  }
  const [first] = shards;
  if (first === undefined) return failed("There is nothing to merge.");
  const other = shards.find((each) => sameness(each) !== sameness(first));
  if (other !== undefined)
    return failed(`Part ${other.index} and part ${first.index} are not of one comparison.`);
  const missing = Array.from({ length: first.count }, (_, i) => i + 1).filter(
    (index) => !shards.some((each) => each.index === index),
  );
  if (missing.length > 0) return failed(`Of ${first.count} parts these are missing: ${missing.join(", ")}.`);
  const snapshots = new Map(shards.flatMap((each) => Object.entries(each.snapshots)));
  const of = (keys: readonly string[]): readonly FileSnapshot[] =>
    keys.flatMap((key) => snapshots.get(key) ?? []);
  const { base, head } = first.keys;
  const lost = [...base, ...head].filter((key) => !snapshots.has(key)).length;
  if (lost > 0) return failed(`The parts do not hold ${lost} of the files that they should.`);
  return { kind: "result", result: assemble(first.context, { base: of(base), head: of(head) }) };
}

const sameness = ({ version, count, context, keys }: Shard): string =>
  JSON.stringify([version, count, context, keys]);

function jsonOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
