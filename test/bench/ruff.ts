import { PositionEncoding, Workspace } from "@astral-sh/ruff-wasm-nodejs";
import type { BenchFile } from "./files.ts";
import { keyOf, type Sample } from "./statistics.ts";
import { typing } from "./typing.ts";

/** ruff with its default rules, which checks the whole text at each key: milliseconds for each. */
export function timeRuff(files: readonly BenchFile[], places: number): readonly Sample[] {
  const workspace = new Workspace(Workspace.defaultSettings(), PositionEncoding.Utf16);
  const samples: Sample[] = [];
  files.forEach((file, seed) => {
    workspace.check(file.text);
    for (const key of typing(file.text, places, seed + 1)) {
      samples.push(
        keyOf(() => {
          workspace.check(key.after);
        }),
      );
    }
  });
  workspace.free();
  return samples;
}
