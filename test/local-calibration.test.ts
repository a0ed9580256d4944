import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { readFactors } from "../server/src/analysis/factors-file.ts";
import { factorsOf } from "../server/src/analysis/local-calibration.ts";
import { readMeasurements } from "../server/src/analysis/measurements.ts";
import { calibrateCommand } from "../server/src/cli/calibrate.ts";
import { estimateCommand } from "../server/src/cli/estimate.ts";
import { estimate } from "../server/src/cost/interval.ts";
import { adjusted, fitFactor } from "../server/src/cost/local-factors.ts";

test("a CodeCarbon CSV: energy of the GPU, not of the machine", () => {
  const text =
    "timestamp,project_name,duration,energy_consumed,gpu_energy,gpu_model\n2026-11-22T10:00:00,a,60.0,0.01,0.005,1 x A100\n";
  assert.deepEqual(readMeasurements(text), {
    kind: "run",
    measurements: [{ seconds: 60, joules: 0.005 * 3.6e6, source: "CodeCarbon" }],
  });
  assert.equal(readMeasurements(text.replace("0.005", "0")).kind, "error");
});

test("a measurement of Zeus: boards add up", () => {
  assert.deepEqual(readMeasurements('{"time": 2.5, "gpu_energy": {"0": 300.5, "1": 299.5}}'), {
    kind: "run",
    measurements: [{ seconds: 2.5, joules: 600, source: "Zeus" }],
  });
});

test("a log of nvidia-smi: power over time by the trapezoidal rule", () => {
  const log = [
    "timestamp, index, power.draw [W]",
    "2026/11/22 10:00:00.000, 0, 100.00 W",
    "2026/11/22 10:00:01.000, 0, 300.00 W",
    "2026/11/22 10:00:03.000, 0, 300.00 W",
  ].join("\n");
  assert.deepEqual(readMeasurements(log), {
    kind: "run",
    measurements: [{ seconds: 3, joules: 800, source: "nvidia-smi" }],
  });
});

test("a CodeCarbon CSV that was flushed: a run counts once, as far as it went", () => {
  const text = [
    "run_id,duration,energy_consumed,gpu_energy,cpu_energy",
    "a,10,0.002,0.001,0.0005",
    "a,20,0.004,0.002,0.001",
    "b,5,0.001,0.0005,0",
  ].join("\n");
  const found = readMeasurements(text);
  assert.ok(found.kind === "run");
  assert.deepEqual(
    found.measurements.map(({ seconds, joules, cpuJoules }) => [seconds, joules, cpuJoules]),
    [
      [20, 0.002 * 3.6e6, 0.001 * 3.6e6],
      [5, 0.0005 * 3.6e6, undefined],
    ],
  );
});

test("the log of a monitor of Zeus: a window is a row, its boards add up", () => {
  const log =
    "start_time,window_name,elapsed_time,gpu0_energy,gpu1_energy\n1730000000.0,epoch,12.5,1000.5,999.5\n";
  assert.deepEqual(readMeasurements(log), {
    kind: "run",
    measurements: [{ seconds: 12.5, joules: 2000, source: "Zeus" }],
  });
});

test("a log of nvidia-smi that runs into another month, or a leap day", () => {
  const secondsFrom = (from: string, to: string): number | undefined => {
    const found = readMeasurements(`timestamp, power.draw [W]\n${from}, 100 W\n${to}, 100 W\n`);
    return found.kind === "run" ? found.measurements[0]?.seconds : undefined;
  };
  assert.equal(secondsFrom("2026/10/31 23:59:50.000", "2026/11/01 00:00:10.000"), 20);
  assert.equal(secondsFrom("2026/12/31 23:59:50.000", "2027/01/01 00:00:10.000"), 20);
  assert.equal(secondsFrom("2028/02/28 00:00:00.000", "2028/03/01 00:00:00.000"), 2 * 86_400);
});

test("anything else is refused", () => {
  for (const text of ["", "a,b\n1,2\n", '{"time": "x"}', "["])
    assert.equal(readMeasurements(text).kind, "error", text);
});

test("numbers that may mean something else, or nothing, are not taken for energy", () => {
  const table = (joules: string): string => `file,accelerator,joules\na.py,h100,${joules}\n`;
  const read = (joules: string): number | undefined => {
    const found = readMeasurements(table(joules));
    return found.kind === "table" ? found.rows[0]?.joules : undefined;
  };
  assert.equal(read("1.5e3"), 1500);
  for (const text of ['"1,234"', "12 kJ", "-4", "1e999", "NaN", "0x10", "1.2.3", "Infinity", ""])
    assert.equal(read(text), undefined, text);
  const back = ["timestamp, power.draw [W]", "2026/11/22 10:00:09, 500 W", "2026/11/22 10:00:01, 500 W"];
  assert.equal(readMeasurements(back.join("\n")).kind, "error");
  assert.equal(readMeasurements("[]").kind, "error");
  const [huge, large] = [
    `{"time": 1, "gpu_energy": {"0": 1e308, "1": 1e308}}`,
    "energy_consumed,gpu_energy\n1,1e308",
  ];
  assert.deepEqual(readMeasurements(huge), {
    kind: "run",
    measurements: [{ seconds: 1, joules: undefined, source: "Zeus" }],
  });
  assert.equal(readMeasurements(large).kind, "error");
});

