import type { ClassDef, Kind, Node, Stmt } from "./ast.ts";
import type { Chunk, Piece } from "./chunk.ts";
import type { Part } from "./part.ts";
import { adopt, type NodesByKind } from "./visit.ts";

/**
 * The chunk of a class whose head and members were parsed by themselves, as was what follows it. `undefined` when the
 * head is no class.
 */
export function joinMembers(text: string, head: Part, others: readonly Part[]): Chunk | undefined {
  const cls = head.statements[head.statements.length - 1];
  if (cls?.kind !== "ClassDef") return undefined;
  let reads = 0;
  const counted = <T>(value: T): T => {
    reads++;
    return value;
  };
  const members = others.filter((part) => part.isMember);
  const after = others.filter((part) => !part.isMember).flatMap((part) => part.statements);
  const whole = wholeClass(cls, members, counted);
  adopt(whole);
  const inHead = { part: head, nodes: withClass(head.nodes, cls, whole) };
  const pieces = [inHead, ...others.map((part) => ({ part, nodes: part.nodes }))];
  const body = [...head.statements.slice(0, -1), whole, ...after];
  const comments = [head, ...others].flatMap((part) => part.comments);
  let nodes: NodesByKind | undefined;
  return {
    get text() {
      return counted(text);
    },
    get body() {
      return counted(body);
    },
    get comments() {
      return counted(comments);
    },
    get nodes() {
      nodes ??= joinNodes(pieces);
      return counted(nodes);
    },
    hasErrors: head.hasErrors || others.some((part) => part.hasErrors),
    members: { pieces, reads: () => reads },
  };
}

function wholeClass(head: ClassDef, members: readonly Part[], counted: <T>(value: T) => T): ClassDef {
  const added: readonly Stmt[] = members.flatMap((member) => member.statements);
  const body = [...head.body, ...added];
  const end = added[added.length - 1]?.end ?? head.end;
  return {
    ...head,
    get body() {
      return counted(body);
    },
    get end() {
      return counted(end);
    },
  };
}

/** The nodes of the head with the class as a whole in its place. */
function withClass(nodes: NodesByKind, head: ClassDef, whole: ClassDef): NodesByKind {
  const classes = nodes.get("ClassDef") ?? [];
  return new Map([...nodes, ["ClassDef", classes.map((node) => (node === head ? whole : node))]]);
}

export function joinNodes(pieces: readonly Piece[]): NodesByKind {
  const joined = new Map<Kind, Node[]>();
  for (const piece of pieces) {
    for (const [kind, own] of piece.nodes) {
      const same = joined.get(kind);
      if (same === undefined) joined.set(kind, [...own]);
      else for (const node of own) same.push(node);
    }
  }
  return joined;
}
