import { parentPort, workerData } from "node:worker_threads";
import { createChecker } from "./check-file.ts";
import type { CheckSettings } from "./check-settings.ts";
import { createGateWorker, type GateStart, type GateTask } from "./gate-worker.ts";

/** What a worker thread is told when it starts. */
export type WorkerStart =
  | { readonly kind: "ecocompute-check"; readonly settings: CheckSettings }
  | { readonly kind: "ecocompute-gate"; readonly start: GateStart };

// Only this program starts its workers: the mark says that the rest is what it put there.
const isStart = (data: unknown): data is WorkerStart =>
  typeof data === "object" &&
  data !== null &&
  "kind" in data &&
  (data.kind === "ecocompute-check" || data.kind === "ecocompute-gate");

/** Works on batches, answering each with its results in the same order, until the main thread ends it. */
export async function work(): Promise<void> {
  const told: unknown = workerData;
  if (!isStart(told) || parentPort === null) throw new Error("not started as a worker of this program");
  const port = parentPort;
  if (told.kind === "ecocompute-check") {
    const checker = await createChecker(told.settings);
    port.on("message", (batch: readonly string[]) => port.postMessage(batch.map(checker.file)));
  } else {
    const worker = await createGateWorker(told.start);
    port.on("message", (batch: readonly GateTask[]) => port.postMessage(batch.map(worker)));
  }
  port.postMessage([]);
}
