import type { Place } from "../base/known.ts";
import type { GraphCost } from "../cost/estimate.ts";
import type { Bound } from "../cost/operation-cost.ts";
import { growthOf } from "../graph/grown.ts";
import type { Graph } from "../graph/ir.ts";
import type { Lines } from "./estimate-report.ts";

/** Time and energy of a line or a module, at best estimate. */
export interface PartCost {
  /** Seconds per batch. */
  readonly seconds: number;
  /** Of time, and of energy: power is not told apart within a run. */
  readonly share: number;
  /** Joules per batch; `null` where energy is not known. */
  readonly joules: number | null;
  readonly bound: Bound;
}

export interface LineCost extends PartCost {
  readonly file: string;
  readonly line: number;
}

export interface ModuleTime extends PartCost {
  /** Submodules included; the root is "". */
  readonly path: string;
}

export function costByLine(graph: Graph, cost: GraphCost, lines: Lines): readonly LineCost[] {
  const { places, placeOf } = layoutOf(graph);
  const { isLaunched } = cost.byOp;
  const groups = new Map<string, number>();
  const sums = new Sums(places.length, cost);
  const found: { readonly file: string; readonly line: number }[] = [];
  /** By place: the group, -1 for none, -2 for a place that was not looked at. */
  const groupOf = new Int32Array(places.length).fill(-2);
  for (let op = 0; op < isLaunched.length; op++) {
    if (isLaunched[op] === 0) continue;
    const at = placeOf[op] ?? 0;
    if (groupOf[at] === -2) {
      const { file, line } = lines(places[at]);
      groupOf[at] = -1;
      if (file !== null && line !== null) {
        const key = `${file}:${line}`;
        const group = groups.get(key) ?? found.length;
        if (group === found.length) found.push({ file, line });
        groups.set(key, group);
        groupOf[at] = group;
      }
    }
    const group = groupOf[at] ?? -1;
    if (group >= 0) sums.add(group, op);
  }
  return found.map((place, i) => ({ ...place, ...sums.part(i) }));
}

export function costByModule(graph: Graph, cost: GraphCost): readonly ModuleTime[] {
  const { paths, parents, pathOf } = layoutOf(graph);
  const { isLaunched } = cost.byOp;
  const sums = new Sums(paths.length, cost);
  const order = new InOrder(parents);
  for (let op = 0; op < isLaunched.length; op++) {
    if (isLaunched[op] === 0) continue;
    const own = pathOf[op] ?? 0;
    order.add(own);
    for (let at = own; at >= 0; at = parents[at] ?? -1) sums.add(at, op);
  }
  return order.all((at) => {
    const { seconds, share, joules, bound } = sums.part(at);
    return { path: paths[at] ?? "", seconds, share, joules, bound };
  });
}

/** Modules by first use, each behind those around it. */
class InOrder {
  readonly #parents: Int32Array;
  readonly #isUsed: Uint8Array;
  readonly #order: Int32Array;
  #count = 0;

  constructor(parents: Int32Array) {
    this.#parents = parents;
    this.#isUsed = new Uint8Array(parents.length);
    this.#order = new Int32Array(parents.length);
  }

