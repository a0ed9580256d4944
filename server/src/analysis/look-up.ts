import type { Fact } from "../base/fact.ts";
import { findAccelerator } from "../hardware/find-accelerator.ts";
import { findGrid } from "../hardware/grid.ts";
import { pricesOf } from "../hardware/prices.ts";

const joulesPerKilowattHour = 3.6e6;

interface NotFound {
  readonly error: string;
}

/** gCO2e of energy drawn from the grid of a region, location-based: energy times intensity. */
export function carbonFootprint(
  joules: number,
  region: string,
): { readonly grams: number; readonly source: string } | NotFound {
  const found = findGrid(region);
  if (found.kind === "not-found") return notFound("region", region, found.didYouMean);
  const { intensity } = found.value;
  return {
    grams: (joules / joulesPerKilowattHour) * intensity.value,
    source: factText("intensity", intensity),
  };
}

/** What the tables say of an accelerator or a region, each figure with its source and date. */
export function lookUp(
  subject: "accelerator" | "region",
  name: string,
): { readonly facts: readonly string[] } | NotFound {
  if (subject === "region") {
    const found = findGrid(name);
    return found.kind === "found"
      ? { facts: [factText(`intensity of ${found.value.code}`, found.value.intensity)] }
      : notFound("region", name, found.didYouMean);
  }
  const found = findAccelerator(name);
  if (found.kind === "not-found") return notFound("accelerator", name, found.didYouMean);
  const { memory, bandwidth, boardLimit, rates } = found.value;
  const prices = pricesOf(found.value, { purchase: "on-demand" }).slice(0, 5);
  return {
    facts: [
      factText("memory", memory),
      factText("bandwidth", bandwidth),
      ...(boardLimit === undefined ? [] : [factText("board power", boardLimit)]),
      ...Object.entries(rates).flatMap(([dtype, rate]) =>
        rate === undefined ? [] : [factText(`dense rate in ${dtype}`, rate)],
      ),
      ...prices.map(({ cloud, region, perAccelerator }) =>
        factText(`price at ${cloud} ${region}`, perAccelerator),
      ),
    ],
  };
}

const factText = (what: string, { value, unit, source, readOn }: Fact): string =>
  `${what}: ${value} ${unit} (${source}, ${readOn})`;

const notFound = (what: string, name: string, didYouMean: string | undefined): NotFound => ({
  error: `no ${what} is called ${name}${didYouMean === undefined ? "" : `; did you mean ${didYouMean}?`}`,
});
