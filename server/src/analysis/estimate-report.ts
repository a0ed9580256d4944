import type { Place, Unknown } from "../base/known.ts";
import { lineStarts, positionAt } from "../base/text.ts";
import type { DType } from "../graph/dtype.ts";
import type { Graph } from "../graph/ir.ts";
import { isKnownShape, type Shape } from "../graph/tensor.ts";
import { type Cost, elementCount, tally, workByModule, workByPlace } from "../graph/work.ts";
import type { ModelEstimate, ServedPhase } from "../model/estimate-model.ts";
import type { InputOriginKind, InputSource } from "../model/input-origin.ts";
import type { Output } from "../model/output.ts";
import type { CostJson } from "./cost-report.ts";
import { type Count, countOf, numberAt, type Total, totalOf } from "./count.ts";
import type { LanguageModelJson } from "./language-model-report.ts";
import { type MemoryJson, type MemoryRequest, memoryJson } from "./memory-report.ts";
import type { OptimizationJson } from "./optimization-report.ts";
import { whyNoState, whyUnknown } from "./why-unknown.ts";

/** A shape; lists, dictionaries and objects nest; `null` for `None` and what else is no tensor. */
export type OutputJson =
  | readonly Count[]
  | { readonly items: readonly OutputJson[] }
  | { readonly fields: Readonly<Record<string, OutputJson>> }
  | { readonly unknown: string }
  | null;

/** Work of some ops, and how many they are; views count as ops. Of a model that is not counted in full, what is known so far. */
export interface WorkJson {
  readonly ops: number;
  readonly macs: Total;
  readonly flops: Total;
  readonly bytesRead: Total;
  readonly bytesWritten: Total;
}

/** A line of the program; lines start at 1. */
export interface LineJson extends WorkJson {
  readonly file: string;
  readonly line: number;
  /** With everything that the line calls; the fields beside it are what the line does by itself. */
  readonly total: WorkJson;
}

/** Work inside a module, its submodules included. */
export interface ModuleJson extends WorkJson {
  /** Qualified; the root is "". */
  readonly path: string;
  readonly parameters: Total;
  /** Without its submodules. */
  readonly self: WorkJson & { readonly parameters: Total };
  /** Where it first does some work. */
  readonly file: string | null;
  readonly line: number | null;
}

/** A prompt that is read, or one more token behind it. */
interface ServingJson {
  readonly phase: "prefill" | "decode";
  /** Positions of the prompt, or behind the token. */
  readonly context: Count;
  /** What the model keeps of them, all layers together, as allocated; `null` when it keeps nothing. */
  readonly kvCacheBytes: Count | null;
  /** What one more token adds: 0 for a state of fixed size, `null` when it is not known. */
  readonly kvCacheBytesPerToken: Count | null;
}

/** An input and who says its shape and dtype. */
interface InputJson {
  /** Of the parameter, where it is given by name; `input0` and so on where it is given by place. */
  readonly name: string | null;
  readonly dtype: DType;
  readonly source: InputOriginKind;
  /** In words: `torch.randn` in line 20. */
  readonly from: string | null;
}

export interface EstimateJson extends WorkJson {
  readonly name: string;
  /** The expression that was estimated. */
  readonly entry: string;
  /** The expression gave a model. */
  readonly isBuilt: boolean;
  /** All its parameters and buffers are counted, whatever of the forward pass is not. */
  readonly isStateWhole: boolean;
  /** The line of another place that builds the model so, where the file itself does not; lines start at 1. */
  readonly builtAt: { readonly file: string; readonly line: number } | null;
  /** Elements of the parameters, each counted once however many names lead to it. */
  readonly parameters: Total;
  readonly buffers: Total;
  /** Shapes of the tensors that the model was called with. */
  readonly inputs: readonly OutputJson[];
  /** Who says so: the caller, a directive, a call in the file, annotations, or nobody. */
  readonly inputSource: InputSource;
  /** The same of each of `inputs`. */
  readonly inputSources: readonly InputJson[];
  readonly output: OutputJson;
  /** Everything was counted and nothing depends on something unknown. */
  readonly complete: boolean;
  /**
   * No run does less than is counted. False where one of several ways is counted: of a branch, a loop or lengths that only
   * the run decides.
   */
  readonly lowerBound: boolean;
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
  /** Parameters of `__init__` of which neither the file nor its callers say what they are. */
  readonly missingArguments: readonly string[];
  /** Of a phase of generation, in place of one call of `forward`. */
  readonly serving: ServingJson | null;
  /** Every line that causes work, by itself or by what it calls. */
  readonly lines: readonly LineJson[];
  /** The tree of modules, parents before their children. */
  readonly modules: readonly ModuleJson[];
  readonly memory: MemoryJson;
}

