import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { CostRequest } from "../analysis/scenario.ts";
import { version } from "../base/version.ts";
import { type FileSnapshot, fileSnapshotSchema } from "../gate/snapshot.ts";
import { type ContentCache, hashOf } from "../host/content-cache.ts";
import { count } from "../report/count.ts";
import type { Plan, PlannedTask } from "./gate-plan.ts";
import type { PolicySource } from "./gate-policy.ts";
import type { Sides } from "./gate-sides.ts";
import { createGateWorker, type GateStart } from "./gate-worker.ts";
import { inThreads } from "./pool.ts";
import { createProgress } from "./progress.ts";

/** Everything that snapshots depend on but the files they are of. */
export function stampOf(
  { base, head }: Sides,
  source: PolicySource,
  request: CostRequest,
  packages: readonly string[],
  milliseconds: number,
  program: URL,
): string {
  const tree = source.kind === "side" && source.side === "base" ? base : head;
  const settings = [...tree.entries]
    .filter(([path]) =>
      /(?:^|\/)(?:[^/]*\.toml|setup\.\w+|[^/]*requirements[^/]*|environment\.ya?ml)$/.test(path),
    )
    .map(([path, { id }]) => `${path}\0${id}`);
  const stat = statSync(fileURLToPath(program), { throwIfNoEntry: false });
  return hashOf(
    "gate/1",
    version,
    `${stat?.size ?? 0} ${stat?.mtimeMs ?? 0}`,
    JSON.stringify(request),
    JSON.stringify(
      source.kind === "file"
        ? [source.path, statSync(source.path, { throwIfNoEntry: false })?.mtimeMs]
        : "side",
    ),
    JSON.stringify(packages.map((folder) => [folder, statSync(folder, { throwIfNoEntry: false })?.mtimeMs])),
    String(milliseconds),
    ...settings,
  );
}

/** Tasks that one thread is worth starting for. */
const tasksPerThread = 3;

export interface LookOptions {
  /** This part of the work only, counted from 1. */
  readonly shard: { readonly index: number; readonly count: number } | undefined;
  readonly jobs: number | undefined;
}

export interface LookConsole {
  readonly stderr: Pick<NodeJS.WriteStream, "isTTY" | "write">;
  /** What a thread of the same program starts from. */
  readonly program: URL;
}

/** What the files say, from earlier runs where they said it already. */
export async function look(
  { tasks }: Plan,
  start: () => GateStart,
  cache: ContentCache,
  { shard, jobs }: LookOptions,
  { stderr, program }: LookConsole,
): Promise<ReadonlyMap<string, FileSnapshot>> {
  const unique = [...new Map(tasks.map((task) => [task.key, task])).values()];
  const own = shard === undefined ? unique : unique.filter((_, i) => i % shard.count === shard.index - 1);
  const found = new Map<string, FileSnapshot>();
  const missing: PlannedTask[] = [];
  for (const task of own) {
    const known = fileSnapshotSchema.safeParse(cache.get(task.key));
    if (known.success && known.data.path === task.path) found.set(task.key, known.data);
    else missing.push(task);
  }
  if (missing.length === 0) return found;
  const progress = createProgress(stderr);
  const show = (done: number): void =>
    progress.show(`Looking at ${done} of ${count(missing.length, "file")}`);
  try {
    const wanted = jobs ?? Math.min(availableParallelism(), Math.floor(missing.length / tasksPerThread));
    const threads = Math.min(wanted, missing.length);
    const answers =
      threads <= 1
        ? await inThisThread(missing, start(), show)
        : await inThreads<PlannedTask, FileSnapshot>(missing, {
            threads,
            batchSize: 2,
            start: { kind: "ecocompute-gate", start: start() },
            program,
            progress: show,
          });
    missing.forEach(({ key }, i) => {
      const answer = answers[i];
      if (answer === undefined) return;
      found.set(key, answer);
      if (isLasting(answer)) cache.set(key, answer);
    });
    cache.prune();
    return found;
  } finally {
    progress.clear();
  }
}

async function inThisThread(
  tasks: readonly PlannedTask[],
  start: GateStart,
  progress: (done: number) => void,
): Promise<readonly FileSnapshot[]> {
  const worker = await createGateWorker(start);
  return tasks.map((task, i) => {
    progress(i);
    return worker(task);
  });
}

/** What a slow machine or a fault of ours cut short may be another answer next time. */
const isLasting = ({ models, problems }: FileSnapshot): boolean =>
  problems.every((each) => each.startsWith("`allow-cost`")) &&
  models.every(({ notCounted }) => notCounted.every(({ why }) => !/it takes longer than/.test(why)));
