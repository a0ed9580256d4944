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

/** The pieces of a file that an edit took away or brought; all others stand as they stood, in the same order. */
export interface ModuleChange {
  binds(name: string): boolean;
  mentions(name: string): boolean;
  readonly starImports: boolean;
}

export function changeBetween(before: SourceFile, after: SourceFile): ModuleChange {
  const [old, now] = [before.chunks, after.chunks];
  let start = 0;
  while (start < old.length && start < now.length && old[start]?.chunk === now[start]?.chunk) start++;
  let tail = 0;
  while (
    tail < Math.min(old.length, now.length) - start &&
    old[old.length - 1 - tail]?.chunk === now[now.length - 1 - tail]?.chunk
  )
    tail++;
  const touched = [...old.slice(start, old.length - tail), ...now.slice(start, now.length - tail)].map(
    ({ chunk }) => summaryOf(chunk),
  );
  return {
    binds: (name) => touched.some(({ scope }) => scope.bindings.has(name)),
    mentions: (name) => touched.some(({ mentioned }) => mentioned.has(name)),
    starImports: touched.some(({ scope }) => scope.starImports.length > 0),
  };
}

/** The questions a computation asked of a module and the chunks that answered: what it depends on. */
export interface Dependencies {
  readonly module: Module;
  /** Whether no answer can be another after the change; false when one may be. */
  survive(change: ModuleChange): boolean;
  /** Whether every answer would still be the same over `now`. */
  holdFor(now: Module): boolean;
}

/** Wraps `module` so that what is asked of it is recorded. */
export function recordDependencies(module: Module): Dependencies {
  const bindings = new Map<string, readonly unknown[]>();
  const mentions = new Map<string, readonly unknown[]>();
  let starImports: readonly unknown[] | undefined;
  const binders = (of: Module, name: string): readonly unknown[] =>
    of.bindings(name).map((found) => found.chunk);
  return {
    module: {
      path: module.path,
      bindings(name) {
        if (!bindings.has(name)) bindings.set(name, binders(module, name));
        return module.bindings(name);
      },
      starImports() {
        starImports ??= module.starImports();
        return module.starImports();
      },
      mentions(name) {
        if (!mentions.has(name)) mentions.set(name, module.mentions(name));
        return module.mentions(name);
      },
    },
    survive(change) {
      if (change.starImports && starImports !== undefined) return false;
      for (const name of bindings.keys()) if (change.binds(name)) return false;
      for (const name of mentions.keys()) if (change.mentions(name)) return false;
      return true;
    },
    holdFor(now) {
      for (const [name, got] of bindings) if (!sameItems(got, binders(now, name))) return false;
      for (const [name, got] of mentions) if (!sameItems(got, now.mentions(name))) return false;
      return starImports === undefined || sameItems(starImports, now.starImports());
    },
  };
}

const sameItems = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);
