import type { Place } from "../base/known.ts";
import { lineStarts, positionAt } from "../base/text.ts";
import { type Dim, hintOf, printDim, sum } from "../graph/dim.ts";
import type { Graph, OpRecord, StateRecord } from "../graph/ir.ts";
import { bytesOf, isKnownShape, numelOf } from "../graph/tensor.ts";
import type { ModelEstimate, Output } from "../model/estimate-model.ts";
import type { CostJson } from "./cost-report.ts";

/** A size: a number, or the formula and its value when batch or sequence are symbols. */
export type Count = number | { readonly formula: string; readonly value: number | null };

/** A shape, `null` when it is not known; lists, dictionaries and objects nest. */
export type OutputJson =
  | readonly Count[]
  | { readonly items: readonly OutputJson[] }
  | { readonly fields: Readonly<Record<string, OutputJson>> }
  | null;

interface Work {
  readonly macs: Count;
  readonly flops: Count;
  readonly bytesRead: Count;
  readonly bytesWritten: Count;
}

export interface EstimateJson extends Work {
  readonly name: string;
  /** The expression that was estimated. */
  readonly entry: string;
  /** Elements of the parameters, each counted once however many names lead to it. */
  readonly parameters: Count;
  readonly buffers: Count;
  readonly ops: number;
  /** Shapes of the tensors that the model was called with. */
  readonly inputs: readonly OutputJson[];
  readonly output: OutputJson;
  /** Everything was counted and nothing depends on something unknown. Otherwise all counts are lower bounds. */
  readonly complete: boolean;
  readonly notCounted: readonly {
    readonly what: string;
    readonly why: string;
    readonly file: string | null;
    readonly line: number | null;
  }[];
  /** The exception that the program would end with. */
  readonly failure: {
    readonly message: string;
    readonly file: string | null;
    readonly line: number | null;
  } | null;
  readonly assumptions: readonly string[];
  /** Parameters of `forward` whose shapes the code does not say and the user has to. */
  readonly missingInputs: readonly string[];
  /** Work by the innermost line of the program that causes it; lines start at 1. */
  readonly lines: readonly (Work & { readonly file: string; readonly line: number; readonly ops: number })[];
  /** Work inside each module, its submodules included; the root is "". `line` is where it first does some. */
  readonly modules: readonly (Work & {
    readonly path: string;
    readonly parameters: Count;
    readonly ops: number;
    readonly file: string | null;
    readonly line: number | null;
  })[];
  readonly memory: {
    readonly parameterBytes: Count;
    readonly bufferBytes: Count;
    readonly inputBytes: Count;
  };
}

export interface EstimateReport {
  readonly schema: "ecocompute.estimate/1";
  readonly file: string;
  /** With a cost where an accelerator was named. */
  readonly models: readonly (EstimateJson | (EstimateJson & CostJson))[];
}

const count = (dim: Dim): Count =>
  typeof dim === "number" ? dim : { formula: printDim(dim), value: hintOf(dim) ?? null };

export type Lines = (place: Place | undefined) => {
  readonly file: string | null;
  readonly line: number | null;
};

/** Turns offsets into lines; files are read once. */
export function lineFinder(readText: (path: string) => string | undefined): Lines {
  const starts = new Map<string, readonly number[] | undefined>();
  return (place) => {
    if (place === undefined) return { file: null, line: null };
    if (!starts.has(place.file)) {
      const text = readText(place.file);
      starts.set(place.file, text === undefined ? undefined : lineStarts(text));
    }
    const found = starts.get(place.file);
    return {
      file: place.file,
      line: found === undefined ? null : positionAt(found, place.span.start).line + 1,
    };
  };
}

