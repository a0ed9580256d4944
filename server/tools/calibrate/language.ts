import type { Calibration } from "../../src/cost/calibration.ts";
import type { TimeCoefficients } from "../../src/cost/coefficients.ts";
import { type Device, deviceAt } from "../../src/cost/device.ts";
import { hostsDiffer } from "../../src/cost/host-pace.ts";
import { findAccelerator } from "../../src/hardware/find-accelerator.ts";
import { type CsvRow, cell, readCsv, requiredNumber } from "../csv.ts";
import { type Counted, countedSeconds } from "./counted.ts";
import { kernelOf } from "./image-latency.ts";
import { leastSquares } from "./least-squares.ts";
import { distinct, softL1 } from "./robust.ts";
import type { Study } from "./tables.ts";

const dir = "server/data/calibration";

interface Row {
  readonly model: string;
  readonly device: Device;
  /** The machine and year: boards of one host share its pace. */
  readonly host: string;
  readonly kernels: readonly Counted[];
  /** Of a token. */
  readonly seconds: number;
}

function readRows(exponent: number): readonly Row[] {
  const digests = new Map<string, CsvRow[]>();
  for (const line of readCsv(`${dir}/language-digests.csv.gz`)) {
    const lines = digests.get(cell(line, "model")) ?? [];
    digests.set(cell(line, "model"), lines);
    lines.push(line);
  }
  return readCsv(`${dir}/language-decode.csv`).map((row) => {
    const found = findAccelerator(cell(row, "accelerator"));
    const digest = digests.get(cell(row, "model"));
    if (found.kind !== "found" || digest === undefined) throw new Error(`nothing of ${cell(row, "model")}`);
    return {
      model: cell(row, "model"),
      device: deviceAt(found.value, exponent),
      host: cell(row, "host"),
      kernels: digest.map((line) => ({ kernel: kernelOf(line, 1), count: requiredNumber(line, "count") })),
      seconds: requiredNumber(row, "seconds"),
    };
  });
}

const errorOf = (row: Row, issue: number, c: TimeCoefficients): number =>
  Math.log(countedSeconds(row.kernels, row.device, { ...c, issue }) / row.seconds);

/** Every host counts the same, however many of its rows there are. */
function fitIssue(rows: readonly Row[], c: TimeCoefficients): number {
  const perHost = new Map<string, number>();
  for (const { host } of rows) perHost.set(host, (perHost.get(host) ?? 0) + 1);
  const fit = leastSquares([{ name: "issue", start: 2e-5, spread: 1 }], ([issue = 0]) =>
    Float64Array.from(
      rows,
      (row) => softL1(errorOf(row, issue, c), 0.2) / (0.2 * Math.sqrt(perHost.get(row.host) ?? 1)),
    ),
  );
  return fit.values[0] ?? 0;
}

/**
 * Tokens that language models write one by one, at batch 1 in Hugging Face's `generate`: small launches that the host is slow to
 * issue. One number is fitted, the seconds in which it issues one; the rest comes from image models and diffusion.
 *
 * @param exponent of the feed of matrix units
 */
export function studyLanguage(c: TimeCoefficients, exponent: number): Study<Calibration["pace"]> {
  const rows = readRows(exponent);
  const byHost = distinct(rows.map((row) => row.host)).flatMap((host) => {
    const issue = fitIssue(
      rows.filter((row) => row.host !== host),
      c,
    );
    return rows.filter((row) => row.host === host).map((row) => ({ row, error: errorOf(row, issue, c) }));
  });
  return {
    calibration: {
      issue: fitIssue(rows, c),
      hosts: distinct(rows.map((row) => row.host)).length,
      rows: rows.length,
    },
    tables: [
      {
        name: "language models in eager mode, a token at batch 1 (Hugging Face generate; v1 of ML.ENERGY and others)",
        leftOut: "hosts",
        errors: byHost.map(({ error }) => error),
        measured: byHost.map(({ row }) => row.seconds),
        groups: byHost.map(({ row }) => row.host),
        halfWidth: Math.log(hostsDiffer),
        goal: undefined,
        // The width is no fit: so far apart hosts are taken to be.
        isSeparate: true,
      },
    ],
  };
}
