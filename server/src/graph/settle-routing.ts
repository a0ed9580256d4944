import {
  type Dim,
  evenShare,
  hintOf,
  type Partition,
  printDim,
  product,
  replaceShares,
  type Share,
  sharesIn,
  sum,
} from "./dim.ts";
import type { Attribute, Graph, OpRecord, Uncounted } from "./ir.ts";
import { isKnownShape, type Shape, type TensorMeta, type TensorRef } from "./tensor.ts";

export interface Settled {
  readonly graph: Graph;
  /** Why the total is not the same however rows are routed; empty when it is. */
  readonly doubts: readonly Uncounted[];
  readonly assumptions: readonly string[];
  readonly ref: (ref: TensorRef) => TensorRef;
  readonly shape: (shape: Shape) => Shape;
}

/** Where no size depends on routing. */
export const unrouted = (graph: Graph): Settled => ({
  graph,
  doubts: [],
  assumptions: [],
  ref: (each) => each,
  shape: (each) => each,
});

/**
 * Gives every routed size a number: rows are spread over their classes as evenly as whole numbers allow. The
 * multiply-accumulates of the whole do not depend on that when each class does the same work for each of its rows,
 * which is what is proved here; a class without rows does nothing.
 * What a mask chooses is counted as if it were all, unless products depend on it: then as if it were nothing.
 */
export function settleRouting(graph: Graph): Settled {
  const routed = graph.ops.map(partitionsOf);
  if (routed.every((found) => found.size === 0) && keptShares(graph).length === 0) return unrouted(graph);
  const doubts: readonly Doubt[] = [...unequal(graph), ...unconditional(graph, routed)];
  const doubtful = new Set(doubts.flatMap(({ key }) => key ?? []));
  const used = new Map(routed.flatMap((found) => [...found].map(([key, { of }]) => [key, of] as const)));
  const isRest = restsAlone(routed);
  const settle = settler((of) => (doubtful.has(of.key) ? undefined : isRest(of) ? 1 : 0));
  const kept = graph.ops.filter((op, i) => routed[i]?.size === 0 || !isIdle(op, settle.dim));
  const ids = new Map(kept.map((op, i) => [op.id, i]));
  const ref = settle.refs((producer) => ids.get(producer));
  return {
    graph: {
      ...graph,
      ops: kept.map((op, id) => settledOp(op, id, ref, settle.dim)),
      inputs: graph.inputs.map(ref),
      outputs: graph.outputs.map(ref),
      guards: graph.guards.filter(({ left, right }) => sharesIn(left).length + sharesIn(right).length === 0),
    },
    doubts: doubts.map(({ what, why, place }) => ({ what, why, place })),
    assumptions: describe([...used.values()].filter(({ key }) => !doubtful.has(key))),
    ref,
    shape: (shape) => shape.map(settle.dim),
  };
}

/** A partition by its key, and whether the first of its classes is among the sizes. */
type Routed = ReadonlyMap<string, { readonly of: Partition; readonly hasFirst: boolean }>;

const unroutedOp: Routed = new Map();

function partitionsOf(op: OpRecord): Routed {
  let found: Map<string, { readonly of: Partition; readonly hasFirst: boolean }> | undefined;
  for (const refs of [op.outputs, op.inputs])
    for (const { meta } of refs) {
      if (!isKnownShape(meta.shape)) continue;
      for (const dim of meta.shape) {
        if (typeof dim === "number") continue;
        for (const { of, index } of sharesIn(dim)) {
          found ??= new Map();
          found.set(of.key, { of, hasFirst: index === 0 || found.get(of.key)?.hasFirst === true });
        }
      }
    }
  return found ?? unroutedOp;
}

/** Whether sizes tell of what a mask leaves alone, never of what it chooses. */
function restsAlone(routed: readonly Routed[]): (of: Partition) => boolean {
  const first = new Set(
    routed.flatMap((found) => [...found].flatMap(([key, { hasFirst }]) => (hasFirst ? [key] : []))),
  );
  return ({ key }) => !first.has(key);
}

/** @param wholeClass which of the two classes of what is chosen is counted as all of it; `undefined` for none */
function settler(wholeClass: (of: Partition) => number | undefined): {
  readonly dim: (dim: Dim) => Dim;
  readonly refs: (renumber: (id: number) => number | undefined) => (ref: TensorRef) => TensorRef;
} {
  const shares = new Map<string, Dim>();
  const even = ({ of, index }: Share): Dim => {
    const key = `${of.key}.${index}`;
    const chosen = of.chosenBy === undefined ? undefined : index === wholeClass(of) ? of.total : 0;
    const made = shares.get(key) ?? chosen ?? evenShare(of, index);
    shares.set(key, made);
    return made;
  };
  const dims = new WeakMap<object, Dim>();
  const dim = (each: Dim): Dim => {
    if (typeof each === "number") return each;
    const made = dims.get(each) ?? replaceShares(each, even);
    dims.set(each, made);
    return made;
  };
  const refs = (renumber: (id: number) => number | undefined) => {
    const metas = new Map<TensorMeta, TensorMeta>();
    return ({ id, meta }: TensorRef): TensorRef => {
      const made = metas.get(meta) ?? {
        ...meta,
        shape: isKnownShape(meta.shape) ? meta.shape.map(dim) : meta.shape,
        strides: meta.strides?.map(dim),
        offset: dim(meta.offset),
        producer: meta.producer === undefined ? undefined : renumber(meta.producer),
        elements: undefined,
      };
      metas.set(meta, made);
      return { id, meta: made };
    };
  };
  return { dim, refs };
}

