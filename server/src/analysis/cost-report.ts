import type { Place } from "../base/known.ts";
import { shareOfBatch, splitsBatch, working } from "../cost/batch-parallel.ts";
import { costOf, type GraphCost, type OperationCost, type Scenario } from "../cost/estimate.ts";
import { storedDtype } from "../cost/precision.ts";
import { bytesPerElement } from "../graph/dtype.ts";
import { growthOf } from "../graph/grown.ts";
import type { Graph } from "../graph/ir.ts";
import { memoryOf } from "../graph/memory.ts";
import { elementCounts } from "../graph/work.ts";
import { fitsOn } from "../hardware/fits-on.ts";
import type { ModelEstimate } from "../model/estimate-model.ts";
import type { Lines } from "./estimate-report.ts";
import { type EstimateValue, inCurrency, shownValue, timesValue, unknownValue } from "./estimate-value.ts";
import type { Fit } from "./memory-report.ts";
import { memoryMargin } from "./memory-report.ts";
import { type OptimizerChoice, standardOptimizer } from "./optimizer-choice.ts";
import type { CostRequest, Parallel, Scene } from "./scenario.ts";
import { type Workload, workloadOf } from "./workload.ts";

/** What some work costs. */
export interface Bill {
  readonly energy: EstimateValue;
  readonly cost: EstimateValue;
  readonly co2e: EstimateValue;
}

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

export interface CostJson {
  readonly scenario: {
    readonly accelerator: string;
    readonly acceleratorName: string;
    readonly precision: CostRequest["precision"];
    readonly mode: CostRequest["mode"];
    readonly compiled: boolean;
    readonly scope: CostRequest["scope"];
    readonly spot: boolean;
    readonly region: string | null;
    readonly count: number;
    /** What several accelerators share. */
    readonly parallel: Parallel | null;
    /** Samples of one call; latency and energy are those of all of them. */
    readonly batch: number;
    /** Cached positions before the token that is decoded. */
    readonly context: number | null;
  };
  /** Seconds per batch. */
  readonly latency: EstimateValue;
  /** Joules per batch, in the scope. */
  readonly energy: EstimateValue;
  /** Money per million inferences, samples or, in decoding, tokens. */
  readonly costPerMillion: EstimateValue;
  /** gCO2e per million. */
  readonly co2ePerMillion: EstimateValue;
  /** Peak bytes on each accelerator. */
  readonly memory: EstimateValue & { readonly fits: Fit; readonly available: number };
  /** Of a language model: tokens read, or in decoding written. */
  readonly perThousandTokens: Bill | null;
  /** At the volume that was asked for. */
  readonly perMonth: (Bill & { readonly inferences: number }) | null;
  /** Of the steps that were asked for. */
  readonly trainingRun: (Bill & { readonly steps: number; readonly time: EstimateValue }) | null;
  readonly byLine: readonly LineCost[];
  readonly byModule: readonly ModuleTime[];
}

/** What a model costs in a scenario. Pure; nothing of the model is run again. */
export function costJson(
  estimate: ModelEstimate,
  scene: Scene,
  lines: Lines,
  optimizer: OptimizerChoice = standardOptimizer,
): CostJson {
  const { request, notes } = scene;
  const workload = workloadOf(estimate, request);
  const head = { ...headOf(scene), context: null };
  if (workload.kind === "unknown") return unknownCost({ ...head, batch: request.batch ?? 1 }, workload.why);
  const scenario: Scenario = { ...scene.scenario, samples: workload.batch };
  const cost = costOf(workload.graph, scenario);
  const money = inCurrency(shownValue(cost.costPerMillion, "USD"), request.currency);
  const noted = { ...money, assumptions: [...money.assumptions, ...notes] };
  const known: Known = {
    latency: withMore(shownValue(cost.latency, "s"), workload.assumptions),
    energy: withMore(shownValue(cost.energy, "J"), scene.pueNotes),
    costPerMillion: noted,
    co2ePerMillion: withMore(shownValue(cost.co2ePerMillion, "gCO2e"), [
      ...scene.pueNotes,
      ...scene.gridNotes,
    ]),
  };
  return {
    scenario: { ...head, batch: workload.batch, context: workload.context ?? null },
    ...known,
    memory: memoryValue(workload, scenario, optimizer),
    perThousandTokens: perThousand(known, workload),
    perMonth:
      request.volume === undefined
        ? null
        : { inferences: request.volume, ...billOf(known, workload.batch, request.volume) },
    trainingRun: trainingRun(known, workload, request),
    byLine: costByLine(workload.graph, cost, lines),
    byModule: costByModule(workload.graph, cost),
  };
}

