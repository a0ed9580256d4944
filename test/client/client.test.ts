import assert from "node:assert/strict";
import { test } from "node:test";
import { crashLimit, crashWindow, createRestartLimit } from "../../client/src/restart-limit.ts";
import { statusText } from "../../client/src/status-text.ts";

test("a server that keeps crashing is left stopped; one that crashes now and then is not", () => {
  const often = createRestartLimit();
  const answers = Array.from({ length: crashLimit }, (_, crash) => often.mayRestart(crash * 1000));
  assert.deepEqual(answers, [...Array.from({ length: crashLimit - 1 }, () => true), false]);
  often.reset();
  assert.equal(often.mayRestart(crashLimit * 1000), true);

  const seldom = createRestartLimit();
  for (let crash = 0; crash < 3 * crashLimit; crash++)
    assert.equal(seldom.mayRestart(crash * crashWindow), true);
});

test("the status says what is known, and says so when it is not", () => {
  assert.deepEqual(statusText({ state: "ready", rulesActive: 12, torchVersion: "2.4 (pyproject.toml)" }), {
    text: "EcoCompute",
    detail: "12 rules · torch 2.4 (pyproject.toml)",
    busy: false,
    severity: "information",
  });
  assert.equal(
    statusText({ state: "ready", rulesActive: 1, configPath: "file:///w/my%20app/pyproject.toml" }).detail,
    "1 rule · torch version unknown · pyproject.toml",
  );
  assert.equal(statusText({ state: "analyzing", rulesActive: 12, message: "3 of 90 files" }).busy, true);
  assert.equal(statusText({ state: "starting", rulesActive: 0 }).busy, true);
  assert.deepEqual(statusText({ state: "error", rulesActive: 0, message: "it stopped" }), {
    text: "EcoCompute has a problem",
    detail: "it stopped",
    busy: false,
    severity: "error",
  });
});
