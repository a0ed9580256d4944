import { mul } from "../graph/dim.ts";
import type { Graph, OpRecord } from "../graph/ir.ts";
import { isKnownShape, type TensorRef } from "../graph/tensor.ts";
import type { Scenario } from "./estimate.ts";
import { writtenOutAttention } from "./optimizations/_attention.ts";
import {
  attributeOf,
  bytesAt,
  type Flow,
  flowOf,
  resized,
  sizeOf,
  underViews,
} from "./optimizations/_edit.ts";

type Sized = Pick<Scenario, "sizes">;

/** How a whole sequence is attended to. */
export interface Positions {
  /** Of the sequence that the graph runs. */
  readonly count: number;
  /** No position looks at later ones: what was computed for it stays true when the sequence grows. */
  readonly isCausal: boolean;
}

/** `undefined` when the graph has no attention of a sequence to itself. */
export function positionsOf(graph: Graph, scenario: Sized): Positions | undefined {
  const fused = graph.ops
    .filter((op) => op.name === "scaled_dot_product_attention")
    .map((op) => ({
      queries: attributeOf(op, "queries", scenario),
      keys: attributeOf(op, "keys", scenario),
      isCausal: op.attributes["causal"] === true || op.inputs.length > 3,
    }));
  const written = writtenOutAttention(graph, scenario).found.map(
    ({ key, queries, keys, between, scores }) => ({
      queries: keys > 0 && queries % keys === 0 ? keys : queries,
      keys,
      isCausal:
        key.id !== scores.id && between.some((op) => op.inputs.some((t) => isTriangle(t, keys, scenario))),
    }),
  );
  const whole = [...fused, ...written].filter(
    ({ queries, keys }) => queries === keys && keys !== undefined && keys > 1,
  );
  const [first] = whole.toSorted((a, b) => (b.keys ?? 0) - (a.keys ?? 0));
  return first?.keys === undefined ? undefined : { count: first.keys, isCausal: first.isCausal };
}

const isTriangle = ({ meta }: TensorRef, keys: number, scenario: Sized): boolean =>
  isKnownShape(meta.shape) &&
  !meta.varies &&
  meta.shape.length >= 2 &&
  meta.shape.slice(-2).every((d) => sizeOf(d, scenario) === keys);

/**
 * The graph of one more token after `context` others, whose keys and values are kept: of a run over `count` positions,
 * everything but attention does 1 / count of the work, and attention has one query and `context` keys. Weights are read whole.
 *
 * @param scenario where `samples` are those of the graph, if it is at another batch than its inputs
 */
export function decodeStep(
  graph: Graph,
  context: number,
  scenario: Sized & Partial<Pick<Scenario, "samples">>,
): Graph | undefined {
  const positions = positionsOf(graph, scenario);
  if (positions === undefined) return undefined;
  const { count } = positions;
  const flow = flowOf(graph);
  const written = writtenOutAttention(graph, scenario).found;
  const scores = new Set(written.map((each) => each.scores.id));
  const results = new Set(written.map((each) => each.result.id));
  const between = new Set(written.flatMap((each) => each.between.map((op) => op.id)));
  const attended = written.flatMap(({ key, value }) => [key, value]);
  for (const op of graph.ops)
    if (op.name === "scaled_dot_product_attention") attended.push(...op.inputs.slice(1, 3));
  const cached = new Set(attended.flatMap((ref) => repeatedFrom(ref, flow)));
  const one = 1 / count;
  const keys = context / count;
  const batches = [1, sizeOf(batchOf(graph), scenario) ?? 1, scenario.samples ?? 1];
  const lengths = lengthsOf(graph, count, batches, scenario);
  const shareOf = (ref: TensorRef): number => (carriesPositions(ref, lengths, scenario) ? one : 1);
  const step = (op: OpRecord): OpRecord => {
    if (op.name === "scaled_dot_product_attention")
      return scaled(
        op,
        one * keys,
        [one, keys, keys, one * keys],
        [one],
        { queries: 1, keys: context },
        scenario,
      );
    if (scores.has(op.id)) {
      const m = attributeOf(op, "m", scenario) ?? count;
      return scaled(
        op,
        one * keys,
        factorShares(op, one, keys),
        [one * keys],
        { m: m * one, n: context },
        scenario,
      );
    }
    if (results.has(op.id)) {
      const m = attributeOf(op, "m", scenario) ?? count;
      return scaled(
        op,
        one * keys,
        factorShares(op, one * keys, keys),
        [one],
        { m: m * one, k: context },
        scenario,
      );
    }
    if (between.has(op.id))
      return scaled(
        op,
        one * keys,
        op.inputs.map(() => one * keys),
        [one * keys],
        {},
        scenario,
      );
    if (cached.has(op.id))
      return scaled(
        op,
        keys,
        op.inputs.map(() => keys),
        op.outputs.map(() => keys),
        {},
        scenario,
      );
    const outputs = op.outputs.map(shareOf);
    const m = attributeOf(op, "m", scenario);
    const share = outputs[0] ?? 1;
    return scaled(
      op,
      share,
      op.inputs.map(shareOf),
      outputs,
      m === undefined ? {} : { m: m * share },
      scenario,
    );
  };
  return { ...graph, ops: graph.ops.map(step) };
}

