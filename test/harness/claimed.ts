import assert from "node:assert/strict";
import type { Citation } from "../../server/src/audit/audit-event.ts";
import { type AuditReport, checkReport } from "../../server/src/audit/audit-report.ts";
import type { ModelReport, Recommendation } from "../../server/src/audit/model-report.ts";
import { engineOver } from "./audit-engine.ts";

/** A model that runs one of its layers twice. */
export const audited = `import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.wide = nn.Linear(1024, 8192)
        self.spare = nn.Linear(1024, 8192)
        self.down = nn.Linear(8192, 1024)

    def forward(self, x):
        hidden = torch.relu(self.wide(x)) + torch.relu(self.spare(x))
        again = torch.relu(self.wide(x))
        return self.down(hidden + 0 * again)


model = Net()
y = model(torch.randn(256, 1024))
`;

const engine = engineOver(audited);
const [first] = engine.examine(audited).models;
assert.ok(first);
/** What the engine says of it. */
export const truth = first;
export const energy = truth.energy.value ?? Number.NaN;
export const latency = truth.latency.value ?? Number.NaN;
assert.ok(truth.complete && energy > 0 && latency > 0 && truth.parameters !== null && truth.macs !== null);

export const noClaims: ModelReport["claims"] = {
  originalEnergyJoules: null,
  optimizedEnergyJoules: null,
  savingPercent: null,
  savingPercentLow: null,
  savingPercentHigh: null,
  carbonSavedGrams: null,
  costSavedUsdPerMillion: null,
  parameters: null,
  macs: null,
  latencySeconds: null,
};

const silent: ModelReport = {
  summary: "s",
  energyModel: "e",
  claims: noClaims,
  assumptions: [],
  citations: [],
  breakdown: [],
  recommendations: [],
  criticalBugs: [],
  benchmark: null,
};

export const advice: Recommendation = {
  title: "t",
  category: "other",
  why: "w",
  gainPercent: null,
  gainSource: "own",
  citation: null,
  accuracyRisk: "none",
  accuracyDropPercent: null,
  changesParameters: false,
  changesOutput: false,
  edits: [],
};

/** What the search returned. */
const found: readonly Citation[] = [
  { title: "Real", uri: "https://example.org/real", supports: ["It saves 12 % on an A100."] },
  { title: "[x](command:evil) \u202eReal", uri: "javascript:alert(1)", supports: [] },
];

export const check = (said: Partial<ModelReport>): AuditReport =>
  checkReport({ ...silent, ...said }, audited, engine, found, {
    file: "net.py",
    at: "2026-11-22T00:00:00Z",
    level: 3,
    model: "gemini",
    spentUsd: 0,
    notes: [],
    trace: { steps: [] },
  });

export const claim = (claims: Partial<ModelReport["claims"]>): AuditReport =>
  check({ claims: { ...noClaims, ...claims } });
export const propose = (each: Partial<Recommendation>): AuditReport =>
  check({ recommendations: [{ ...advice, ...each }] });
export const edit = (find: string, replace: string): Pick<Recommendation, "edits"> => ({
  edits: [{ find, replace }],
});

/** A change that is right: what it computes stays, and a product is saved. */
export const honest = edit(
  "        again = torch.relu(self.wide(x))\n        return self.down(hidden + 0 * again)",
  "        return self.down(hidden)",
);

/** What became of the first recommendation, and why. */
export const verdictOf = (report: AuditReport): string => {
  const verdict = report.recommendations[0]?.verdict;
  if (verdict === undefined) return "none";
  return verdict.kind === "dropped" || verdict.kind === "unproven"
    ? `${verdict.kind}: ${verdict.why}`
    : verdict.kind;
};
