import type { Config } from "./config.ts";
import { overlaid } from "./scenario-config.ts";

/** What the user says in settings or on the command line; `undefined` where nothing is said. */
export interface Overrides {
  readonly torchVersion: Config["torchVersion"];
  readonly preset: Config["preset"];
  readonly select: Config["select"];
  readonly ignore: Config["ignore"];
  readonly severity: Config["severity"];
}

/**
 * One configuration out of two. `select`, the preset and the torch version of `strong` replace those of `weak`; ignored rules
 * add up, save for those that `strong` selects by name; a severity of `strong` wins.
 */
export function mergeConfig(weak: Config, strong: Overrides): Config {
  const wanted = new Set(strong.select ?? []);
  const ignored = [...(weak.ignore ?? []).filter((name) => !wanted.has(name)), ...(strong.ignore ?? [])];
  return {
    ...weak,
    torchVersion: strong.torchVersion ?? weak.torchVersion,
    preset: strong.preset ?? weak.preset,
    select: strong.select ?? weak.select,
    ignore: ignored,
    severity: new Map([...weak.severity, ...strong.severity]),
  };
}

/** The same with the roles exchanged: `strong` is the file and `weak` fills what it leaves open. */
export function fillConfig(strong: Config, weak: Overrides): Config {
  return {
    ...strong,
    torchVersion: strong.torchVersion ?? weak.torchVersion,
    preset: strong.preset ?? weak.preset,
    select: strong.select ?? weak.select,
    ignore: strong.ignore ?? weak.ignore,
    severity: new Map([...weak.severity, ...strong.severity]),
  };
}

/**
 * What a configuration file says on top of the one that it extends.
 * @param folder what the patterns of `base` are relative to.
 */
export function inheritConfig(own: Config, base: Config, folder: string): Config {
  const { exclude, perFileIgnores } = base;
  return {
    ...mergeConfig(base, own),
    exclude: own.exclude,
    perFileIgnores: own.perFileIgnores,
    extends: own.extends,
    baseline: own.baseline,
    factors: own.factors,
    scenario: overlaid(base.scenario, own.scenario),
    gate: { ...base.gate, ...own.gate },
    inherited: [...own.inherited, { folder, exclude, perFileIgnores }, ...base.inherited],
  };
}
