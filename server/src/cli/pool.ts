import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { createChecker, type FileResult } from "./check-file.ts";
import type { CheckSettings } from "./check-settings.ts";
import type { WorkerStart } from "./worker.ts";

/** Starting a thread and its parser costs as much as checking about this many files. */
const filesPerThread = 60;
const batchSize = 8;

export interface PoolOptions {
  readonly settings: CheckSettings;
  /** At most this many threads; as many as there are processors when `undefined`. */
  readonly jobs: number | undefined;
  /** The program itself: started as a thread it works instead of reading its arguments. */
  readonly program: URL;
  progress(done: number): void;
}

/** The results of the files in their order, however many threads worked on them. */
export async function checkFiles(
  files: readonly string[],
  options: PoolOptions,
): Promise<readonly FileResult[]> {
  const { settings, jobs, progress, program } = options;
  const wanted = jobs ?? Math.min(availableParallelism(), Math.floor(files.length / filesPerThread));
  const threads = Math.min(wanted, Math.ceil(files.length / batchSize));
  const start: WorkerStart = { kind: "ecocompute-check", settings };
  return threads <= 1
    ? inThisThread(files, settings, progress)
    : inThreads(files, { threads, batchSize, start, program, progress });
}

async function inThisThread(
  files: readonly string[],
  settings: CheckSettings,
  progress: (done: number) => void,
): Promise<readonly FileResult[]> {
  const checker = await createChecker(settings);
  return files.map((file, i) => {
    progress(i);
    return checker.file(file);
  });
}

export interface Lanes {
  readonly threads: number;
  /** Items that a thread takes at a time. */
  readonly batchSize: number;
  readonly start: WorkerStart;
  readonly program: URL;
  progress(done: number): void;
}

/** What workers answer to the items, in their order. */
export async function inThreads<Item, Result>(
  items: readonly Item[],
  { threads, batchSize: size, start, program, progress }: Lanes,
): Promise<readonly Result[]> {
  const results = new Map<number, Result>();
  let next = 0;
  const lane = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(program, { workerData: start, argv: [] });
      let at = 0;
      worker.on("message", (batch: readonly Result[]) => {
        batch.forEach((result, i) => {
          results.set(at + i, result);
        });
        progress(results.size);
        at = next;
        next += size;
        if (at < items.length) worker.postMessage(items.slice(at, next));
        else void worker.terminate().then(() => resolve(), reject);
      });
      worker.on("error", reject);
      worker.on("exit", (code) => {
        // After `terminate` this changes nothing: the promise is settled or about to be.
        if (code !== 0 && at < items.length) reject(new Error(`a worker thread ended with ${code}`));
      });
    });
  await Promise.all(Array.from({ length: threads }, lane));
  return items.map((_, i) => {
    const result = results.get(i);
    if (result === undefined) throw new Error(`no result for item ${i}`);
    return result;
  });
}