export function estimateJson(estimate: ModelEstimate, lines: Lines): EstimateJson {
  const { graph } = estimate;
  return {
    name: estimate.name,
    entry: estimate.entry,
    parameters: count(elements(graph.parameters)),
    buffers: count(elements(graph.buffers)),
    ...work(graph.ops),
    ops: graph.ops.length,
    inputs: estimate.inputs.map(({ meta }) => (isKnownShape(meta.shape) ? meta.shape.map(count) : null)),
    output: outputJson(estimate.output),
    complete: estimate.complete,
    notCounted: estimate.notCounted.map(({ what, why, where }) => ({ what, why, ...lines(where) })),
    failure:
      estimate.failure === undefined
        ? null
        : { message: estimate.failure.message, ...lines(estimate.failure.place) },
    assumptions: estimate.assumptions,
    missingInputs: estimate.missingInputs,
    lines: byLine(graph, lines),
    modules: byModule(graph, lines),
    memory: {
      parameterBytes: count(sum(graph.parameters.map((each) => bytesOf(each.tensor.meta)))),
      bufferBytes: count(sum(graph.buffers.map((each) => bytesOf(each.tensor.meta)))),
      inputBytes: count(sum(estimate.inputs.map((each) => bytesOf(each.meta)))),
    },
  };
}

function elements(state: readonly StateRecord[]): Dim {
  return sum(
    state.map(({ tensor }) => {
      const numel = numelOf(tensor.meta);
      return typeof numel === "object" && numel.kind === "unknown" ? 0 : numel;
    }),
  );
}

const work = (ops: readonly OpRecord[]): Work => ({
  macs: count(sum(ops.map((op) => op.work.macs))),
  flops: count(sum(ops.map((op) => op.work.flops))),
  bytesRead: count(sum(ops.map((op) => op.work.bytesRead))),
  bytesWritten: count(sum(ops.map((op) => op.work.bytesWritten))),
});

function outputJson(output: Output | undefined): OutputJson {
  if (output === undefined) return null;
  switch (output.kind) {
    case "tensor":
      return isKnownShape(output.shape) ? output.shape.map(count) : null;
    case "sequence":
      return { items: output.items.map(outputJson) };
    case "mapping":
      return { fields: Object.fromEntries(output.entries.map(([name, value]) => [name, outputJson(value)])) };
    case "other":
      return null;
  }
}

function byLine(graph: Graph, lines: Lines): EstimateJson["lines"] {
  const groups = new Map<
    string,
    { readonly file: string; readonly line: number; readonly ops: OpRecord[] }
  >();
  for (const op of graph.ops) {
    const { file, line } = lines(op.site.place);
    if (file === null || line === null) continue;
    const key = `${file}:${line}`;
    const group = groups.get(key) ?? { file, line, ops: [] };
    group.ops.push(op);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ file, line, ops }) => ({ file, line, ops: ops.length, ...work(ops) }));
}

function byModule(graph: Graph, lines: Lines): EstimateJson["modules"] {
  const groups = new Map<string, { readonly ops: OpRecord[]; readonly state: StateRecord[] }>();
  const group = (path: string): { readonly ops: OpRecord[]; readonly state: StateRecord[] } => {
    const found = groups.get(path) ?? { ops: [], state: [] };
    groups.set(path, found);
    return found;
  };
  group("");
  for (const state of graph.parameters)
    for (const path of above(parentOf(state.names[0] ?? ""))) group(path).state.push(state);
  for (const op of graph.ops) for (const path of above(op.site.modulePath)) group(path).ops.push(op);
  return [...groups].map(([path, { ops, state }]) => ({
    path,
    parameters: count(elements(state)),
    ops: ops.length,
    ...lines((ops.find((op) => op.site.modulePath === path) ?? ops[0])?.site.place),
    ...work(ops),
  }));
}

const parentOf = (name: string): string => name.replace(/\.?[^.]*$/, "");

/** `a.b` is inside `a` and inside the root. */
function above(path: string): readonly string[] {
  const paths = [""];
  for (let at = path.indexOf("."); at >= 0; at = path.indexOf(".", at + 1)) paths.push(path.slice(0, at));
  if (path !== "") paths.push(path);
  return paths;
}
