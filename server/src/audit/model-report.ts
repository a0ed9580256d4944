import * as z from "zod";

/** A change of the file: `find` stands in it exactly once. */
const edit = z.object({
  find: z.string().min(1).describe("lines of the file, copied exactly; they must occur only once"),
  replace: z.string().describe("what stands there afterwards"),
});

const categories = [
  "architecture",
  "attention",
  "precision",
  "quantization",
  "compile",
  "kv-cache",
  "batching",
  "data-loading",
  "training-loop",
  "memory",
  "other",
] as const;

const recommendation = z.object({
  title: z.string(),
  category: z.enum(categories),
  why: z.string(),
  gainPercent: z.number().nullable().describe("saving of energy in percent that you expect, or null"),
  gainSource: z
    .enum(["tool", "search", "own"])
    .describe("tool: a function returned it; search: a source says so; own: your judgement"),
  citation: z.string().nullable().describe("address of a search result that supports the gain, or null"),
  accuracyRisk: z.enum(["none", "low", "medium", "high"]),
  accuracyDropPercent: z.number().nullable(),
  changesParameters: z.boolean().describe("whether parameters change in number, name, shape or type"),
  changesOutput: z.boolean().describe("whether shape or type of inputs or output change"),
  edits: z.array(edit).describe("empty where no change of this file does it"),
});

/** What the model writes in the second phase. Its figures are claims; those of the report are the engine's. */
export const modelReport = z.object({
  summary: z.string().describe("two or three sentences for the author of the code"),
  energyModel: z.string().describe("how the figures below were reasoned, in one or two sentences"),
  claims: z.object({
    originalEnergyJoules: z.number().nullable(),
    optimizedEnergyJoules: z.number().nullable(),
    savingPercent: z.number().nullable(),
    savingPercentLow: z.number().nullable(),
    savingPercentHigh: z.number().nullable(),
    carbonSavedGrams: z.number().nullable(),
    costSavedUsdPerMillion: z.number().nullable(),
    parameters: z.number().nullable(),
    macs: z.number().nullable(),
    latencySeconds: z.number().nullable(),
  }),
  assumptions: z.array(z.string()),
  citations: z.array(z.object({ title: z.string(), uri: z.string(), supports: z.string() })),
  breakdown: z.array(
    z.object({
      component: z.string(),
      sharePercent: z.number().nullable(),
      comment: z.string(),
    }),
  ),
  recommendations: z.array(recommendation),
  criticalBugs: z.array(
    z.object({ line: z.int().nullable(), what: z.string(), fix: z.string(), edits: z.array(edit) }),
  ),
  benchmark: z
    .object({ name: z.string(), figure: z.string(), citation: z.string().nullable() })
    .nullable()
    .describe("a published measurement of the same or a similar model, or null"),
});

export type ModelReport = z.infer<typeof modelReport>;
export type Recommendation = z.infer<typeof recommendation>;
export type TextEdit = z.infer<typeof edit>;
export type Claims = ModelReport["claims"];

/** Keywords of JSON schema that the API understands; it ignores or refuses others. */
const understood = new Set([
  "type",
  "title",
  "description",
  "enum",
  "items",
  "minItems",
  "maxItems",
  "minimum",
  "maximum",
  "anyOf",
  "properties",
  "additionalProperties",
  "required",
]);

/** A JSON schema as the API takes it. */
export function geminiSchema(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const cleaned = clean(z.toJSONSchema(schema));
  return isRecord(cleaned) ? cleaned : {};
}

function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clean);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): readonly (readonly [string, unknown])[] => {
      if (key === "const") return [["enum", [inner]]];
      // The range of safe integers says nothing.
      if ((key === "minimum" || key === "maximum") && Math.abs(Number(inner)) >= Number.MAX_SAFE_INTEGER)
        return [];
      if (!understood.has(key)) return [];
      if (key === "properties" && isRecord(inner))
        return [[key, Object.fromEntries(Object.entries(inner).map(([name, of]) => [name, clean(of)]))]];
      return [[key, clean(inner)]];
    }),
  );
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
