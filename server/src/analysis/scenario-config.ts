import * as z from "zod";
import { meant } from "../base/did-you-mean.ts";
import { rateNames } from "../hardware/accelerator.ts";
import { findAccelerator } from "../hardware/find-accelerator.ts";
import { findGrid } from "../hardware/grid.ts";
import { type OwnAccelerator, ownAccelerator } from "../hardware/own-accelerator.ts";
import { type CostRequest, modes, parallels, precisionChoices, scopes } from "./scenario.ts";

/** The part of a scenario that a configuration or a setting says. */
export type PartialRequest = Partial<CostRequest>;

/** Told of what cannot be used, at the path of its key below the section. */
export type ReportScenario = (message: string, path: readonly string[]) => void;

const positive = z.number().positive();
const whole = z.int().positive();
const text = z.string().min(1);

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
      .object({ code: text, "per-dollar": positive })
      .transform(({ code, "per-dollar": perDollar }) => ({ code, perDollar })),
    wanted: 'a table such as { code = "EUR", per-dollar = 0.86 }',
  },
};

const ownSchema = z
  .strictObject({
    kind: z.enum(["gpu", "cpu", "tpu", "hpu", "npu", "soc"]).optional(),
    tflops: z.partialRecord(z.enum([...rateNames]), positive),
    memory: positive,
    bandwidth: positive,
    "board-limit": positive.optional(),
    idle: positive.optional(),
  })
  .transform(({ "board-limit": boardLimit, kind, idle, ...rest }) => ({
    ...rest,
    ...(kind === undefined ? {} : { kind }),
    ...(idle === undefined ? {} : { idle }),
    ...(boardLimit === undefined ? {} : { boardLimit }),
  }));

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
  const own = ownAccelerators(accelerators, report);
  const read = readKeys(scenario, report);
  const { accelerator, region } = read;
  const request = own.length === 0 ? read : { ...read, accelerators: own };
  if (accelerator !== undefined) {
    const found = findAccelerator(
      accelerator,
      own.map((each) => ownAccelerator(each, "")),
    );
    if (found.kind === "not-found") {
      report(unknownName("accelerator", accelerator, found.didYouMean), ["scenario", "accelerator"]);
      return without(request, "accelerator");
    }
  }
  if (region !== undefined) {
    const found = findGrid(region);
    if (found.kind === "not-found") {
      report(unknownName("region", region, found.didYouMean), ["scenario", "region"]);
      return without(request, "region");
    }
  }
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

function ownAccelerators(accelerators: unknown, report: ReportScenario): readonly OwnAccelerator[] {
  if (accelerators === undefined) return [];
  const table = tableSchema.safeParse(accelerators);
  if (!table.success) {
    report("`accelerators` must be a table with one table for each accelerator.", ["accelerators"]);
    return [];
  }
  return Object.entries(table.data).flatMap(([name, value]): readonly OwnAccelerator[] => {
    const parsed = ownSchema.safeParse(value);
    if (parsed.success) return [{ name, ...parsed.data }];
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? "" : ` (\`${issue.path.join(".")}\`)`;
    report(
      `The accelerator \`${name}\`${where} needs \`tflops\` by arithmetic type (${rateNames.join(", ")}), \`memory\` in GiB and \`bandwidth\` in GB/s, and may say \`board-limit\` and \`idle\` in W and its \`kind\`.`,
      ["accelerators", name],
    );
    return [];
  });
}
