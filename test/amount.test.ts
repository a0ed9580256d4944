import assert from "node:assert/strict";
import { test } from "node:test";
import { amount, percentOf, spread } from "../server/src/base/amount.ts";

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

for (const [value, unit, said] of [
  [12.5, "USD", "$12.5"],
  [1250, "USD", "$1,250"],
  [0.0042, "USD", "$0.0042"],
  [-0.0042, "USD", "-$0.0042"],
  [0.0001, "USD", "$0.0001"],
  [3.57e-6, "USD", "3.57 µUSD"],
  [1.18e-8, "USD", "11.8 nUSD"],
  [-1.18e-8, "USD", "-11.8 nUSD"],
  [0, "USD", "$0"],
  [2.5e-5, "EUR", "25 µEUR"],
  [0.112, "EUR", "0.112 EUR"],
  [2e-11, "J", "20 pJ"],
] as const)
  test(`${value} ${unit} is ${said}`, () => {
    assert.equal(amount(value, unit), said);
  });

for (const [share, said] of [
  [1, "100 %"],
  [0.996, "100 %"],
  [0.42, "42 %"],
  [0.042, "4.2 %"],
  [0.0001, "under 0.1 %"],
  [0, "0 %"],
] as const)
  test(`a share of ${share} is ${said}`, () => {
    assert.equal(percentOf(share), said);
  });
