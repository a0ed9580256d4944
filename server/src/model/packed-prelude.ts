import type { Statements } from "../syntax/read-once.ts";
import type { Definition, Prelude } from "./prelude.ts";

interface PackedModule {
  readonly name: string;
  /** `null`: the module has to run. */
  readonly starNames: readonly string[] | null;
  /** Names of its definitions, `null` for statements without one. */
  readonly definitions: readonly (string | null)[];
}

/**
 * A prelude with all of its syntax, in lines of JSON: the first says what there is, each further one is a definition.
 * Links to parents are left out, and so are fields that are `undefined`.
 */
export function packPrelude(prelude: Prelude): readonly string[] {
  const modules: PackedModule[] = [];
  const lines: string[] = [];
  for (const name of prelude.names) {
    const definitions = prelude.definitions(name);
    modules.push({
      name,
      starNames: prelude.starNames(name) ?? null,
      definitions: definitions.map((each) => each.name ?? null),
    });
    for (const { read } of definitions)
      lines.push(JSON.stringify(read(), (key, value: unknown) => (key === "parent" ? undefined : value)));
  }
  return [JSON.stringify(modules), ...lines];
}

/** What `packPrelude` packed, each line read when it is asked for. */
export function unpackPrelude(lineAt: (index: number) => string): Prelude {
  const packed: readonly PackedModule[] = JSON.parse(lineAt(0));
  const modules = new Map<string, PackedModule & { readonly first: number }>();
  let first = 1;
  for (const each of packed) {
    modules.set(each.name, { ...each, first });
    first += each.definitions.length;
  }
  const definitionsOf = (module: string): readonly Definition[] => {
    const own = modules.get(module);
    if (own === undefined) return [];
    return own.definitions.map((name, i) => ({
      name: name ?? undefined,
      read: (): readonly Statements[] => JSON.parse(lineAt(own.first + i)),
    }));
  };
  return {
    names: new Set(modules.keys()),
    definitions: definitionsOf,
    starNames: (module) => modules.get(module)?.starNames ?? undefined,
  };
}
