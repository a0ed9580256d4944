import * as z from "zod";
import { meant } from "../base/did-you-mean.ts";
import { type Accelerator, rateNames } from "../hardware/accelerator.ts";
import { findAccelerator, type Lookup } from "../hardware/find-accelerator.ts";
import { findGrid, type GridIntensity } from "../hardware/grid.ts";
import { type OwnAccelerator, ownAccelerator } from "../hardware/own-accelerator.ts";
import { type CostRequest, modes, parallels, precisionChoices, scopes } from "./scenario.ts";

/** The part of a scenario that a configuration or a setting says. */
export type PartialRequest = Partial<CostRequest>;

/** Told of what cannot be used, at the path of its key below the section. */
export type ReportScenario = (message: string, path: readonly string[]) => void;

const positive = z.number().positive();
const whole = z.int().positive();
const text = z.string().min(1);

/** As banks write it: `EUR`. */
export const currencyCode = /^[A-Z]{3}$/;

interface Key {
  readonly field: keyof CostRequest;
  readonly schema: z.ZodType;
  readonly wanted: string;
}

const oneOf = (choices: readonly string[]): { readonly schema: z.ZodType; readonly wanted: string } => ({
  schema: z.enum([...choices]),
  wanted: `one of ${choices.map((each) => `\`${each}\``).join(", ")}`,
});
const number = { schema: positive, wanted: "a number above 0" };
const count = { schema: whole, wanted: "a whole number from 1 on" };
const yesOrNo = { schema: z.boolean(), wanted: "true or false" };

const keys: Readonly<Record<string, Key>> = {
  accelerator: { field: "accelerator", schema: text, wanted: "the name of an accelerator" },
  precision: { field: "precision", ...oneOf(precisionChoices) },
  mode: { field: "mode", ...oneOf(modes) },
  compiled: { field: "compiled", ...yesOrNo },
  scope: { field: "scope", ...oneOf(scopes) },
  spot: { field: "spot", ...yesOrNo },
  region: { field: "region", schema: text, wanted: "a cloud region, a country or a state" },
  batch: { field: "batch", ...count },
  context: { field: "context", ...count },
  count: { field: "count", ...count },
  parallel: { field: "parallel", ...oneOf(parallels) },
  price: { field: "price", schema: positive, wanted: "US dollars per accelerator and hour" },
  pue: { field: "pue", schema: z.number().min(1), wanted: "a number from 1 on" },
  intensity: { field: "intensity", schema: positive, wanted: "grams of CO2e per kWh" },
  volume: { field: "volume", schema: positive, wanted: "inferences per month" },
  steps: { field: "steps", ...count },
  tokens: { field: "tokens", ...number },
  epochs: { field: "epochs", ...number },
  samples: { field: "samples", ...count },
  currency: {
    field: "currency",
    schema: z
      .object({ code: z.string().regex(currencyCode), "per-dollar": positive })
      .transform(({ code, "per-dollar": perDollar }) => ({ code, perDollar })),
    wanted: 'a table such as { code = "EUR", per-dollar = 0.86 }',
  },
};

const ownSchema = z
  .strictObject({
    kind: z.enum(["gpu", "cpu", "tpu", "hpu", "npu", "soc"]).optional(),
    tflops: z
      .partialRecord(z.enum([...rateNames]), positive)
      .refine((rates) => Object.keys(rates).length > 0),
    memory: positive,
    bandwidth: positive,
    "board-limit": positive.optional(),
    idle: positive.optional(),
    price: positive.optional(),
  })
  .transform(({ "board-limit": boardLimit, kind, idle, price, ...rest }) => ({
    price,
    own: {
      ...rest,
      ...(kind === undefined ? {} : { kind }),
      ...(idle === undefined ? {} : { idle }),
      ...(boardLimit === undefined ? {} : { boardLimit }),
    },
  }));

/** Of an accelerator that is listed: what one pays for it. */
const priceSchema = z.strictObject({ price: positive });
const onlyPriced = z.strictObject({ price: z.unknown() });

const tableSchema = z.record(z.string(), z.unknown());

/**
 * Reads the scenario of an editor's settings. Names are not looked up: accelerators of one's own are known to the
 * configuration file only, and a name that is known to nobody is told where the scenario is shown.
 */
export const readScenarioSetting = (scenario: unknown, report: ReportScenario): PartialRequest =>
  readKeys(scenario, report);

/** Reads the tables `scenario` and `accelerators` of a configuration; what is wrong is told and left out. */
export function readScenario(
  scenario: unknown,
  accelerators: unknown,
  report: ReportScenario,
): PartialRequest {
  const { own, prices } = readAccelerators(accelerators, report);
  const read = readKeys(scenario, report);
  const { accelerator, region } = read;
  const owned = own.map((each) => ownAccelerator(each, ""));
  const isKnown = (
    what: "accelerator" | "region",
    name: string,
    found: Lookup<Accelerator | GridIntensity>,
  ): boolean => {
    if (found.kind === "found") return true;
    report(unknownName(what, name, found.didYouMean), ["scenario", what]);
    return false;
  };
  let request: PartialRequest = {
    ...read,
    ...(own.length === 0 ? {} : { accelerators: own }),
    ...(Object.keys(prices).length === 0 ? {} : { prices }),
  };
  if (accelerator !== undefined && !isKnown("accelerator", accelerator, findAccelerator(accelerator, owned)))
    request = without(request, "accelerator");
  if (region !== undefined && !isKnown("region", region, findGrid(region)))
    request = without(request, "region");
  return request;
}

const unknownName = (what: string, name: string, nearest: string | undefined): string =>
  `No ${what} is called \`${name}\`.${nearest === undefined ? "" : ` Did you mean \`${nearest}\`?`}`;

const without = (request: PartialRequest, key: keyof CostRequest): PartialRequest =>
  Object.fromEntries(Object.entries(request).filter(([name]) => name !== key));

function readKeys(scenario: unknown, report: ReportScenario): PartialRequest {
  if (scenario === undefined) return {};
  const table = tableSchema.safeParse(scenario);
  if (!table.success) {
    report("`scenario` must be a table.", ["scenario"]);
    return {};
  }
  const entries = Object.entries(table.data).flatMap(
    ([name, value]): readonly (readonly [string, unknown])[] => {
      const key = keys[name];
      if (key === undefined) {
        report(`Unknown key \`${name}\`.${meant(name, Object.keys(keys))}`, ["scenario", name]);
        return [];
      }
      const parsed = key.schema.safeParse(value);
      if (parsed.success) return [[key.field, parsed.data]];
      const hint =
        typeof value === "string" && key.schema instanceof z.ZodEnum ? meant(value, choicesOf(key)) : "";
      report(`\`${name}\` must be ${key.wanted}.${hint}`, ["scenario", name]);
      return [];
    },
  );
  return Object.fromEntries(entries);
}

