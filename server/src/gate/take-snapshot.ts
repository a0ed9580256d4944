import { memoryValue } from "../analysis/cost-report.ts";
import { countOf, numberAt, totalOf } from "../analysis/count.ts";
import type { Lines } from "../analysis/estimate-report.ts";
import { type EstimateValue, shownValue, timesValue } from "../analysis/estimate-value.ts";
import type { OptimizerChoice } from "../analysis/optimizer-choice.ts";
import type { Scene } from "../analysis/scenario.ts";
import { whyNoState, whyUnknown } from "../analysis/why-unknown.ts";
import { workloadOf } from "../analysis/workload.ts";
import type { Place } from "../base/known.ts";
import { costOf } from "../cost/estimate.ts";
import type { OperationCost } from "../cost/operation-cost.ts";
import { type Dim, printDim } from "../graph/dim.ts";
import type { Graph, OpRecord } from "../graph/ir.ts";
import { isKnownShape, type TensorRef } from "../graph/tensor.ts";
import { elementCount, elementsOf, tally } from "../graph/work.ts";
import type { ModelEstimate } from "../model/estimate-model.ts";
import type { Quantity } from "./gate-result.ts";
import type { LineWork, ModelSnapshot } from "./snapshot.ts";

export interface SnapshotSettings {
  readonly scene: Scene;
  readonly optimizer: OptimizerChoice;
  readonly lines: Lines;
  /** A path relative to the root of its side; `undefined` for a file outside of it. */
  readonly relative: (file: string) => string | undefined;
  /** Of the file that was read for the model. */
  readonly path: string;
  /** What a comment at a class on this line of a file lets pass. */
  readonly allowedAt: (file: string, line: number) => ModelSnapshot["allowed"];
}

/** A model in one state of the code, reduced to what a comparison needs. */
export function takeSnapshot(estimate: ModelEstimate, settings: SnapshotSettings): ModelSnapshot {
  const { path } = settings;
  const stands = placeIn(estimate.place, settings);
  const atLeast = !estimate.complete;
  const { graph, operations, ...costed } = costs(estimate, settings, atLeast);
  return {
    name: estimate.name,
    entry: estimate.entry,
    path,
    file: stands?.file ?? path,
    line: stands?.line ?? null,
    ...costed,
    complete: estimate.complete,
    notCounted: notCounted(estimate, settings),
    lines: lineWork(graph, operations, settings),
    seconds: secondsByKind(graph, operations),
    operations: operationsByName(estimate.graph),
    state: parameterNames(estimate.graph),
    allowed: stands === undefined ? null : settings.allowedAt(stands.file, stands.line),
  };
}

interface Costs extends Pick<ModelSnapshot, "figures" | "fit" | "assumptions"> {
  readonly graph: Graph;
  readonly operations: readonly OperationCost[];
}

function costs(estimate: ModelEstimate, settings: SnapshotSettings, atLeast: boolean): Costs {
  const { scene, optimizer } = settings;
  const whyNot = whyUnknown(estimate);
  const parameters = counted(elementCount(estimate.graph.parameters), "parameter", whyNoState(estimate));
  const workload = workloadOf(estimate, scene.request);
  // What runs to an exception costs nothing that could be compared.
  const stops = estimate.missingInputs.length > 0 || estimate.failure !== undefined ? whyNot : undefined;
  if (workload.kind === "unknown" || stops !== undefined) {
    const why = workload.kind === "unknown" ? workload.why : (stops ?? null);
    const not = (unit: string): Quantity => ({
      value: null,
      low: null,
      high: null,
      unit,
      atLeast: true,
      why,
    });
    return {
      figures: {
        parameters,
        macs: not("MAC"),
        energy: not("J"),
        latency: not("s"),
        costPerMillion: not("USD"),
        co2ePerMillion: not("gCO2e"),
        memory: not("byte"),
      },
      fit: null,
      assumptions: [],
      graph: estimate.graph,
      operations: [],
    };
  }
  const { graph } = workload;
  const scenario = {
    ...scene.scenario,
    optimizer: optimizer.passes,
    samples: workload.batch,
  };
  const cost = costOf(graph, scenario);
  const memory = memoryValue(workload, scenario, optimizer);
  const latency = shownValue(cost.latency, "s");
  const shown = (value: EstimateValue): Quantity => quantity(value, atLeast);
  const values = {
    latency,
    energy: timesValue(shownValue(cost.energy, "J"), 1 / workload.batch),
    costPerMillion: shownValue(cost.costPerMillion, "USD"),
    co2ePerMillion: shownValue(cost.co2ePerMillion, "gCO2e"),
  };
  return {
    figures: {
      parameters,
      macs: counted(tally(graph.ops.map((op) => op.work)).macs, "MAC", whyNot),
      energy: shown(values.energy),
      latency: shown(values.latency),
      costPerMillion: shown(values.costPerMillion),
      co2ePerMillion: shown(values.co2ePerMillion),
      memory: shown(memory),
    },
    fit: memory.fits,
    assumptions: [
      ...new Set([
        ...estimate.assumptions,
        ...workload.assumptions,
        ...Object.values(values)
          .filter(({ value }) => value !== null)
          .flatMap((each) => each.assumptions),
      ]),
    ],
    graph,
    operations: cost.operations,
  };
}

