/**
 * Grouped-query attention that reads each key and value head once for all the query heads that share it, instead of copies.
 *
 * A product of b heads over copies is one of b / g heads with g times the rows: the same multiply-accumulates, keys and
 * values read once.
 */
import { mul } from "../../graph/dim.ts";
import type { Graph, OpRecord } from "../../graph/ir.ts";
import { isKnownShape, type Storage, type TensorRef } from "../../graph/tensor.ts";
import { noWork } from "../../graph/work.ts";
import type { Scenario } from "../estimate.ts";
import { attributeOf, bytesAt, type Flow, flowOf, readersOf, resized, underViews, withOps } from "./_edit.ts";
import { changed, notApplicable, type Optimization } from "./_optimization.ts";

export const optimization: Optimization = {
  title: "Grouped keys and values without repetition",
  risk: "none",
  stage: 1,
  limits:
    "It does not help where keys and values are as many as queries. With scaled_dot_product_attention it needs `enable_gqa=True` of torch 2.5, half precision and no mask: otherwise torch falls back to the unfused kernel, which costs more than the copies.",
  evidence: [
    "Ainslie et al., GQA, EMNLP 2023, arXiv:2305.13245",
    "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html",
  ],
  apply(graph, scenario) {
    const flow = flowOf(graph);
    const replaced = new Map<number, OpRecord>();
    const shared = new Map<number, Original>();
    let refused: string | undefined;
    for (const op of graph.ops) {
      const times = repetition(op, scenario);
      if (times === undefined) continue;
      const [output] = op.outputs;
      const readers = output === undefined ? undefined : readersOf(output, flow);
      if (output === undefined || readers === undefined || readers.length === 0) continue;
      const current = readers.map((reader) => replaced.get(reader.id) ?? reader);
      if (!current.every((reader) => readsAsHeads(reader, output, flow))) continue;
      const blocked = current.map((reader) => whyNot(reader, scenario)).find((why) => why !== undefined);
      if (blocked !== undefined) {
        refused = blocked;
        continue;
      }
      const [original] = op.inputs;
      replaced.set(op.id, asView(op));
      if (original !== undefined)
        shared.set(output.meta.storage.id, { storage: original.meta.storage, share: 1 / times });
      for (const reader of current)
        replaced.set(reader.id, withoutCopies(reader, op, output, times, flow, scenario));
    }
    if (shared.size > 0)
      return changed(
        overStorages(withOps(graph, replaced), shared),
        scenario,
        shared.size === 1
          ? "a copy of keys or values is left out"
          : `${shared.size} copies of keys or values are left out`,
      );
    return notApplicable(refused ?? "no keys or values are repeated for attention");
  },
};

/** What was copied, and its size by that of the copy. */
interface Original {
  readonly storage: Storage;
  readonly share: number;
}

/** What lay in a copy lies in what was copied, which is no larger for it. */
function overStorages(graph: Graph, shared: ReadonlyMap<number, Original>): Graph {
  const moved = (ref: TensorRef): TensorRef => {
    const original = shared.get(ref.meta.storage.id);
    if (original === undefined) return ref;
    const { meta } = resized(ref, original.share);
    return { ...ref, meta: { ...meta, storage: original.storage } };
  };
  return {
    ...graph,
    ops: graph.ops.map((op) => ({ ...op, inputs: op.inputs.map(moved), outputs: op.outputs.map(moved) })),
  };
}

const copying = new Set(["repeat_interleave", "repeat", "clone", "contiguous", "reshape"]);

/** How often an op repeats each element of its input; `undefined` when it repeats none. */
function repetition(op: OpRecord, scenario: Pick<Scenario, "sizes">): number | undefined {
  const [input, output] = [op.inputs[0], op.outputs[0]];
  if (!copying.has(op.name) || input === undefined || output === undefined) return undefined;
  const [from, to] = [bytesAt(input, scenario), bytesAt(output, scenario)];
  const times = from === 0 ? 0 : to / from;
  return times >= 2 && Number.isInteger(times) ? times : undefined;
}

/** As keys or values: the second factor of a batched product, or those inputs of the fused kernel. */
function readsAsHeads(reader: OpRecord, copies: TensorRef, flow: Flow): boolean {
  const at = reader.inputs.findIndex((input) => underViews(input, flow).id === copies.id);
  if (reader.name === "scaled_dot_product_attention") return at === 1 || at === 2;
  return reader.name === "bmm" && reader.factors.length === 2 && at === reader.factors[1];
}

function whyNot(reader: OpRecord, { precision }: Scenario): string | undefined {
  if (reader.name !== "scaled_dot_product_attention") return undefined;
  const dtype = reader.inputs[0]?.meta.dtype;
  const isHalf =
    precision === "as-written"
      ? dtype === "float16" || dtype === "bfloat16"
      : !["fp32", "tf32"].includes(precision);
  if (!isHalf) return "in float32, `enable_gqa=True` falls back to the unfused kernel";
  return reader.inputs.length > 3
    ? "with a mask, `enable_gqa=True` falls back to the unfused kernel"
    : undefined;
}

function withoutCopies(
  reader: OpRecord,
  copy: OpRecord,
  copies: TensorRef,
  times: number,
  flow: Flow,
  scenario: Scenario,
): OpRecord {
  const [original] = copy.inputs;
  if (original === undefined) return reader;
  const [many, few] = [bytesAt(copies, scenario), bytesAt(original, scenario)];
  const inputs = reader.inputs.map((input) =>
    underViews(input, flow).id === copies.id ? sharing(input, original, times) : input,
  );
  const [rows, heads] = [attributeOf(reader, "m", scenario), attributeOf(reader, "b", scenario)];
  const bytesRead = bytesOfReads(reader, scenario);
  const share = bytesRead === 0 ? 1 : (bytesRead - many + few) / bytesRead;
  return {
    ...reader,
    inputs,
    work: { ...reader.work, bytesRead: mul(reader.work.bytesRead, share) },
    attributes: {
      ...reader.attributes,
      ...(reader.name === "scaled_dot_product_attention" ? { grouped: true } : {}),
      ...(rows === undefined || heads === undefined ? {} : { b: heads / times, m: rows * times }),
    },
  };
}

/** What was a copy has its dtype still, and costs nothing. */
const asView = (copy: OpRecord): OpRecord => ({ ...copy, isView: true, work: noWork });

const bytesOfReads = (op: OpRecord, scenario: Pick<Scenario, "sizes">): number =>
  op.inputs.reduce((sum, input) => sum + bytesAt(input, scenario), 0);

/** The view as it would be over the original: its memory, and as many elements less. */
function sharing(view: TensorRef, original: TensorRef, times: number): TensorRef {
  const { shape } = view.meta;
  if (!isKnownShape(shape)) return view;
  const at = shape.length === 4 ? 1 : 0;
  const smaller = shape.map((size, i) => (i === at ? mul(size, 1 / times) : size));
  return {
    ...view,
    meta: { ...view.meta, shape: smaller, storage: original.meta.storage, producer: original.meta.producer },
  };
}
