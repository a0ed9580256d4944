import type { Node } from "../syntax/ast.ts";
import type { Chunk, SourceFile } from "../syntax/chunk.ts";
import { type NodesByKind, nodesOf } from "../syntax/visit.ts";
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
  /** Whether a statement other than an import or an assignment binds `name`. Edits in what it defines leave this answer. */
  isDefined(name: string): boolean;
  /** The modules of `from module import *`. */
  starImports(): readonly string[];
  /** Whether `name` occurs anywhere as a name or an attribute. Ask this rather than `mentions`: it outlives most edits. */
  isMentioned(name: string): boolean;
  /** Whether anything of the package `root` is imported anywhere in the file. */
  imports(root: string): boolean;
  /** The chunks in which all of `names` occur as names or attributes, in source order. */
  mentions(...names: readonly string[]): readonly Chunk[];
}

/** Answers that hold for one state of a file; the next state takes over those that an edit cannot have changed. */
export interface Answers {
  readonly bindings: Map<string, readonly TopBinding[]>;
  readonly mentioned: Map<string, boolean>;
}

export const noAnswers = (): Answers => ({ bindings: new Map(), mentioned: new Map() });

/** @param known answers known to hold for `source`; the module adds to them. */
export function createModule(path: string, source: SourceFile, known: Answers = noAnswers()): Module {
  const chunks = source.chunks.map((placed) => placed.chunk);
  const mentions = new Map<string, readonly Chunk[]>();
  let starImports: readonly string[] | undefined;
  const bindings = (name: string): readonly TopBinding[] =>
    remember(known.bindings, name, () =>
      chunks.flatMap((chunk) =>
        (scopeOfChunk(chunk).bindings.get(name) ?? []).map((binding) => ({ chunk, binding })),
      ),
    );
  const isMentioned = (name: string): boolean =>
    remember(known.mentioned, name, () => chunks.some((chunk) => isMentionedIn(chunk, name)));
  return {
    path,
    bindings,
    isDefined: (name) => bindings(name).some(({ binding }) => isDefinition(binding)),
    isMentioned,
    imports: (root) => isMentioned(importOf(root)),
    mentions: (...names) =>
      remember(mentions, names.join(" "), () => chunks.filter((chunk) => areMentionedIn(chunk, names))),
    starImports() {
      starImports ??= chunks.flatMap((chunk) => scopeOfChunk(chunk).starImports);
      return starImports;
    },
  };
}

const isDefinition = ({ kind }: Binding): boolean => kind !== "import" && kind !== "assign";

function remember<T>(known: Map<string, T>, name: string, compute: () => T): T {
  const before = known.get(name);
  if (before !== undefined) return before;
  const value = compute();
  known.set(name, value);
  return value;
}

const scopes = new WeakMap<Chunk, Scope>();

/** What a chunk binds at module level. */
export function scopeOfChunk(chunk: Chunk): Scope {
  const known = scopes.get(chunk);
  if (known !== undefined) return known;
  const scope = scopeOfStatements(chunk.body);
  scopes.set(chunk, scope);
  return scope;
}

/** A text whose names are looked up together: the same object for as long as it is the same text. */
export interface Mentioning {
  readonly identity: object;
  readonly nodes: NodesByKind;
}

/** The texts that a chunk is made of: its pieces, so that an edit in one leaves what is known of the others. */
export const mentioningOf = (chunk: Chunk): readonly Mentioning[] =>
  chunk.members?.pieces.map(({ part, nodes }) => ({ identity: part, nodes })) ?? [
    { identity: chunk, nodes: chunk.nodes },
  ];

const mentioned = new WeakMap<object, ReadonlySet<string>>();

/** How the import of a package is told among the names: no name has a blank. */
export const importOf = (root: string): string => `import ${root}`;

/** The names and attributes that occur in a text, and the packages that it imports. */
export function namesIn({ identity, nodes }: Mentioning): ReadonlySet<string> {
  const known = mentioned.get(identity);
  if (known !== undefined) return known;
  const names = new Set<string>();
  const note = (same: readonly Node[] | undefined): void => {
    for (const node of same ?? []) {
      if (node.kind === "Name") names.add(node.id);
      else if (node.kind === "Attribute") names.add(node.attr);
    }
  };
  note(nodes.get("Name"));
  note(nodes.get("Attribute"));
  for (const path of importedModules(nodes)) names.add(importOf(path.split(".")[0] ?? path));
  mentioned.set(identity, names);
  return names;
}

const importedModules = (nodes: NodesByKind): readonly string[] => [
  ...nodesOf(nodes, "Import").flatMap((each) => each.names.map(({ name }) => name)),
  ...nodesOf(nodes, "ImportFrom").flatMap(({ level, module }) => (level === 0 ? [module] : [])),
];

const isMentionedIn = (chunk: Chunk, name: string): boolean =>
  mentioningOf(chunk).some((each) => namesIn(each).has(name));

export const areMentionedIn = (chunk: Chunk, names: readonly string[]): boolean =>
  names.every((name) => isMentionedIn(chunk, name));