export interface EstimateReport {
  readonly schema: "ecocompute.estimate/1";
  readonly file: string;
  /** With a cost where an accelerator was named. */
  readonly models: readonly (
    | EstimateJson
    | (EstimateJson & CostJson & { readonly optimizations?: readonly OptimizationJson[] })
  )[];
  /** Those that the file loads by their name on the hub. */
  readonly languageModels: readonly LanguageModelJson[];
}

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

export function estimateJson(
  estimate: ModelEstimate,
  lines: Lines,
  memory: MemoryRequest = {},
): EstimateJson {
  const { graph } = estimate;
  const why = whyUnknown(estimate);
  const whyNone = whyNoState(estimate);
  const parameters = totalOf(elementCount(graph.parameters), whyNone);
  return {
    name: estimate.name,
    entry: estimate.entry,
    isBuilt: estimate.isBuilt,
    isStateWhole: estimate.isStateWhole,
    builtAt: estimate.builtAt ?? null,
    parameters,
    // Many models have none.
    buffers: totalOf(elementCount(graph.buffers), numberAt(parameters) === undefined ? why : undefined),
    ...workJson(tally(graph.ops.map((op) => op.work)), why),
    inputs: estimate.inputs.map(({ meta }) => shapeJson(meta.shape)),
    inputSource: estimate.inputSource,
    inputSources: estimate.inputs.map(({ meta }, i) => ({
      name: meta.name ?? null,
      dtype: meta.dtype,
      source: estimate.inputOrigins[i]?.kind ?? "given",
      from: estimate.inputOrigins[i]?.from ?? null,
    })),
    output: outputJson(estimate.output, why),
    complete: estimate.complete,
    lowerBound: !estimate.notCounted.some(({ isOneWay }) => isOneWay === true),
    notCounted: estimate.notCounted.map(({ what, why, where }) => ({ what, why, ...lines(where) })),
    failure:
      estimate.failure === undefined
        ? null
        : { message: estimate.failure.message, ...lines(estimate.failure.place) },
    assumptions: estimate.assumptions,
    missingInputs: estimate.missingInputs,
    missingArguments: estimate.missingArguments,
    serving: servingJson(estimate.served),
    lines: byLine(graph, lines),
    modules: byModule(graph, lines, why, whyNone),
    memory: memoryJson(estimate, memory),
  };
}

const workJson = ({ ops, macs, flops, bytesRead, bytesWritten }: Cost, why?: string): WorkJson => ({
  ops,
  macs: totalOf(macs, why),
  flops: totalOf(flops, why),
  bytesRead: totalOf(bytesRead, why),
  bytesWritten: totalOf(bytesWritten, why),
});

function servingJson(served: ServedPhase | undefined): ServingJson | null {
  if (served === undefined) return null;
  const { kept } = served;
  const perPosition = kept?.bytesPerPosition;
  return {
    phase: served.phase,
    context: countOf(served.context),
    kvCacheBytes: kept === undefined ? null : countOf(kept.bytes),
    kvCacheBytesPerToken: perPosition === undefined ? null : countOf(perPosition),
  };
}

const shapeJson = (shape: Shape | Unknown): OutputJson =>
  isKnownShape(shape) ? shape.map(countOf) : { unknown: shape.why };

function outputJson(output: Output | undefined, why?: string): OutputJson {
  if (output === undefined) return { unknown: why ?? "the forward pass does not end" };
  switch (output.kind) {
    case "tensor":
      return shapeJson(output.shape);
    case "sequence":
      return { items: output.items.map((each) => outputJson(each)) };
    case "mapping":
      return { fields: Object.fromEntries(output.entries.map(([name, value]) => [name, outputJson(value)])) };
    case "unknown":
      return { unknown: output.why };
    case "other":
      return null;
  }
}

function byLine(graph: Graph, lines: Lines): readonly LineJson[] {
  const keys = new Map<Place, string | undefined>();
  const keyOf = (place: Place): string | undefined => {
    if (!keys.has(place)) {
      const { file, line } = lines(place);
      keys.set(place, line === null ? undefined : `${file}:${line}`);
    }
    return keys.get(place);
  };
  return workByPlace(graph, keyOf).flatMap(({ place, self, total }): readonly LineJson[] => {
    const { file, line } = lines(place);
    return file === null || line === null ? [] : [{ file, line, ...workJson(self), total: workJson(total) }];
  });
}

/** Of a module of which no op was counted, nothing is known unless all was counted. */
const byModule = (
  graph: Graph,
  lines: Lines,
  why: string | undefined,
  whyNoParameters: string | undefined,
): readonly ModuleJson[] =>
  workByModule(graph).map(({ path, self, total, ownParameters, parameters, place }) => {
    const whyNone = total.ops === 0 || path === "" ? why : undefined;
    return {
      path,
      parameters: totalOf(parameters, path === "" ? whyNoParameters : undefined),
      ...workJson(total, whyNone),
      self: { parameters: countOf(ownParameters), ...workJson(self, whyNone) },
      ...lines(place),
    };
  });
