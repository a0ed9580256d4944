import type { Chunk, SourceFile } from "../syntax/chunk.ts";
import { walk } from "../syntax/visit.ts";
import { isBare } from "./bare-classes.ts";
import { lookup } from "./classes.ts";
import { modelDirectives } from "./directives.ts";
import type { Entry } from "./entries.ts";
import type { InputSource } from "./input-origin.ts";
import type { PyModule } from "./values.ts";

/** What a file leaves open about its models: other files may tell. */
export interface OpenQuestions {
  /** Its classes that it does not build itself and of which it builds nothing else. */
  readonly wanted: readonly string[];
  /** Its models of which it does not tell what they are called with. */
  readonly unsized: readonly string[];
}

/** A model of the file as it was last run. */
export interface Ran {
  readonly name: string;
  readonly inputSource: InputSource;
  readonly missingInputs: readonly string[];
  /** Elsewhere. */
  readonly builtAt: unknown;
}

/**
 * @param module the file as it was run.
 * @param own the models that it builds itself.
 */
export function openQuestions(
  module: PyModule,
  source: SourceFile,
  own: readonly Entry[],
  ran: readonly Ran[],
): OpenQuestions {
  if (modelDirectives(source).some(({ kind }) => kind === "model")) return { wanted: [], unsized: [] };
  const parts = partsIn(source);
  const names = new Set(own.map(({ name }) => name));
  const wanted = [...module.vars.values()].flatMap((value): readonly string[] => {
    if (typeof value !== "object" || value.kind !== "class" || !value.isModule) return [];
    if (value.code?.module !== module || names.has(value.name) || parts.has(value.name)) return [];
    return lookup(value, "forward") !== undefined && !isBare(value, module) ? [value.name] : [];
  });
  const unsized = ran.filter(
    ({ inputSource, missingInputs, builtAt }) =>
      inputSource === "guess" || missingInputs.length > 0 || (builtAt ?? null) !== null,
  );
  return { wanted, unsized: unsized.flatMap(({ name }) => (names.has(name) ? [name] : [])) };
}

const known = new WeakMap<Chunk, ReadonlySet<string>>();

/** Names that the file's own classes are made of: used in a class, derived from, or handed to a call. */
function partsIn(source: SourceFile): ReadonlySet<string> {
  const all = new Set<string>();
  for (const { chunk } of source.chunks) {
    let names = known.get(chunk);
    if (names === undefined) {
      names = partsOf(chunk);
      known.set(chunk, names);
    }
    for (const name of names) all.add(name);
  }
  return all;
}

function partsOf(chunk: Chunk): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of chunk.body)
    walk(statement, (node) => {
      if (node.kind === "ClassDef")
        for (const inner of [...node.bases, ...node.body])
          walk(inner, (each) => {
            if (each.kind === "Name" && each.id !== node.name) names.add(each.id);
            return true;
          });
      if (node.kind === "Call")
        for (const given of [...node.args, ...node.keywords.map(({ value }) => value)])
          if (given.kind === "Name") names.add(given.id);
      return node.kind !== "ClassDef";
    });
  return names;
}
