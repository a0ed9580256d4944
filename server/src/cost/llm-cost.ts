import type { Estimate } from "../base/fact.ts";
import { type Unknown, unknown } from "../base/known.ts";
import { embodiedCarbon, operationalCarbon, totalCarbon } from "./carbon.ts";
import { calibration } from "./coefficients.gen.ts";
import { deviceOf } from "./device.ts";
import type { Scenario } from "./estimate.ts";
import { estimate, scaled, within } from "./interval.ts";
import type { MeasuredServing } from "./measured-serving.ts";
import { rent } from "./money.ts";
import { type Scope, widened } from "./scope.ts";
import { type LanguageModel, type Serving, servingCost, servingWork } from "./serving.ts";

/** From run to run and from cluster to cluster: what a measurement of one's own would differ by. */
const repeat = within(1.15);

function measuredStep(
  { joulesPerToken, tokensPerSecond, low, high, rows, source }: MeasuredServing,
  batch: number,
): LlmCost["decode"] {
  const origin = {
    basis: "measured" as const,
    assumptions: [
      `measured: ${rows === 1 ? "a run" : `${rows} runs`} of this model, batch and context; the share of the prompt is in it`,
      source,
    ],
  };
  const spread = {
    below: Math.hypot(repeat.below, Math.log(joulesPerToken / low)),
    above: Math.hypot(repeat.above, Math.log(high / joulesPerToken)),
  };
  return {
    latency: estimate(batch / tokensPerSecond, repeat, { ...origin, unit: "s" }),
    energy: estimate(batch * joulesPerToken, spread, { ...origin, unit: "J" }),
  };
}

const withScope = (boards: Estimate, scope: Scope): Estimate => ({
  ...boards,
  assumptions: [
    ...boards.assumptions,
    scope === "board" ? "boards alone, without host and cooling" : `${scope} scope`,
  ],
});

/** How a language model is loaded and asked. */
export interface LlmUse {
  readonly batch: number;
  /** Tokens of the prompt, and behind the token that is decoded. */
  readonly context: number;
  /** Of one weight, and of one element of the cache. */
  readonly weightBytes: number;
  readonly cacheBytes: number;
}

export interface LlmCost {
  /** Bytes on each accelerator: weights, and keys and values of the whole batch. */
  readonly weights: number;
  readonly cache: number;
  /** Of all prompts of the batch. */
  readonly prefill: { readonly latency: Estimate; readonly energy: Estimate | Unknown };
  /** Of one step, in which each sequence gets a token. */
  readonly decode: { readonly latency: Estimate; readonly energy: Estimate | Unknown };
  /** Per 1,000 tokens that are generated, the prompt not counted. */
  readonly perThousandTokens: {
    readonly energy: Estimate | Unknown;
    readonly cost: Estimate | Unknown;
    readonly co2e: Estimate | Unknown;
  };
}

/**
 * Prefill and decode of a language model in a serving engine, from its configuration alone. Equations and coefficients are
 * those of LLM serving (`serving.ts`), calibrated on ML.ENERGY v3 on H100, whose energy is that of boards; the scope widens it.
 *
 * What was measured of exactly this model and use is taken for decoding instead.
 *
 * Prefill: t = 2 active tokens / (count peak compute) + layers (layer + split log2 count).
 */
export function llmCost(
  model: LanguageModel,
  use: LlmUse,
  scenario: Scenario,
  measured?: MeasuredServing,
): LlmCost {
  const { accelerator, count, price, grid, scope, pue } = scenario;
  const { coefficients: c, residual, devices, rows } = calibration.serving;
  const device = deviceOf(accelerator);
  const limit = accelerator.boardLimit?.value;
  // Decoding alone: twice as many answers as positions makes the mean cache that of the context, and prompts none.
  const serving: Serving = {
    count,
    split: count === 1 ? "none" : "tensor",
    batch: use.batch,
    promptTokens: 0,
    outputTokens: 2 * use.context,
    weightBytes: use.weightBytes,
    cacheBytes: use.cacheBytes,
  };
  const decoded = servingCost(model, serving, device, limit ?? 0, c);
  const { peak } = servingWork(model, serving, device);
  const flops = (2 * model.activeParameters * use.batch * use.context) / count;
  const split = count === 1 ? 0 : c.tensorSplit * Math.log2(count);
  const prefillSeconds = flops / (peak * c.compute) + model.layers * (c.layer + split);
  const prefillShare = Math.min(1, c.powerActive + (c.powerCompute * flops) / (peak * prefillSeconds));
  const isKnown = devices.includes(accelerator.id);
  const half = isKnown ? residual.newFamily : residual.newDevice;
  const spread = { below: half, above: half };
  const assumptions = [
    `${rows} measured rows of LLM serving${isKnown ? "" : `, none of them on ${accelerator.name}`}, in an engine with continuous batching`,
    ...device.assumptions,
  ];
  const seconds = (value: number): Estimate =>
    estimate(value, spread, {
      unit: "s",
      basis: isKnown ? "calibrated" : "computed",
      assumptions,
      facts: device.facts,
    });
  // The residual of the fit is that of joules, time included.
  const joules = (time: number, watts: number): Estimate | Unknown =>
    limit === undefined
      ? unknown(`no board power of ${accelerator.name} is published`)
      : estimate(time * watts, spread, {
          unit: "J",
          basis: isKnown ? "calibrated" : "computed",
          assumptions,
          facts: device.facts,
        });
  const step =
    measured === undefined
      ? { latency: seconds(decoded.step), energy: joules(decoded.step, decoded.watts) }
      : measuredStep(measured, use.batch);
  const inScope = (boards: Estimate | Unknown, time: Estimate): Estimate | Unknown =>
    "kind" in boards
      ? boards
      : widened(withScope(boards, scope), time, {
          scope,
          count,
          pue,
          isOwnHost: accelerator.kind === "soc",
        });
  const decode = { latency: step.latency, energy: inScope(step.energy, step.latency) };
  const prefillLatency = seconds(prefillSeconds);
  const steps = 1000 / use.batch;
  const time = scaled(decode.latency, steps, within(1), { unit: "s" });
  const energy =
    "kind" in decode.energy ? decode.energy : scaled(decode.energy, steps, within(1), { unit: "J" });
  return {
    weights: (model.parameters * use.weightBytes) / count,
    cache:
      (use.batch *
        use.context *
        2 *
        model.attentionLayers *
        model.keyValueHeads *
        model.headSize *
        use.cacheBytes) /
      count,
    prefill: {
      latency: prefillLatency,
      energy: inScope(joules(prefillSeconds, count * (limit ?? 0) * prefillShare), prefillLatency),
    },
    decode,
    perThousandTokens: {
      energy,
      cost:
        price === undefined ? unknown(`no price of ${accelerator.name} is known`) : rent(time, count, price),
      co2e:
        "kind" in energy
          ? energy
          : grid === undefined
            ? unknown("no region or grid intensity is given")
            : totalCarbon(operationalCarbon(energy, grid), embodiedCarbon(time, count)),
    },
  };
}
