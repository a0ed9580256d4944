import assert from "node:assert/strict";
import { test } from "node:test";
import { spread } from "../server/src/base/amount.ts";

for (const { value, low, high, said } of [
  { value: 100, low: 90, high: 118, said: "±18 %" },
  { value: 100, low: 60, high: 110, said: "±40 %" },
  { value: 100, low: 50, high: 150, said: "±50 %" },
  { value: 182, low: 88.4, high: 376, said: "×÷ 2.1" },
  { value: 100, low: 25, high: 120, said: "×÷ 4" },
  { value: 100, low: 0, high: 300, said: "±200 %" },
  { value: 0, low: 0, high: 0, said: "±0 %" },
])
  test(`${value} between ${low} and ${high} is ${said}`, () => {
    assert.equal(spread(value, low, high), said);
  });
