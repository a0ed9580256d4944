import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { renderAnnotations } from "../server/src/gate/render-annotations.ts";
import { renderCodeQuality } from "../server/src/gate/render-gitlab.ts";
import { renderMarkdown } from "../server/src/gate/render-markdown.ts";
import { renderSlack } from "../server/src/gate/render-slack.ts";
import { isWorthTelling } from "../server/src/gate/verdict-text.ts";
import { ciLinks, pullOf } from "../server/src/publish/ci-links.ts";
import { gateFinding, gateModel, gateResult, quietResult } from "./harness/gate-result.ts";

const many = <T>(count: number, make: (i: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i));

describe("annotations", () => {
  test("are ten of a level, the last of which tells how many are left", () => {
    const findings = many(30, (i) =>
      gateFinding({ file: `m${i}.py`, severity: i < 25 ? "warning" : "info" }),
    );
    const lines = renderAnnotations(gateResult({ findings: { new: findings, fixed: [] } }))
      .trimEnd()
      .split("\n");
    const of = (level: string) => lines.filter((line) => line.startsWith(`::${level} `));
    assert.deepEqual(
      ["error", "warning", "notice"].map((level) => of(level).length),
      [1, 10, 6],
    );
    assert.match(of("warning").at(-1) ?? "", /^::warning title=EcoCompute::and 16 more/);
  });

  test("of what is allowed are notices, and in audit mode nothing is an error", () => {
    const [reason] = gateResult().reasons;
    assert.ok(reason !== undefined);
    const allowed = { kind: "label", name: "x", reason: "agreed", file: null, line: null } as const;
    assert.match(
      renderAnnotations(gateResult({ reasons: [{ ...reason, allowed }] })),
      /^::notice .*Allowed: agreed$/m,
    );
    assert.doesNotMatch(renderAnnotations(gateResult({ mode: "audit" })), /^::error/m);
  });
});

describe("a message of Slack", () => {
  const links = { title: "acme/models #7", change: undefined, run: undefined };

  test("keeps to its limits and says what it leaves out", () => {
    const models = many(40, (i) => gateModel({ id: String(i), name: `Net${i}`.padEnd(400, "x") }));
    const { blocks } = renderSlack(gateResult({ models }), links);
    const text = JSON.stringify(blocks);
    assert.match(text, /and 30 more/);
    assert.ok(blocks.length <= 50);
    for (const block of blocks)
      if (block.type === "section") assert.ok(block.text.text.length <= 3000, String(block.text.text.length));
  });

  test("tells who allowed what", () => {
    const overrides = [{ kind: "label", name: "ok", reason: "agreed", file: null, line: null }] as const;
    assert.match(JSON.stringify(renderSlack(gateResult({ overrides }), links)), /Allowed by ok: agreed/);
  });
});

test("a comment cuts long lists, and says by how much", () => {
  const findings = many(60, (i) => gateFinding({ file: `m${i}.py` }));
  const models = many(60, (i) => gateModel({ id: String(i), causes: [] }));
  const text = renderMarkdown(gateResult({ models, findings: { new: findings, fixed: [] } }));
  assert.match(text, /^\| and 35 more \|/m);
  assert.match(text, /New findings \(60\)[\s\S]*^- and 35 more$/m);
  assert.ok(text.length < 65_000);
});

test("a comment says what is unknown once, and what a lower bound is", () => {
  const unknown = { value: null, low: null, high: null, unit: "USD", atLeast: true, why: "`x` has no shape" };
  const totals = gateResult().totals;
  const text = renderMarkdown(
    gateResult({ totals: { ...totals, costPerMonth: { before: unknown, after: unknown, delta: unknown } } }),
  );
  assert.match(
    text,
    /^\| cost per month \| unknown \| unknown \| unknown \(<code>x<\/code> has no shape\) \|$/m,
  );
});

test("a code quality report has one fingerprint for each entry, whatever repeats", () => {
  const entries = renderCodeQuality(
    gateResult({ findings: { new: many(3, () => gateFinding()), fixed: [] } }),
  );
  assert.deepEqual(
    entries.map(({ fingerprint }) => fingerprint),
    ["", ":2", ":3"].map((end) => `src/train.py:00000000deadbeef:1${end}`),
  );
  assert.deepEqual(entries[0]?.location, { path: "src/train.py", lines: { begin: 7 } });
  assert.equal(entries[0]?.severity, "critical");
});

test("a rename or a move alone is nothing to tell", () => {
  assert.equal(isWorthTelling(quietResult()), false);
  assert.equal(isWorthTelling({ ...quietResult(), models: [gateModel({ status: "renamed" })] }), false);
  assert.equal(isWorthTelling({ ...quietResult(), models: [gateModel()] }), true);
  assert.equal(isWorthTelling({ ...quietResult(), findings: { new: [], fixed: [gateFinding()] } }), true);
});

test("links are made of what a CI says, and never of what could end one", () => {
  const github = { GITHUB_REPOSITORY: "a/b", GITHUB_SERVER_URL: "https://ghe.example", GITHUB_RUN_ID: "5" };
  assert.deepEqual(ciLinks(github, 7), {
    title: "a/b #7",
    change: "https://ghe.example/a/b/pull/7",
    run: "https://ghe.example/a/b/actions/runs/5",
  });
  assert.deepEqual(ciLinks({ ...github, GITHUB_SERVER_URL: "https://x|y>z", GITHUB_RUN_ID: "5/../6" }, 7), {
    title: "a/b #7",
    change: undefined,
    run: undefined,
  });
  const gitlab = {
    CI_PROJECT_PATH: "g/sub/p",
    CI_PROJECT_URL: "https://gitlab.example/g/sub/p",
    CI_MERGE_REQUEST_IID: "3",
    CI_PIPELINE_URL: "https://gitlab.example/g/sub/p/-/pipelines/9",
  };
  assert.deepEqual(ciLinks(gitlab, undefined), {
    title: "g/sub/p !3",
    change: "https://gitlab.example/g/sub/p/-/merge_requests/3",
    run: "https://gitlab.example/g/sub/p/-/pipelines/9",
  });
  assert.equal(ciLinks({}, undefined).title, "a change");
  assert.deepEqual(["refs/pull/12/merge", "refs/heads/pull/12/merge", undefined].map(pullOf), [
    12,
    undefined,
    undefined,
  ]);
});
