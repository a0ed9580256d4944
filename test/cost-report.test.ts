import assert from "node:assert/strict";
import { test } from "node:test";
import { type CostJson, costJson } from "../server/src/analysis/cost-report.ts";
import { costTable } from "../server/src/analysis/cost-words.ts";
import { type CostRequest, resolveScenario } from "../server/src/analysis/scenario.ts";
import { listAccelerators } from "../server/src/cli/accelerators.ts";
import { costText } from "../server/src/cli/cost-text.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels, type ModelEstimate } from "../server/src/model/estimate-model.ts";
import { parseInputSpec } from "../server/src/model/input-spec.ts";

const text = `
import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 4096))

    def forward(self, x):
        return self.layers(x)
`;

async function net(): Promise<ModelEstimate> {
  const { interpreter, syntax } = await createSession([], defaultLimits);
  const input = parseInputSpec("x=float32[512, 4096]");
  assert.ok(input !== undefined);
  const request = { file: "/net.py", source: syntax.parse(text), entry: "Net()", inputs: [input] };
  const [estimate] = estimateModels(interpreter, request);
  assert.ok(estimate?.complete === true, estimate?.notCounted[0]?.why);
  return estimate;
}

const request = (change: Partial<CostRequest> = {}): CostRequest => ({
  accelerator: "h100",
  precision: "bf16",
  mode: "infer",
  compiled: false,
  scope: "board",
  spot: false,
  ...change,
});

const model = await net();

function cost(change: Partial<CostRequest> = {}): ReturnType<typeof costJson> {
  const resolved = resolveScenario(request(change));
  assert.ok(resolved.kind === "scenario", resolved.kind === "error" ? resolved.message : "");
  return costJson(model, resolved, () => ({ file: null, line: null }));
}

test("a named accelerator gives latency, energy, money and memory, each with its interval", () => {
  const { latency, energy, costPerMillion, memory, scenario } = cost();
  assert.equal(scenario.batch, 512);
  for (const { value, low, high } of [latency, energy, costPerMillion, memory])
    assert.ok(value !== null && low !== null && high !== null && 0 < low && low <= value && value <= high);
  assert.equal(memory.fits, "fits");
});

test("memory under autocast is open between what the code keeps and half of what a run adds", () => {
  const train = { mode: "train", batch: 4096 } as const;
  const asWritten = cost({ ...train, precision: "as-written" }).memory;
  const amp = cost({ ...train, precision: "amp-bf16" }).memory;
  const half = cost({ ...train, precision: "bf16" }).memory;
  for (const { value, low } of [asWritten, half]) assert.equal(low, value);
  assert.equal(amp.value, asWritten.value);
  assert.ok((half.value ?? 0) < (amp.low ?? 0) && (amp.low ?? 0) < (amp.value ?? 0));
  assert.ok(amp.assumptions.some((each) => each.includes("autocast halves")));
});

test("each number says who published the figures behind it, and when; the terminal and the hover list them", () => {
  const told = cost({ region: "us-east-1", scope: "wall" });
  const dated = /^\S.* \(\d{4}.*\)$/;
  for (const { sources = [] } of [told.latency, told.energy, told.costPerMillion, told.co2ePerMillion]) {
    assert.ok(sources.length > 0);
    for (const source of sources) assert.match(source, dated);
  }
  assert.ok(!cost({ price: 2 }).costPerMillion.sources?.some((each) => /pricing/.test(each)));
  const [source = ""] = told.costPerMillion.sources ?? [];
  assert.ok(costText(told, "").includes(`  source       ${source}`));
  assert.ok(costTable("Net", told, "").includes(source));
});

test("the hover tells a month and a training run in joules and grams where no price is known", () => {
  const month = costTable("Net", cost({ accelerator: "rtx4090", region: "DEU", volume: 2e6 }), "");
  assert.match(month, /\| a month \| [\d.]+ \w?J \| .* \| energy of 2,000,000 inferences \|/);
  assert.match(month, /\| a month \| not known \| .*no price of GeForce RTX 4090/);
  assert.match(month, /\| a month \| [\d.]+ \w*g CO2e \|/);
  const run = costTable("Net", cost({ mode: "train", steps: 5000 }), "");
  assert.match(run, /\| training \| \$[\d.]+ \| .* \| cost of 5,000 steps \|/);
});

test("CO2e needs a region; without one it is not known, and says why", () => {
  assert.deepEqual(cost().co2ePerMillion.assumptions, ["no region or grid intensity is given"]);
  assert.equal(cost().co2ePerMillion.value, null);
  const [france, poland] = ["France", "Poland"].map((region) => cost({ region }).co2ePerMillion.value);
  assert.ok(france && poland && france < poland / 3);
});

test("a grid that is years old says so", () => {
  const notes = (region: string, today: string): string =>
    cost({ region, today }).co2ePerMillion.assumptions.join("; ");
  assert.match(notes("Aruba", "2026-11-22"), /the intensity of the grid is that of 2022, 4 years ago/);
  assert.match(notes("us-east-1", "2026-11-22"), /of 2023, 3 years ago/);
  assert.doesNotMatch(notes("France", "2024-01-01"), /years ago/);
});

