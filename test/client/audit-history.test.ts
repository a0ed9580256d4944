import assert from "node:assert/strict";
import { test } from "node:test";
import { createAuditHistory, type TextStore } from "../../client/src/audit/audit-history.ts";
import { readPastAudit } from "../../client/src/audit/past-audit.ts";
import { pastAudit, shownAudit, shownReply } from "../harness/shown-audit.ts";

function memory(texts: Map<string, string>): TextStore {
  return {
    list: async () => [...texts.keys()],
    read: async (name) => {
      const text = texts.get(name);
      if (text === undefined) throw new Error("gone");
      return text;
    },
    write: async (name, text) => void texts.set(name, text),
    remove: async (name) => void texts.delete(name),
  };
}

const at = (day: number): string => `2026-11-${String(day).padStart(2, "0")}T10:00:00.000Z`;

test("what was stored is read again, the newest first, with its questions", async () => {
  const texts = new Map<string, string>();
  const history = createAuditHistory(memory(texts));
  await history.put(pastAudit("old", { at: at(1) }));
  await history.put(pastAudit("new", { at: at(2) }));
  await history.put({ ...pastAudit("old", { at: at(1) }), replies: [shownReply] });
  const again = await createAuditHistory(memory(texts)).all();
  assert.deepEqual(
    again.map(({ id, replies }) => [id, replies.length]),
    [
      ["new", 0],
      ["old", 1],
    ],
  );
  assert.deepEqual(again[0]?.audit, { ...shownAudit, at: at(2) });
});

test("a broken file costs only itself, and can be deleted", async () => {
  const good = JSON.stringify(pastAudit("good"));
  const texts = new Map([
    ["good.json", good],
    ["cut.json", good.slice(0, 500)],
    ["other-name.json", good],
    ["empty.json", ""],
    ["null.json", "null"],
    ["typed.json", JSON.stringify({ ...pastAudit("typed"), audit: { ...shownAudit, claims: "none" } })],
    ["notes.txt", "hello"],
  ]);
  const history = createAuditHistory(memory(texts));
  assert.deepEqual(
    (await history.all()).map(({ id }) => id),
    ["good"],
  );
  assert.equal((await history.unreadable()).length, 6);
  await history.removeUnreadable();
  assert.deepEqual([...texts.keys()], ["good.json"]);
  assert.deepEqual(await history.unreadable(), []);
  await history.remove("good");
  assert.equal(texts.size, 0);
  assert.deepEqual(await history.all(), []);
});

test("of many audits the oldest go", async () => {
  const texts = new Map<string, string>();
  const history = createAuditHistory(memory(texts));
  for (let i = 0; i < 45; i++) await history.put(pastAudit(`a${i}`, { at: at(1 + (i % 28)) }));
  assert.equal(texts.size, 40);
  assert.ok(!texts.has("a0.json") && texts.has("a44.json"));
});

test("a stored audit is read field by field: any of another type is refused", () => {
  const whole = { ...pastAudit("a"), replies: [shownReply] };
  assert.deepEqual(readPastAudit(JSON.parse(JSON.stringify({ ...whole, more: 1 }))), whole);
  let refused = 0;
  for (const key of Object.keys(shownAudit)) {
    const spoiled = { ...whole, audit: { ...shownAudit, [key]: { wrong: true } } };
    assert.throws(() => readPastAudit(spoiled), key);
    refused++;
  }
  assert.ok(refused > 15);
  for (const step of [{ kind: "code" }, { kind: "unknown", text: "" }, "thought", null])
    assert.throws(() => readPastAudit({ ...whole, audit: { ...shownAudit, steps: [step] } }));
});
