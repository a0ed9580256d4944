import type { PastAudit } from "../../client/src/audit/past-audit.ts";
import type { ShownAudit, ShownReply } from "../../server/src/report/shown-audit.ts";

/** An audit with something in every field. */
export const shownAudit: ShownAudit = {
  schema: "ecocompute.shown-audit/1",
  file: "net.py",
  at: "2026-11-20T10:00:00.000Z",
  level: 3,
  model: "gemini-3-pro",
  scenario: "A100 80 GB, fp32, us-east-1",
  summary: "The first layer runs twice.",
  energyModel: "By the functions of the engine.",
  subject: "Net",
  isComplete: true,
  figures: [
    {
      name: "Parameters",
      unit: "",
      before: { value: 8_393_728, low: 8_393_728, high: 8_393_728 },
      after: { value: 8_393_728, low: 8_393_728, high: 8_393_728 },
    },
    {
      name: "Energy of a batch of 256",
      unit: "J",
      before: { value: 0.2, low: 0.15, high: 0.27 },
      after: { value: 0.13, low: 0.1, high: 0.18 },
    },
  ],
  saving: { percent: 33.3, low: 25, high: 41.6, joules: 0.07, carbonGrams: 120, usd: 0.4 },
  claims: [
    {
      name: "Energy as it is",
      unit: "J",
      claimed: 1e6,
      computed: { value: 0.2, low: 0.15, high: 0.27 },
      verdict: "disagrees",
      comment: "5000000 times too high",
    },
  ],
  assumptions: ["the grid of us-east-1"],
  citations: [
    { title: "A paper", address: "https://arxiv.org/abs/2401.99999", supports: "30 %", href: null },
    {
      title: "nvidia.com",
      address: "https://www.nvidia.com/a100",
      supports: "312 TFLOP/s",
      href: "https://www.nvidia.com/a100",
    },
  ],
  breakdown: [{ component: "wide", share: 0.66 }],
  comments: [
    {
      component: "wide",
      sharePercent: 60,
      computedPercent: 66,
      verdict: "agrees",
      comment: "runs twice",
    },
  ],
  recommendations: [
    {
      title: "Run the first layer once",
      category: "architecture",
      why: "its result is multiplied by 0",
      verdict: { kind: "holds", text: "Saves 33.3 % (25.0 to 41.6 %), computed." },
      gain: { percent: 30, basis: "computed" },
      citation: null,
      accuracyRisk: "none",
      accuracyDropPercent: null,
      changesParameters: false,
      changesOutput: false,
      edits: [{ find: "a\nb\nc", replace: "a\nx\nc" }],
    },
  ],
  together: [{ find: "a\nb\nc", replace: "a\nx\nc" }],
  criticalBugs: [
    {
      line: 3,
      what: "The gradient is dropped",
      fix: "Call backward.",
      verdict: { kind: "advice", text: "Words only." },
      edits: [],
    },
  ],
  benchmark: { name: "MLPerf", figure: "1 s", citation: null },
  steps: [
    { kind: "thought", text: "Twice?" },
    { kind: "search", queries: ["a100 power"] },
    { kind: "sources", sources: [{ title: "t", address: "https://t.example", supports: "", href: null }] },
    { kind: "code", code: "print(1)" },
    { kind: "code-result", output: "1", isOk: true },
    { kind: "call", name: "cost_of_variant", text: "{}" },
    { kind: "call-result", name: "cost_of_variant", text: "{}" },
    { kind: "text", text: "Twice." },
  ],
  spentUsd: 0.0123,
  notes: ["The first report was repaired."],
};

export const shownReply: ShownReply = {
  question: "Why?",
  answer: "Because.",
  at: "2026-11-20T10:05:00.000Z",
  level: 2,
  model: "gemini-3-flash-lite",
  spentUsd: 0.001,
  steps: [],
  notes: [],
};

export const pastAudit = (id: string, more: Partial<ShownAudit> = {}): PastAudit => ({
  id,
  uri: "file:///w/net.py",
  audit: { ...shownAudit, ...more },
  replies: [],
});
