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
  macs: totalOf(all, (w) => w.macs),
  flops: totalOf(all, (w) => w.flops),
  bytesRead: totalOf(all, (w) => w.bytesRead),
  bytesWritten: totalOf(all, (w) => w.bytesWritten),
  ops: all.length,
});

function totalOf(all: readonly Work[], of: (work: Work) => Dim): Dim {
  let known = 0;
  let symbolic: Dim[] | undefined;
  for (const work of all) {
    const dim = of(work);
    if (typeof dim === "number") known += dim;
    else {
      symbolic ??= [];
      symbolic.push(dim);
    }
  }
  return symbolic === undefined ? known : sum([known, ...symbolic]);
}

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
  const cells = new Map<string, PlaceCell>();
  const byPlace = new Map<Place, PlaceCell | undefined>();
  const cellOf = (place: Place): PlaceCell | undefined => {
    const seen = byPlace.get(place);
    if (seen !== undefined || byPlace.has(place)) return seen;
    const key = keyOf(place);
    let cell = key === undefined ? undefined : cells.get(key);
    if (cell === undefined && key !== undefined) {
      cell = { place, self: [], total: [], last: 0 };
      cells.set(key, cell);
    }
    byPlace.set(place, cell);
    return cell;
  };
  let at = 0;
  for (const { site, work } of graph.ops) {
    at++;
    for (const place of site.stack) {
      const cell = cellOf(place);
      if (cell === undefined || cell.last === at) continue;
      cell.last = at;
      cell.total.push(work);
    }
    if (site.place !== undefined) cellOf(site.place)?.self.push(work);
  }
  return [...cells.values()].map(({ place, self, total }) => ({
    place,
    self: tally(self),
    total: tally(total),
  }));
}

interface PlaceCell {
  readonly place: Place;
  readonly self: Work[];
  readonly total: Work[];
  /** Number of the op that was counted last. */
  last: number;
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
  const above = new Map<string, readonly ModuleCell[]>();
  const cellsAbove = (path: string): readonly ModuleCell[] => {
    const seen = above.get(path) ?? withAncestors(path).map(cellOf);
    above.set(path, seen);
    return seen;
  };
  for (const { site, work } of graph.ops) {
    for (const cell of cellsAbove(site.modulePath)) {
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
