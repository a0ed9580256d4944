import type { Expr, Node, Stmt } from "../syntax/ast.ts";
import type { PlacedChunk, SourceFile } from "../syntax/chunk.ts";
import { walk } from "../syntax/visit.ts";
import { boundNames } from "./bound-names.ts";
import { isMainBlock } from "./main-block.ts";

/**
 * A file without its `if __name__ == "__main__":`, which does not run where somebody imports the file to build a model of it: what the
 * block leaves open is no doubt of that model. `undefined` where there is no such block, or where the expression names something that
 * it may bind.
 */
export function asImported(source: SourceFile, expression: Expr): SourceFile | undefined {
  const statements = source.chunks.flatMap(({ chunk }) => chunk.body);
  const blocks = statements.filter(isMainBlock);
  if (blocks.length === 0 || blocks.some(importsAll)) return undefined;
  const own = new Set(blocks.flatMap((block) => [...boundNames(block)]));
  if (names(expression, own)) return undefined;
  return { ...source, chunks: source.chunks.map(withoutBlock) };
}

function withoutBlock(placed: PlacedChunk): PlacedChunk {
  const { text, body, comments, nodes, hasErrors } = placed.chunk;
  if (!body.some(isMainBlock)) return placed;
  const rest = body.filter((each) => !isMainBlock(each));
  return { ...placed, chunk: { text, body: rest, comments, nodes, hasErrors, members: undefined } };
}

const importsAll = (block: Stmt): boolean =>
  holds(block, (node) => node.kind === "Alias" && node.name === "*");

const names = (expression: Expr, wanted: ReadonlySet<string>): boolean =>
  holds(expression, (node) => node.kind === "Name" && wanted.has(node.id));

function holds(root: Node, isWanted: (node: Node) => boolean): boolean {
  let found = false;
  walk(root, (node) => {
    found ||= isWanted(node);
    return !found;
  });
  return found;
}
