import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { calibration } from "../server/src/cost/coefficients.gen.ts";
import { diffusionPowerRows } from "../server/tools/calibrate/diffusion.ts";
import { fitPower, powerRows } from "../server/tools/calibrate/power.ts";
import { fitServing, readServingRows } from "../server/tools/calibrate/serving.ts";
import { rounded } from "../server/tools/calibrate/write.ts";

/** What `npm run validate` prints: `npm run validate -- --check` proves that. */
const report = readFileSync("server/docs/cost/report.md", "utf8");
const readme = readFileSync("README.md", "utf8");
const summary = /<!-- accuracy:start -->([\s\S]*)<!-- accuracy:end -->/.exec(readme)?.[1] ?? "";

const rowsOf = (text: string): readonly (readonly string[])[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

test("every figure of the README is the one that validation printed", () => {
  const expected = rowsOf(report).flatMap((row) => {
    const [name = "", second = "", third = "", mean = "", median = "", goal = "", verdict = ""] = row;
    if (name === "test" || name === "check" || row.length === 0) return [];
    if (row.length === 5) return [[name, third, mean, median].join(" | ")];
    if (goal === "-") return [];
    const statistic = goal.startsWith("mean") ? `mean ${mean}` : `median ${median}`;
    return [
      [`${name} (${second} left out)`, statistic, goal.replace(/^(?:mean|median) /, ""), verdict].join(" | "),
    ];
  });
  assert.ok(expected.length > 10, `${expected.length} rows`);
  assert.deepEqual(
    rowsOf(summary)
      .slice(1)
      .map((row) => row.join(" | ")),
    expected,
  );
  const untested = (text: string): readonly string[] =>
    text.split("\n").filter((line) => line.startsWith("- Not tested"));
  assert.deepEqual(untested(summary), untested(report));
});

test("every table has its plot", () => {
  const plots = [...report.matchAll(/^!\[.*\]\((\d+\.svg)\)$/gm)].map(([, file]) => file);
  const tables = rowsOf(report).filter((row) => row.length === 8 && row[0] !== "test");
  assert.equal(plots.length, tables.length);
  for (const plot of plots) assert.ok(existsSync(`server/docs/cost/${plot}`), plot);
});

test("the same rows give the same coefficients, and those are in use", () => {
  const fitted = (): unknown => rounded(fitServing(readServingRows()));
  assert.deepEqual(fitted(), calibration.serving.coefficients);
  assert.deepEqual(fitted(), fitted());
  const rows = [...powerRows(readServingRows()), ...diffusionPowerRows()];
  assert.deepEqual(rounded(fitPower(rows)), calibration.power.coefficients);
});