test("a PUE that is years old says so where it is used, by the year of the figure", () => {
  const said = (scope: "board" | "wall", today: string): string =>
    cost({ accelerator: "h100", region: "us-east-1", scope, today }).energy.assumptions.join("; ");
  assert.match(said("wall", "2027-01-01"), /the PUE is that of 2024, 3 years ago/);
  assert.doesNotMatch(said("wall", "2026-11-22"), /the PUE is that of/);
  assert.doesNotMatch(said("board", "2027-01-01"), /the PUE is that of/);
});

test("training costs more than inference, the wall more than the board, spot less than on demand", () => {
  const joules = (change: Partial<CostRequest>): number => cost(change).energy.value ?? 0;
  assert.ok(joules({ mode: "train" }) > 2 * joules({}));
  assert.ok(joules({ scope: "wall" }) > joules({ scope: "node" }));
  assert.ok(joules({ scope: "node" }) > joules({}));
  const dollars = (spot: boolean): number => cost({ spot }).costPerMillion.value ?? 0;
  assert.ok(dollars(true) < dollars(false));
});

test("an unknown name is answered with the nearest one", () => {
  assert.deepEqual(resolveScenario(request({ accelerator: "rtx409" })), {
    kind: "error",
    message: "no accelerator is called `rtx409`; did you mean `rtx4090`?",
  });
  assert.deepEqual(resolveScenario(request({ region: "us-est-1" })), {
    kind: "error",
    message: "no region is called `us-est-1`; did you mean `us-east-1`?",
  });
});

test("in words: intervals, scope, and what is not known", () => {
  const lines = costText(cost(), "").join("\n");
  assert.match(lines, /latency {6}[\d.]+ [mµ]s \([\d.]+ [mµ]s to [\d.]+ [mµ]s\)/);
  assert.match(lines, /energy {7}.*\(board\)/);
  assert.match(lines, /CO2e {9}not known: no region/);
  assert.match(lines, /cost {9}\$[\d.e-]+ \(\$[\d.e-]+ to \$[\d.e-]+\) per million inferences/);
});

test("accelerators are listed with what is known of them", () => {
  const lines = listAccelerators("text").split("\n");
  assert.match(
    lines.find((line) => line.startsWith("h100-sxm ")) ?? "",
    /989 +80 GiB +3350 +700 W +high +h100/,
  );
  assert.match(lines.find((line) => line.startsWith("tpu-v5e ")) ?? "", / - +high/);
  const json: readonly { readonly id: string }[] = JSON.parse(listAccelerators("json"));
  assert.ok(json.some(({ id }) => id === "rtx4090"));
  const own = { name: "my-board", tflops: { bf16: 100 }, memory: 24, bandwidth: 800, boardLimit: 250 };
  assert.match(
    listAccelerators("text", [own]).split("\n")[1] ?? "",
    /^my-board +my-board +100 +24 GiB +800 +250 W +medium/,
  );
});

test("a chip that is its own host draws at the wall what it draws", () => {
  const [chip, wall] = [
    cost({ accelerator: "m4-max" }),
    cost({ accelerator: "m4-max", scope: "wall", today: "2026-11-22" }),
  ];
  assert.equal(wall.energy.value, chip.energy.value);
  assert.match(wall.energy.assumptions.join("; "), /one chip/);
  assert.doesNotMatch(wall.energy.assumptions.join("; "), /PUE/);
});

test("accelerators that one cloud alone has stand in its buildings; others in those of the industry", () => {
  const pueOn = (accelerator: string): string | undefined =>
    cost({ accelerator, scope: "wall" }).energy.assumptions.find((each) => each.startsWith("PUE"));
  assert.equal(pueOn("tpu-v4"), "PUE 1.095");
  assert.equal(pueOn("gaudi3"), "PUE 1.59");
});

test("a PUE and an intensity of one's own have no age", () => {
  const own = cost({ region: "France", scope: "wall", pue: 1.6, intensity: 20, today: "2026-11-22" });
  for (const { assumptions } of [own.energy, own.co2ePerMillion])
    assert.doesNotMatch(assumptions.join("; "), /years ago/);
});

test("tokens are told of texts, not of ids that are features of a sample", async () => {
  const models = `
import torch, torch.nn as nn
class Text(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.cells = nn.Embedding(100, 16), nn.GRU(16, 16, batch_first=True)
    def forward(self, x):
        return self.cells(self.table(x))[0]
class Fields(nn.Module):
    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(100, 16) for _ in range(4))
        self.out = nn.Linear(64, 1)
    def forward(self, x):
        return self.out(torch.cat([table(x[:, i]) for i, table in enumerate(self.tables)], 1))
class Users(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(100, 16)
    def forward(self, x):
        return self.table(x).sum(1)
`;
  const { interpreter, syntax } = await createSession([], defaultLimits);
  const tokensOf = (entry: string, shape: string): CostJson["perThousandTokens"] => {
    const spec = parseInputSpec(`x=int64[${shape}]`);
    assert.ok(spec !== undefined);
    const asked = { file: "/ids.py", source: syntax.parse(models), entry, inputs: [spec] };
    const [found] = estimateModels(interpreter, asked);
    const scene = resolveScenario(request());
    assert.ok(found?.complete === true && scene.kind === "scenario");
    return costJson(found, scene, () => ({ file: null, line: null })).perThousandTokens;
  };
  assert.ok(tokensOf("Text()", "8, 4") !== null);
  assert.equal(tokensOf("Fields()", "8, 4"), null);
  assert.equal(tokensOf("Users()", "8"), null);
});
