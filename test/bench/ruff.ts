import { PositionEncoding, Workspace } from "@astral-sh/ruff-wasm-nodejs";
import type { BenchFile } from "./files.ts";
import { typing } from "./typing.ts";

/** ruff with its default rules, which checks the whole text at each key: milliseconds for each. */
export function timeRuff(files: readonly BenchFile[], places: number): readonly number[] {
  const workspace = new Workspace(Workspace.defaultSettings(), PositionEncoding.Utf16);
  const samples: number[] = [];
  files.forEach((file, seed) => {
    workspace.check(file.text);
    for (const key of typing(file.text, places, seed + 1)) {
      const began = performance.now();
      workspace.check(key.after);
      samples.push(performance.now() - began);
    }
  });
  workspace.free();
  return samples;
}
