import assert from "node:assert/strict";
import { defaultRequest, resolveScenario } from "../../server/src/analysis/scenario.ts";
import type { Scenario } from "../../server/src/cost/estimate.ts";
import type { LowerOptions } from "../../server/src/cost/lower.ts";
import type { Precision } from "../../server/src/cost/precision.ts";
import type { Graph } from "../../server/src/graph/ir.ts";
import type { Accelerator } from "../../server/src/hardware/accelerator.ts";
import { findAccelerator } from "../../server/src/hardware/find-accelerator.ts";
import { createSession, defaultLimits } from "../../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../../server/src/model/estimate-model.ts";
import { parseInputSpec } from "../../server/src/model/input-spec.ts";

const { interpreter, syntax } = await createSession([], defaultLimits);

/** What is known of a model of that text when it is called with that input; all of it must be counted. */
export function estimateOf(text: string, entry: string, input: string, training = false): ModelEstimate {
  const spec = parseInputSpec(input);
  assert.ok(spec !== undefined, input);
  const request = { file: "/model.py", source: syntax.parse(text), entry, inputs: [spec], training };
  const [model] = estimateModels(interpreter, request);
  assert.ok(model?.complete === true, model?.failure?.message ?? model?.notCounted[0]?.why);
  return model;
}

export const graphOf = (text: string, entry: string, input: string, training = false): Graph =>
  estimateOf(text, entry, input, training).graph;

export function accelerator(name: string): Accelerator {
  const found = findAccelerator(name);
  assert.ok(found.kind === "found", `no ${name}`);
  return found.value;
}

/** One sample in bfloat16, eager, at list prices. */
export function scenarioOn(name: string, change: Partial<Scenario> = {}): Scenario {
  const resolved = resolveScenario({ ...defaultRequest, accelerator: name, precision: "bf16" });
  assert.ok(resolved.kind === "scenario");
  return { ...resolved.scenario, samples: 1, ...change };
}

/** As a GPU launches it. */
export const loweringIn = (precision: Precision, sizes: Scenario["sizes"] = new Map()): LowerOptions => ({
  precision,
  sizes,
  isHalfNorm: () => false,
  addsBiasApart: true,
  upcastsAttention: true,
  channelsLast: false,
});
