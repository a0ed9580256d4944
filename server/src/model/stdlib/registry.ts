import type { Machine } from "../machine.ts";
import { numpyModule } from "../numpy/module.ts";
import type { PyModule } from "../values.ts";
import { coreModule } from "./core.ts";
import { mathModule } from "./math.ts";

/** Modules written natively, by name. */
export const stdlibModules: ReadonlyMap<string, (m: Machine) => PyModule> = new Map([
  ["math", mathModule],
  ["_ecocompute_std", coreModule],
  ["_ecocompute_numpy", numpyModule],
]);
