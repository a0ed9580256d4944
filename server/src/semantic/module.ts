import type { Node } from "../syntax/ast.ts";
import type { Chunk, SourceFile } from "../syntax/chunk.ts";
import { type Binding, type Scope, scopeOfStatements } from "./bindings.ts";

/** A binding at module level and the chunk it stands in (its offsets are relative to that chunk). */
export interface TopBinding {
  readonly chunk: Chunk;
  readonly binding: Binding;
}

/**
 * What a file says across its chunks. Every answer is a function of chunk objects alone, never of where they
 * stand, so that an answer stays true while the chunks it names are still in the file.
 */
export interface Module {
  readonly path: string;
  /** All module-level bindings of `name`, in source order. */
  bindings(name: string): readonly TopBinding[];
  /** The modules of `from module import *`. */
  starImports(): readonly string[];
  /** The chunks in which `name` occurs as a name or an attribute, in source order. */
  mentions(name: string): readonly Chunk[];
}

interface Summary {
  readonly scope: Scope;
  readonly mentioned: ReadonlySet<string>;
}

const summaries = new WeakMap<Chunk, Summary>();

function summaryOf(chunk: Chunk): Summary {
  const known = summaries.get(chunk);
  if (known !== undefined) return known;
  const mentioned = new Set<string>();
  const note = (nodes: readonly Node[] | undefined): void => {
    for (const node of nodes ?? []) {
      if (node.kind === "Name") mentioned.add(node.id);
      else if (node.kind === "Attribute") mentioned.add(node.attr);
    }
  };
  note(chunk.nodes.get("Name"));
  note(chunk.nodes.get("Attribute"));
  const summary = { scope: scopeOfStatements(chunk.body), mentioned };
  summaries.set(chunk, summary);
  return summary;
}

export function createModule(path: string, source: SourceFile): Module {
  const chunks = source.chunks.map((placed) => placed.chunk);
  const bindings = memoize((name): readonly TopBinding[] =>
    chunks.flatMap((chunk) =>
      (summaryOf(chunk).scope.bindings.get(name) ?? []).map((binding) => ({ chunk, binding })),
    ),
  );
  const mentions = memoize((name) => chunks.filter((chunk) => summaryOf(chunk).mentioned.has(name)));
  const starImports = memoize(() => chunks.flatMap((chunk) => summaryOf(chunk).scope.starImports));
  return { path, bindings, mentions, starImports: () => starImports("") };
}

function memoize<T>(compute: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const value = compute(name);
    known.set(name, value);
    return value;
  };
}

/** The questions a computation asked of a module and the chunks that answered: what it depends on. */
export interface Dependencies {
  readonly module: Module;
  /** Whether every answer would still be the same over `now`. */
  holdFor(now: Module): boolean;
}

/** Wraps `module` so that what is asked of it is recorded. */
export function recordDependencies(module: Module): Dependencies {
  const asked = new Map<
    string,
    { readonly ask: (of: Module) => readonly unknown[]; readonly got: readonly unknown[] }
  >();
  const record = (key: string, ask: (of: Module) => readonly unknown[]): void => {
    if (!asked.has(key)) asked.set(key, { ask, got: ask(module) });
  };
  return {
    module: {
      path: module.path,
      bindings(name) {
        record(`bindings ${name}`, (of) => of.bindings(name).map((found) => found.chunk));
        return module.bindings(name);
      },
      starImports() {
        record("star imports", (of) => of.starImports());
        return module.starImports();
      },
      mentions(name) {
        record(`mentions ${name}`, (of) => of.mentions(name));
        return module.mentions(name);
      },
    },
    holdFor: (now) =>
      [...asked.values()].every(({ ask, got }) => {
        const answer = ask(now);
        return answer.length === got.length && answer.every((value, i) => value === got[i]);
      }),
  };
}
