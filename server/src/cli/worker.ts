import { parentPort, workerData } from "node:worker_threads";
import { createChecker, type FileResult } from "./check-file.ts";
import type { CheckSettings } from "./check-settings.ts";

/** What a worker thread is told when it starts. */
export interface WorkerStart {
  readonly kind: "ecocompute-check";
  readonly settings: CheckSettings;
}

/** To a worker: files to check. Back from it: their results in the same order. */
export type Batch = readonly string[];
export type BatchResult = readonly FileResult[];

// Only this program starts its workers: the mark says that the rest is what it put there.
const isStart = (data: unknown): data is WorkerStart =>
  typeof data === "object" && data !== null && "kind" in data && data.kind === "ecocompute-check";

/** Checks batches until the main thread ends it. */
export async function work(): Promise<void> {
  const start: unknown = workerData;
  if (!isStart(start) || parentPort === null) throw new Error("not started as a worker of a check");
  const port = parentPort;
  const checker = await createChecker(start.settings);
  port.on("message", (batch: Batch) => {
    const results: BatchResult = batch.map((path) => checker.file(path));
    port.postMessage(results);
  });
  port.postMessage([]);
}
