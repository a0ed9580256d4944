import { accelerators } from "../hardware/find-accelerator.ts";
import { type OwnAccelerator, ownAccelerator } from "../hardware/own-accelerator.ts";

export interface AcceleratorEntry {
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly vendor: string;
  /** `null` for one of your own. */
  readonly year: number | null;
  /** FLOP/s in bfloat16, or float16, dense; `null` where it has neither. */
  readonly halfPrecision: number | null;
  readonly memoryBytes: number;
  readonly bytesPerSecond: number;
  /** `null` where none is published. */
  readonly boardWatts: number | null;
  readonly confidence: "high" | "medium" | "low";
  readonly source: string;
}

/** Every accelerator that an estimate can name, those of the configuration first. */
export const acceleratorList = (own: readonly OwnAccelerator[] = []): readonly AcceleratorEntry[] =>
  [...own.map((each) => ownAccelerator(each, "")), ...accelerators].map(
    ({ id, name, aliases, vendor, year, rates, memory, bandwidth, boardLimit }) => ({
      id,
      name,
      aliases,
      vendor,
      year: year === 0 ? null : year,
      halfPrecision: rates.bf16?.value ?? rates.fp16?.value ?? null,
      memoryBytes: memory.value,
      bytesPerSecond: bandwidth.value,
      boardWatts: boardLimit?.value ?? null,
      confidence: memory.confidence,
      source: memory.source,
    }),
  );