/** Works on the rows of a class that has none. */
function isIdle(op: OpRecord, settle: (dim: Dim) => Dim): boolean {
  // What is left of no rows by a window is below zero: the lower bound of its work is none at all.
  const isNothing = (size: Dim): boolean => typeof size === "number" && size <= 0;
  const isEmpty = ({ meta }: TensorRef): boolean =>
    isKnownShape(meta.shape) && meta.shape.some((d) => typeof d !== "number" && isNothing(settle(d)));
  return op.outputs.every(isEmpty) || (op.inPlace && op.inputs.some(isEmpty));
}

function settledOp(
  op: OpRecord,
  id: number,
  ref: (ref: TensorRef) => TensorRef,
  dim: (dim: Dim) => Dim,
): OpRecord {
  const { macs, flops, bytesRead, bytesWritten } = op.work;
  const attribute = (value: Attribute): Attribute =>
    typeof value === "string" || typeof value === "boolean"
      ? value
      : isList(value)
        ? value.map(dim)
        : dim(value);
  return {
    ...op,
    id,
    inputs: op.inputs.map(ref),
    outputs: op.outputs.map(ref),
    work: { macs: dim(macs), flops: dim(flops), bytesRead: dim(bytesRead), bytesWritten: dim(bytesWritten) },
    savedExtra: dim(op.savedExtra),
    attributes: Object.fromEntries(
      Object.entries(op.attributes).map(([name, value]) => [name, attribute(value)]),
    ),
  };
}

const isList = (value: Dim | readonly Dim[]): value is readonly Dim[] => Array.isArray(value);

/** What is chosen, in the sizes of parameters and buffers. */
const keptShares = ({ parameters, buffers }: Graph): readonly Share[] =>
  [...parameters, ...buffers]
    .flatMap(({ tensor: { meta } }) => (isKnownShape(meta.shape) ? meta.shape.flatMap(sharesIn) : []))
    .filter(({ of }) => of.chosenBy !== undefined);

/** A doubt, and the partition that it is about. */
interface Doubt extends Uncounted {
  readonly key?: string;
}

/**
 * Where the sum of all products still tells one class from another, or squares the rows of a class; where parameters
 * are as large as what is chosen.
 */
function unequal(graph: Graph): readonly Doubt[] {
  const { ops } = graph;
  const open = [...keptShares(graph), ...sharesIn(sum(ops.map((op) => op.work.macs)))];
  const left = new Map(open.map(({ of }) => [of.key, of]));
  return [...left].map(([key, { chosenBy }]) => ({
    ...(chosenBy ?? {
      what: "routed rows",
      why: "the classes do not all do the same work for each of their rows: the total depends on the routing",
    }),
    place: ops.find((op) => sharesIn(op.work.macs).some(({ of }) => of.key === key))?.site.place,
    key,
  }));
}

/**
 * Products of a fixed size between those of the classes, where code skips classes without rows: how many are done
 * depends on how many classes have rows.
 */
function unconditional(graph: Graph, routed: readonly Routed[]): readonly Uncounted[] {
  const skipped = new Set(
    graph.guards.flatMap(({ left, right }) =>
      [...sharesIn(left), ...sharesIn(right)].map(({ of }) => of.key),
    ),
  );
  return [...skipped].flatMap((key) => {
    const first = routed.findIndex((found) => found.has(key));
    const last = routed.findLastIndex((found) => found.has(key));
    const fixed = graph.ops.find(
      ({ work }, i) => i > first && i < last && work.macs !== 0 && sharesIn(work.macs).length === 0,
    );
    if (first < 0 || fixed === undefined) return [];
    const why = "it is done once for each class that has rows: how many do depends on the routing";
    return [{ what: `\`${fixed.name}\``, why, place: fixed.site.place }];
  });
}

function describe(partitions: readonly Partition[]): readonly string[] {
  const groups = new Map<string, number>();
  for (const { total, classes, chosenBy } of partitions) {
    if (chosenBy !== undefined) {
      const text = `${chosenBy.what}: ${chosenBy.why}; multiply-accumulates do not depend on it, all else is counted for all`;
      groups.set(text, (groups.get(text) ?? 0) + 1);
      continue;
    }
    const text = `${printDim(total)} routed rows (tokens x chosen experts) are spread evenly over ${classes} experts`;
    groups.set(text, (groups.get(text) ?? 0) + 1);
  }
  return [...groups].map(([text, times]) => (times === 1 ? text : `${text}, ${times} times`));
}

/** Sizes that routing alone decides. */
export const dependsOnRouting = (shape: Shape): boolean =>
  shape.some((dim) => sharesIn(dim).length > 0) || hintOf(product(shape)) === undefined;
