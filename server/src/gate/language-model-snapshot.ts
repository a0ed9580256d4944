import { type EstimateValue, timesValue } from "../analysis/estimate-value.ts";
import type { LanguageModelJson } from "../analysis/language-model-report.ts";
import type { Quantity } from "./gate-result.ts";
import type { ModelSnapshot } from "./snapshot.ts";

/** A language model that a file loads by its name on the hub. An inference is one token that it writes. */
export function languageModelSnapshot(
  model: LanguageModelJson,
  path: string,
  allowed: ModelSnapshot["allowed"],
): ModelSnapshot {
  const { name, line, unknown, parameters, serving } = model;
  const why = unknown ?? "it is not interpreted, but looked up by its name";
  const not = (unit: string): Quantity => ({
    value: null,
    low: null,
    high: null,
    unit,
    atLeast: unknown !== null,
    why,
  });
  const exact = (value: number | null, unit: string): Quantity =>
    value === null ? not(unit) : { value, low: value, high: value, unit, atLeast: false, why: null };
  const shown = (value: EstimateValue | undefined, unit: string): Quantity =>
    value === undefined
      ? not(unit)
      : {
          value: value.value,
          low: value.low,
          high: value.high,
          unit,
          atLeast: false,
          why: value.value === null ? value.assumptions.join("; ") : null,
        };
  const per = serving?.perThousandTokens;
  const latency = serving?.decode.latency;
  const bytes = serving === null ? null : serving.weightBytes + serving.cacheBytes;
  return {
    name,
    entry: `from_pretrained(${JSON.stringify(name)})`,
    path,
    file: path,
    line,
    figures: {
      parameters: exact(parameters, "parameter"),
      macs: not("MAC"),
      energy: shown(per && timesValue(per.energy, 1 / 1000), "J"),
      latency: shown(latency, "s"),
      costPerMillion: shown(per && timesValue(per.cost, 1000), "USD"),
      co2ePerMillion: shown(per && timesValue(per.co2e, 1000), "gCO2e"),
      memory: exact(bytes, "byte"),
    },
    fit: serving?.fits ?? null,
    complete: unknown === null,
    notCounted: unknown === null ? [] : [{ what: `\`${name}\``, why: unknown, file: path, line }],
    assumptions:
      serving === null ? [] : ["an inference is one token that is written", ...serving.assumptions],
    lines: [{ file: path, line, parameters: parameters ?? 0, macs: 0, seconds: latency?.value ?? 0 }],
    seconds: { [name]: latency?.value ?? 0 },
    operations: {},
    state: [],
    allowed,
  };
}
