import type { Place } from "../base/known.ts";
import { type Dim, product, sum } from "./dim.ts";
import { bytesPerElement } from "./dtype.ts";
import type { Graph, StateRecord, Work } from "./ir.ts";
import { isKnownShape } from "./tensor.ts";

export const noWork: Work = { macs: 0, flops: 0, bytesRead: 0, bytesWritten: 0 };

/** Work of some ops, and how many they are. */
export interface Cost extends Work {
  readonly ops: number;
}

export const tally = (all: readonly Work[]): Cost => ({
  macs: sum(all.map((w) => w.macs)),
  flops: sum(all.map((w) => w.flops)),
  bytesRead: sum(all.map((w) => w.bytesRead)),
  bytesWritten: sum(all.map((w) => w.bytesWritten)),
  ops: all.length,
});

/** What a place in user code costs: by itself, and with everything that it calls. */
export interface PlaceCost {
  /** The first of the places that share the key. */
  readonly place: Place;
  readonly self: Cost;
  readonly total: Cost;
}

/**
 * Costs by `keyOf` the place, in order of first use; a place without a key is left out. A recursive place counts an
 * op once.
 */
export function workByPlace(graph: Graph, keyOf: (place: Place) => string | undefined): readonly PlaceCost[] {
  const cells = new Map<string, { readonly place: Place; readonly self: Work[]; readonly total: Work[] }>();
  const cellOf = (key: string, place: Place) => {
    const seen = cells.get(key);
    if (seen !== undefined) return seen;
    const made = { place, self: [], total: [] };
    cells.set(key, made);
    return made;
  };
  for (const { site, work } of graph.ops) {
    const counted = new Set<string>();
    for (const place of site.stack) {
      const key = keyOf(place);
      if (key === undefined || counted.has(key)) continue;
      counted.add(key);
      cellOf(key, place).total.push(work);
    }
    const own = site.place === undefined ? undefined : keyOf(site.place);
    if (own !== undefined && site.place !== undefined) cellOf(own, site.place).self.push(work);
  }
  return [...cells.values()].map(({ place, self, total }) => ({
    place,
    self: tally(self),
    total: tally(total),
  }));
}

export interface ModuleCost {
  /** Qualified, `layer1.0`; empty for the root. */
  readonly path: string;
  readonly self: Cost;
  readonly total: Cost;
  /** Elements of the parameters first named in this module, and in it or below. */
  readonly ownParameters: Dim;
  readonly parameters: Dim;
  /** Where the module first does work of its own, or a module below it does. */
  readonly place: Place | undefined;
}

interface ModuleCell {
  readonly self: Work[];
  readonly total: Work[];
  readonly own: Dim[];
  readonly all: Dim[];
  ownPlace: Place | undefined;
  place: Place | undefined;
}

/** The tree of modules as a list, the root first; weights tied between modules count where they are named first. */
export function workByModule(graph: Graph): readonly ModuleCost[] {
  const cells = new Map<string, ModuleCell>();
  const cellOf = (path: string): ModuleCell => {
    const seen = cells.get(path);
    if (seen !== undefined) return seen;
    const made: ModuleCell = {
      self: [],
      total: [],
      own: [],
      all: [],
      ownPlace: undefined,
      place: undefined,
    };
    cells.set(path, made);
    return made;
  };
  cellOf("");
  for (const parameter of graph.parameters) {
    const owner = parentOf(parameter.names[0] ?? "");
    const size = elementsOf(parameter);
    for (const path of withAncestors(owner)) cellOf(path).all.push(size);
    cellOf(owner).own.push(size);
  }
  for (const { site, work } of graph.ops) {
    for (const path of withAncestors(site.modulePath)) {
      const cell = cellOf(path);
      cell.total.push(work);
      cell.place ??= site.place;
    }
    const own = cellOf(site.modulePath);
    own.self.push(work);
    own.ownPlace ??= site.place;
  }
  return [...cells].map(([path, { self, total, own, all, ownPlace, place }]) => ({
    path,
    self: tally(self),
    total: tally(total),
    ownParameters: sum(own),
    parameters: sum(all),
    place: ownPlace ?? place,
  }));
}

export const elementsOf = ({ tensor }: StateRecord): Dim =>
  isKnownShape(tensor.meta.shape) ? product(tensor.meta.shape) : 0;

export const stateBytes = (state: StateRecord): Dim =>
  product([elementsOf(state), bytesPerElement(state.tensor.meta.dtype)]);

/** Elements by identity: tied weights once. */
export const elementCount = (state: readonly StateRecord[]): Dim => sum(state.map(elementsOf));

const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf("."), 0));

/** `a.b` is inside `a` and inside the root. */
function withAncestors(path: string): readonly string[] {
  const paths = [""];
  for (let at = path.indexOf("."); at >= 0; at = path.indexOf(".", at + 1)) paths.push(path.slice(0, at));
  if (path !== "") paths.push(path);
  return paths;
}
