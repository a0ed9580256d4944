import { ageInDays, type Fact } from "../base/fact.ts";
import type { Scenario } from "../cost/estimate.ts";
import type { LocalFactor } from "../cost/local-factors.ts";
import { type Precision, precisions } from "../cost/precision.ts";
import type { Scope } from "../cost/scope.ts";
import type { Accelerator } from "../hardware/accelerator.ts";
import { findAccelerator } from "../hardware/find-accelerator.ts";
import { findGrid, type GridIntensity } from "../hardware/grid.ts";
import { type OwnAccelerator, ownAccelerator } from "../hardware/own-accelerator.ts";
import { type Cloud, type Price, type PriceQuery, pricesOf } from "../hardware/prices.ts";
import { pueOf } from "../hardware/pue.ts";
import { standardOptimizer } from "./optimizer-choice.ts";

export const precisionChoices: readonly Precision[] = precisions;

/**
 * `infer`: one call of `forward`. `train`: a step with its backward pass and optimizer. `prefill`: a prompt is read.
 * `decode`: one more token behind a cached context.
 */
export type Mode = "infer" | "train" | "prefill" | "decode";

export const modes: readonly Mode[] = ["infer", "train", "prefill", "decode"];

export type Parallel = "tensor" | "batch";

export const parallels: readonly Parallel[] = ["tensor", "batch"];

export const scopes: readonly Scope[] = ["board", "node", "wall"];

export interface Currency {
  /** `EUR` */
  readonly code: string;
  /** How many of it one US dollar is. */
  readonly perDollar: number;
}

/** Where and how the user runs the model, in the user's words. */
export interface CostRequest {
  readonly accelerator: string;
  /** Nobody named the accelerator: numbers on it are shown, nothing is held against the user. */
  readonly isStandard?: boolean | undefined;
  readonly precision: Precision;
  readonly mode: Mode;
  readonly compiled: boolean;
  readonly scope: Scope;
  readonly spot: boolean;
  /** A cloud region, a country or a state; without it no CO2e is told. */
  readonly region?: string | undefined;
  /** Samples in one call; as the code calls it when left out. */
  readonly batch?: number | undefined;
  /** Positions that are cached before the token that is decoded; as many as the call has when left out. */
  readonly context?: number | undefined;
  /** Accelerators that share the work, and what they share: every product when left out. */
  readonly count?: number | undefined;
  readonly parallel?: Parallel | undefined;
  /** Of the user: USD per accelerator and hour, data center energy by computer energy, gCO2e/kWh. */
  readonly price?: number | undefined;
  /** Of the user too, by id of the accelerator: what `price` does not say. */
  readonly prices?: Readonly<Record<string, number>> | undefined;
  readonly pue?: number | undefined;
  readonly intensity?: number | undefined;
  /** Inferences per month. */
  readonly volume?: number | undefined;
  /** Steps, tokens or passes over so many samples of a training run. */
  readonly steps?: number | undefined;
  readonly tokens?: number | undefined;
  readonly epochs?: number | undefined;
  readonly samples?: number | undefined;
  readonly currency?: Currency | undefined;
  readonly accelerators?: readonly OwnAccelerator[] | undefined;
  /** From measurements of one's own. */
  readonly factors?: readonly LocalFactor[] | undefined;
  /** ISO date; without it the age of prices is not told. */
  readonly today?: string | undefined;
}

export const defaultRequest: Omit<CostRequest, "accelerator"> = {
  precision: "as-written",
  mode: "infer",
  compiled: false,
  scope: "board",
  spot: false,
};

export type Resolved =
  | {
      readonly kind: "scenario";
      readonly scenario: Omit<Scenario, "samples">;
      readonly request: CostRequest;
      /** What a reader of the numbers should know of the tables behind them. */
      readonly notes: readonly string[];
      /** The same of the PUE, for energy at the wall, and of the grid, for CO2e alone. */
      readonly pueNotes: readonly string[];
      readonly gridNotes: readonly string[];
    }
  | { readonly kind: "error"; readonly message: string };

export type Scene = Extract<Resolved, { readonly kind: "scenario" }>;

