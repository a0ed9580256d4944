import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { backwardWork } from "../server/src/graph/backward.ts";
import { type Dim, evaluate } from "../server/src/graph/dim.ts";
import type { Graph, OpRecord } from "../server/src/graph/ir.ts";
import { memoryOf } from "../server/src/graph/memory.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { parseInputSpecs } from "../server/src/model/input-spec.ts";

/** Where Debian's python3-torchvision lies. */
const packages = "/usr/lib/python3/dist-packages";

interface Expected {
  readonly input: string;
  readonly backwardMacs: number;
  readonly savedBytes: number;
  readonly peakInferenceBytes: number;
}

/** What test/models/record-training.py wrote, with torch 1.13 on a CPU. */
const expected: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync("test/models/training.json", "utf8"),
);

const number = (dim: Dim): number => evaluate(dim, new Map()) ?? Number.NaN;

/** What torch 2.14 keeps for backward with fused attention, counted as test/models/record-training.py does. */
const savedWithFused: Readonly<Record<string, number>> = { vit_b_16: 235_117_136 };

/** torch 1.13 has no fused attention: its backward does not compute the scores again. */
const unfused = (op: OpRecord): number =>
  op.name === "scaled_dot_product_attention" ? 2 * number(op.work.macs) : number(backwardWork(op).macs);

test("training and inference memory and backward work are those of real PyTorch", async (t) => {
  const names = Object.entries(expected);
  assert.ok(names.length >= 15, `only ${names.length} models recorded`);
  if (!existsSync(`${packages}/torchvision`)) {
    t.diagnostic(`torchvision is not installed in ${packages}: its source cannot be read`);
    return;
  }
  const { interpreter, syntax } = await createSession([packages], defaultLimits);
  const source = syntax.parse("import torchvision.models as models\n");
  const graphOf = (name: string, input: string, training: boolean): Graph => {
    const inputs = parseInputSpecs(input) ?? [];
    const entry = `models.${name}()`;
    const [made] = estimateModels(interpreter, { file: "m.py", source, entry, inputs, training });
    assert.ok(made?.complete, name);
    return made.graph;
  };
  const wrong: string[] = [];
  const check = (what: string, got: number, want: number, from: number, to: number): void => {
    if (!(got >= want * from && got <= want * to)) wrong.push(`${what}: ${got} instead of ${want}`);
  };
  let exactPeaks = 0;
  for (const [name, truth] of names) {
    const trained = graphOf(name, truth.input, true);
    const macs = trained.ops.reduce((all, op) => all + unfused(op), 0);
    check(`${name}, backward MACs`, macs, truth.backwardMacs, 1, 1);
    const saved = memoryOf(trained, new Map()).savedActivations;
    const fused = savedWithFused[name];
    // On a CPU dropout keeps a mask of floats, elsewhere of bytes.
    if (fused === undefined) check(`${name}, kept for backward`, saved, truth.savedBytes, 0.985, 1);
    else check(`${name}, kept for backward`, saved, fused, 1, 1.01);
    const peak = memoryOf(graphOf(name, truth.input, false), new Map()).inferenceActivations;
    // Local variables of a function may hold a tensor longer than its last use: a lower bound.
    check(`${name}, peak`, peak, truth.peakInferenceBytes, 0.8, 1);
    if (peak === truth.peakInferenceBytes) exactPeaks++;
  }
  assert.deepEqual(wrong, []);
  assert.ok(exactPeaks >= 13, `only ${exactPeaks} peaks are exact`);
});
