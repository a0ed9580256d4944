import type { ClassDef } from "../syntax/ast.ts";
import type { Chunk } from "../syntax/chunk.ts";

/**
 * `compute` once for each class. The body counts as read at every call, also when the answer is known: whoever asks
 * depends on the whole class (see `Members`).
 *
 * What is remembered by any other node may depend on what is below that node alone: the node outlives edits around it.
 */
export function perClass<T>(compute: (cls: ClassDef) => T): (cls: ClassDef) => T {
  const known = new WeakMap<readonly unknown[], T>();
  return (cls) => remember(known, cls.body, () => compute(cls));
}

/** `compute` once for each chunk, which counts as read at every call. */
export function perChunk<T>(compute: (chunk: Chunk) => T): (chunk: Chunk) => T {
  const known = new WeakMap<readonly unknown[], T>();
  return (chunk) => remember(known, chunk.body, () => compute(chunk));
}

function remember<T>(known: WeakMap<readonly unknown[], T>, key: readonly unknown[], compute: () => T): T {
  if (known.has(key)) return known.get(key) as T;
  const value = compute();
  known.set(key, value);
  return value;
}