/** The tables' answer to a request; an unknown name comes back as a message that names the nearest one. */
export function resolveScenario(request: CostRequest): Resolved {
  const today = request.today ?? "";
  const own = (request.accelerators ?? []).map((each) => ownAccelerator(each, today));
  const found = findAccelerator(request.accelerator, own);
  if (found.kind === "not-found")
    return failed(`no accelerator is called \`${request.accelerator}\``, found.didYouMean);
  const region = request.region === undefined ? undefined : findGrid(request.region);
  if (region?.kind === "not-found")
    return failed(`no region is called \`${request.region}\``, region.didYouMean);
  const accelerator = found.value;
  const negotiated = request.price ?? request.prices?.[accelerator.id];
  const listed = negotiated === undefined ? listPrice(accelerator, request.spot, region?.value) : undefined;
  const standsIn = listed === undefined ? undefined : elsewhere(listed, accelerator, region?.value);
  const price = negotiated === undefined ? listed && listFact(listed, standsIn) : ownPrice(negotiated, today);
  // Where the user says a cloud's region the building stands there, wherever the nearest list price is from.
  const site =
    region?.value.cloud === undefined ? listed : { cloud: region.value.cloud, region: region.value.code };
  const pue =
    request.pue === undefined
      ? pueOf(site?.cloud ?? madeFor.get(accelerator.vendor), site?.region)
      : ownFact(request.pue, "ratio", today);
  const grid = request.intensity === undefined ? region?.value : ownGrid(request.intensity, today);
  return {
    kind: "scenario",
    request,
    notes: [
      ...(price === undefined ? [] : ageOf(price, today)),
      ...(standsIn === undefined ? [] : [standsIn]),
    ],
    pueNotes:
      pue === undefined || request.scope !== "wall" || !hasBuilding(accelerator)
        ? []
        : ageInYears(pue, "PUE", today),
    gridNotes: grid === undefined ? [] : ageInYears(grid.intensity, "intensity of the grid", today),
    scenario: {
      accelerator,
      precision: request.precision,
      mode: request.mode === "train" ? "train" : "infer",
      optimizer: standardOptimizer.passes,
      isCompiled: request.compiled,
      count: request.count ?? 1,
      parallel: request.parallel ?? "tensor",
      sizes: new Map(),
      scope: request.scope,
      pue,
      price,
      ...(request.factors === undefined ? {} : { factors: request.factors }),
      grid,
    },
  };
}

/** Those that a PUE is applied to. */
const hasBuilding = ({ kind }: Accelerator): boolean => kind !== "soc";

/** Those that one cloud alone has stand in its buildings. */
const madeFor: ReadonlyMap<string, Cloud> = new Map([
  ["AWS", "aws"],
  ["Google", "gcp"],
]);

/** The cheapest in the region, else of its cloud, else of all. */
function listPrice(
  accelerator: Accelerator,
  spot: boolean,
  place: GridIntensity | undefined,
): Price | undefined {
  const purchase = spot ? "spot" : "on-demand";
  const cheapest = (of: Pick<PriceQuery, "cloud" | "region">): Price | undefined =>
    pricesOf(accelerator, { purchase, ...of })[0];
  if (place?.cloud === undefined) return cheapest({});
  const { cloud, code: region } = place;
  return cheapest({ cloud, region }) ?? cheapest({ cloud }) ?? cheapest({});
}

/** Said where the price is not that of the region that was asked for. */
function elsewhere(
  { cloud, region, purchase }: Price,
  { name }: Accelerator,
  place: GridIntensity | undefined,
): string | undefined {
  if (place?.cloud === undefined || place.code === region) return undefined;
  return `no ${purchase} price of ${name} in ${place.code} is listed: that of ${cloud} ${region} stands for it`;
}

/** What is paid in one region says little of another: the same instance differs by a factor of 1.3. */
const listFact = ({ perAccelerator }: Price, standsIn: string | undefined): Fact =>
  standsIn === undefined ? perAccelerator : { ...perAccelerator, confidence: "low" };

const yours = "your configuration";

const ownFact = (value: number, unit: Fact["unit"], readOn: string): Fact => ({
  value,
  unit,
  source: yours,
  readOn,
  confidence: "high",
});

const ownPrice = (value: number, today: string): Fact => ({
  ...ownFact(value, "USD/h", today),
  note: `${value} USD per accelerator and hour, as you say`,
});

const ownGrid = (value: number, today: string): GridIntensity => ({
  code: yours,
  intensity: ownFact(value, "gCO2e/kWh", today),
  spread: { low: 0.9, high: 1.1 },
});

/** Days after which a price is said to be old. */
const staleAfter = 90;

function ageOf(price: Fact, today: string): readonly string[] {
  const days = ageInDays(price, today);
  return days === undefined || days <= staleAfter
    ? []
    : [`the price was read on ${price.readOn}, ${days} days ago`];
}

/** Years after which an annual figure is said to be old: intensities of grids fall by a few percent a year, PUE does as buildings do. */
const staleYears = 3;

/** Of a figure that is the average of a year, by the last year that it is of, not that of its publication. */
function ageInYears({ readOn }: Fact, what: string, today: string): readonly string[] {
  const stated = readOn.replace(/\(.*?\)/g, "");
  const last = stated.match(/\d{4}/g)?.at(-1);
  // `2021-23`, not `2021-03-14`.
  const short = /\b(\d{2})\d{2}-(\d{2})\b(?!-)/.exec(stated);
  const year = short === null ? Number(last) : Number(`${short[1]}${short[2]}`);
  const years = Number(today.slice(0, 4)) - year;
  return years >= staleYears ? [`the ${what} is that of ${year}, ${years} years ago`] : [];
}

function failed(what: string, nearest: string | undefined): Resolved {
  return { kind: "error", message: nearest === undefined ? what : `${what}; did you mean \`${nearest}\`?` };
}
