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
  const { paths, chains, chainOf } = layoutOf(graph);
  const sums = new Sums(paths.length);
  const isUsed = new Uint8Array(paths.length);
  const order: number[] = [];
  for (const each of cost.operations) {
    const chain = chains[chainOf[each.op] ?? 0] ?? [];
    for (let i = 0; i < chain.length; i++) {
      const at = chain[i] ?? 0;
      if (isUsed[at] === 0) {
        isUsed[at] = 1;
        order.push(at);
      }
      sums.add(at, each);
    }
  }
  return order.map((at) => ({ path: paths[at] ?? "", ...sums.part(at, cost) }));
}

/** Where the ops of a graph happen: the same at any batch. Ops are told by their ids, which are counted from 0. */
interface Layout {
  /** The first is that of ops without one. */
  readonly places: readonly (Place | undefined)[];
  readonly placeOf: readonly number[];
  /** Of modules, in order of first use; the root is the first. */
  readonly paths: readonly string[];
  /** By path, the indices of the modules around it and its own, the root first. */
  readonly chains: readonly (readonly number[])[];
  readonly chainOf: readonly number[];
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
  const chains: (readonly number[])[] = [[0]];
  const pathIndices = new Map<string, number>([["", 0]]);
  const chainOf: number[] = [];
  /** `a.b` is inside `a` and inside the root. */
  const indexOf = (path: string): number => {
    const seen = pathIndices.get(path);
    if (seen !== undefined) return seen;
    const around = indexOf(path.slice(0, Math.max(0, path.lastIndexOf("."))));
    const index = paths.length;
    paths.push(path);
    chains.push([...(chains[around] ?? []), index]);
    pathIndices.set(path, index);
    return index;
  };
  for (const { id, site } of ops) {
    chainOf[id] = indexOf(site.modulePath);
    const { place } = site;
    let at = place === undefined ? 0 : placeIndices.get(place);
    if (place !== undefined && at === undefined) {
      at = places.push(place) - 1;
      placeIndices.set(place, at);
    }
    placeOf[id] = at ?? 0;
  }
  return { places, placeOf, paths, chains, chainOf };
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
