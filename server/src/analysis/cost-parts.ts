import type { Place } from "../base/known.ts";
import type { GraphCost, OperationCost } from "../cost/estimate.ts";
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
  readonly bound: OperationCost["bound"];
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
  const groups = new Map<string, number>();
  const sums = new Sums(places.length);
  const found: { readonly file: string; readonly line: number }[] = [];
  /** By place: the group, -1 for none, -2 for a place that was not looked at. */
  const groupOf = new Int32Array(places.length).fill(-2);
  for (const each of cost.operations) {
    const at = placeOf[each.op] ?? 0;
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
    if (group >= 0) sums.add(group, each);
  }
  return found.map((place, i) => ({ ...place, ...sums.part(i, cost) }));
}

export function costByModule(graph: Graph, cost: GraphCost): readonly ModuleTime[] {
  const { paths, parents, pathOf } = layoutOf(graph);
  const sums = new Sums(paths.length);
  const isUsed = new Uint8Array(paths.length);
  const order: number[] = [];
  for (const each of cost.operations) {
    const own = pathOf[each.op] ?? 0;
    if (isUsed[own] === 0) order.push(...newOnes(own, parents, isUsed));
    for (let at = own; at >= 0; at = parents[at] ?? -1) sums.add(at, each);
  }
  return order.map((at) => ({ path: paths[at] ?? "", ...sums.part(at, cost) }));
}

/** The module and those around it that were not used before, the outermost first; they are from now on. */
function newOnes(module: number, parents: readonly number[], isUsed: Uint8Array): readonly number[] {
  const found: number[] = [];
  for (let at = module; at >= 0 && isUsed[at] === 0; at = parents[at] ?? -1) {
    isUsed[at] = 1;
    found.push(at);
  }
  return found.reverse();
}

/** Where the ops of a graph happen: the same at any batch. Ops are told by their ids, which are counted from 0. */
interface Layout {
  /** The first is that of ops without one. */
  readonly places: readonly (Place | undefined)[];
  readonly placeOf: readonly number[];
  /** Of modules; the root is the first. */
  readonly paths: readonly string[];
  /** By path, that of the module around it; -1 for the root. */
  readonly parents: readonly number[];
  readonly pathOf: readonly number[];
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
  const placeOf: number[] = [];
  const paths: string[] = [""];
  const parents: number[] = [-1];
  const pathIndices = new Map<string, number>([["", 0]]);
  const pathOf: number[] = [];
  /** The module around the last one that was new: most often that of the next one, too. */
  let last = 0;
  const parentOf = (path: string): number => {
    const length = Math.max(0, path.lastIndexOf("."));
    const around = paths[last] ?? "";
    return length === around.length && path.startsWith(around) ? last : indexOf(path.slice(0, length));
  };
  /** `a.b` is inside `a` and inside the root. */
  const indexOf = (path: string): number => {
    const seen = pathIndices.get(path);
    if (seen !== undefined) return seen;
    last = parentOf(path);
    parents.push(last);
    const index = paths.push(path) - 1;
    pathIndices.set(path, index);
    return index;
  };
  for (const { id, site } of ops) {
    pathOf[id] = indexOf(site.modulePath);
    const { place } = site;
    let at = place === undefined ? 0 : placeIndices.get(place);
    if (place !== undefined && at === undefined) {
      at = places.push(place) - 1;
      placeIndices.set(place, at);
    }
    placeOf[id] = at ?? 0;
  }
  return { places, placeOf, paths, parents, pathOf };
}

/** Sums over operations, part by part. */
class Sums {
  readonly #seconds: Float64Array;
  readonly #share: Float64Array;
  /** Seconds by what sets the time. */
  readonly #compute: Float64Array;
  readonly #memory: Float64Array;
  readonly #overhead: Float64Array;

  constructor(parts: number) {
    this.#seconds = new Float64Array(parts);
    this.#share = new Float64Array(parts);
    this.#compute = new Float64Array(parts);
    this.#memory = new Float64Array(parts);
    this.#overhead = new Float64Array(parts);
  }

  add(part: number, { seconds, share, bound }: OperationCost): void {
    const bounded = bound === "compute" ? this.#compute : bound === "memory" ? this.#memory : this.#overhead;
    this.#seconds[part] = (this.#seconds[part] ?? 0) + seconds;
    this.#share[part] = (this.#share[part] ?? 0) + share;
    bounded[part] = (bounded[part] ?? 0) + seconds;
  }

  part(part: number, { energy }: GraphCost): PartCost {
    const [seconds, share] = [this.#seconds[part] ?? 0, this.#share[part] ?? 0];
    const [compute, memory] = [this.#compute[part] ?? 0, this.#memory[part] ?? 0];
    const bound =
      (this.#overhead[part] ?? 0) > Math.max(compute, memory)
        ? "overhead"
        : memory > compute
          ? "memory"
          : "compute";
    return { seconds, share, joules: "kind" in energy ? null : energy.value * share, bound };
  }
}
