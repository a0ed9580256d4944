import type {
  Change,
  GateFinding,
  GateModel,
  GateResult,
  Quantity,
} from "../../server/src/gate/gate-result.ts";

/** A quantity that is known to a tenth. */
const quantity = (value: number, unit: string): Quantity => ({
  value,
  low: value * 0.9,
  high: value * 1.1,
  unit,
  atLeast: false,
  why: null,
});

const change = (before: number, after: number, unit: string): Change => ({
  before: quantity(before, unit),
  after: quantity(after, unit),
  delta: quantity(after - before, unit),
});

export const gateFinding = (more: Partial<GateFinding> = {}): GateFinding => ({
  rule: "missing-zero-grad",
  severity: "error",
  category: "bug",
  message: "Gradients are never cleared.",
  file: "src/train.py",
  range: { start: { line: 6, character: 4 }, end: { line: 6, character: 20 } },
  fix: "suggestion",
  page: "https://github.com/ecocompute/ecocompute/blob/main/server/docs/rules/missing-zero-grad.md",
  fingerprint: "00000000deadbeef:1",
  ...more,
});

export const gateModel = (more: Partial<GateModel> = {}): GateModel => ({
  id: "src/model.py:Net",
  name: "Net",
  entry: "Net()",
  status: "changed",
  matchedBy: null,
  baseName: "Net",
  basePath: "src/model.py",
  headPath: "src/model.py",
  file: "src/model.py",
  line: 4,
  figures: {
    parameters: change(1e6, 4e6, "parameter"),
    macs: change(1e9, 4e9, "MAC"),
    energy: change(0.1, 0.4, "J"),
    latency: change(1e-3, 4e-3, "s"),
    costPerMillion: change(1, 4, "USD"),
    costPerMonth: change(1000, 4000, "USD"),
    co2ePerMonth: change(5000, 20_000, "gCO2e"),
    memory: change(1e9, 2e9, "byte"),
  },
  fit: { before: "fits", after: "fits" },
  complete: { before: true, after: true },
  notCounted: [],
  causes: [
    {
      side: "head",
      file: "src/model.py",
      line: 7,
      text: "self.fc = nn.Linear(2048, 2048)",
      what: "+3.0 M parameters",
    },
  ],
  allowed: null,
  assumptions: ["float32 input"],
  ...more,
});

/** A change that costs $3,000 more each month, over a budget of $500. */
export const gateResult = (more: Partial<GateResult> = {}): GateResult => ({
  schema: "ecocompute.gate/1",
  version: "0.1.0",
  base: { name: "main", commit: "a".repeat(40) },
  head: { name: "HEAD", commit: "b".repeat(40) },
  verdict: "block",
  mode: "block",
  scenario: {
    accelerator: "h100",
    acceleratorName: "H100 SXM",
    count: 1,
    precision: "bf16",
    mode: "infer",
    compiled: false,
    scope: "accelerator",
    region: null,
    volume: 1_000_000,
    isStandard: false,
  },
  reasons: [
    {
      budget: "monthly-increase",
      level: "block",
      limit: { value: 500, unit: "USD" },
      value: quantity(3000, "USD"),
      decision: "The change adds $3,000 per month ($2,700 to $3,300); $500 are allowed.",
      model: null,
      file: null,
      line: null,
      allowed: null,
    },
  ],
  models: [gateModel()],
  totals: {
    costPerMonth: change(1000, 4000, "USD"),
    co2ePerMonth: change(5000, 20_000, "gCO2e"),
    of: "changed",
  },
  findings: { new: [gateFinding()], fixed: [] },
  overrides: [],
  notes: [],
  files: { changed: 1, analyzed: 2 },
  ...more,
});

/** Nothing differs. */
export const quietResult = (): GateResult =>
  gateResult({
    verdict: "pass",
    reasons: [],
    models: [],
    totals: {
      costPerMonth: change(1000, 1000, "USD"),
      co2ePerMonth: change(5000, 5000, "gCO2e"),
      of: "changed",
    },
    findings: { new: [], fixed: [] },
  });
