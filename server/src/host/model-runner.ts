import { Worker } from "node:worker_threads";
import type { ModelView } from "../analysis/model-view.ts";
import type { CostRequest } from "../analysis/scenario.ts";
import type { AnswerKind, EstimateMessage, FromWorker, ToWorker, WorkerSettings } from "./model-messages.ts";

export interface ModelRequest {
  readonly path: string;
  readonly text: string;
  readonly roots: readonly string[];
  readonly milliseconds: number;
  /** The folder whose other files may tell how the models are built and called. */
  readonly project?: string | undefined;
  readonly request: CostRequest;
}

/** Told of what is known before the answer, and when more is known behind it, unless a newer request came first. */
export type OnRefined = (views: readonly ModelView[], kind: Exclude<AnswerKind, "answer">) => void;

/** Estimates models in a thread of its own, one file at a time. */
export interface ModelRunner {
  /** Starts the thread, so that it is ready when it is asked. */
  prepare(request: Pick<ModelRequest, "roots" | "milliseconds">): void;
  /** `undefined` when a newer request for the same file took its place, or the estimate failed. */
  estimate(request: ModelRequest, onRefined: OnRefined): Promise<readonly ModelView[] | undefined>;
  /** A file changed: `text` is what an editor holds, `undefined` what is on disk. */
  fileChanged(path: string, text: string | undefined): void;
  dispose(): void;
}

/** A thread that dies so often, without an answer in between, is not started again. */
const maxDeaths = 3;
/** Milliseconds without a look at the clock after which a thread is ended: no limit will. */
const longSilence = 20_000;
const checks = 20;
/** MiB of heap: beyond it the thread ends and is started anew. */
const maxHeap = 600;
/** MiB for what dies young: one estimate makes tens of megabytes that do. */
const youngHeap = 36;

interface Waiting {
  readonly request: ModelRequest;
  readonly onRefined: OnRefined;
  readonly resolve: (views: readonly ModelView[] | undefined) => void;
}

/** @param onError told of faults of ours: they cost one answer. */
export function createModelRunner(
  script: URL,
  onError: (message: string) => void,
  silence = longSilence,
): ModelRunner {
  const latest = new Int32Array(new SharedArrayBuffer(8));
  const queue = new Map<string, Waiting>();
  const overlay = new Map<string, string>();
  let running: (Waiting & { readonly id: number }) | undefined;
  /** The last request for each file that was answered. */
  const answered = new Map<string, { readonly id: number; readonly onRefined: OnRefined }>();
  let worker: Worker | undefined;
  let deaths = 0;
  let watching: NodeJS.Timeout | undefined;
  let lastId = 0;

  const post = (message: ToWorker): void => worker?.postMessage(message);

  const finish = (views: readonly ModelView[] | undefined): void => {
    clearInterval(watching);
    if (views !== undefined) deaths = 0;
    running?.resolve(views);
    if (running !== undefined)
      answered.set(running.request.path, { id: running.id, onRefined: running.onRefined });
    running = undefined;
    next();
  };

  /** Nothing interrupts a single operation that never ends: the thread does, and the next one starts anew. */
  const watch = (): void => {
    const looks = (): number => Atomics.load(latest, 1);
    let [seen, quiet] = [looks(), 0];
    clearInterval(watching);
    watching = setInterval(() => {
      const at = looks();
      quiet = at === seen ? quiet + 1 : 0;
      seen = at;
      if (quiet < checks) return;
      onError(`estimating the models of ${running?.request.path} was given up: an operation does not end`);
      worker?.terminate().catch((error: unknown) => onError(String(error)));
      clearInterval(watching);
    }, silence / checks);
    watching.unref();
  };

  const start = (): void => {
    const settings: WorkerSettings = { latest };
    const made = new Worker(script, {
      workerData: settings,
      resourceLimits: { maxOldGenerationSizeMb: maxHeap, maxYoungGenerationSizeMb: youngHeap },
    });
    made.unref();
    made.on("message", ({ id, views, error, kind }: FromWorker) => {
      if (kind === "part") {
        if (running?.id === id && Atomics.load(latest, 0) <= id) running.onRefined(views ?? [], kind);
        return;
      }
      if (kind !== "answer") {
        if (error !== undefined) onError(`telling more of the models failed: ${error}`);
        const answer = [...answered.values()].find((each) => each.id === id);
        if (views !== undefined) answer?.onRefined(views, kind);
        return;
      }
      if (running?.id !== id) return;
      if (error !== undefined) onError(`estimating the models of ${running.request.path} failed: ${error}`);
      finish(Atomics.load(latest, 0) > id ? undefined : views);
    });
    made.on("error", (error: unknown) =>
      onError(`the thread that estimates models failed: ${String(error)}`),
    );
    made.on("exit", () => {
      if (worker !== made) return;
      worker = undefined;
      deaths++;
      finish(undefined);
    });
    worker = made;
    for (const [path, text] of overlay) post({ kind: "file", path, text });
  };

  const next = (): void => {
    const [path, waiting] = [...queue][0] ?? [];
    if (running !== undefined || path === undefined || waiting === undefined) return;
    queue.delete(path);
    if (worker === undefined) {
      if (deaths >= maxDeaths) {
        waiting.resolve(undefined);
        return;
      }
      start();
    }
    lastId++;
    Atomics.store(latest, 0, lastId);
    running = { ...waiting, id: lastId };
    const message: EstimateMessage = { kind: "estimate", id: lastId, ...waiting.request };
    post(message);
    watch();
  };

  return {
    prepare({ roots, milliseconds }) {
      if (worker === undefined) start();
      post({ kind: "prepare", roots, milliseconds });
    },
    estimate: (request, onRefined) =>
      new Promise((resolve) => {
        queue.get(request.path)?.resolve(undefined);
        queue.set(request.path, { request, onRefined, resolve });
        // The text that is being estimated is out of date: its time has run out.
        if (running?.request.path === request.path) Atomics.store(latest, 0, ++lastId);
        next();
      }),
    fileChanged(path, text) {
      if (text === undefined) overlay.delete(path);
      else overlay.set(path, text);
      post({ kind: "file", path, text });
    },
    dispose() {
      const ended = worker;
      worker = undefined;
      clearInterval(watching);
      for (const waiting of queue.values()) waiting.resolve(undefined);
      queue.clear();
      running?.resolve(undefined);
      running = undefined;
      ended?.terminate().catch((error: unknown) => onError(String(error)));
    },
  };
}
