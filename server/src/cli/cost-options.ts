import { type Command, InvalidArgumentError, Option } from "commander";
import { type Chosen, chooseOptimizations } from "../analysis/optimization-report.ts";
import {
  type CostRequest,
  type Currency,
  defaultRequest,
  modes,
  parallels,
  precisionChoices,
  scopes,
} from "../analysis/scenario.ts";
import { currencyCode, overlaid, type PartialRequest } from "../analysis/scenario-config.ts";

/** What the command line says of the scenario; `undefined` where it says nothing. */
export interface CostFlags extends PartialRequest {
  readonly optimize?: Extract<Chosen, { readonly kind: "chosen" }>;
}

export function addCostOptions(command: Command): Command {
  return command
    .option("--accelerator <name>", "tell time, energy, money and memory on it: `h100`, `rtx4090`")
    .addOption(
      new Option(
        "--precision <precision>",
        "how floating-point work is carried out (default: as-written)",
      ).choices(precisionChoices),
    )
    .addOption(
      new Option(
        "--mode <mode>",
        "one call, a training step, a prompt, or one more token (default: infer)",
      ).choices(modes),
    )
    .option("--batch <number>", "samples in one call, in place of those in the code", whole)
    .option("--context <number>", "positions that are cached before the token that is decoded", whole)
    .option("--compiled", "as torch.compile runs it")
    .option("--count <number>", "accelerators that share the work", whole)
    .addOption(
      new Option(
        "--parallel <way>",
        "what several accelerators share: every product, or the batch (default: tensor)",
      ).choices(parallels),
    )
    .option("--region <name>", "a cloud region, country or state, for prices and CO2e")
    .option("--spot", "spot prices instead of on-demand ones")
    .option("--price <usd>", "US dollars per accelerator and hour, in place of list prices", positive)
    .option("--pue <ratio>", "energy of the data center by that of its computers", fromOne)
    .option("--intensity <grams>", "gCO2e per kWh, in place of that of the region", positive)
    .option("--volume <inferences>", "inferences per month, to tell what a month costs", positive)
    .option("--steps <number>", "steps of a training run, to tell what it costs", whole)
    .option("--tokens <number>", "tokens of a training run, in place of steps", positive)
    .option("--epochs <number>", "passes over the samples of a training run, in place of steps", positive)
    .option("--samples <number>", "samples of one epoch", whole)
    .option(
      "--currency <code=rate>",
      "another currency, and how many of it a US dollar is: `EUR=0.86`",
      currency,
    )
    .addOption(
      new Option(
        "--scope <scope>",
        "what energy is counted of: the board, its node, or all the building draws for it (default: board)",
      ).choices(scopes),
    )
    .option(
      "--optimize <names>",
      "what optimizations would save: `all`, or names separated by commas",
      optimize,
    );
}

const requestKeys: readonly (keyof CostRequest)[] = [
  "accelerator",
  "precision",
  "mode",
  "compiled",
  "scope",
  "spot",
  "region",
  "batch",
  "context",
  "count",
  "parallel",
  "price",
  "pue",
  "intensity",
  "volume",
  "steps",
  "tokens",
  "epochs",
  "samples",
  "currency",
];

/** The configuration with the command line on top; `undefined` where neither names an accelerator. */
export function requestOf(
  flags: CostFlags,
  configured: PartialRequest,
  training: boolean,
): CostRequest | undefined {
  const said: PartialRequest = Object.fromEntries(
    requestKeys.map((key) => [key, flags[key]] as const).filter(([, value]) => value !== undefined),
  );
  const merged = {
    ...defaultRequest,
    ...overlaid(training ? { ...configured, mode: "train" } : configured, said),
  };
  const { accelerator } = merged;
  const today = new Date().toISOString().slice(0, 10);
  return accelerator === undefined ? undefined : { ...merged, accelerator, today };
}

/** Options that nothing comes of with the others, each with the reason; `request` is what all of them make. */
export function idleOptions(flags: CostFlags, request: CostRequest | undefined): readonly string[] {
  const asked = (key: keyof CostRequest): boolean => flags[key] !== undefined;
  if (request === undefined)
    return requestKeys
      .filter((key) => asked(key) && !worksAlone.has(key))
      .map((key) => `--${key} tells nothing without an accelerator: name one with --accelerator`);
  const { mode, count = 1, steps, tokens, epochs, samples } = request;
  const isLong = [steps, tokens, epochs].filter((each) => each !== undefined).length > 1;
  const lengths = (["steps", "tokens", "epochs"] as const).filter(asked);
  const found = [
    ...lengths
      .filter(() => mode !== "train")
      .map((key) => `--${key} is the length of a training run: it needs --mode train`),
    asked("epochs") && samples === undefined ? "--epochs needs --samples: how many an epoch has" : undefined,
    asked("samples") && epochs === undefined
      ? "--samples are those of an epoch: they need --epochs"
      : undefined,
    isLong && lengths.length > 0
      ? "--steps, --tokens and --epochs are one length: steps count before tokens, and these before epochs"
      : undefined,
    asked("parallel") && count === 1 ? "--parallel needs --count: one accelerator shares nothing" : undefined,
    asked("spot") && request.price !== undefined
      ? "--spot chooses among list prices: --price replaces them"
      : undefined,
    asked("context") && mode !== "decode" && mode !== "prefill"
      ? "--context is what lies before a token or in a prompt: it needs --mode decode or --mode prefill"
      : undefined,
    asked("pue") && request.scope !== "wall" ? "--pue counts in --scope wall alone" : undefined,
  ];
  return found.filter((each) => each !== undefined);
}

/** What is counted depends on them, too. */
const worksAlone: ReadonlySet<keyof CostRequest> = new Set(["mode", "context"]);

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError("expected a number above 0");
  return value;
}

function fromOne(text: string): number {
  const value = positive(text);
  if (value < 1) throw new InvalidArgumentError("expected a number from 1 on");
  return value;
}

function whole(text: string): number {
  const value = positive(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError("expected a whole number from 1 on");
  return value;
}

function currency(text: string): Currency {
  const [code = "", rate = ""] = text.split("=", 2).map((part) => part.trim());
  if (!currencyCode.test(code))
    throw new InvalidArgumentError("expected a code and a rate, such as EUR=0.86");
  return { code, perDollar: positive(rate) };
}

function optimize(text: string): Extract<Chosen, { readonly kind: "chosen" }> {
  const chosen = chooseOptimizations(
    text
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  );
  if (chosen.kind === "error") throw new InvalidArgumentError(chosen.message);
  return chosen;
}
