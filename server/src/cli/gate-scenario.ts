import { type CostRequest, defaultRequest, type Scene } from "../analysis/scenario.ts";
import { overlaid, type PartialRequest } from "../analysis/scenario-config.ts";
import type { GateScenario, Note } from "../gate/gate-result.ts";

/** What people run models on who do not say what they do. */
const standardAccelerator = "a100-80-sxm";
const standardVolume = 1_000_000;

/** Where and how models run: in US dollars, and on no day in particular, so that a run can be told again. */
export function requestOf(configured: PartialRequest, said: PartialRequest): CostRequest {
  const { currency: _, today: __, ...merged } = overlaid(configured, said);
  return {
    ...defaultRequest,
    volume: standardVolume,
    ...merged,
    accelerator: merged.accelerator ?? standardAccelerator,
    isStandard: merged.accelerator === undefined,
  };
}

export const scenarioOf = ({ request, scenario }: Scene): GateScenario => ({
  accelerator: scenario.accelerator.id,
  acceleratorName: scenario.accelerator.name,
  count: scenario.count,
  precision: request.precision,
  mode: request.mode,
  compiled: request.compiled,
  scope: request.scope,
  region: request.region ?? null,
  volume: request.volume ?? standardVolume,
  isStandard: request.isStandard === true,
});

export function scenarioNotes({ request, scenario, notes }: Scene): readonly Note[] {
  const note = (message: string): Note => ({ kind: "scenario", message, file: null, line: null });
  return [
    ...(request.isStandard === true
      ? [
          note(
            `No accelerator is configured: the figures are those of ${scenario.accelerator.name}. \`[tool.ecocompute.scenario] accelerator\` names another.`,
          ),
        ]
      : []),
    ...notes.map((each) => note(`${each.slice(0, 1).toUpperCase()}${each.slice(1)}.`)),
  ];
}
