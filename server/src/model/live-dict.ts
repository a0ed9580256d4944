import type { DictEntry, Key, PyDict, Value } from "./values.ts";

/** A `__dict__`: what is written to it is written to the object's attributes, and the other way round. */
class LiveEntries extends Map<Key, DictEntry> {
  readonly #attrs: Map<string, Value>;

  constructor(attrs: Map<string, Value>) {
    super();
    this.#attrs = attrs;
  }

  override get size(): number {
    return this.#attrs.size;
  }
  override has(key: Key): boolean {
    return typeof key === "string" && this.#attrs.has(key);
  }
  override get(key: Key): DictEntry | undefined {
    const attrs = this.#attrs;
    const found = typeof key === "string" ? attrs.get(key) : undefined;
    if (typeof key !== "string" || found === undefined) return undefined;
    return {
      key,
      get value() {
        return attrs.get(key) ?? found;
      },
      set value(value) {
        attrs.set(key, value);
      },
    };
  }
  override set(key: Key, entry: DictEntry): this {
    if (typeof key === "string") this.#attrs.set(key, entry.value);
    return this;
  }
  override delete(key: Key): boolean {
    return typeof key === "string" && this.#attrs.delete(key);
  }
  override clear(): void {
    this.#attrs.clear();
  }
  override *values(): MapIterator<DictEntry> {
    for (const key of [...this.#attrs.keys()]) {
      const entry = this.get(key);
      if (entry !== undefined) yield entry;
    }
  }
  override *keys(): MapIterator<Key> {
    yield* this.#attrs.keys();
  }
  override *entries(): MapIterator<[Key, DictEntry]> {
    for (const entry of this.values()) if (typeof entry.key === "string") yield [entry.key, entry];
  }
  override forEach(tell: (entry: DictEntry, key: Key, map: Map<Key, DictEntry>) => void): void {
    for (const [key, entry] of this.entries()) tell(entry, key, this);
  }
  override [Symbol.iterator](): MapIterator<[Key, DictEntry]> {
    return this.entries();
  }
}

export const liveDict = (attrs: Map<string, Value>): PyDict => ({
  kind: "dict",
  entries: new LiveEntries(attrs),
  cls: undefined,
  factory: undefined,
});
