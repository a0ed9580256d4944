import { amount } from "../base/amount.ts";
import { accelerators } from "../hardware/find-accelerator.ts";
import { gridRows, regionRows } from "../hardware/grid.gen.ts";
import { ownAccelerator } from "../hardware/own-accelerator.ts";
import { pricesOf } from "../hardware/prices.ts";
import { type Mode, modes, precisionChoices } from "./scenario.ts";
import type { PartialRequest } from "./scenario-config.ts";

export interface Choice {
  readonly id: string;
  readonly label: string;
  readonly detail: string;
}

/** The user's own accelerators first, then the newest. */
export function acceleratorChoices(request: PartialRequest): readonly Choice[] {
  const own = (request.accelerators ?? []).map((each) => ownAccelerator(each, ""));
  const listed = accelerators.toSorted((a, b) => b.year - a.year || a.name.localeCompare(b.name));
  return [...own, ...listed].map((each) => {
    const [price] = pricesOf(each, { purchase: "on-demand" });
    const facts = [
      each.year === 0 || each.vendor === "" ? "yours" : String(each.year),
      amount(each.memory.value, "byte"),
      ...(each.boardLimit === undefined ? [] : [`${each.boardLimit.value} W`]),
      ...(price === undefined ? [] : [`from $${price.perAccelerator.value.toFixed(2)} an hour`]),
    ];
    return { id: each.id, label: each.name, detail: facts.join(" · ") };
  });
}

const modeDetails: Readonly<Record<Mode, string>> = {
  infer: "one call of forward",
  train: "a step with backward pass and optimizer",
  prefill: "a prompt is read",
  decode: "one more token behind a cached context",
};

export const modeChoices: readonly Choice[] = modes.map((id) => ({ id, label: id, detail: modeDetails[id] }));

export const precisionChoiceList: readonly Choice[] = precisionChoices.map((id) => ({
  id,
  label: id,
  detail:
    id === "as-written" ? "what the code says" : id.startsWith("amp") ? "autocast over float32 weights" : "",
}));

export const regionChoices: readonly Choice[] = [
  ...regionRows.map(({ code, name, cloud, intensity }) => ({
    id: code,
    label: code,
    detail: `${cloud}${name === "" ? "" : `, ${name}`} · ${Math.round(intensity)} gCO2e/kWh`,
  })),
  ...gridRows.map(({ code, name, intensity }) => ({
    id: code,
    label: name === "" ? code : name,
    detail: `${code} · ${Math.round(intensity)} gCO2e/kWh`,
  })),
];
