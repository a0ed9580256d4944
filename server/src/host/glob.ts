// biome-ignore lint/suspicious/noDeprecatedImports: one overload of `glob` is deprecated, not the one used
import { glob, isDynamicPattern } from "tinyglobby";
import { absolutePath } from "./paths.ts";

/** The Python files that a pattern such as `src/**` matches, for shells that leave patterns alone; none for a plain path. */
export async function pythonFilesMatching(pattern: string, folder: string): Promise<readonly string[]> {
  if (!isDynamicPattern(pattern)) return [];
  const matches = await glob([pattern], { cwd: folder, absolute: true });
  return matches.filter((match) => match.endsWith(".py")).map((match) => absolutePath(match));
}