test("a table whose numbers cannot be read is refused, with the row and the cell", () => {
  const said = (row: string): string => {
    const found = readMeasurements(
      `file,accelerator,seconds,joules,calls\na.py,h100,1,5,1\na.py,h100,${row}\n`,
    );
    return found.kind === "error" ? found.message : found.kind;
  };
  assert.equal(said("1,,"), "table");
  assert.equal(said("-1,5,1"), "row 2: `seconds` must be a number above 0, not `-1`");
  assert.match(said("1,NaN,1"), /`joules`.*`NaN`/);
  assert.match(said("1,5,many"), /`calls`.*`many`/);
  assert.equal(said(",,10"), "row 2: it has neither seconds nor joules");
});

test("no text makes the reader fail, or gives a number that is none", () => {
  const word = fc.constantFrom(
    ..."timestamp index power.draw file accelerator seconds joules energy_consumed gpu_energy duration time".split(
      " ",
    ),
    ...[
      "2026/11/22 10:00:00",
      "\uFEFF",
      '"',
      '""',
      ",",
      "\n",
      "\r\n",
      "{",
      "}",
      "[",
      "]",
      ":",
      " ",
      "1e308",
      "-1",
      "300 W",
      "\0",
    ],
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(word, fc.string({ maxLength: 3 }))).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, (each) => {
      const found = readMeasurements(each);
      const numbers =
        found.kind === "run"
          ? found.measurements.flatMap(({ seconds, joules }) => [seconds, joules])
          : found.kind === "table"
            ? found.rows.flatMap(({ seconds, joules, batch }) => [seconds, joules, batch])
            : [];
      for (const number of numbers)
        assert.ok(number === undefined || (number > 0 && Number.isFinite(number)));
    }),
    { numRuns: 2000, seed: 7 },
  );
  const start = process.cpuUsage();
  readMeasurements(`file,accelerator\n${'"a,"'.repeat(200_000)}`);
  assert.ok(process.cpuUsage(start).user < 2e6);
});

test("measurements move the estimate towards themselves and narrow it, the more of them the more", () => {
  const half = Math.log(1.5);
  const same = (rows: number) => fitFactor(new Array(rows).fill({ ratio: 1.3 }), half);
  const [one, ten] = [same(1), same(10)];
  assert.ok(1 < one.factor && one.factor < ten.factor && ten.factor < 1.3);
  assert.ok(ten.half < one.half && one.half < half);
  const scattered = fitFactor(
    [0.7, 1.9, 1.3, 0.9].map((ratio) => ({ ratio })),
    half,
  );
  assert.ok(scattered.half > same(4).half);
});

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "factors-"));
});
after(() => rmSync(folder, { recursive: true }));

const model = `
import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(*[nn.Linear(4096, 4096) for _ in range(4)])

    def forward(self, x):
        return self.layers(x)
`;

async function run(command: "estimate" | "calibrate", ...args: readonly string[]): Promise<string> {
  let [out, err] = ["", ""];
  const console = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
  };
  const create = command === "estimate" ? estimateCommand : calibrateCommand;
  let code = 0;
  const finish = (result: number): void => {
    code = result;
  };
  await create(console, finish).parseAsync(["node", command, ...args]);
  assert.equal(code, 0, err);
  return out;
}

test("from a table of one's own to estimates that are moved and narrower", async () => {
  const file = join(folder, "model.py");
  writeFileSync(file, model);
  const asked = [
    file,
    "--model",
    "Net()",
    "--input",
    "float32[512, 4096]",
    "--accelerator",
    "a100",
    "--format",
    "json",
  ];
  const costOf = async () => JSON.parse(await run("estimate", ...asked)).models[0];
  const before = await costOf();
  const rows = [1.4, 1.45, 1.35].map((by) =>
    [
      "model.py",
      "Net()",
      '"float32[512, 4096]"',
      "a100",
      by * before.latency.value,
      by * before.energy.value,
    ].join(","),
  );
  const table = join(folder, "rows.csv");
  writeFileSync(table, ["file,model,input,accelerator,seconds,joules", ...rows].join("\n"));
  const output = join(folder, "ecocompute-factors.json");
  assert.match(await run("calibrate", table, "-o", output), /a100-80-sxm, infer: time x 1\.[1-4]/);
  assert.equal(typeof readFactors(readFileSync(output, "utf8")), "object");
  writeFileSync(join(folder, "ecocompute.toml"), 'factors = "ecocompute-factors.json"\n');
  const after = await costOf();
  for (const key of ["latency", "energy"]) {
    assert.ok(after[key].value > 1.1 * before[key].value, key);
    assert.ok(after[key].high / after[key].low < before[key].high / before[key].low, key);
    assert.match(after[key].assumptions.join("; "), /3 measurements of your own/);
  }
});

