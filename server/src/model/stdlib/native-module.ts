import type { PyModule, Value } from "../values.ts";

export const makeNativeModule = (name: string, vars: Iterable<readonly [string, Value]>): PyModule => ({
  kind: "module",
  name,
  file: undefined,
  pkg: name,
  vars: new Map(vars),
  lazy: new Map(),
  resolve: undefined,
  doubt: undefined,
});
