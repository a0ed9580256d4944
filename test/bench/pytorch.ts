import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import type { Sample } from "./statistics.ts";

const python = "/usr/bin/python3";

export type PyTorchTimes =
  | { readonly kind: "timed"; readonly samples: ReadonlyMap<string, readonly Sample[]> }
  | { readonly kind: "missing"; readonly why: string };

/** What real PyTorch takes to build models on the meta device and count them, once it is imported. */
export function timePyTorch(builders: readonly string[]): PyTorchTimes {
  const { stdout, stderr, status } = spawnSync(python, [resolve("test/bench/pytorch.py"), ...builders], {
    encoding: "utf8",
    timeout: 300_000,
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  });
  if (status !== 0)
    return { kind: "missing", why: stderr?.trim().split("\n").at(-1) ?? `${python} did not run` };
  const found: Readonly<
    Record<string, { readonly wall: readonly number[]; readonly cpu: readonly number[] }>
  > = JSON.parse(stdout);
  const samples = Object.entries(found).map(([name, { wall, cpu }]): readonly [string, readonly Sample[]] => [
    name,
    wall.map((each, i) => ({ wall: each, cpu: cpu[i] })),
  ]);
  return { kind: "timed", samples: new Map(samples) };
}
