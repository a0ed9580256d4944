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

/** What people wait for: a model after an edit, and a scenario that they change. `round` makes each one new. */
function questions(model: ModelEstimate): Readonly<Record<string, (round: number) => void>> {
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
  const told = (change: Partial<CostRequest>): void => {
    costJson(model, scene(change), () => place);
  };
  const first = { ...scene({}).scenario, samples: 1 };
  return {
    "a new graph": () => costOf({ ...model.graph }, first),
    "a new graph, all that is told of it": () => {
      costJson({ ...model, graph: { ...model.graph } }, scene({}), () => place);
    },
    "another accelerator": (round) => told({ accelerator: boards[round % boards.length] ?? "h100" }),
    "another price and region": (round) => told({ price: 1 + round, region: "France" }),
    "another batch": (round) => told({ batch: 9 + round }),
    "another batch, training": (round) => told({ batch: 9 + round, mode: "train", precision: "amp-bf16" }),
  };
}

/** The section "cost": prints what the cost of 1,000 ops takes, and says whether the target was met. */
export async function reportCost(): Promise<boolean> {
  if (!existsSync(`${packages}/torchvision`)) {
    console.log("\ncost: not measured, torchvision's source is not installed here");
    return true;
  }
  const rows: (readonly string[])[] = [];
  const slower: string[] = [];
  for (const each of models) {
    const model = await estimateOf(each);
    const thousands = model.graph.ops.length / 1000;
    for (const [what, ask] of Object.entries(questions(model))) {
      const samples = Array.from({ length: 2 * rounds }, (_, round) => sampleOf(() => ask(round)));
      // The first half warms V8 up: a thread lives as long as the editor.
      const { p50, cpu50 } = timingOf(samples.slice(rounds));
      const cpu = (cpu50 ?? p50) / thousands;
      if (cpu >= target) slower.push(`${each.entry}, ${what}`);
      rows.push([each.entry, what, milliseconds(p50 / thousands), milliseconds(cpu)]);
    }
  }
  console.log("\nCost: milliseconds for 1,000 ops, median.\n");
  console.log(table([["", "", "wall", "cpu"], ...rows]));
  const missed = slower.length === 0 ? "" : `, but for: ${slower.join("; ")}`;
  console.log(`${slower.length === 0 ? "met" : "MISSED"}: 1,000 ops in under ${target} ms${missed}`);
  return slower.length === 0;
}
