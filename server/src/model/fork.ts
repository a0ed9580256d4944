import { type Storage, Tensor, type TensorMeta } from "../graph/tensor.ts";
import type { Changeable } from "./reachable.ts";
import type { Key, Scope, Value } from "./values.ts";

/**
 * What objects hold at one moment, so that code can run as if a condition held, and then, from the same start, as if it
 * did not.
 */

/** What an object holds by index, key or name. */
export type Rows = ReadonlyMap<Key, Value>;

/** The inside of an object that holds values. */
export interface Cell {
  readonly rows: () => Rows;
  /** `undefined` where it is not changed back: in a class or a function. */
  readonly fill: ((rows: Rows) => void) | undefined;
  /** Names of a call or a module. It does not matter whether one is there: one that is missing is an error of the program. */
  readonly scope: Scope | undefined;
}

interface Memory {
  readonly data: readonly number[] | undefined;
  readonly version: number;
}

export interface Moment {
  readonly cells: Map<Cell, Rows>;
  readonly metas: ReadonlyMap<Tensor, TensorMeta>;
  readonly memories: ReadonlyMap<Storage, Memory>;
}

function named(attrs: Map<string, Value>, scope?: Scope): Cell {
  return {
    scope,
    rows: () => new Map(attrs),
    fill: (rows) => {
      attrs.clear();
      for (const [name, value] of rows) if (typeof name === "string") attrs.set(name, value);
    },
  };
}

const lasting = (attrs: () => ReadonlyMap<string, Value> | undefined): Cell => ({
  scope: undefined,
  rows: () => new Map(attrs()),
  fill: undefined,
});

function cellOf(object: Exclude<Changeable, Tensor | Storage>): Cell | undefined {
  if ("vars" in object) return named(object.vars, object);
  switch (object.kind) {
    case "instance":
      return named(object.attrs);
    case "class":
      return lasting(() => object.attrs);
    case "function":
      return lasting(() => object.attrs);
    case "list":
      return {
        scope: undefined,
        rows: () => new Map(object.items.entries()),
        fill: (rows) => {
          object.items.length = 0;
          for (const value of rows.values()) object.items.push(value);
        },
      };
    case "set":
      return {
        scope: undefined,
        rows: () => new Map(object.entries),
        fill: (rows) => {
          object.entries.clear();
          for (const [key, value] of rows) object.entries.set(key, value);
        },
      };
    case "dict": {
      const { entries } = object;
      // One that shows the attributes of an object is told by those.
      if (Object.getPrototypeOf(entries) !== Map.prototype) return undefined;
      const keys = new Map<Key, Value>();
      return {
        scope: undefined,
        rows: () => {
          const rows = new Map<Key, Value>();
          for (const [at, { key, value }] of entries) {
            keys.set(at, key);
            rows.set(at, value);
          }
          return rows;
        },
        fill: (rows) => {
          entries.clear();
          for (const [at, value] of rows) entries.set(at, { key: keys.get(at) ?? value, value });
        },
      };
    }
  }
}

export function momentOf(objects: Iterable<Changeable>): Moment {
  const cells = new Map<Cell, Rows>();
  const metas = new Map<Tensor, TensorMeta>();
  const memories = new Map<Storage, Memory>();
  for (const object of objects) {
    if (object instanceof Tensor) metas.set(object, object.meta);
    else if ("takeBack" in object) memories.set(object, { data: object.data, version: object.version });
    else {
      const cell = cellOf(object);
      if (cell !== undefined) cells.set(cell, cell.rows());
    }
  }
  return { cells, metas, memories };
}

/** Makes it a moment at which a scope had these names as well. */
export function assumeNames({ cells }: Moment, scope: Scope, names: ReadonlyMap<string, Value>): void {
  if (names.size === 0) return;
  for (const [cell, rows] of cells) if (cell.scope === scope) cells.set(cell, new Map([...rows, ...names]));
}

function isSameRows(a: Rows, b: Rows): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}

/** What holds something else than at an earlier moment, and what it holds now. */
export function changedSince({ cells, metas, memories }: Moment): Moment {
  const changed = {
    cells: new Map<Cell, Rows>(),
    metas: new Map<Tensor, TensorMeta>(),
    memories: new Map<Storage, Memory>(),
  };
  for (const [cell, rows] of cells) {
    const now = cell.rows();
    if (!isSameRows(rows, now)) changed.cells.set(cell, now);
  }
  for (const [tensor, meta] of metas) if (tensor.meta !== meta) changed.metas.set(tensor, tensor.meta);
  for (const [storage, { version }] of memories)
    if (storage.version !== version)
      changed.memories.set(storage, { data: storage.data, version: storage.version });
  return changed;
}

/** The names that differ from an earlier moment; `undefined` where anything differs but names of this scope. */
export function changedNames(changed: Moment, before: Moment, scope: Scope): ReadonlySet<string> | undefined {
  if (changed.metas.size > 0 || changed.memories.size > 0) return undefined;
  const names = new Set<string>();
  for (const [cell, now] of changed.cells) {
    if (cell.scope !== scope) return undefined;
    const rows = before.cells.get(cell) ?? noRows;
    for (const name of new Set([...rows.keys(), ...now.keys()]))
      if (rows.get(name) !== now.get(name)) names.add(String(name));
  }
  return names;
}

/** Undoes these changes. False where a class or a function was changed: nothing is undone then. */
export function undo(changed: Moment, { cells, metas, memories }: Moment): boolean {
  for (const { fill } of changed.cells.keys()) if (fill === undefined) return false;
  for (const cell of changed.cells.keys()) cell.fill?.(cells.get(cell) ?? noRows);
  for (const tensor of changed.metas.keys()) tensor.become({ elements: undefined, ...metas.get(tensor) });
  for (const storage of changed.memories.keys()) {
    const before = memories.get(storage);
    if (before !== undefined) storage.takeBack(before.data, before.version);
  }
  return true;
}

const noRows: Rows = new Map();
