import type { Place } from "../base/known.ts";
import { type Dim, product, sum } from "./dim.ts";
import { bytesPerElement } from "./dtype.ts";
import type { Graph, Site, StateRecord, Work } from "./ir.ts";
import { isKnownShape } from "./tensor.ts";

export const noWork: Work = { macs: 0, flops: 0, bytesRead: 0, bytesWritten: 0 };

/** Work of some ops, and how many they are. */
export interface Cost extends Work {
  readonly ops: number;
}

/** Adds up the work of ops. */
class Tally {
  #ops = 0;
  #macs = 0;
  #flops = 0;
  #bytesRead = 0;
  #bytesWritten = 0;
  /** With a size that is no number. */
  #symbolic: Work[] | undefined;

  add(work: Work): void {
    const { macs, flops, bytesRead, bytesWritten } = work;
    this.#ops += 1;
    if (
      typeof macs === "number" &&
      typeof flops === "number" &&
      typeof bytesRead === "number" &&
      typeof bytesWritten === "number"
    ) {
      this.#macs += macs;
      this.#flops += flops;
      this.#bytesRead += bytesRead;
      this.#bytesWritten += bytesWritten;
    } else {
      this.#symbolic ??= [];
      this.#symbolic.push(work);
    }
  }

  addAll(other: Tally): void {
    this.#ops += other.#ops;
    this.#macs += other.#macs;
    this.#flops += other.#flops;
    this.#bytesRead += other.#bytesRead;
    this.#bytesWritten += other.#bytesWritten;
    if (other.#symbolic !== undefined) this.#symbolic = [...(this.#symbolic ?? []), ...other.#symbolic];
  }

  cost(): Cost {
    const symbolic = this.#symbolic;
    const whole = (known: number, of: (work: Work) => Dim): Dim =>
      symbolic === undefined ? known : sum([known, ...symbolic.map(of)]);
    return {
      macs: whole(this.#macs, (work) => work.macs),
      flops: whole(this.#flops, (work) => work.flops),
      bytesRead: whole(this.#bytesRead, (work) => work.bytesRead),
      bytesWritten: whole(this.#bytesWritten, (work) => work.bytesWritten),
      ops: this.#ops,
    };
  }
}

export function tally(all: readonly Work[]): Cost {
  const sums = new Tally();
  for (const work of all) sums.add(work);
  return sums.cost();
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
  const keyed = (place: Place): PlaceCell | undefined => {
    const key = keyOf(place);
    if (key === undefined) return undefined;
    const cell = cells.get(key) ?? { place, self: new Tally(), total: new Tally() };
    cells.set(key, cell);
    return cell;
  };
  // A key takes longer to make than to find: the places of outer calls are in many stacks.
  const byPlace = new Map<Place, PlaceCell | undefined>();
  const cellAt = (place: Place): PlaceCell | undefined => {
    if (!byPlace.has(place)) byPlace.set(place, keyed(place));
    return byPlace.get(place);
  };
  for (const { stack, place, work } of workByStack(graph)) {
    const through = stack.map(cellAt);
    for (const cell of new Set(through)) cell?.total.addAll(work);
    if (place !== undefined) cellAt(place)?.self.addAll(work);
  }
  return [...cells.values()].map(({ place, self, total }) => ({
    place,
    self: self.cost(),
    total: total.cost(),
  }));
}

interface PlaceCell {
  readonly place: Place;
  readonly self: Tally;
  readonly total: Tally;
}

interface StackWork extends Pick<Site, "stack" | "place"> {
  readonly work: Tally;
}

/** Ops of one line share the call stack: what they take together is added once to each of its many places. */
function workByStack(graph: Graph): Iterable<StackWork> {
  const stacks = new Map<Site["stack"], StackWork>();
  for (const { site, work } of graph.ops) {
    let known = stacks.get(site.stack);
    if (known === undefined) {
      known = { stack: site.stack, place: site.place, work: new Tally() };
      stacks.set(site.stack, known);
    }
    known.work.add(work);
  }
  return stacks.values();
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
  readonly path: string;
  readonly above: ModuleCell | undefined;
  readonly self: Tally;
  readonly total: Tally;
  readonly own: Dim[];
  readonly all: Dim[];
  /** The first op with a place, of the module itself and below it. */
  ownPlace: Place | undefined;
  first: number;
  place: Place | undefined;
}

/** The tree of modules as a list, the root first; weights tied between modules count where they are named first. */
export function workByModule(graph: Graph): readonly ModuleCost[] {
  const cells = new Map<string, ModuleCell>();
  const cellOf = (path: string): ModuleCell => {
    const seen = cells.get(path);
    if (seen !== undefined) return seen;
    const made: ModuleCell = {
      path,
      above: path === "" ? undefined : cellOf(parentOf(path)),
      self: new Tally(),
      total: new Tally(),
      own: [],
      all: [],
      ownPlace: undefined,
      first: Number.POSITIVE_INFINITY,
      place: undefined,
    };
    cells.set(path, made);
    return made;
  };
  cellOf("");
  for (const parameter of graph.parameters) {
    const owner = cellOf(parentOf(parameter.names[0] ?? ""));
    const size = elementsOf(parameter);
    owner.own.push(size);
    owner.all.push(size);
  }
  for (const [i, { site, work }] of graph.ops.entries()) {
    const cell = cellOf(site.modulePath);
    cell.self.add(work);
    if (cell.ownPlace !== undefined || site.place === undefined) continue;
    cell.ownPlace = site.place;
    cell.first = i;
    cell.place = site.place;
  }
  // Children come behind their parents: what is added up from the end has all that is below it.
  const order = [...cells.values()];
  for (const cell of [...order].reverse()) {
    const { above } = cell;
    cell.total.addAll(cell.self);
    if (above === undefined) continue;
    above.total.addAll(cell.total);
    for (const size of cell.all) above.all.push(size);
    if (cell.first >= above.first) continue;
    above.first = cell.first;
    above.place = cell.place;
  }
  return order.map(({ path, self, total, own, all, ownPlace, place }) => ({
    path,
    self: self.cost(),
    total: total.cost(),
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