type Known = Pick<CostJson, "latency" | "energy" | "costPerMillion" | "co2ePerMillion">;

const headOf = ({ scenario, request }: Scene): Omit<CostJson["scenario"], "batch" | "context"> => ({
  accelerator: scenario.accelerator.id,
  acceleratorName: scenario.accelerator.name,
  precision: request.precision,
  mode: request.mode,
  compiled: request.compiled,
  scope: request.scope,
  spot: request.spot,
  region: request.region ?? null,
  count: scenario.count,
  parallel: scenario.count > 1 ? (scenario.parallel ?? "tensor") : null,
});

const withMore = (of: EstimateValue, more: readonly string[]): EstimateValue => ({
  ...of,
  assumptions: [...of.assumptions, ...more],
});

function unknownCost(scenario: CostJson["scenario"], why: string): CostJson {
  return {
    scenario,
    latency: unknownValue("s", why),
    energy: unknownValue("J", why),
    costPerMillion: unknownValue("USD", why),
    co2ePerMillion: unknownValue("gCO2e", why),
    memory: { ...unknownValue("byte", why), fits: "tight", available: 0 },
    perThousandTokens: null,
    perMonth: null,
    trainingRun: null,
    byLine: [],
    byModule: [],
  };
}

/** Of so many samples. */
const billOf = ({ energy, costPerMillion, co2ePerMillion }: Known, batch: number, samples: number): Bill => ({
  energy: timesValue(energy, samples / batch),
  cost: timesValue(costPerMillion, samples / 1e6),
  co2e: timesValue(co2ePerMillion, samples / 1e6),
});

function perThousand(known: Known, { tokens, batch }: Workload): Bill | null {
  return tokens === undefined ? null : billOf(known, batch, (1000 * batch) / tokens);
}

function trainingRun(
  known: Known,
  { tokens, batch }: Workload,
  request: CostRequest,
): CostJson["trainingRun"] {
  if (request.mode !== "train") return null;
  const { steps, epochs, samples } = request;
  const wanted =
    steps ??
    (request.tokens !== undefined && tokens !== undefined ? Math.ceil(request.tokens / tokens) : undefined) ??
    (epochs !== undefined && samples !== undefined ? epochs * Math.ceil(samples / batch) : undefined);
  return wanted === undefined
    ? null
    : { steps: wanted, time: timesValue(known.latency, wanted), ...billOf(known, batch, wanted * batch) };
}

export function memoryValue(
  workload: Workload,
  scenario: Scenario,
  optimizer: OptimizerChoice,
): CostJson["memory"] {
  const isBatch = splitsBatch(scenario);
  const graph = isBatch ? shareOfBatch(workload.graph, scenario) : workload.graph;
  const cacheBytes = isBatch ? workload.cacheBytes / working(scenario) : workload.cacheBytes;
  const memory = memoryOf(graph, scenario.sizes, optimizer.state);
  const peak = scenario.mode === "train" ? memory.trainingPeak : memory.inferencePeak;
  const narrowed = storedShare(graph, scenario);
  const value = ((peak + cacheBytes) * narrowed) / (isBatch ? 1 : scenario.count);
  const high = value * memoryMargin;
  const { kind, available, assumptions } = fitsOn(scenario.accelerator, high);
  return {
    value,
    low: value,
    high,
    unit: "byte",
    basis: "computed",
    assumptions: [
      narrowed === 1 ? "dtypes as the code says" : `all of it in ${scenario.precision}`,
      "peak of what is alive at once",
      ...(workload.cacheBytes > 0 ? ["keys and values of the whole context included"] : []),
      ...assumptions,
    ],
    fits: kind,
    available,
  };
}

/** Bytes of the parameters in the scenario's precision by those in the code's own. Eight bits hold for weights of products. */
function storedShare(graph: Graph, { precision, sizes }: Scenario): number {
  let [before, after] = [0, 0];
  const counts = elementCounts(graph.parameters, sizes);
  for (const [i, { tensor }] of graph.parameters.entries()) {
    const { dtype } = tensor.meta;
    const elements = counts[i] || 0;
    before += elements * bytesPerElement(dtype);
    after +=
      elements *
      (precision.startsWith("amp") ? bytesPerElement(dtype) : bytesPerElement(storedDtype(dtype, precision)));
  }
  return before === 0 ? 1 : after / before;
}