const choicesOf = ({ field }: Key): readonly string[] =>
  field === "precision" ? precisionChoices : field === "mode" ? modes : scopes;

interface OwnTables {
  readonly own: readonly OwnAccelerator[];
  /** USD per accelerator and hour, by id. */
  readonly prices: Readonly<Record<string, number>>;
}

function readAccelerators(accelerators: unknown, report: ReportScenario): OwnTables {
  const table = tableSchema.safeParse(accelerators ?? {});
  if (!table.success) {
    report("`accelerators` must be a table with one table for each accelerator.", ["accelerators"]);
    return { own: [], prices: {} };
  }
  const own: OwnAccelerator[] = [];
  const prices: Record<string, number> = {};
  for (const [name, value] of Object.entries(table.data)) {
    const priced = priceSchema.safeParse(value);
    const described = ownSchema.safeParse(value);
    if (priced.success) {
      const found = findAccelerator(name);
      if (found.kind === "found") prices[found.value.id] = priced.data.price;
      else report(unknownName("accelerator", name, found.didYouMean), ["accelerators", name]);
    } else if (described.success) {
      own.push({ name, ...described.data.own });
      if (described.data.price !== undefined) prices[name] = described.data.price;
    } else {
      const isListed = findAccelerator(name).kind === "found" && onlyPriced.safeParse(value).success;
      report(
        isListed
          ? `The \`price\` of \`${name}\` must be US dollars per accelerator and hour.`
          : needed(name, described.error.issues[0]),
        ["accelerators", name],
      );
    }
  }
  return { own, prices };
}

function needed(name: string, issue: { readonly path: readonly PropertyKey[] } | undefined): string {
  const where = issue === undefined || issue.path.length === 0 ? "" : ` (\`${issue.path.join(".")}\`)`;
  return `The accelerator \`${name}\`${where} needs \`tflops\` by arithmetic type (${rateNames.join(", ")}), \`memory\` in GiB and \`bandwidth\` in GB/s, and may say \`board-limit\` and \`idle\` in W, its \`kind\` and its \`price\` in US dollars per hour. One that is listed may say its \`price\` alone.`;
}

/** What `over` says on top of `under`. A price is that of the accelerator that it was said with, not of another. */
export function overlaid(under: PartialRequest, over: PartialRequest): PartialRequest {
  const isOther = over.accelerator !== undefined && over.accelerator !== under.accelerator;
  const kept = isOther && under.accelerator !== undefined ? without(under, "price") : under;
  return { ...kept, ...over };
}
