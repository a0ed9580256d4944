import assert from "node:assert/strict";
import { test } from "node:test";
import { type AuditAction, mostQuestion, readAuditAction } from "../../client/src/panel/audit-messages.ts";
import {
  bounds,
  changeText,
  figure,
  gainText,
  headText,
  riskText,
  spendingText,
} from "../../client/webview/audit-words.ts";
import { type ComparedRow, compareAudits } from "../../client/webview/compare-audits.ts";
import { diffLines } from "../../client/webview/diff-lines.ts";
import type { ShownRecommendation } from "../../server/src/report/shown-audit.ts";
import { pastAudit, shownAudit } from "../harness/shown-audit.ts";

test("only well-formed actions of the panel are read", () => {
  const good: readonly AuditAction[] = [
    { kind: "start", task: "audit-model" },
    { kind: "cancel" },
    { kind: "open", ids: [] },
    { kind: "open", ids: ["a", "b"] },
    { kind: "ask", id: "a", question: "Why?" },
    { kind: "change", id: "a", list: "criticalBugs", index: 0 },
    { kind: "change", id: "a", list: "together", index: 0 },
    { kind: "line", id: "a", line: 3 },
    { kind: "source", address: "https://a.example" },
  ];
  for (const action of good) assert.deepEqual(readAuditAction({ ...action, more: 1 }), action);
  for (const bad of [
    undefined,
    "cancel",
    { kind: "start", task: "fix-finding" },
    { kind: "open", ids: ["a", "b", "c"] },
    { kind: "open", ids: [1] },
    { kind: "ask", id: "a", question: "  " },
    { kind: "ask", id: "a", question: "?".repeat(mostQuestion + 1) },
    { kind: "change", id: "a", list: "edits", index: 0 },
    { kind: "change", id: "a", list: "criticalBugs", index: -1 },
    { kind: "line", id: "a", line: 0.5 },
    { kind: "source", address: 1 },
    { kind: "run" },
  ])
    assert.equal(readAuditAction(bad), undefined, JSON.stringify(bad));
});

test("figures read as people write them", () => {
  assert.equal(figure(8_393_728, ""), "8,393,728");
  assert.equal(figure(33.333, "%"), "33 %");
  assert.equal(figure(2.5, "%"), "2.5 %");
  assert.equal(figure(0.2, "J"), "200 mJ");
  assert.equal(figure(0.4, "USD per million"), "$0.4 per million");
  assert.equal(figure(1200, "gCO2e per million"), "1.2 kg CO2e per million");
  assert.equal(bounds({ value: 1, low: 1, high: 1 }, "J"), "");
  assert.equal(bounds({ value: 0.2, low: 0.15, high: 0.27 }, "J"), "150 mJ to 270 mJ");
});

test("a recommendation says what its gain rests on, what it risks and what it changes", () => {
  const [held] = shownAudit.recommendations;
  assert.ok(held !== undefined);
  const each = (more: Partial<ShownRecommendation>): ShownRecommendation => ({ ...held, ...more });
  assert.match(gainText(each({ gain: { percent: 30, basis: "claimed" } })), /30 %: claimed, not checked/);
  assert.match(gainText(each({ gain: { percent: 30, basis: "cited" } })), /30 %, cited/);
  assert.equal(gainText(each({ gain: { percent: null, basis: "none" } })), "");
  assert.match(
    riskText(each({ accuracyRisk: "high", accuracyDropPercent: 1.5 })),
    /^High risk.*a drop of 1.5 %\.$/,
  );
  assert.equal(changeText(each({})), "");
  assert.equal(
    changeText(each({ changesParameters: true, changesOutput: true })),
    "Changes the number of parameters and the shape of the output.",
  );
});

test("a change is shown by its lines, with what both sides share", () => {
  const lines = (find: string, replace: string): readonly string[] =>
    diffLines({ find, replace }).map(({ kind, text }) => `${kind} ${text}`);
  assert.deepEqual(lines("a\nb\nc", "a\nx\ny\nc"), ["same a", "removed b", "added x", "added y", "same c"]);
  assert.deepEqual(lines("a\nb", ""), ["removed a", "removed b"]);
  assert.deepEqual(lines("a", "a\na"), ["same a", "added a"]);
});

test("what was spent is told with its caps and the share of each level", () => {
  const levels = [
    { level: 1, requests: 8, percent: 80 },
    { level: 2, requests: 1, percent: 10 },
    { level: 3, requests: 1, percent: 10 },
  ] as const;
  const spending = {
    todayUsd: 0.0123,
    capPerDayUsd: 5,
    capPerAuditUsd: 1,
    totalUsd: 1.5,
    levels,
    isUpperBound: true,
  };
  assert.deepEqual(spendingText(spending), [
    "Spent today: $0.0123 of $5.00. One audit can cost up to $1.00. In all: $1.50 at most.",
    "Requests by level: 1 (rules and engine, free) 80 %, 2 (light model) 10 %, 3 (strong model) 10 %.",
  ]);
  assert.equal(spendingText({ ...spending, levels: [] })[1], "No requests yet.");
  const head = { id: "a", file: "net.py", at: "nonsense", level: 3, model: "m", spentUsd: 0.5 } as const;
  assert.equal(
    headText({ ...head, questions: 1, saving: null }),
    "nonsense, level 3 (m), $0.50, 1 question, no saving computed",
  );
});

test("two audits stand side by side, and what differs says so", () => {
  const older = pastAudit("a");
  const energy = shownAudit.figures.map((each) =>
    each.unit === "J" ? { ...each, before: { value: 0.1, low: 0.08, high: 0.13 }, after: null } : each,
  );
  const newer = pastAudit("b", {
    at: "2026-11-21T10:00:00.000Z",
    figures: energy,
    saving: null,
    recommendations: shownAudit.recommendations.map((each) => ({ ...each, title: "Use bf16" })),
  });
  const rows = new Map<string, ComparedRow>();
  for (const { title, rows: all } of compareAudits(older, newer))
    for (const row of all) rows.set(`${title} / ${row.name}`, row);
  const differs = (name: string): string | undefined => rows.get(name)?.difference;
  assert.equal(differs("The audits / File"), "");
  assert.equal(differs("The code as it was, by the engine / Parameters"), "");
  assert.equal(differs("The code as it was, by the engine / Energy of a batch of 256"), "50 % less");
  assert.equal(differs("With the changes that hold, by the engine / Energy of a batch of 256"), "differs");
  assert.equal(differs("Saving / Computed saving"), "differs");
  assert.equal(differs("Recommendations / Run the first layer once"), "only in the older");
  assert.equal(differs("Recommendations / Use bf16"), "only in the newer");
  assert.deepEqual(rows.get("Claims of the model / Energy as it is")?.cells, [
    "1 MJ, disagrees",
    "1 MJ, disagrees",
  ]);
});
