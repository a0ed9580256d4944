import assert from "node:assert/strict";
import { test } from "node:test";
import { type AuditReport, checkReport } from "../server/src/audit/audit-report.ts";
import { modelReport } from "../server/src/audit/model-report.ts";
import { showAudit, showStep } from "../server/src/audit/show-audit.ts";
import { addStep, type ShownStep } from "../server/src/report/shown-audit.ts";
import { engineOver } from "./harness/audit-engine.ts";
import { auditedCode, auditedReport } from "./harness/audited.ts";

/** Marks that turn the direction of reading, and characters of no width. */
const hidden = "\u202E\u2066\u200B\u200D\u{E0041}\u0007";
const hiding = /[\u202A-\u202E\u2066-\u2069\u200B-\u200F\u{E0000}-\u{E007F}]/u;

const [change] = auditedReport.recommendations;

function reported(more: Readonly<Record<string, unknown>>): AuditReport {
  const said = modelReport.parse({ ...auditedReport, ...more });
  const found = [
    { title: `Paper${hidden}`, uri: "https://arxiv.org/abs/1", supports: ["30 %"] },
    { title: "Plain", uri: "http://plain.example/", supports: [] },
  ];
  return checkReport(said, auditedCode, engineOver(auditedCode), found, {
    file: "net.py",
    at: "2026-11-22T10:00:00.000Z",
    level: 3,
    model: "m",
    spentUsd: 0.01,
    notes: [],
    trace: { steps: [{ kind: "thought", text: `a${hidden}b` }] },
  });
}

test("nothing hides in any text of what is shown", () => {
  const text = (name: string): string => `${name}${hidden}`;
  const shown = showAudit(
    reported({
      summary: text("summary"),
      energyModel: text("energy"),
      assumptions: [text("assumption")],
      citations: [{ title: text("t"), uri: `https://a.example/${hidden}`, supports: text("s") }],
      breakdown: [{ component: text("c"), sharePercent: 1, comment: text("comment") }],
      recommendations: [{ ...change, title: text("title"), why: text("why") }],
      criticalBugs: [{ line: 14, what: text("what"), fix: text("fix"), edits: [] }],
      benchmark: { name: text("b"), figure: text("f"), citation: null },
    }),
  );
  const all = JSON.stringify(shown);
  assert.doesNotMatch(all, hiding);
  for (const kept of ["summary", "energy", "assumption", "comment", "title", "why", "what", "fix"])
    assert.ok(all.includes(kept), kept);
});

test("only what a search returned and is on the web leads anywhere", () => {
  const uris = [
    "https://arxiv.org/abs/1",
    "http://plain.example/",
    "https://invented.example/",
    "javascript:alert(1)",
    "command:workbench.action.quit",
    "file:///etc/passwd",
  ];
  const { citations } = showAudit(
    reported({ citations: uris.map((uri) => ({ title: uri, uri, supports: "" })) }),
  );
  assert.deepEqual(
    citations.map(({ address, href }) => [address, href]),
    uris.map((uri, i) => [uri, i === 0 ? uri : null]),
  );
});

test("a change that holds is offered; one that is dropped or hides something is not", () => {
  const [edit] = change?.edits ?? [];
  assert.ok(change !== undefined && edit !== undefined);
  const hiddenEdit = { find: edit.find, replace: `${edit.replace}  # \u202Ereviewed` };
  const breaking = { find: "nn.Linear(4096, 1024)", replace: "nn.Linear(8, 1024)" };
  const { recommendations } = showAudit(
    reported({
      recommendations: [change, { ...change, edits: [hiddenEdit] }, { ...change, edits: [breaking] }],
    }),
  );
  assert.deepEqual(
    recommendations.map(({ verdict, edits }) => [verdict.kind === "dropped", edits.length]),
    [
      [false, 1],
      [recommendations[1]?.verdict.kind === "dropped", 0],
      [true, 0],
    ],
  );
});

test("pieces of a thought become one step; every event has a step", () => {
  const thought = (text: string): ShownStep => ({ kind: "thought", text });
  const steps = [thought("a"), thought("b"), { kind: "code", code: "1" } as const, thought("c")];
  assert.deepEqual(steps.reduce<readonly ShownStep[]>(addStep, []), [
    thought("ab"),
    { kind: "code", code: "1" },
    thought("c"),
  ]);
  const long = showStep({ kind: "code-result", output: "x".repeat(50_000), isOk: false });
  assert.ok(long.kind === "code-result" && long.output.length === 20_000);
  const call = showStep({ kind: "call", name: `cost${hidden}`, args: { edits: [hidden] } });
  assert.doesNotMatch(JSON.stringify(call), hiding);
});