/** @param whyNot not everything was counted, if so */
function counted(dim: Dim, unit: string, whyNot: string | undefined): Quantity {
  const total = totalOf(dim, whyNot);
  const value = numberAt(total) ?? null;
  const why =
    typeof total === "object" && "unknown" in total
      ? total.unknown
      : "it depends on a size that the code does not say";
  return {
    value,
    low: value,
    high: value,
    unit,
    atLeast: whyNot !== undefined,
    why: value === null ? why : null,
  };
}

const quantity = ({ value, low, high, unit, assumptions }: EstimateValue, atLeast: boolean): Quantity => ({
  value,
  low,
  high,
  unit,
  atLeast,
  why: value === null ? assumptions.join("; ") : null,
});

type Relative = Pick<SnapshotSettings, "lines" | "relative">;

function placeIn(
  place: Place | undefined,
  { lines, relative }: Relative,
): { readonly file: string; readonly line: number } | undefined {
  const { file, line } = lines(place);
  const inside = file === null ? undefined : relative(file);
  return inside === undefined || line === null ? undefined : { file: inside, line };
}

function notCounted(estimate: ModelEstimate, settings: Relative): ModelSnapshot["notCounted"] {
  const failed =
    estimate.failure === undefined
      ? []
      : [{ what: "the call", why: estimate.failure.message, where: estimate.failure.place }];
  const asked = estimate.missingInputs.map((name) => ({
    what: `\`${name}\``,
    why: "its shape is not known: `# ecocompute: input` tells it",
    where: undefined,
  }));
  return [...failed, ...asked, ...estimate.notCounted].map(({ what, why, where }) => {
    const at = placeIn(where, settings);
    return { what, why, file: at?.file ?? null, line: at?.line ?? null };
  });
}

/** What lines do by themselves: the parameters that they make, and the operations that happen there. */
function lineWork(
  graph: Graph,
  operations: readonly OperationCost[],
  settings: SnapshotSettings,
): readonly LineWork[] {
  const found = new Map<string, { -readonly [K in keyof LineWork]: LineWork[K] }>();
  const at = (place: Place | undefined) => {
    const stands = placeIn(place, settings);
    if (stands === undefined) return undefined;
    const key = `${stands.line}:${stands.file}`;
    const known = found.get(key) ?? { ...stands, parameters: 0, macs: 0, seconds: 0 };
    found.set(key, known);
    return known;
  };
  for (const state of graph.parameters) {
    const line = at(state.place);
    if (line !== undefined) line.parameters += numberAt(countOf(elementsOf(state))) ?? 0;
  }
  for (const op of graph.ops) {
    const line = at(op.site.place);
    if (line !== undefined) line.macs += numberAt(countOf(op.work.macs)) ?? 0;
  }
  const ops = byId(graph);
  for (const { op, seconds } of operations) {
    const line = at(ops.get(op)?.site.place);
    if (line !== undefined) line.seconds += seconds;
  }
  return [...found.values()].filter((line) => line.parameters + line.macs + line.seconds > 0);
}

const byId = (graph: Graph): ReadonlyMap<number, OpRecord> => new Map(graph.ops.map((op) => [op.id, op]));

function secondsByKind(graph: Graph, operations: readonly OperationCost[]): ModelSnapshot["seconds"] {
  const ops = byId(graph);
  const found = new Map<string, number>();
  for (const { op, seconds } of operations) {
    const kind = kindOf(ops.get(op));
    found.set(kind, (found.get(kind) ?? 0) + seconds);
  }
  return Object.fromEntries(found);
}

const kindOf = (op: OpRecord | undefined): string =>
  op === undefined ? "" : `${op.name}(${op.inputs.map(shapeOf).join(",")})`;

const shapeOf = ({ meta }: TensorRef): string =>
  `${meta.dtype}${isKnownShape(meta.shape) ? `[${meta.shape.map(printDim).join(" ")}]` : "?"}`;

function operationsByName(graph: Graph): ModelSnapshot["operations"] {
  const found = new Map<string, number>();
  for (const { name, isView } of graph.ops) if (!isView) found.set(name, (found.get(name) ?? 0) + 1);
  return Object.fromEntries(found);
}

/** Layers of one kind count once, however many there are. */
const parameterNames = (graph: Graph): ModelSnapshot["state"] =>
  [
    ...new Set(graph.parameters.flatMap(({ names }) => names.map((name) => name.replace(/\d+/g, "*")))),
  ].sort();
