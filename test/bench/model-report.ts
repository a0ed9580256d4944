import { readFileSync } from "node:fs";
import { manyFiles, modelFiles } from "./model-files.ts";
import { timeColdStart, timeEdits, warmUps } from "./models.ts";
import { residentMemory } from "./models-memory.ts";
import { timePyTorch } from "./pytorch.ts";
import { milliseconds, type Sample, type Timing, table, timingOf } from "./statistics.ts";

/** Of the thread that estimates models: milliseconds from an edit to its result, of a cold start, and megabytes. */
const targets = { p50: 12, p95: 40, cold: 250, resident: 200 } as const;

interface Check {
  readonly what: string;
  readonly is: number;
  readonly limit: number;
  readonly unit: string;
}

/** The section "models": prints its tables and says which targets were met. */
export async function reportModels(): Promise<boolean> {
  const files = modelFiles();
  if (files.length === 0) {
    console.log("\nmodels: not measured, torchvision's source is not installed here");
    return true;
  }
  const pytorch = timePyTorch(files.map(({ builder }) => builder));
  const typed: Sample[] = [];
  const ran: Sample[] = [];
  const rows: (readonly string[])[] = [];
  for (const file of files) {
    const timings = await timeEdits(file, 2, 20);
    typed.push(...timings.typed);
    ran.push(...timings.ran);
    const ours = timingOf(timings.ran);
    const theirs = pytorch.kind === "timed" ? pytorch.samples.get(file.builder) : undefined;
    const torch = theirs === undefined ? undefined : timingOf(theirs);
    rows.push([file.builder, ...cells(ours), milliseconds(torch?.p50), milliseconds(torch?.cpu50)]);
    console.error(`${file.builder}: p50 ${milliseconds(ours.p50)}, cpu ${milliseconds(ours.cpu50)} ms`);
  }
  const example = {
    name: "example",
    builder: "",
    text: readFileSync("examples/resnet_bottleneck.py", "utf8"),
  };
  const cold = timingOf(await timeColdStart(example, 5));
  const resident = await residentMemory(manyFiles(files, 20));
  const typedTiming = timingOf(typed);
  const ranTiming = timingOf(ran);

  console.log(
    `\nModels: milliseconds from an edit to its models, in files of about 1,000 lines, after ${warmUps} others.\n`,
  );
  console.log(
    table([
      ["", "edits", "p50", "p95", "max", "cpu p50", "cpu p95"],
      ["typed anywhere, where it parses", String(typed.length), ...cells(typedTiming)],
      ["inside code that runs", String(ran.length), ...cells(ranTiming)],
      ["cold start, a file of torch alone", String(cold.count), ...cells(cold)],
    ]),
  );
  console.log(
    "\nOne model after an edit in its forward pass, and real PyTorch building it on the meta device and counting its products (imported already).\n",
  );
  console.log(
    table([["", "p50", "p95", "max", "cpu p50", "cpu p95", "torch p50", "torch cpu p50"], ...rows]),
  );
  if (pytorch.kind === "missing") console.log(`PyTorch was not measured: ${pytorch.why}`);
  const checks: readonly Check[] = [
    { what: "edit to models, p50", is: typedTiming.p50, limit: targets.p50, unit: "ms" },
    { what: "edit to models, p95", is: typedTiming.p95, limit: targets.p95, unit: "ms" },
    { what: "edit inside code that runs, p50", is: ranTiming.p50, limit: targets.p50, unit: "ms" },
    { what: "edit inside code that runs, p95", is: ranTiming.p95, limit: targets.p95, unit: "ms" },
    { what: "cold start", is: cold.p50, limit: targets.cold, unit: "ms" },
    ...(resident === undefined
      ? []
      : [{ what: "resident with twenty models open", is: resident, limit: targets.resident, unit: "MB" }]),
  ];
  for (const { what, is, limit, unit } of checks)
    console.log(
      `${is < limit ? "met" : "MISSED"}: ${what} ${milliseconds(is)} ${unit}, target ${limit} ${unit}`,
    );
  return checks.every(({ is, limit }) => is < limit);
}

const cells = ({ p50, p95, max, cpu50, cpu95 }: Timing): readonly string[] =>
  [p50, p95, max, cpu50, cpu95].map(milliseconds);
