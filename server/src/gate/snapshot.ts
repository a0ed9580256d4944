import * as z from "zod";
import { findingSchema, fitSchema, notCountedSchema, quantitySchema } from "./gate-result.ts";

const text = z.string();
const number = z.number();

/** What one line does by itself. Lines start at 1. */
const lineSchema = z.object({
  file: text,
  line: z.int().positive(),
  /** Elements of the parameters that it makes. */
  parameters: number,
  /** Multiply-accumulates per call. */
  macs: number,
  /** Seconds per call. */
  seconds: number,
});
export type LineWork = Readonly<z.infer<typeof lineSchema>>;

const modelSnapshotSchema = z.object({
  name: text,
  entry: text,
  /** The file that was read for it, and where its class stands; relative to the root of its side. */
  path: text,
  file: text,
  line: z.int().positive().nullable(),
  figures: z.object({
    parameters: quantitySchema,
    macs: quantitySchema,
    energy: quantitySchema,
    latency: quantitySchema,
    costPerMillion: quantitySchema,
    co2ePerMillion: quantitySchema,
    memory: quantitySchema,
  }),
  fit: fitSchema,
  complete: z.boolean(),
  notCounted: z.array(notCountedSchema).readonly(),
  assumptions: z.array(text).readonly(),
  lines: z.array(lineSchema).readonly(),
  /** Seconds per call by kind of operation: its name and shapes. What two runs share errs the same way. */
  seconds: z.record(text, number),
  /** Operations by name, and the names of parameters with their digits left out: what a model looks like. */
  operations: z.record(text, number),
  state: z.array(text).readonly(),
  /** `# ecocompute: allow-cost reason` at its class. */
  allowed: z.object({ reason: text, line: z.int().positive() }).nullable(),
});
export type ModelSnapshot = Readonly<z.infer<typeof modelSnapshotSchema>>;

/** A finding and, where two are alike, the words by which it is known again. */
export const fileSnapshotSchema = z.object({
  path: text,
  models: z.array(modelSnapshotSchema).readonly(),
  findings: z.array(findingSchema).readonly(),
  /** Where the text cannot be read as Python: its models say nothing. */
  broken: z.object({ kind: z.enum(["conflict", "syntax-error"]), line: z.int().positive() }).nullable(),
  /** Directives without a reason, and what went wrong by a fault of ours. */
  problems: z.array(text).readonly(),
});

/** What one state of one file says: plain data, the same wherever it was computed. */
export type FileSnapshot = Readonly<z.infer<typeof fileSnapshotSchema>>;
