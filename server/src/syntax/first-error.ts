import type { SourceFile } from "./chunk.ts";

/** The offset of the first thing in a file that is no Python. */
export function firstError({ chunks }: SourceFile): number | undefined {
  const broken = chunks.find(({ chunk }) => chunk.hasErrors);
  if (broken === undefined) return undefined;
  return broken.start + (broken.chunk.nodes.get("Invalid")?.[0]?.start ?? 0);
}