test("rows of many calls, and of several accelerators", async () => {
  writeFileSync(join(folder, "model.py"), model);
  const table = join(folder, "calls.csv");
  const row = 'model.py,Net(),"float32[512, 4096]",a100';
  writeFileSync(
    table,
    [
      "file,model,input,accelerator,calls,count,parallel,seconds,joules",
      `${row},,,,0.5,50`,
      `${row},500,2,batch,5,500`,
      `${row},100,2,tensor,1,100`,
    ].join("\n"),
  );
  const output = join(folder, "calls.json");
  await run("calibrate", table, "--calls", "50", "-o", output);
  const { rows } = JSON.parse(readFileSync(output, "utf8"));
  assert.deepEqual(
    rows.map(({ seconds, joules, count, parallel }: Record<string, unknown>) => [
      seconds,
      joules,
      count,
      parallel,
    ]),
    [
      [0.01, 1, 1, null],
      [0.01, 1, 2, "batch"],
      [0.01, 1, 2, "tensor"],
    ],
  );
  const computed = rows.map(({ computedSeconds }: { readonly computedSeconds: number }) => computedSeconds);
  assert.ok(computed[1] < computed[0] && computed[2] < computed[0]);
});

test("options say what rows of a table do not; what nobody says is asked for", async () => {
  const file = join(folder, "model.py");
  writeFileSync(file, model);
  const table = join(folder, "short.csv");
  writeFileSync(table, 'batch,seconds\n512,0.01\n1024,"0.02"\n');
  const output = join(folder, "short.json");
  const options = ["--model", "Net()", "--input", "float32[512, 4096]", "--precision", "bf16", "-o", output];
  await run("calibrate", table, "--file", file, "--accelerator", "a100", ...options);
  const { rows } = JSON.parse(readFileSync(output, "utf8"));
  assert.deepEqual(
    rows.map(({ batch, precision, seconds }: Record<string, unknown>) => [batch, precision, seconds]),
    [
      [512, "bf16", 0.01],
      [1024, "bf16", 0.02],
    ],
  );
  await assert.rejects(run("calibrate", table, "--accelerator", "a100", ...options), /or --file/);
  await assert.rejects(run("calibrate", table, "--file", file, ...options), /or --accelerator/);
});

test("an accelerator of one's own, and energy of the processor where the model ran on one", async () => {
  const file = join(folder, "model.py");
  writeFileSync(file, model);
  writeFileSync(
    join(folder, "ecocompute.toml"),
    "[accelerators.my-board]\ntflops = { fp32 = 20 }\nmemory = 24\nbandwidth = 800\nboard-limit = 250\n",
  );
  const measurements = join(folder, "emissions.csv");
  writeFileSync(
    measurements,
    "run_id,duration,energy_consumed,gpu_energy,cpu_energy\na,60,0.004,0.003,0.0009\n",
  );
  const output = join(folder, "own-factors.json");
  const joulesOn = async (accelerator: string): Promise<number> => {
    const what = ["--file", file, "--model", "Net()", "--input", "float32[512, 4096]", "--calls", "1000"];
    await run("calibrate", measurements, ...what, "--accelerator", accelerator, "-o", output);
    return JSON.parse(readFileSync(output, "utf8")).rows[0].joules;
  };
  assert.ok(Math.abs((await joulesOn("my-board")) - 0.003 * 3600) < 1e-9);
  assert.ok(Math.abs((await joulesOn("cpu-i9-10940x")) - 0.0009 * 3600) < 1e-9);
});

test("measurements take their share of an interval, not more of one that is wider for another reason", () => {
  const factor = fitFactor([{ ratio: 1.05 }, { ratio: 1.1 }, { ratio: 1.08 }], Math.log(1.2));
  const own = { accelerator: "h100-sxm", mode: "infer", quantity: "time", ...factor } as const;
  const at = (within: number): number => {
    const of = estimate(
      2,
      { below: Math.log(within), above: Math.log(within) },
      { unit: "s", basis: "computed" },
    );
    const { value, low, high } = adjusted(of, own);
    assert.ok(Math.abs(value - 2 * factor.factor) < 1e-12 && low < value && value < high);
    return Math.log(high / value) / Math.log(within);
  };
  assert.ok(at(1.2) < 0.9);
  assert.ok(Math.abs(at(2.5) - at(1.2)) < 1e-9);
});

test("one measurement leaves most of the interval of what it was compared with", () => {
  const row = {
    file: "m.py",
    model: null,
    input: null,
    accelerator: "rtx4090",
    precision: "as-written",
    mode: "infer",
    batch: 8,
    compiled: false,
    count: 1,
    parallel: null,
    seconds: 1.1,
    joules: null,
    computedSeconds: 1,
    computedJoules: 300,
    secondsWithin: 2.5,
    joulesWithin: 2.6,
    source: "table",
  } as const;
  const [time, ...others] = factorsOf([row]);
  assert.ok(time !== undefined && others.length === 0);
  assert.ok(time.half > 0.75 * Math.log(2.5) && time.half < Math.log(2.5), `${time.half}`);
});
