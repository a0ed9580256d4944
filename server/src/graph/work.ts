import type { Place } from "../base/known.ts";
import { type Dim, product, sum } from "./dim.ts";
import { bytesPerElement } from "./dtype.ts";
import type { Graph, StateRecord, Work } from "./ir.ts";
import { isKnownShape } from "./tensor.ts";

export const noWork: Work = { macs: 0, flops: 0, bytesRead: 0, bytesWritten: 0 };

const sumWork = (all: readonly Work[]): Work => ({
  macs: sum(all.map((w) => w.macs)),
  flops: sum(all.map((w) => w.flops)),
  bytesRead: sum(all.map((w) => w.bytesRead)),
  bytesWritten: sum(all.map((w) => w.bytesWritten)),
});

/** What a place in user code costs: by itself, and with everything that it calls. */
export interface PlaceCost {
  readonly place: Place;
  readonly self: Work;
  readonly total: Work;
  /** Ops that are no views, self. */
  readonly ops: number;
}

/** Costs by place, in order of first use. A recursive place counts an op once. */
export function workByPlace(graph: Graph): readonly PlaceCost[] {
  const cells = new Map<string, { place: Place; self: Work[]; total: Work[]; ops: number }>();
  const cellOf = (place: Place) => {
    const key = placeKey(place);
    const seen = cells.get(key);
    if (seen !== undefined) return seen;
    const made = { place, self: [], total: [], ops: 0 };
    cells.set(key, made);
    return made;
  };
  for (const op of graph.ops) {
    const { place, stack } = op.site;
    for (const caller of distinct(place === undefined ? stack : [...stack, place]))
      cellOf(caller).total.push(op.work);
    if (place === undefined) continue;
    const own = cellOf(place);
    own.self.push(op.work);
    if (!op.isView) own.ops += 1;
  }
  return [...cells.values()].map(({ place, self, total, ops }) => ({
    place,
    self: sumWork(self),
    total: sumWork(total),
    ops,
  }));
}

export interface ModuleCost {
  /** Qualified, `layer1.0`; empty for the root. */
  readonly path: string;
  readonly self: Work;
  readonly total: Work;
  /** Parameters first named in this module, and in it or below. */
  readonly ownParameters: Dim;
  readonly parameters: Dim;
  readonly children: readonly ModuleCost[];
}

/** The module tree; weights tied between modules count where they are named first. */
export function moduleTree(graph: Graph): ModuleCost {
  const work = new Map<string, Work[]>();
  const sizes = new Map<string, Dim[]>();
  const children = new Map<string, Set<string>>();
  const reach = (path: string): void => {
    if (path === "" || children.get(parentOf(path))?.has(path) === true) return;
    push(children, parentOf(path), path);
    reach(parentOf(path));
  };
  for (const op of graph.ops) {
    reach(op.site.modulePath);
    append(work, op.site.modulePath, op.work);
  }
  for (const parameter of graph.parameters) {
    const owner = parentOf(parameter.names[0] ?? "");
    reach(owner);
    append(sizes, owner, elementsOf(parameter));
  }
  const build = (path: string): ModuleCost => {
    const below = [...(children.get(path) ?? [])].map(build);
    const self = sumWork(work.get(path) ?? []);
    const ownParameters = sum(sizes.get(path) ?? []);
    return {
      path,
      self,
      total: sumWork([self, ...below.map((c) => c.total)]),
      ownParameters,
      parameters: sum([ownParameters, ...below.map((c) => c.parameters)]),
      children: below,
    };
  };
  return build("");
}

export const elementsOf = ({ tensor }: StateRecord): Dim =>
  isKnownShape(tensor.meta.shape) ? product(tensor.meta.shape) : 0;

export const stateBytes = (state: StateRecord): Dim =>
  product([elementsOf(state), bytesPerElement(state.tensor.meta.dtype)]);

/** Parameters by identity: tied weights once. */
export const parameterCount = (graph: Graph): Dim => sum(graph.parameters.map(elementsOf));

const placeKey = ({ file, span }: Place): string => `${file}:${span.start}:${span.end}`;

const distinct = (places: readonly Place[]): readonly Place[] => [
  ...new Map(places.map((p) => [placeKey(p), p])).values(),
];

const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf("."), 0));

function append<T>(into: Map<string, T[]>, key: string, value: T): void {
  const seen = into.get(key);
  if (seen === undefined) into.set(key, [value]);
  else seen.push(value);
}

function push(into: Map<string, Set<string>>, key: string, value: string): void {
  const seen = into.get(key);
  if (seen === undefined) into.set(key, new Set([value]));
  else seen.add(value);
}
