import type { FunctionDef, Lambda, Node, Stmt } from "../syntax/ast.ts";
import type { PlacedChunk, SourceFile } from "../syntax/chunk.ts";
import { modelDirectives } from "./directives.ts";
import { inputHints } from "./input-hints.ts";

/** The functions whose bodies ran. */
export type Entered = ReadonlySet<FunctionDef | Lambda>;

/**
 * Whether running `after` does what running `before` did: the same statements, bodies of functions that were never
 * entered aside. Where things stand, comments and blank lines do not matter; directives do.
 */
export function runsTheSame(before: SourceFile, after: SourceFile, entered: Entered): boolean {
  const [old, now] = [before.chunks, after.chunks];
  const most = Math.min(old.length, now.length);
  let head = 0;
  while (head < most && old[head]?.chunk === now[head]?.chunk) head++;
  let tail = 0;
  while (tail < most - head && old.at(-1 - tail)?.chunk === now.at(-1 - tail)?.chunk) tail++;
  const [left, right] = [old.slice(head, old.length - tail), now.slice(head, now.length - tail)];
  return (
    left.every(isSound) &&
    right.every(isSound) &&
    isSame(statementsOf(left), statementsOf(right), entered) &&
    directivesOf(before) === directivesOf(after)
  );
}

/** Tells which functions of the text before are no longer there as they were, as far as that can be told at once. */
export function goneFrom(before: SourceFile, after: SourceFile): (fn: FunctionDef | Lambda) => boolean {
  const kept = new Set(after.chunks.map(({ chunk }) => chunk));
  const gone = new Set<Node>(
    before.chunks
      .flatMap(({ chunk }) => (kept.has(chunk) ? [] : chunk.body))
      .filter((each) => !isIn(after, each)),
  );
  return (fn) => {
    let root: Node = fn;
    while (root.parent !== undefined) root = root.parent;
    return gone.has(root);
  };
}

const isIn = ({ chunks }: SourceFile, statement: Stmt): boolean =>
  chunks.some(({ chunk }) => chunk.body.includes(statement));

/** Whether guesses at the inputs of models rest on the same words, standing in the same lines. */
export function hintsTheSame(before: string, after: string): boolean {
  return JSON.stringify(inputHints(before)) === JSON.stringify(inputHints(after));
}

const isSound = ({ chunk }: PlacedChunk): boolean => !chunk.hasErrors;

const statementsOf = (chunks: readonly PlacedChunk[]): readonly Stmt[] =>
  chunks.flatMap(({ chunk }) => chunk.body);

const directivesOf = (source: SourceFile): string =>
  modelDirectives(source)
    .map(({ kind, text }) => `${kind} ${text}`)
    .join("\n");

/** Whether two functions are the same but for their bodies. */
export const isSameHead = (before: FunctionDef | Lambda, after: FunctionDef | Lambda): boolean =>
  isSame(before, after, noneEntered);

const noneEntered: Entered = new Set();

/** Fields that say where something stands, not what it is. */
const place = /^(?:parent|start|end)$|(?:Start|End)$/;

function isSame(before: unknown, after: unknown, entered: Entered): boolean {
  if (before === after) return true;
  if (typeof before !== "object" || typeof after !== "object" || before === null || after === null)
    return Object.is(before, after);
  if (Array.isArray(before))
    return (
      Array.isArray(after) &&
      before.length === after.length &&
      before.every((each, i) => isSame(each, after[i], entered))
    );
  const skipsBody = isFunction(before) && !entered.has(before);
  const values = new Map<string, unknown>(Object.entries(after));
  const fields = Object.entries(before);
  return (
    fields.length === values.size &&
    fields.every(
      ([name, value]) =>
        place.test(name) || (skipsBody && name === "body") || isSame(value, values.get(name), entered),
    )
  );
}

const isFunction = (node: object): node is FunctionDef =>
  "kind" in node && (node as Node).kind === "FunctionDef";
