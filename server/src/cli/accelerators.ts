import { type AcceleratorEntry, acceleratorList } from "../analysis/accelerator-list.ts";
import type { OwnAccelerator } from "../hardware/own-accelerator.ts";

/** What `ecocompute accelerators` prints. @param own those of the configuration */
export function listAccelerators(format: "text" | "json", own: readonly OwnAccelerator[] = []): string {
  const list = acceleratorList(own);
  if (format === "json") return `${JSON.stringify(list, null, 1)}\n`;
  const rows = [header, ...list.map(cells)];
  const widths = header.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((text, i) => text.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

const header = ["id", "name", "half TFLOP/s", "memory", "GB/s", "board", "confidence", "also"] as const;

const cells = (a: AcceleratorEntry): readonly string[] => [
  a.id,
  a.name,
  a.halfPrecision === null ? "-" : String(Math.round(a.halfPrecision / 1e11) / 10),
  `${Math.round(a.memoryBytes / 2 ** 30)} GiB`,
  String(Math.round(a.bytesPerSecond / 1e9)),
  a.boardWatts === null ? "-" : `${a.boardWatts} W`,
  a.confidence,
  a.aliases.join(", "),
];
