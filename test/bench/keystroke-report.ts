import { filesOfAbout } from "./files.ts";
import { timeServer, timeSyntax } from "./keystroke.ts";
import { timePyright } from "./pyright.ts";
import { timeRuff } from "./ruff.ts";
import { milliseconds, type Sample, type Timing, table, timingOf } from "./statistics.ts";

/** Milliseconds that a keystroke may take inside the server, by lines of the file. */
const targets = { small: { p50: 1.5, p99: 5 }, large: { p99: 12 } } as const;

/** Keys typed in real files, ours and others': prints its table and says which targets were met. */
export async function reportKeystrokes(): Promise<boolean> {
  const small = filesOfAbout(1_000, 16);
  const large = filesOfAbout(5_000, 3);
  const averageLines = (files: typeof small): number =>
    Math.round(files.reduce((sum, file) => sum + file.lines, 0) / Math.max(1, files.length));

  const rows: { readonly name: string; readonly timing: Timing }[] = [];
  const measure = (name: string, samples: readonly Sample[]): Timing => {
    const timing = timingOf(samples);
    rows.push({ name, timing });
    console.error(`${name.trim()}: p50 ${milliseconds(timing.p50)}, p99 ${milliseconds(timing.p99)} ms`);
    return timing;
  };

  // Once without counting: the engine compiles what is hot.
  timeServer(small.slice(0, 8), 1);

  const ours = measure("EcoCompute, all rules", timeServer(small, 2));
  const oursLarge = measure(`EcoCompute, ${averageLines(large)} lines`, timeServer(large, 3));
  measure("  syntax alone", timeSyntax(small, 2));
  measure(`  syntax alone, ${averageLines(large)} lines`, timeSyntax(large, 3));
  measure("ruff-wasm, default rules", timeRuff(small.slice(0, 4), 1));
  measure("pyright-langserver over stdio", await timePyright(small.slice(0, 3), 1, 4));

  console.log(
    `Node ${process.version}. Keys typed in ${small.length} real files of ${averageLines(small)} lines on average.`,
  );
  console.log(
    "Milliseconds from the change to its diagnostics, and how many times as long as ours; cpu: of the processor, which a busy machine does not stretch; garbage: its collection between two keys, on average.\n",
  );
  console.log(
    table([
      ["", "keys", "p50", "p95", "p99", "max", "cpu p50", "cpu p99", "garbage", "p50 / ours", "p99 / ours"],
      ...rows.map(({ name, timing }) => [
        name,
        String(timing.count),
        milliseconds(timing.p50),
        milliseconds(timing.p95),
        milliseconds(timing.p99),
        milliseconds(timing.max),
        milliseconds(timing.cpu50),
        milliseconds(timing.cpu99),
        milliseconds(timing.rest),
        (timing.p50 / ours.p50).toFixed(1),
        (timing.p99 / ours.p99).toFixed(1),
      ]),
    ]),
  );

  const checks = [
    { what: "p50", is: ours.p50, limit: targets.small.p50 },
    { what: "p99", is: ours.p99, limit: targets.small.p99 },
    { what: "p99 in large files", is: oursLarge.p99, limit: targets.large.p99 },
  ];
  for (const { what, is, limit } of checks)
    console.log(`${is < limit ? "met" : "MISSED"}: ${what} ${milliseconds(is)} ms, target ${limit} ms`);
  return checks.every(({ is, limit }) => is < limit);
}
