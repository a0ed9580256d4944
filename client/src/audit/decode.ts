/** Reads a value that was stored; throws `Unreadable` when it is not what it should be. */
export type Decoder<T> = (value: unknown) => T;

class Unreadable extends Error {}

const fail = (wanted: string): never => {
  throw new Unreadable(`not ${wanted}`);
};

export const text: Decoder<string> = (value) => (typeof value === "string" ? value : fail("a text"));
export const yesOrNo: Decoder<boolean> = (value) =>
  typeof value === "boolean" ? value : fail("true or false");
export const number: Decoder<number> = (value) =>
  typeof value === "number" && Number.isFinite(value) ? value : fail("a number");

export const orNull =
  <T>(inner: Decoder<T>): Decoder<T | null> =>
  (value) =>
    value === null ? null : inner(value);

export const list =
  <T>(inner: Decoder<T>): Decoder<readonly T[]> =>
  (value) => {
    if (!Array.isArray(value)) return fail("a list");
    const entries: readonly unknown[] = value;
    return entries.map(inner);
  };

export const oneOf =
  <const T extends string | number>(...allowed: readonly T[]): Decoder<T> =>
  (value) =>
    allowed.find((each) => each === value) ?? fail(`one of ${allowed.join(", ")}`);

/** Keeps the fields that are named and drops all others. */
export const record =
  <T extends object>(fields: { readonly [Key in keyof T]: Decoder<T[Key]> }): Decoder<T> =>
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return fail("a record");
    const held = new Map<string, unknown>(Object.entries(value));
    const decoders = Object.entries<Decoder<unknown>>(fields);
    // The one place where foreign data gets its type: each field was read by the decoder of its name.
    return Object.fromEntries(decoders.map(([name, decode]) => [name, decode(held.get(name))])) as T;
  };

/** A union by its field `kind`. */
export const byKind =
  <T extends { readonly kind: string }>(
    cases: {
      readonly [Kind in T["kind"]]: Decoder<Extract<T, { readonly kind: Kind }>>;
    },
  ): Decoder<T> =>
  (value) => {
    const kind: unknown =
      typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
    const found = Object.entries<Decoder<T>>(cases).find(([name]) => name === kind);
    return found === undefined ? fail("of a known kind") : found[1](value);
  };
