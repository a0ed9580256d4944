import type { OwnAccelerator } from "../hardware/own-accelerator.ts";
import { createConfigFinder } from "../host/find-config.ts";
import { absolutePath, folderOf } from "../host/paths.ts";
import { rules } from "../rules/registry.gen.ts";

/** Those of the configuration around a file, or of the one that is named. */
export function ownAccelerators(file: string, named?: string): readonly OwnAccelerator[] {
  const folder = folderOf(file);
  const finder = createConfigFinder(rules, { ceilingOf: () => undefined, fallbackOf: () => folder });
  const found = named === undefined ? finder.forFile(file) : finder.withFile(absolutePath(named), folder);
  return found.config.scenario.accelerators ?? [];
}