function costByLine(graph: Graph, cost: GraphCost, lines: Lines): readonly LineCost[] {
  const groups = new Map<string, { readonly file: string; readonly line: number; readonly part: Part }>();
  const byPlace = new Map<Place | undefined, Part | undefined>();
  const { ops } = layoutOf(graph);
  for (const each of cost.operations) {
    const place = ops.get(each.op)?.place;
    let part = byPlace.get(place);
    if (part === undefined && !byPlace.has(place)) {
      const { file, line } = lines(place);
      if (file !== null && line !== null) {
        const key = `${file}:${line}`;
        const group = groups.get(key) ?? { file, line, part: emptyPart() };
        groups.set(key, group);
        part = group.part;
      }
      byPlace.set(place, part);
    }
    if (part !== undefined) addTo(part, each);
  }
  return [...groups.values()].map(({ file, line, part }) => ({ file, line, ...partOf(part, cost) }));
}

function costByModule(graph: Graph, cost: GraphCost): readonly ModuleTime[] {
  const { paths, ops } = layoutOf(graph);
  const parts = new Array<Part | undefined>(paths.length).fill(undefined);
  const order: number[] = [];
  for (const each of cost.operations)
    for (const at of ops.get(each.op)?.modules ?? []) {
      let part = parts[at];
      if (part === undefined) {
        part = emptyPart();
        parts[at] = part;
        order.push(at);
      }
      addTo(part, each);
    }
  return order.map((at) => ({ path: paths[at] ?? "", ...partOf(parts[at] ?? emptyPart(), cost) }));
}

/** Where the ops of a graph happen: the same at any batch. */
interface Layout {
  /** Of modules, in order of first use. */
  readonly paths: readonly string[];
  /** By id of the op. */
  readonly ops: ReadonlyMap<number, OpLayout>;
}

interface OpLayout {
  readonly place: Place | undefined;
  /** Indices into `paths` of the modules around it, the root first. */
  readonly modules: readonly number[];
}

const remembered = new WeakMap<Graph, Layout>();

function layoutOf(graph: Graph): Layout {
  const { from } = growthOf(graph);
  const known = remembered.get(from);
  if (known !== undefined) return known;
  const indices = new Map<string, number>();
  const indexOf = (path: string): number => {
    const index = indices.get(path) ?? indices.size;
    indices.set(path, index);
    return index;
  };
  const around = new Map<string, readonly number[]>();
  const ops = new Map<number, OpLayout>();
  for (const { id, site } of from.ops) {
    const modules = around.get(site.modulePath) ?? above(site.modulePath).map(indexOf);
    around.set(site.modulePath, modules);
    ops.set(id, { place: site.place, modules });
  }
  const layout = { paths: [...indices.keys()], ops };
  remembered.set(from, layout);
  return layout;
}

/** Sums over operations. */
interface Part {
  seconds: number;
  share: number;
  /** Seconds by what sets the time. */
  compute: number;
  memory: number;
  overhead: number;
}

const emptyPart = (): Part => ({ seconds: 0, share: 0, compute: 0, memory: 0, overhead: 0 });

function addTo(part: Part, { seconds, share, bound }: OperationCost): void {
  part.seconds += seconds;
  part.share += share;
  if (bound === "compute") part.compute += seconds;
  else if (bound === "memory") part.memory += seconds;
  else part.overhead += seconds;
}

function partOf(part: Part, { energy }: GraphCost): PartCost {
  const { seconds, share, compute, memory, overhead } = part;
  const bound = overhead > Math.max(compute, memory) ? "overhead" : memory > compute ? "memory" : "compute";
  return { seconds, share, joules: "kind" in energy ? null : energy.value * share, bound };
}

/** `a.b` is inside `a` and inside the root. */
function above(modulePath: string): readonly string[] {
  const paths = [""];
  for (let at = modulePath.indexOf("."); at >= 0; at = modulePath.indexOf(".", at + 1))
    paths.push(modulePath.slice(0, at));
  if (modulePath !== "") paths.push(modulePath);
  return paths;
}
