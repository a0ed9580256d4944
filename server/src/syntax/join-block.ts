import type {
  ClassDef,
  ExceptHandler,
  For,
  FunctionDef,
  If,
  Kind,
  Node,
  Stmt,
  Try,
  While,
  With,
} from "./ast.ts";
import { joinNodes } from "./join-members.ts";
import type { Part } from "./part.ts";
import { adopt, type NodesByKind } from "./visit.ts";

/** The members of one clause of a compound statement. */
export interface ClauseMembers {
  /** The first word of a further clause; empty for the first. */
  readonly keyword: string;
  readonly members: readonly Part[];
}

export type JoinedBlock = Pick<Part, "statements" | "comments" | "nodes" | "hasErrors" | "yields">;

/** The statement of headers without bodies, if there can be members of it. */
export function compoundOf(head: Part): Compound | undefined {
  const last = head.statements[head.statements.length - 1];
  switch (last?.kind) {
    case "ClassDef":
    case "FunctionDef":
    case "If":
    case "For":
    case "While":
    case "With":
    case "Try":
      return last;
    default:
      return undefined;
  }
}

type Compound = ClassDef | FunctionDef | If | For | While | With | Try;

/**
 * Puts the members into `statement`, which is that of `head` and was parsed for this alone; `after` is what follows
 * it. `undefined` when it has other clauses.
 */
export function joinBlock(
  head: Part,
  statement: Compound,
  clauses: readonly ClauseMembers[],
  after: Part | undefined,
): JoinedBlock | undefined {
  if (!fillBodies(statement, clauses)) return undefined;
  const members = clauses.flatMap((clause) => clause.members);
  const inside = members.some((member) => member.yields);
  if (statement.kind === "FunctionDef" && inside) {
    const own: { isGenerator: boolean } = statement;
    own.isGenerator = true;
  }
  const isScope = statement.kind === "FunctionDef" || statement.kind === "ClassDef";
  const parts = after === undefined ? [head, ...members] : [head, ...members, after];
  const nodes = joinNodes(parts.map((part) => ({ part, nodes: part.nodes })));
  const comments = parts.flatMap((part) => part.comments);
  const isMixed = clauses.length > 1;
  return {
    statements: after === undefined ? head.statements : [...head.statements, ...after.statements],
    comments: isMixed ? comments.sort(byStart) : comments,
    nodes: isMixed ? inOrder(nodes, head.nodes) : nodes,
    hasErrors: parts.some((part) => part.hasErrors),
    yields: head.yields || (inside && !isScope),
  };
}

/** Fills the bodies of a statement in the order of its clauses; false when it has others. */
function fillBodies(statement: Compound, clauses: readonly ClauseMembers[]): boolean {
  const handlers = statement.kind === "Try" ? [...statement.handlers] : [];
  /** The statement, then its `elif`s, each inside the one before. */
  const chain: Compound[] = [statement];
  return clauses.every(({ keyword, members }) => {
    const added = members.flatMap((member) => member.statements);
    const inner = chain[chain.length - 1] ?? statement;
    const owner = keyword === "except" ? handlers.shift() : keyword === "elif" ? elifOf(inner) : inner;
    if (owner?.kind === "If" && owner !== inner) chain.push(owner);
    const filled = owner && fill(owner, keyword, added);
    if (owner === undefined || filled === undefined) return false;
    for (const each of new Set<Node>([owner, ...chain])) close(each, filled);
    return true;
  });
}

const elifOf = (statement: Compound): If | undefined => {
  const only = statement.kind === "If" && statement.orelse.length === 1 ? statement.orelse[0] : undefined;
  return only?.kind === "If" ? only : undefined;
};

/** What the clause holds then: the members, or without any what stands on the line of its header. */
function fill(
  owner: Compound | ExceptHandler,
  keyword: string,
  added: readonly Stmt[],
): readonly Stmt[] | undefined {
  switch (owner.kind) {
    case "If":
    case "For":
    case "While":
      return keyword === "else" ? put(owner, "orelse", added) : put(owner, "body", added);
    case "Try":
      if (keyword === "finally") return put(owner, "finalbody", added);
      return keyword === "else" ? put(owner, "orelse", added) : put(owner, "body", added);
    case "With":
    case "FunctionDef":
    case "ClassDef":
    case "ExceptHandler":
      return put(owner, "body", added);
  }
}

function put<K extends string>(
  owner: Record<K, readonly Stmt[]>,
  field: K,
  added: readonly Stmt[],
): readonly Stmt[] | undefined {
  if (added.length === 0) return owner[field];
  if (owner[field].length > 0) return undefined;
  owner[field] = added;
  return added;
}

/** Makes `statement` end with the last statement of its clause so far, and its children its own. */
function close(statement: Node, clause: readonly Stmt[]): void {
  adopt(statement);
  const own: { end: number } = statement;
  own.end = clause[clause.length - 1]?.end ?? own.end;
}

const byStart = (one: { readonly start: number }, other: { readonly start: number }): number =>
  one.start - other.start;

/** The nodes of headers lie between those of the members. */
function inOrder(nodes: NodesByKind, ofHead: NodesByKind): NodesByKind {
  const ordered = new Map<Kind, readonly Node[]>(nodes);
  for (const kind of ofHead.keys()) ordered.set(kind, (nodes.get(kind) ?? []).toSorted(byStart));
  return ordered;
}
