import * as z from "zod";

/** How hard a model thinks: a budget of tokens where budgets exist, else a level. Both at once is an error of the API. */
const thinking = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("budget"), tokens: z.int().min(0).max(65_536) }),
  z.object({ kind: z.literal("level"), level: z.enum(["MINIMAL", "LOW", "MEDIUM", "HIGH"]) }),
]);

const price = z.object({
  /** ISO date from which it is asked. */
  from: z.iso.date(),
  /** USD per million tokens. Thinking is billed as output. */
  inputUsd: z.number().min(0),
  outputUsd: z.number().min(0),
  cachedUsd: z.number().min(0),
  /** The same above this many tokens of prompt, where that is dearer. */
  long: z
    .object({ aboveTokens: z.int().positive(), inputUsd: z.number().min(0), outputUsd: z.number().min(0) })
    .optional(),
});

const model = z.object({
  id: z.string().regex(/^[\w.-]{1,100}$/),
  /** 2: small and local changes, explanations. 3: architecture, whole models. */
  level: z.literal([2, 3]),
  thinking,
  /** Search and code execution may stand beside our own functions in one request. */
  combinesTools: z.boolean(),
  /** Tools may stand beside a JSON schema in one request: the report comes without a second one. */
  combinesSchema: z.boolean().default(false),
  contextTokens: z.int().positive(),
  outputTokens: z.int().positive(),
  prices: z.array(price).min(1),
  source: z.string(),
  readOn: z.iso.date(),
});

export type GeminiModel = z.infer<typeof model>;
export type Price = z.infer<typeof price>;

const modelList = z.array(model);

/** What settings may hold: whole models, added to the table or in place of the one of that name. */
export function readModels(
  value: unknown,
):
  | { readonly kind: "models"; readonly models: readonly GeminiModel[] }
  | { readonly kind: "error"; readonly why: string } {
  const read = modelList.safeParse(value);
  return read.success
    ? { kind: "models", models: read.data }
    : { kind: "error", why: `the models of the settings do not fit: ${z.prettifyError(read.error)}` };
}

/**
 * Models by capability. Dated: prices of this family have doubled within weeks, so each holds from a day on.
 * The first of a level is the one that is used.
 */
const bundled: readonly GeminiModel[] = [
  {
    id: "gemini-3.5-flash-lite",
    level: 2,
    thinking: { kind: "level", level: "LOW" },
    combinesTools: true,
    // Documented, and seen to start its JSON in the middle: https://github.com/google-gemini/cookbook/issues/1274
    combinesSchema: false,
    contextTokens: 1_000_000,
    outputTokens: 64_000,
    prices: [{ from: "2026-07-21", inputUsd: 0.3, outputUsd: 2.5, cachedUsd: 0.03 }],
    source: "https://ai.google.dev/gemini-api/docs/latest-model",
    readOn: "2026-11-22",
  },
  {
    id: "gemini-3.1-flash-lite",
    level: 2,
    thinking: { kind: "level", level: "LOW" },
    combinesTools: true,
    combinesSchema: false,
    contextTokens: 1_000_000,
    outputTokens: 64_000,
    prices: [{ from: "2026-05-07", inputUsd: 0.25, outputUsd: 1.5, cachedUsd: 0.025 }],
    source: "https://ai.google.dev/gemini-api/docs/deprecations",
    readOn: "2026-11-22",
  },
  {
    id: "gemini-3.1-pro-preview",
    level: 3,
    thinking: { kind: "level", level: "HIGH" },
    combinesTools: true,
    // https://ai.google.dev/gemini-api/docs/structured-output: "structured outputs with tools".
    combinesSchema: true,
    contextTokens: 1_000_000,
    outputTokens: 64_000,
    prices: [
      {
        from: "2026-02-19",
        inputUsd: 2,
        outputUsd: 12,
        cachedUsd: 0.2,
        long: { aboveTokens: 200_000, inputUsd: 4, outputUsd: 18 },
      },
    ],
    source: "https://www.npmjs.com/package/@pydantic/genai-prices (0.1.8)",
    readOn: "2026-11-22",
  },
  {
    id: "gemini-4-argon",
    level: 3,
    thinking: { kind: "level", level: "HIGH" },
    // No documentation says so of this generation yet.
    combinesTools: false,
    combinesSchema: false,
    contextTokens: 1_048_576,
    outputTokens: 65_536,
    prices: [
      { from: "2026-10-13", inputUsd: 2, outputUsd: 10, cachedUsd: 0.1 },
      { from: "2026-12-01", inputUsd: 4, outputUsd: 20, cachedUsd: 0.2 },
    ],
    source: "https://ai.google.dev/gemini-api/docs/generate-content/latest-model",
    readOn: "2026-11-22",
  },
  {
    id: "gemini-2.5-pro",
    level: 3,
    thinking: { kind: "budget", tokens: 1024 },
    combinesTools: false,
    combinesSchema: false,
    contextTokens: 1_000_000,
    outputTokens: 64_000,
    prices: [
      {
        from: "2025-06-17",
        inputUsd: 1.25,
        outputUsd: 10,
        cachedUsd: 0.125,
        long: { aboveTokens: 200_000, inputUsd: 2.5, outputUsd: 15 },
      },
    ],
    source: "https://ai.google.dev/gemini-api/docs/pricing",
    readOn: "2025-06-17",
  },
];

export type AuditLevel = GeminiModel["level"];

/** The table with the user's own entries first. */
export function modelTable(overrides: readonly GeminiModel[]): readonly GeminiModel[] {
  const own = new Set(overrides.map(({ id }) => id));
  return [...overrides, ...bundled.filter(({ id }) => !own.has(id))];
}

/** The price on a day (ISO date): the last that began; before the first, the first. */
export function priceOn({ prices }: GeminiModel, day: string): Price | undefined {
  const ordered = [...prices].sort((a, b) => a.from.localeCompare(b.from));
  return ordered.findLast(({ from }) => from <= day) ?? ordered[0];
}
