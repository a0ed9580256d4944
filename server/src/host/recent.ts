/** What was looked at by path, the last one last. */
export interface Recent<T> {
  get(path: string): T | undefined;
  /** Makes it the last one. */
  set(path: string, value: T): void;
  /** Leaves it where it stands. */
  replace(path: string, value: T): void;
  delete(path: string): void;
  /** The last one last. */
  all(): readonly (readonly [path: string, value: T])[];
}

/**
 * For few things that change with every edit. V8 links a table of a `Map` that has become too small, or has been cleared,
 * to the one that took its place: one that has grown old before it was replaced keeps all that come after it, and what
 * they hold, until the next full collection.
 */
export function createRecent<T>(): Recent<T> {
  const entries: [path: string, value: T][] = [];
  const indexOf = (path: string): number => entries.findIndex(([each]) => each === path);
  const remove = (path: string): void => {
    const at = indexOf(path);
    if (at >= 0) entries.splice(at, 1);
  };
  return {
    get: (path) => entries[indexOf(path)]?.[1],
    set(path, value) {
      remove(path);
      entries.push([path, value]);
    },
    replace(path, value) {
      const entry = entries[indexOf(path)];
      if (entry !== undefined) entry[1] = value;
    },
    delete: remove,
    all: () => entries,
  };
}
