import type { SourceFile } from "./chunk.ts";
import { maxChunkLength } from "./parse-chunk.ts";

/** The offset of the first thing in a file that is no Python. */
export function firstError({ chunks }: SourceFile): number | undefined {
  const broken = chunks.find(({ chunk }) => chunk.hasErrors);
  if (broken === undefined) return undefined;
  return broken.start + (broken.chunk.nodes.get("Invalid")?.[0]?.start ?? 0);
}

/** Whether what stands at an error was not even tried, for its length. */
export const isTooLong = ({ chunks }: SourceFile, at: number): boolean =>
  chunks.some(
    ({ chunk, start }) => start <= at && at < start + chunk.text.length && chunk.text.length > maxChunkLength,
  );
