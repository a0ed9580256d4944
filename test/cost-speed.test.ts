import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { costOf, type Scenario } from "../server/src/cost/estimate.ts";
import { passesOf } from "../server/src/cost/optimizer.ts";
import { withBatch } from "../server/src/cost/with-batch.ts";
import type { Graph } from "../server/src/graph/ir.ts";
import { accelerators, findAccelerator } from "../server/src/hardware/find-accelerator.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { parseInputSpec } from "../server/src/model/input-spec.ts";

const packages = "/usr/lib/python3/dist-packages";
const { interpreter, syntax } = await createSession([packages], { ...defaultLimits, milliseconds: 60_000 });

const h100 = findAccelerator("h100");
assert.ok(h100.kind === "found");

const scenario: Scenario = {
  accelerator: h100.value,
  precision: "bf16",
  mode: "infer",
  optimizer: passesOf.adam,
  isCompiled: false,
  count: 1,
  samples: 1,
  sizes: new Map(),
  scope: "board",
  pue: undefined,
  price: undefined,
  grid: undefined,
};

function graphOf(file: string, entry: string, input: string): Graph {
  const spec = parseInputSpec(input);
  assert.ok(spec !== undefined);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "import torchvision.models as models\n";
  const [model] = estimateModels(interpreter, { file, source: syntax.parse(text), entry, inputs: [spec] });
  assert.ok(model?.complete === true, model?.failure?.message ?? model?.notCounted[0]?.why);
  return model.graph;
}

/** Runs that are measured together: the clock of the processor is too coarse for one. */
const runs = 6;

/** Milliseconds of the processor for a run, the least of several: what a busy machine adds is not the program's. */
function least(run: (round: number) => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 40; round++) {
    const start = process.cpuUsage();
    for (let i = 0; i < runs; i++) run(round * runs + i);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1000 / runs);
  }
  return best;
}

const models: Readonly<Record<string, readonly [file: string, entry: string, input: string]>> = {
  Llama: ["test/models/llama.py", "Transformer(n_layers=32)", "tokens=int64[2, 64]"],
  "EfficientNet V2": [
    `${packages}/torchvision.py`,
    "models.efficientnet_v2_l()",
    "x=float32[8, 3, 224, 224]",
  ],
};

/** Milliseconds for 1,000 ops of a graph whose launches are known, at any batch, and of one that nobody has asked about. */
const [mostKnown, mostNew] = [2, 3];

for (const [name, model] of Object.entries(models))
  test(`${name}: 1,000 ops and more are costed in under ${mostKnown} ms each thousand, on any accelerator, at any price`, (t) => {
    if (model[0].startsWith(packages) && !existsSync(`${packages}/torchvision`)) {
      t.diagnostic(`torchvision is not installed in ${packages}: its source cannot be read`);
      return;
    }
    const graph = graphOf(...model);
    const thousands = graph.ops.length / 1000;
    assert.ok(thousands >= 1, `${graph.ops.length} ops`);
    const ways: readonly Partial<Scenario>[] = [
      {},
      { precision: "amp-bf16", isCompiled: true },
      { precision: "amp-bf16", mode: "train" },
    ];
    for (const way of ways) {
      const elsewhere = (round: number): void => {
        const accelerator = accelerators[round % accelerators.length] ?? scenario.accelerator;
        costOf(graph, { ...scenario, ...way, accelerator });
      };
      const known = least(elsewhere) / thousands;
      assert.ok(known < mostKnown, `${JSON.stringify(way)}: ${known.toFixed(2)} ms`);
    }
    const fresh = least(() => costOf({ ...graph }, scenario)) / thousands;
    assert.ok(fresh < mostNew, `new: ${fresh.toFixed(2)} ms`);
    const atBatch = (way: Partial<Scenario>): number =>
      least((round) => costOf(withBatch(graph, 2 + round, scenario), { ...scenario, ...way })) / thousands;
    const batch = atBatch({});
    assert.ok(batch < mostKnown, `another batch: ${batch.toFixed(2)} ms`);
    const training = atBatch({ precision: "amp-bf16", mode: "train" });
    assert.ok(training < mostKnown, `another batch in training: ${training.toFixed(2)} ms`);
    const told = `new: ${fresh.toFixed(2)}, another batch: ${batch.toFixed(2)}, in training: ${training.toFixed(2)} ms for each 1,000`;
    t.diagnostic(`${graph.ops.length} ops, ${told}`);
  });