/**
 * Bytes of the keys and values of `context` positions, all layers, copies for more heads left out; `undefined` without
 * attention of a sequence to itself.
 */
export function cacheBytes(graph: Graph, context: number, scenario: Sized): number | undefined {
  const positions = positionsOf(graph, scenario);
  if (positions === undefined) return undefined;
  const flow = flowOf(graph);
  const original = (ref: TensorRef): TensorRef => {
    const under = underViews(ref, flow);
    const op = flow.producers.get(under.id);
    const [input] = op === undefined || !copies.test(op.name) ? [] : op.inputs;
    return input === undefined ? under : original(input);
  };
  const attended = writtenOutAttention(graph, scenario).found.flatMap(({ key, value }) => [key, value]);
  for (const op of graph.ops)
    if (op.name === "scaled_dot_product_attention") attended.push(...op.inputs.slice(1, 3));
  return attended.reduce(
    (sum, ref) => sum + (bytesAt(original(ref), scenario) * context) / positions.count,
    0,
  );
}

const batchOf = (graph: Graph) => {
  const shape = graph.inputs[0]?.meta.shape;
  return shape !== undefined && isKnownShape(shape) ? shape[0] : undefined;
};

/** One of its sizes is the sequence, alone or with a batch. */
function carriesPositions({ meta }: TensorRef, lengths: ReadonlySet<number>, scenario: Sized): boolean {
  if (meta.role === "parameter" || meta.role === "buffer" || !isKnownShape(meta.shape)) return false;
  return meta.shape.some((d) => lengths.has(sizeOf(d, scenario) ?? 0));
}

/**
 * Sizes that hold one element for each position: with a batch, and the rows that are chosen for an expert of a mixture, which are as many
 * fewer as there are fewer positions.
 */
function lengthsOf(
  graph: Graph,
  count: number,
  batches: readonly number[],
  scenario: Sized,
): ReadonlySet<number> {
  const whole = new Set(batches.map((batch) => count * batch));
  const chosen = graph.ops.flatMap(({ name, inputs, outputs }) => {
    const [from, shape] = [inputs[0], outputs[0]?.meta.shape];
    if (!gathers.test(name) || from === undefined || shape === undefined || !isKnownShape(shape)) return [];
    const rows = sizeOf(shape[0] ?? 1, scenario);
    // One of the positions of each sample is not a share of them.
    return rows === undefined || batches.includes(rows) || !carriesPositions(from, whole, scenario)
      ? []
      : [rows];
  });
  return new Set([...whole, ...chosen]);
}

const gathers = /^(?:index|index_select)$/;

const factorShares = (op: OpRecord, first: number, second: number): readonly number[] =>
  op.inputs.map((_, i) => (i === op.factors[0] ? first : i === op.factors[1] ? second : 1));

const copies = /^(?:repeat_interleave|repeat|clone|contiguous)$/;

/** Copies of cached keys and values, such as those that repeat them for more heads: made anew in every step. */
function repeatedFrom(ref: TensorRef, flow: Flow): readonly number[] {
  const op = flow.producers.get(underViews(ref, flow).id);
  if (op === undefined || !copies.test(op.name)) return [];
  const [input] = op.inputs;
  return [op.id, ...(input === undefined ? [] : repeatedFrom(input, flow))];
}

function scaled(
  op: OpRecord,
  work: number,
  reads: readonly number[],
  writes: readonly number[],
  attributes: Readonly<Record<string, number>>,
  scenario: Sized,
): OpRecord {
  const inputs = op.inputs.map((ref, i) => resized(ref, reads[i] ?? 1));
  const outputs = op.outputs.map((ref, i) => resized(ref, writes[i] ?? 1));
  return {
    ...op,
    inputs,
    outputs,
    work: {
      macs: mul(op.work.macs, work),
      flops: mul(op.work.flops, work),
      bytesRead: mul(op.work.bytesRead, ratio(op.inputs, inputs, scenario)),
      bytesWritten: mul(op.work.bytesWritten, ratio(op.outputs, outputs, scenario)),
    },
    attributes: { ...op.attributes, ...attributes },
  };
}

function ratio(before: readonly TensorRef[], after: readonly TensorRef[], scenario: Sized): number {
  const bytes = (refs: readonly TensorRef[]): number =>
    refs.reduce((sum, ref) => sum + bytesAt(ref, scenario), 0);
  return bytes(before) === 0 ? 1 : bytes(after) / bytes(before);
}