  /** With those around it that are not there yet. */
  add(module: number): void {
    let count = this.#count;
    for (let at = module; this.#isNew(at); at = this.#parents[at] ?? -1) count++;
    let place = count;
    for (let at = module; this.#isNew(at); at = this.#parents[at] ?? -1) {
      this.#isUsed[at] = 1;
      this.#order[--place] = at;
    }
    this.#count = count;
  }

  all<T>(what: (module: number) => T): readonly T[] {
    const found: T[] = [];
    for (let i = 0; i < this.#count; i++) found.push(what(this.#order[i] ?? 0));
    return found;
  }

  #isNew(module: number): boolean {
    return module >= 0 && this.#isUsed[module] === 0;
  }
}

/** Where the ops of a graph happen: the same at any batch. Ops are told by their ids, which are counted from 0. */
interface Layout {
  /** The first is that of ops without one. */
  readonly places: readonly (Place | undefined)[];
  readonly placeOf: Int32Array;
  /** Of modules; the root is the first. */
  readonly paths: readonly string[];
  /** By path, that of the module around it; -1 for the root. */
  readonly parents: Int32Array;
  readonly pathOf: Int32Array;
}

const remembered = new WeakMap<Graph, Layout>();

function layoutOf(graph: Graph): Layout {
  const { from } = growthOf(graph);
  const known = remembered.get(from);
  if (known !== undefined) return known;
  const made = layout(from);
  remembered.set(from, made);
  return made;
}

function layout({ ops }: Graph): Layout {
  const places: (Place | undefined)[] = [undefined];
  const placeIndices = new Map<Place, number>();
  const modules = new ModulePaths();
  const count = ops.reduce((most, { id }) => Math.max(most, id + 1), 0);
  const [placeOf, pathOf] = [new Int32Array(count), new Int32Array(count)];
  let [place, placeAt]: [Place | undefined, number] = [undefined, 0];
  let [path, pathAt] = ["", 0];
  for (const { id, site } of ops) {
    if (site.modulePath !== path) {
      path = site.modulePath;
      pathAt = modules.indexOf(path);
    }
    pathOf[id] = pathAt;
    if (site.place !== place) {
      place = site.place;
      placeAt = place === undefined ? 0 : (placeIndices.get(place) ?? places.push(place) - 1);
      if (place !== undefined) placeIndices.set(place, placeAt);
    }
    placeOf[id] = placeAt;
  }
  return { places, placeOf, paths: modules.paths, parents: Int32Array.from(modules.parents), pathOf };
}

/** Paths by number, each behind those of the modules around it: `a.b` is inside `a` and inside the root. */
class ModulePaths {
  readonly paths: string[] = [""];
  readonly parents: number[] = [-1];
  readonly #indices = new Map<string, number>([["", 0]]);
  /** What was looked up last: most often a neighbor of the next one. */
  #last = 0;

  indexOf(path: string): number {
    const seen = this.#indices.get(path);
    if (seen !== undefined) {
      this.#last = seen;
      return seen;
    }
    const parent = this.#parentOf(path);
    this.parents.push(parent);
    const index = this.paths.push(path) - 1;
    this.#indices.set(path, index);
    this.#last = index;
    return index;
  }

  #parentOf(path: string): number {
    let length = path.length - 1;
    while (length > 0 && path.charCodeAt(length) !== dot) length--;
    if (length <= 0) return 0;
    const before = this.paths[this.#last] ?? "";
    if (isAlike(before, path, length))
      for (let at = this.#last; at > 0; at = this.parents[at] ?? 0)
        if (this.paths[at]?.length === length) return at;
    return this.indexOf(path.slice(0, length));
  }
}

const dot = ".".charCodeAt(0);

/** Whether one begins with so many characters of the other. */
function isAlike(a: string, b: string, length: number): boolean {
  if (a.length < length) return false;
  for (let i = 0; i < length; i++) if (a.charCodeAt(i) !== b.charCodeAt(i)) return false;
  return true;
}

/** Numbers that are summed for each part: seconds, share, and seconds by what sets the time. */
const summed = 5;

/** Sums over operations, part by part. */
class Sums {
  readonly #sums: Float64Array;
  readonly #seconds: Float64Array;
  readonly #share: Float64Array;
  readonly #bound: Uint8Array;
  /** Joules of the whole. */
  readonly #joules: number | null;

  constructor(parts: number, { byOp, energy }: GraphCost) {
    this.#sums = new Float64Array(summed * parts);
    this.#seconds = byOp.seconds;
    this.#share = byOp.share;
    this.#bound = byOp.bound;
    this.#joules = "kind" in energy ? null : energy.value;
  }

  add(part: number, op: number): void {
    const sums = this.#sums;
    const at = summed * part;
    const bound = at + 2 + (this.#bound[op] ?? 0);
    const seconds = this.#seconds[op] ?? 0;
    sums[at] = (sums[at] ?? 0) + seconds;
    sums[at + 1] = (sums[at + 1] ?? 0) + (this.#share[op] ?? 0);
    sums[bound] = (sums[bound] ?? 0) + seconds;
  }

  part(part: number): PartCost {
    const at = summed * part;
    const [seconds, share] = [this.#sums[at] ?? 0, this.#sums[at + 1] ?? 0];
    const [compute, memory, overhead] = [
      this.#sums[at + 2] ?? 0,
      this.#sums[at + 3] ?? 0,
      this.#sums[at + 4] ?? 0,
    ];
    const bound = overhead > Math.max(compute, memory) ? "overhead" : memory > compute ? "memory" : "compute";
    return { seconds, share, joules: this.#joules === null ? null : this.#joules * share, bound };
  }
}
