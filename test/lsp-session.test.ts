import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Snapshot } from "../server/src/lsp/documents.ts";
import { createLog } from "../server/src/lsp/log.ts";
import { createSession, type Session, type SessionEvents } from "../server/src/lsp/session.ts";
import { defaultSettings } from "../server/src/lsp/settings.ts";
import { defineRule, type NamedRule } from "../server/src/rules/_rule.ts";
import { syntax } from "./harness/syntax.ts";

/** Takes its time over every piece of code that changed. */
const slowRule: NamedRule = {
  id: "slow-rule",
  docs: "",
  ...defineRule({
    category: "bug",
    topic: "layers",
    severity: { certain: "warning", likely: "warning", possible: "warning" },
    fix: "none",
    since: "0.0.0",
    on: {
      Name(node, ctx) {
        if (node.id !== "slow") return;
        for (const end = performance.now() + 60; performance.now() < end; );
        ctx.report({ at: node, certainty: "certain", message: "slow" });
      },
    },
  }),
};

interface Observed {
  readonly session: Session;
  readonly analyzed: readonly Snapshot[];
  readonly logged: readonly string[];
  readonly reconfigured: readonly number[];
}

function observe(
  rules: readonly NamedRule[],
  loadSettings = async (): Promise<() => typeof defaultSettings> => () => defaultSettings,
): Observed {
  const analyzed: Snapshot[] = [];
  const reconfigured: number[] = [];
  const logged: string[] = [];
  const note = (message: string): void => {
    logged.push(message);
  };
  const events: SessionEvents = {
    analyzed: (snapshot) => {
      analyzed.push(snapshot);
    },
    opened: () => undefined,
    closed: () => undefined,
    filesChanged: () => undefined,
    reconfigured: (scopes) => {
      reconfigured.push(scopes.length);
    },
  };
  const session = createSession({
    syntax: Promise.resolve(syntax),
    rules,
    log: createLog({ error: note, warn: note, info: () => undefined, debug: () => undefined }),
    events,
    loadSettings,
  });
  return { session, analyzed, logged, reconfigured };
}

const uri = "file:///nowhere/m.py";
const insert = (text: string) => [
  { range: { start: { line: 1, character: 0 }, end: { line: 1, character: 0 } }, text },
];

describe("a session", () => {
  test("analyzes a slow document after a pause: what is overtaken is not analyzed", async () => {
    const { session, analyzed, logged } = observe([slowRule]);
    await session.start([]);
    session.open(uri, 1, "import torch\nslow\n");
    session.change(uri, 2, insert("x"));
    session.change(uri, 3, insert("(slow)\n"));
    for (let version = 4; version <= 30; version++) session.change(uri, version, insert("y = slow\n"));
    const before = analyzed.length;
    assert.ok(before < 6, `${before} analyses while typing`);
    await sleep(1_500);
    const last = analyzed.at(-1);
    assert.equal(last?.version, 30);
    assert.equal(last.file.findings.length, 28);
    assert.ok(analyzed.length <= before + 2);
    session.dispose();
    assert.deepEqual(logged, []);
  });

  test("a request does not wait for the pause", async () => {
    const { session } = observe([slowRule]);
    await session.start([]);
    session.open(uri, 1, "import torch\nslow\n");
    session.change(uri, 2, insert("slow\n"));
    session.change(uri, 3, insert("slow\n"));
    assert.equal(session.snapshot(uri)?.version, 3);
    assert.equal(session.snapshot(uri)?.file.findings.length, 3);
    assert.equal(session.snapshot(uri), session.snapshot(uri), "nothing is done twice");
    session.dispose();
  });

  test("keeps what comes before it has started", async () => {
    const { session, analyzed } = observe([]);
    session.open(uri, 1, "import torch\n");
    session.change(uri, 2, insert("x = 1\n"));
    assert.equal(session.snapshot(uri), undefined);
    await session.start([]);
    assert.deepEqual(
      analyzed.map((each) => [each.version, each.file.text]),
      [[2, "import torch\nx = 1\n"]],
    );
    session.dispose();
  });

  test("of two reloads at once, the later one counts", async () => {
    let asked = 0;
    const { session, reconfigured } = observe([], async () => {
      asked++;
      await sleep(asked === 2 ? 80 : 5);
      return () => defaultSettings;
    });
    await session.start(["/nowhere"]);
    await Promise.all([session.reload(), session.reload()]);
    assert.equal(asked, 3);
    assert.deepEqual(reconfigured, [1, 1], "the start and the later reload");
    session.dispose();
  });

  test("those who wait for a start that fails are not left waiting", async () => {
    const { session } = observe([], () => Promise.reject(new Error("no settings")));
    await assert.rejects(session.start([]), /no settings/);
    await session.ready;
    assert.throws(() => session.scopeFor("/x.py"), /has not started/);
  });
});
