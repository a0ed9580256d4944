import type { Language } from "web-tree-sitter";

/** The names of the language, with ids of our own: one id for each name, however many symbols share it. */
export interface Grammar {
  readonly types: readonly string[];
  readonly typeIds: ReadonlyMap<string, number>;
  readonly errorType: number;
  /** By field id; 0 is no field. */
  readonly fields: readonly string[];
  /** Types that may stand anywhere. */
  readonly extras: ReadonlySet<string>;
}

const extras: ReadonlySet<string> = new Set(["comment", "line_continuation"]);

export function readGrammar(language: Language): Grammar {
  const names = new Set<string>();
  for (let id = 0; id < language.nodeTypeCount; id++) names.add(language.nodeTypeForId(id) ?? "");
  names.add("ERROR");
  const types = [...names].map(interned);
  const typeIds = new Map(types.map((name, id) => [name, id]));
  const fields = Array.from({ length: language.fieldCount + 1 }, (_, id) =>
    interned(language.fieldNameForId(id) ?? ""),
  );
  return { types, typeIds, errorType: typeIds.get("ERROR") ?? 0, fields, extras };
}

/** The same text as an engine-internal unique string, which compares with a literal by address: a property key is one. */
const interned = (name: string): string => Object.keys({ [name]: 0 })[0] ?? name;
