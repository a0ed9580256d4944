import * as z from "zod";
import { amountBudgets } from "../analysis/gate-config.ts";
import { type Severity, severities } from "../report/report.ts";

/** The version of what `ecocompute gate --format json` writes. */
export const gateSchema = "ecocompute.gate/1";

const text = z.string();
const number = z.number();

/**
 * A quantity with its 90 % interval. `value` is `null` where it is not known, and `why` says why. `atLeast`: something
 * was not counted, so that this is a lower bound. A difference may be negative.
 */
export const quantitySchema = z.object({
  value: number.nullable(),
  low: number.nullable(),
  high: number.nullable(),
  unit: text,
  atLeast: z.boolean(),
  why: text.nullable(),
});
export type Quantity = Readonly<z.infer<typeof quantitySchema>>;

/** Before and after a change; `null` where there is no model on that side, and no difference without both. */
const changeSchema = z.object({
  before: quantitySchema.nullable(),
  after: quantitySchema.nullable(),
  delta: quantitySchema,
});
export type Change = Readonly<z.infer<typeof changeSchema>>;

export const figureNames = [
  "parameters",
  "macs",
  "energy",
  "latency",
  "costPerMillion",
  "costPerMonth",
  "co2ePerMonth",
  "memory",
] as const;
export type FigureName = (typeof figureNames)[number];

const figuresSchema = z.object({
  /** Elements. */
  parameters: changeSchema,
  /** Multiply-accumulates of matrix products and convolutions, per call. */
  macs: changeSchema,
  /** Joules per inference. */
  energy: changeSchema,
  /** Seconds per call. */
  latency: changeSchema,
  /** USD per million inferences. */
  costPerMillion: changeSchema,
  /** USD per month at the scenario's volume. */
  costPerMonth: changeSchema,
  /** Grams of CO2e per month at the scenario's volume. */
  co2ePerMonth: changeSchema,
  /** Peak bytes on each accelerator. */
  memory: changeSchema,
});

export const fitSchema = z.enum(["fits", "tight", "too-large"]).nullable();

/** A line of the change and what it does to a model. Lines start at 1; `side` says in which of the two it stands. */
const causeSchema = z.object({
  side: z.enum(["base", "head"]),
  file: text,
  line: z.int().positive(),
  /** The line itself, without its indentation. Hostile until escaped, as every text here. */
  text: text,
  /** What it does: `+2.1 M parameters, +38 % of the time`. */
  what: text,
});
export type Cause = Readonly<z.infer<typeof causeSchema>>;

export const notCountedSchema = z.object({
  what: text,
  why: text,
  file: text.nullable(),
  line: z.int().positive().nullable(),
});

const allowanceSchema = z.object({
  kind: z.enum(["label", "option", "comment"]),
  /** The label, or what the comment allows. */
  name: text,
  reason: text,
  file: text.nullable(),
  line: z.int().positive().nullable(),
});
/** Somebody let a cost pass, with the reason that was given. */
export type Allowance = Readonly<z.infer<typeof allowanceSchema>>;

const statuses = ["added", "removed", "changed", "renamed", "unchanged"] as const;

const modelSchema = z.object({
  /** Unique in a result; the same in the next run over the same code. */
  id: text,
  /** The class. */
  name: text,
  /** The expression that was estimated. */
  entry: text,
  /** `renamed`: another name or file and no other difference. */
  status: z.enum(statuses),
  /**
   * Why two models are taken for one: their file was renamed, their class moved, the same variable holds them, they are
   * built alike, or each is the only one left of its file. `null` for the same class in the same file.
   */
  matchedBy: z.enum(["file-rename", "name", "entry", "structure", "place"]).nullable(),
  /** As the model was called before; `null` when it was added. */
  baseName: text.nullable(),
  /** Relative, with `/`; the file that was read for it. `null` where there is none on that side. */
  basePath: text.nullable(),
  headPath: text.nullable(),
  /** Where its class stands, in head or, for a removed model, in base. */
  file: text,
  line: z.int().positive().nullable(),
  figures: figuresSchema,
  fit: z.object({ before: fitSchema, after: fitSchema }),
  complete: z.object({ before: z.boolean().nullable(), after: z.boolean().nullable() }),
  notCounted: z.array(notCountedSchema).readonly(),
  causes: z.array(causeSchema).readonly(),
  allowed: allowanceSchema.nullable(),
  /** What the figures rest on. */
  assumptions: z.array(text).readonly(),
});
export type GateModel = Readonly<z.infer<typeof modelSchema>>;

