import type { GlobalNames } from "./footprint.ts";
import type { Machine } from "./machine.ts";
import type { Entered } from "./same-run.ts";
import type { Value } from "./values.ts";

/** What ran, and on which names of modules that rests. */
export interface Followed {
  readonly entered: Entered;
  readonly read: GlobalNames;
}

/** Tells what runs from now on, until the function that is given back is called; whoever follows around it is told, too. */
export function startFollowing({ state, modules }: Machine): () => Followed {
  const { reads, entered: outerEntered } = state;
  const outer = reads.names;
  for (const module of modules.values()) module.reads = reads;
  const read = new Map<string, Set<string>>();
  reads.names = read;
  const entered: typeof outerEntered = new Set();
  state.entered = entered;
  return () => {
    reads.names = outer;
    state.entered = outerEntered;
    for (const each of entered) outerEntered.add(each);
    noteNames(state, read);
    return { entered, read };
  };
}

export function follow(m: Machine, body: () => Value): Followed & { readonly result: Value } {
  const end = startFollowing(m);
  let result: Value;
  try {
    result = body();
  } catch (error) {
    end();
    throw error;
  }
  return { result, ...end() };
}

/** Says that these names were read. */
export function noteNames({ reads: { names } }: Machine["state"], read: GlobalNames): void {
  if (names === undefined) return;
  for (const [module, all] of read) {
    const known = names.get(module);
    if (known === undefined) names.set(module, new Set(all));
    else for (const name of all) known.add(name);
  }
}

/** The first when it holds all of the second. */
export function union(names: GlobalNames, more: GlobalNames): GlobalNames {
  const isCovered = [...more].every(([module, all]) => {
    const known = names.get(module);
    return known !== undefined && [...all].every((name) => known.has(name));
  });
  if (isCovered) return names;
  const made = new Map([...names].map(([module, all]) => [module, new Set(all)] as const));
  for (const [module, all] of more) made.set(module, new Set([...(made.get(module) ?? []), ...all]));
  return made;
}

/** Code that reads all names at once may read any of them. */
export const readsAll = (names: GlobalNames): boolean => [...names.values()].some((all) => all.has("*"));
