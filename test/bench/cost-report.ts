import { existsSync, readFileSync } from "node:fs";
import { costJson } from "../../server/src/analysis/cost-report.ts";
import {
  type CostRequest,
  defaultRequest,
  resolveScenario,
  type Scene,
} from "../../server/src/analysis/scenario.ts";
import { costOf } from "../../server/src/cost/estimate.ts";
import { accelerators } from "../../server/src/hardware/find-accelerator.ts";
import { createSession, defaultLimits } from "../../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../../server/src/model/estimate-model.ts";
import { parseInputSpec } from "../../server/src/model/input-spec.ts";
import { packages } from "./model-files.ts";
import { milliseconds, sampleOf, table, timingOf } from "./statistics.ts";

/** Milliseconds of the processor for 1,000 ops. */
const target = 2;

const rounds = 150;

interface Costed {
  readonly entry: string;
  readonly file: string;
  readonly input: string;
}

const models: readonly Costed[] = [
  { entry: "Transformer(n_layers=32)", file: "test/models/llama.py", input: "tokens=int64[2, 64]" },
  { entry: "models.resnet152()", file: "/bench/resnet.py", input: "x=float32[8, 3, 224, 224]" },
  { entry: "models.efficientnet_v2_l()", file: "/bench/efficient.py", input: "x=float32[8, 3, 224, 224]" },
];

async function estimateOf({ entry, file, input }: Costed): Promise<ModelEstimate> {
  const { interpreter, syntax } = await createSession([packages], { ...defaultLimits, milliseconds: 60_000 });
  const spec = parseInputSpec(input);
  if (spec === undefined) throw new Error(`no shape: ${input}`);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "import torchvision.models as models\n";
  const [model] = estimateModels(interpreter, { file, source: syntax.parse(text), entry, inputs: [spec] });
  if (model?.complete !== true) throw new Error(`${entry} is not estimated in full`);
  return model;
}

interface Question {
  readonly what: string;
  /** `round` makes each one new. */
  readonly ask: (round: number) => void;
}

/** What people wait for: a model after an edit, and a scenario that they change. */
function questionsOf(model: ModelEstimate): readonly Question[] {
  const scene = (change: Partial<CostRequest>): Scene => {
    const resolved = resolveScenario({
      ...defaultRequest,
      accelerator: "h100",
      precision: "bf16",
      ...change,
    });
    if (resolved.kind === "error") throw new Error(resolved.message);
    return resolved;
  };
  const boards = accelerators.filter(({ kind }) => kind === "gpu").map(({ id }) => id);
  const place = { file: "model.py", line: 1 };
  const told = (change: Partial<CostRequest>, of = model): void => {
    costJson(of, scene(change), () => place);
  };
  const anew = (): ModelEstimate => ({ ...model, graph: { ...model.graph } });
  const training = { mode: "train", precision: "amp-bf16" } as const;
  const first = { ...scene({}).scenario, samples: 1 };
  return [
    { what: "a new graph", ask: () => costOf({ ...model.graph }, first) },
    { what: "a new graph, all that is told of it", ask: () => told({}, anew()) },
    { what: "a new graph, training, all of it", ask: () => told(training, anew()) },
    {
      what: "another accelerator",
      ask: (round) => told({ accelerator: boards[round % boards.length] ?? "h100" }),
    },
    { what: "another price and region", ask: (round) => told({ price: 1 + round, region: "France" }) },
    { what: "another batch", ask: (round) => told({ batch: 9 + round }) },
    { what: "another batch, training", ask: (round) => told({ batch: 9 + round, ...training }) },
    { what: "another batch, compiled", ask: (round) => told({ batch: 9 + round, compiled: true }) },
  ];
}

/** What a reader knows the pace of, on the same machine at the same time: all that is told of the model, as JSON text. */
function jsonTime(model: ModelEstimate, samples: number): number {
  const resolved = resolveScenario({ ...defaultRequest, accelerator: "h100" });
  if (resolved.kind === "error") throw new Error(resolved.message);
  const told = costJson(model, resolved, () => ({ file: "model.py", line: 1 }));
  const { p50, cpu50 } = timingOf(
    Array.from({ length: samples }, () => sampleOf(() => JSON.stringify(told))),
  );
  return cpu50 ?? p50;
}

interface Asked extends Question {
  readonly entry: string;
  readonly model: ModelEstimate;
  /** Thousands of ops. */
  readonly thousands: number;
  /** Milliseconds of the processor, of code that has not run before. */
  readonly first: number;
}

const cpuOf = ({ cpu, wall }: ReturnType<typeof sampleOf>): number => cpu ?? wall;

/** Every question once, before any is asked again. */
async function askedOnce(): Promise<readonly Asked[]> {
  const estimated: (readonly [string, ModelEstimate])[] = [];
  for (const each of models) estimated.push([each.entry, await estimateOf(each)]);
  return estimated.flatMap(([entry, model]) =>
    questionsOf(model).map((question) => {
      const first = cpuOf(sampleOf(() => question.ask(0)));
      return { ...question, entry, model, thousands: model.graph.ops.length / 1000, first };
    }),
  );
}

/**
 * The section "cost": prints what the cost of 1,000 ops takes, and says whether the target was met by the median: half of all
 * answers take longer.
 */
export async function reportCost(): Promise<boolean> {
  if (!existsSync(`${packages}/torchvision`)) {
    console.log("\ncost: not measured, torchvision's source is not installed here");
    return true;
  }
  const rows: (readonly string[])[] = [];
  const slower: string[] = [];
  for (const { entry, model, what, ask, thousands, first } of await askedOnce()) {
    const samples = Array.from({ length: 2 * rounds }, (_, round) => sampleOf(() => ask(1 + round)));
    // The first half warms V8 up: a thread lives as long as the editor.
    const { p50, cpu50, cpu95 } = timingOf(samples.slice(rounds));
    const cpu = (cpu50 ?? p50) / thousands;
    if (cpu >= target) slower.push(`${entry}, ${what}`);
    const ofJson = cpu / (jsonTime(model, rounds) / thousands);
    const times = [cpu, (cpu95 ?? p50) / thousands, first / thousands];
    rows.push([entry, what, ...times.map(milliseconds), ofJson.toFixed(1)]);
  }
  console.log(
    `\nCost: milliseconds of the processor for 1,000 ops, garbage collection included: of ${rounds} answers after as many, and of the first one
in this process, whose code has not run before. \`JSON\`: the median by that of \`JSON.stringify\` of what is told of the model, on this machine
at the same time.\n`,
  );
  console.log(table([["", "", "median", "95th", "first", "JSON"], ...rows]));
  const missed = slower.length === 0 ? "" : `, but for: ${slower.join("; ")}`;
  console.log(
    `${slower.length === 0 ? "met" : "MISSED"}: 1,000 ops in under ${target} ms at the median${missed}`,
  );
  return slower.length === 0;
}
