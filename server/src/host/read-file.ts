import { readFileSync, statSync } from "node:fs";

/** Larger ones are no text that a person wrote, and reading them would hold up everything else. */
const maxTextBytes = 50_000_000;

/**
 * The bytes of a file, or why there are none. Only of a regular file: a pipe waits for someone to write, and a device may never end.
 * @param maxBytes how many it may have.
 */
export function readRegular(path: string, maxBytes: number): Uint8Array | { readonly why: string } {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) return { why: "it is a folder" };
    if (!stat.isFile()) return { why: "it is a pipe or a device, not a regular file" };
    return stat.size > maxBytes
      ? { why: `it is larger than ${maxBytes / 1_000_000} MB` }
      : readFileSync(path);
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

/** The text of a file in UTF-8, `undefined` where there is none that can be read. */
export function readTextIfThere(path: string): string | undefined {
  const read = readRegular(path, maxTextBytes);
  return read instanceof Uint8Array ? new TextDecoder().decode(read) : undefined;
}
