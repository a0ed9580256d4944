import type { Chunk, SourceFile } from "../syntax/chunk.ts";
import type { Binding } from "./bindings.ts";
import {
  type Answers,
  areMentionedIn,
  importOf,
  type Module,
  mentioningOf,
  namesIn,
  scopeOfChunk,
} from "./module.ts";

/** What an edit can have changed of a file: the chunks that it took away and brought; all others stand as they stood. */
export interface ModuleChange {
  /** What `name` means at module level may be another thing. */
  binds(name: string): boolean;
  /** The chunks that mention all of `names` may be others. */
  mentions(names: readonly string[]): boolean;
  /** Whether `name` is mentioned at all may be another answer. */
  mayMention(name: string): boolean;
  readonly starImports: boolean;
}

export function changeBetween(before: SourceFile, after: SourceFile): ModuleChange {
  const { gone, come } = touched(before, after);
  const all = [...gone, ...come];
  const names = changedTexts(gone, come).map(namesIn);
  const importsOf = (chunks: readonly Chunk[]): readonly string[] =>
    chunks.flatMap((chunk) => scopeOfChunk(chunk).starImports);
  return {
    binds: (name) =>
      all.some((chunk) => scopeOfChunk(chunk).bindings.has(name)) && !areSameImports(name, gone, come),
    mentions: (names) => all.some((chunk) => areMentionedIn(chunk, names)),
    mayMention: (name) => names.some((each) => each.has(name)),
    starImports: !sameItems(importsOf(gone), importsOf(come)),
  };
}

/** The chunks of `before` that are not in `after`, and the other way round. */
function touched(
  { chunks: old }: SourceFile,
  { chunks: now }: SourceFile,
): { readonly gone: readonly Chunk[]; readonly come: readonly Chunk[] } {
  let start = 0;
  while (start < old.length && start < now.length && old[start]?.chunk === now[start]?.chunk) start++;
  let tail = 0;
  while (
    tail < Math.min(old.length, now.length) - start &&
    old[old.length - 1 - tail]?.chunk === now[now.length - 1 - tail]?.chunk
  )
    tail++;
  const chunksOf = (placed: SourceFile["chunks"]): readonly Chunk[] =>
    placed.slice(start, placed.length - tail).map(({ chunk }) => chunk);
  return { gone: chunksOf(old), come: chunksOf(now) };
}

function changedTexts(gone: readonly Chunk[], come: readonly Chunk[]): ReturnType<typeof mentioningOf> {
  const [old, now] = [gone.flatMap(mentioningOf), come.flatMap(mentioningOf)];
  const [wasThere, isThere] = [old, now].map((texts) => new Set(texts.map(({ identity }) => identity)));
  return [
    ...old.filter(({ identity }) => isThere?.has(identity) !== true),
    ...now.filter(({ identity }) => wasThere?.has(identity) !== true),
  ];
}

/** Whether a name is bound by the same imports on both sides: they say all there is to say of it. */
function areSameImports(name: string, gone: readonly Chunk[], come: readonly Chunk[]): boolean {
  const bound = (chunks: readonly Chunk[]): readonly Binding[] =>
    chunks.flatMap((chunk) => scopeOfChunk(chunk).bindings.get(name) ?? []);
  const [old, now] = [bound(gone), bound(come)];
  return (
    old.length === now.length &&
    old.every((binding, i) => {
      const other = now[i];
      return binding.kind === "import" && other?.kind === "import" && binding.qualified === other.qualified;
    })
  );
}

/** The answers that still hold after a change. A binding names its chunk, so those of touched chunks are left out. */
export function survivingAnswers(
  { bindings, mentioned }: Answers,
  change: ModuleChange,
  source: SourceFile,
): Answers {
  const standing = new Set(source.chunks.map(({ chunk }) => chunk));
  for (const [name, found] of bindings)
    if (change.binds(name) || found.some(({ chunk }) => !standing.has(chunk))) bindings.delete(name);
  for (const name of mentioned.keys()) if (change.mayMention(name)) mentioned.delete(name);
  return { bindings, mentioned };
}

/** The questions a computation asked of a module and the chunks that answered: what it depends on. */
export interface Dependencies {
  readonly module: Module;
  /** Whether no answer can be another after the change that led to `now`; false when one may be. */
  survive(change: ModuleChange, now: Module): boolean;
  /** Whether every answer would still be the same over `now`. */
  holdFor(now: Module): boolean;
}

interface MentionsAnswer {
  readonly names: readonly string[];
  readonly chunks: readonly Chunk[];
}

/** Wraps `module` so that what is asked of it is recorded. */
export function recordDependencies(module: Module): Dependencies {
  const bindings = new Map<string, readonly unknown[]>();
  const defined = new Map<string, boolean>();
  const mentions = new Map<string, MentionsAnswer>();
  const mentioned = new Map<string, boolean>();
  let starImports: readonly unknown[] | undefined;
  const isMentioned = (name: string): boolean => {
    const answer = module.isMentioned(name);
    mentioned.set(name, answer);
    return answer;
  };
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
      isMentioned,
      imports: (root) => isMentioned(importOf(root)),
      isDefined(name) {
        const answer = module.isDefined(name);
        defined.set(name, answer);
        return answer;
      },
      mentions(...names) {
        const chunks = module.mentions(...names);
        mentions.set(names.join(" "), { names, chunks });
        return chunks;
      },
    },
    survive(change, now) {
      if (change.starImports && starImports !== undefined) return false;
      for (const name of bindings.keys()) if (change.binds(name)) return false;
      for (const [name, answer] of defined)
        if (change.binds(name) && now.isDefined(name) !== answer) return false;
      for (const { names } of mentions.values()) if (change.mentions(names)) return false;
      for (const [name, answer] of mentioned)
        if (change.mayMention(name) && now.isMentioned(name) !== answer) return false;
      return true;
    },
    holdFor(now) {
      for (const [name, got] of bindings) if (!sameItems(got, binders(now, name))) return false;
      for (const [name, answer] of defined) if (now.isDefined(name) !== answer) return false;
      for (const { names, chunks } of mentions.values())
        if (!sameItems(chunks, now.mentions(...names))) return false;
      for (const [name, answer] of mentioned) if (now.isMentioned(name) !== answer) return false;
      return starImports === undefined || sameItems(starImports, now.starImports());
    },
  };
}

const sameItems = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);
