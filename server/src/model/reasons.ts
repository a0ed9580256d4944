import { isUnknown, type Value } from "./values.ts";

/** What `torch.load` and its like give is told by this reason: unknown values keep the reason of what they came from. */
export const checkpoint = "the content of a checkpoint";
/** What is done only if a file is there prepares weights too, where it is idle. */
export const fileThere = "whether a file exists";

/** Code is left out without a doubt for these two alone: what merely follows from them tells of them in other words. */
const retold: ReadonlyMap<string, string> = new Map([
  [checkpoint, "what a checkpoint holds"],
  [fileThere, "whether a file is there"],
]);

/** How deep and how far collections are searched. */
const maxDepth = 3;
const maxItems = 64;

/** Why what is made of `parts` is not known: the reason of the first of them that is not, or of what it holds. */
export const reasonOf = (parts: readonly (Value | undefined)[], otherwise: string): string =>
  firstReason(parts, 0) ?? otherwise;

/** What became of an entry whose key is not known, and why it is not. */
export function ofUnknownKey(key: Value | undefined, what: string): string {
  const why = firstReason([key], 0);
  return why === undefined ? what : `${what}: ${why}`;
}

function firstReason(parts: Iterable<Value | undefined>, depth: number): string | undefined {
  let count = 0;
  for (const part of parts) {
    count += 1;
    if (count > maxItems) return undefined;
    const why = part === undefined ? undefined : reasonWithin(part, depth);
    if (why !== undefined) return why;
  }
  return undefined;
}

function reasonWithin(value: Value, depth: number): string | undefined {
  if (isUnknown(value)) return retold.get(value.why) ?? value.why;
  if (typeof value !== "object" || depth === maxDepth) return undefined;
  switch (value.kind) {
    case "list":
    case "tuple":
      return firstReason(value.items, depth + 1);
    case "dict":
      return firstReason(valuesOf(value.entries.values()), depth + 1);
    case "set":
      return firstReason(value.entries.values(), depth + 1);
    case "instance":
      return value.payload === undefined ? undefined : reasonWithin(value.payload, depth + 1);
    case "tensor":
      return "it depends on a tensor's value";
    default:
      return undefined;
  }
}

function* valuesOf(entries: Iterable<{ readonly value: Value }>): Iterable<Value> {
  for (const { value } of entries) yield value;
}
