import type { Config } from "./config.ts";

/** What the user says in settings or on the command line; `undefined` where nothing is said. */
export interface Overrides {
  readonly torchVersion: Config["torchVersion"];
  readonly select: Config["select"];
  readonly ignore: Config["ignore"];
  readonly severity: Config["severity"];
}

/**
 * One configuration out of two. `select` and the torch version of `strong` replace those of `weak`; ignored rules
 * add up, save for those that `strong` selects by name; a severity of `strong` wins.
 */
export function mergeConfig(weak: Config, strong: Overrides): Config {
  const wanted = new Set(strong.select ?? []);
  const ignored = [...(weak.ignore ?? []).filter((name) => !wanted.has(name)), ...(strong.ignore ?? [])];
  return {
    ...weak,
    torchVersion: strong.torchVersion ?? weak.torchVersion,
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
    select: strong.select ?? weak.select,
    ignore: strong.ignore ?? weak.ignore,
    severity: new Map([...weak.severity, ...strong.severity]),
  };
}
