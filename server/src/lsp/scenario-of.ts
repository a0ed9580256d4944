import { type CostRequest, defaultRequest } from "../analysis/scenario.ts";
import { overlaid, type PartialRequest, readScenarioSetting } from "../analysis/scenario-config.ts";
import type { Scope } from "./scopes.ts";

/** What is shown when nobody says where the model runs; every number names it. */
const standardAccelerator = "a100-80-sxm";

/** What the configuration and the settings say; where both speak, the preference decides. */
export function saidOf({ found, settings }: Scope): PartialRequest {
  // Problems were told when the settings were read.
  const own = readScenarioSetting(settings.scenario, () => undefined);
  const file = found.config.scenario;
  return settings.configurationPreference === "filesystemFirst" ? overlaid(own, file) : overlaid(file, own);
}

/** @param today ISO date, for the age of prices. */
export function requestOfScope(scope: Scope, today: string): CostRequest {
  const said = saidOf(scope);
  const isStandard = said.accelerator === undefined;
  return { ...defaultRequest, accelerator: standardAccelerator, isStandard, ...said, today };
}
