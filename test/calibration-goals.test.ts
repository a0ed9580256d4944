import assert from "node:assert/strict";
import { test } from "node:test";
import { chanceRange, independentRows } from "../server/tools/calibrate/chance.ts";
import { missed, printed, type Table, type Validation } from "../server/tools/calibrate/tables.ts";

const count = 60;
/** Errors that no two rows share, from -0.3 to 0.3. */
const spread = Array.from({ length: count }, (_, i) => ((((i * 37) % count) + 0.5) / count - 0.5) * 0.6);
const inFives = spread.map((_, i) => `family ${Math.floor(i / 5)}`);

test("rows of a family that err alike count as one, rows that do not as many", () => {
  assert.equal(
    independentRows(
      spread,
      spread.map((_, i) => String(i)),
    ),
    count,
  );
  assert.ok(independentRows(spread, inFives) > 0.8 * count);
  const alike = inFives.map((family) => 0.01 * Number(family.slice(7)));
  assert.ok(Math.abs(independentRows(alike, inFives) - count / 5) < 1e-9);
});

test("27 of 27 is within what chance makes of 90 %, 60 of 60 and 45 of 60 are not", () => {
  assert.equal(chanceRange(27)[1], 1);
  const [low, high] = chanceRange(60);
  assert.ok(low > 45 / 60 && low < 0.9 && high > 0.9 && high < 1, `${low} ${high}`);
  assert.ok(chanceRange(6)[0] < 0.7);
});

const table = (change: Partial<Table>): Table => ({
  name: "a table",
  leftOut: "families",
  errors: spread,
  measured: spread.map(() => 1),
  groups: inFives,
  halfWidth: 0.27,
  goal: { of: "timm training step", statistic: "mean", percent: 20 },
  isSeparate: true,
  ...change,
});

const of = (...tables: readonly Table[]): Validation => ({ tables, checks: [], untested: [] });

test("what is checked are the goals: errors, and intervals over all tables of a test", () => {
  assert.deepEqual(missed(of(table({}))), []);
  assert.deepEqual(
    missed(of(table({ goal: { of: "timm training step", statistic: "mean", percent: 10 } }))),
    ["a table (families left out)"],
  );
  assert.deepEqual(missed(of(table({ halfWidth: 0.2 }))), ["90 % intervals: timm training step hold 66.7 %"]);
  assert.deepEqual(missed(of(table({ halfWidth: 1 }))), ["90 % intervals: timm training step hold 100.0 %"]);
  const small = table({ errors: spread.slice(0, 6), groups: inFives.slice(0, 6), halfWidth: 1 });
  assert.deepEqual(missed(of(table({}), small)), []);
  assert.deepEqual(missed(of(table({ goal: undefined, halfWidth: 1 }))), []);
});

test("a share that chance does not explain is marked", () => {
  assert.match(
    printed(of(table({ halfWidth: 0.2 }))),
    /holds 66\.7 % of 12 groups, by chance .* \(not by chance\)/,
  );
  assert.doesNotMatch(printed(of(table({}))), /not by chance/);
});
