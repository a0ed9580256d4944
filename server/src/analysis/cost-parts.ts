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
  /** By file and line. */
  const groups = new Map<string, Map<number, number>>();
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
        const ofFile = groups.get(file) ?? new Map<number, number>();
        const group = ofFile.get(line) ?? found.length;
        if (group === found.length) {
          found.push({ file, line });
          ofFile.set(line, group);
          groups.set(file, ofFile);
        }
        groupOf[at] = group;
      }
    }
    const group = groupOf[at] ?? -1;
    if (group >= 0) sums.add(group, op);
  }
  return found.map(({ file, line }, i) => {
    const share = sums.shareOf(i);
    return {
      file,
      line,
      seconds: sums.secondsOf(i),
      share,
      joules: sums.joulesOf(share),
      bound: sums.boundOf(i),
    };
  });
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
  return order.all().map((at) => {
    const share = sums.shareOf(at);
    return {
      path: paths[at] ?? "",
      seconds: sums.secondsOf(at),
      share,
      joules: sums.joulesOf(share),
      bound: sums.boundOf(at),
    };
  });
}

/** Modules by first use, each behind those around it. */
class InOrder {
  readonly #parents: Int32Array;
  readonly #isUsed: Uint8Array;
  readonly #order: number[];

  constructor(parents: Int32Array) {
    this.#parents = parents;
    this.#isUsed = new Uint8Array(parents.length);
    this.#order = [];
  }

  /** With those around it that are not there yet. */
  add(module: number): void {
    if (!this.#isNew(module)) return;
    this.add(this.#parents[module] ?? -1);
    this.#isUsed[module] = 1;
    this.#order.push(module);
  }

  all(): readonly number[] {
    return this.#order;
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
  const places = new Places();
  const modules = new ModulePaths();
  let count = 0;
  for (let i = 0; i < ops.length; i++) count = Math.max(count, (ops[i]?.id ?? 0) + 1);
  const [placeOf, pathOf] = [new Int32Array(count), new Int32Array(count)];
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i];
    if (op === undefined) continue;
    pathOf[op.id] = modules.indexOf(op.site.modulePath);
    placeOf[op.id] = places.indexOf(op.site.place);
  }
  return {
    places: places.all,
    placeOf,
    paths: modules.paths,
    parents: new Int32Array(modules.parents),
    pathOf,
  };
}

/** Places by number. Each op has an object of its own for one: those that begin at the same offset are the same. */
class Places {
  readonly all: (Place | undefined)[] = [undefined];
  readonly #indices = new Map<string, Map<number, number>>();
  /** Of the file that was asked for last. */
  #file: string | undefined;
  #ofFile = new Map<number, number>();

  indexOf(place: Place | undefined): number {
    if (place === undefined) return 0;
    const { file, span } = place;
    if (file !== this.#file) {
      this.#file = file;
      this.#ofFile = this.#indices.get(file) ?? new Map();
      this.#indices.set(file, this.#ofFile);
    }
    const known = this.#ofFile.get(span.start);
    if (known !== undefined) return known;
    const index = this.all.push(place) - 1;
    this.#ofFile.set(span.start, index);
    return index;
  }
}

/** Paths by number, each behind those of the modules around it: `a.b` is inside `a` and inside the root. */
class ModulePaths {
  readonly paths: string[] = [""];
  readonly parents: number[] = [-1];
  readonly #indices = new Map<string, number>([["", 0]]);
  /** What was looked up last: most often a neighbor of the next one. */
  #last = 0;

  indexOf(path: string): number {
    if (path === this.paths[this.#last]) return this.#last;
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
    const around = path.slice(0, length);
    for (let at = this.#last; at > 0; at = this.parents[at] ?? 0)
      if (this.paths[at]?.length === length) return this.paths[at] === around ? at : this.indexOf(around);
    return this.indexOf(around);
  }
}

const dot = ".".charCodeAt(0);

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

  secondsOf(part: number): number {
    return this.#sums[summed * part] ?? 0;
  }

  shareOf(part: number): number {
    return this.#sums[summed * part + 1] ?? 0;
  }

  joulesOf(share: number): number | null {
    return this.#joules === null ? null : this.#joules * share;
  }

  boundOf(part: number): Bound {
    const at = summed * part + 2;
    const compute = this.#sums[at] ?? 0;
    const memory = this.#sums[at + 1] ?? 0;
    if ((this.#sums[at + 2] ?? 0) > Math.max(compute, memory)) return "overhead";
    return memory > compute ? "memory" : "compute";
  }
}