const positionSchema = z.object({ line: z.int().nonnegative(), character: z.int().nonnegative() });
const severitySchema = z.enum<readonly Severity[]>([...severities]);

/** A finding of a changed file. Positions start at 0, as in a report. */
export const findingSchema = z.object({
  rule: text,
  severity: severitySchema,
  category: z.enum(["bug", "performance", "energy", "memory"]),
  message: text,
  file: text,
  range: z.object({ start: positionSchema, end: positionSchema }),
  fix: z.enum(["safe", "suggestion", "none"]),
  page: text,
  /** Stays the same when the code around the finding moves. */
  fingerprint: text,
});
export type GateFinding = Readonly<z.infer<typeof findingSchema>>;

const budgets = [...amountBudgets, "memory-fit", "new-findings", "incomplete"] as const;
export type BudgetName = (typeof budgets)[number];

/** One budget that is exceeded, or may be. */
const reasonSchema = z.object({
  budget: z.enum(budgets),
  level: z.enum(["warn", "block"]),
  /** `null` for budgets without a number. */
  limit: z.object({ value: number, unit: text }).nullable(),
  value: quantitySchema.nullable(),
  /** One sentence for people: what, the limit, the interval, and how that was decided. */
  decision: text,
  /** The id of the model, where the budget is one of a single model. */
  model: text.nullable(),
  file: text.nullable(),
  line: z.int().positive().nullable(),
  /** Set when the reason does not count any more. */
  allowed: allowanceSchema.nullable(),
});
export type Reason = Readonly<z.infer<typeof reasonSchema>>;

const noteKinds = [
  "shallow",
  "submodule",
  "symlink",
  "binary",
  "huge",
  "unreadable",
  "conflict",
  "syntax-error",
  "config",
  "scenario",
  "scope",
  "override",
  "limit",
] as const;

/** What a reader should know of how far the comparison reaches: nothing is left out in silence. */
export const noteSchema = z.object({
  kind: z.enum(noteKinds),
  message: text,
  file: text.nullable(),
  line: z.int().positive().nullable(),
});
export type Note = Readonly<z.infer<typeof noteSchema>>;

export const sideSchema = z.object({
  /** As the user named it: a revision or a folder; `working tree`. */
  name: text,
  /** The full hash of the commit; `null` for a folder or the working tree. */
  commit: text.nullable(),
});

export const scenarioSchema = z.object({
  accelerator: text,
  acceleratorName: text,
  count: number,
  precision: text,
  mode: text,
  compiled: z.boolean(),
  scope: text,
  region: text.nullable(),
  /** Inferences per month. */
  volume: number,
  /** Nobody named the accelerator: a usual one was taken. */
  isStandard: z.boolean(),
});
export type GateScenario = Readonly<z.infer<typeof scenarioSchema>>;

export const gateResultSchema = z.object({
  schema: z.literal(gateSchema),
  /** Version of EcoCompute. */
  version: text,
  base: sideSchema,
  head: sideSchema,
  /** `block` and a mode of `block` end with exit code 1; in `audit` mode the verdict is what would have been. */
  verdict: z.enum(["pass", "warn", "block"]),
  mode: z.enum(["block", "audit"]),
  scenario: scenarioSchema,
  /** The gravest first; those that are allowed last. */
  reasons: z.array(reasonSchema).readonly(),
  /** Those that differ first, the largest difference of cost first; then the unchanged ones that were looked at. */
  models: z.array(modelSchema).readonly(),
  totals: z.object({
    costPerMonth: changeSchema,
    co2ePerMonth: changeSchema,
    /** `all`: every model of both sides; `changed`: those that the change reaches. */
    of: z.enum(["all", "changed"]),
  }),
  findings: z.object({
    new: z.array(findingSchema).readonly(),
    fixed: z.array(findingSchema).readonly(),
  }),
  /** Those that were asked for and count, whether or not they changed the verdict. */
  overrides: z.array(allowanceSchema).readonly(),
  notes: z.array(noteSchema).readonly(),
  /** Files that differ, and Python files that were analyzed for it. */
  files: z.object({ changed: number, analyzed: number }),
});

/** What a gate found: all that a comment, a message or a report needs. */
export type GateResult = Readonly<z.infer<typeof gateResultSchema>>;

/** 0: nothing blocks. 1: blocked. An error of the gate itself has no result and is 2. */
export const exitCodeOf = ({ verdict, mode }: Pick<GateResult, "verdict" | "mode">): 0 | 1 =>
  verdict === "block" && mode === "block" ? 1 : 0;
