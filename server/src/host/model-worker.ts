import { parentPort, workerData } from "node:worker_threads";
import { lineFinder } from "../analysis/estimate-report.ts";
import { type ModelView, modelView } from "../analysis/model-view.ts";
import type { Edit } from "../base/text.ts";
import { estimateModels } from "../model/estimate-model.ts";
import type { Interpreter } from "../model/interpreter.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import { loadPythonParser } from "../syntax/parser.ts";
import { createSyntax, type Syntax } from "../syntax/source-file.ts";
import { createDisk } from "./disk.ts";
import type { EstimateMessage, FromWorker, ToWorker, WorkerSettings } from "./model-messages.ts";
import { createInterpreter, defaultLimits } from "./model-session.ts";
import { parserBinaries } from "./parser-binaries.ts";

/** Files whose trees are kept for the next edit; older ones are parsed anew. */
const maxFiles = 20;

const { latest }: WorkerSettings = workerData;

/** The thread that interprets models: the server's main thread stays free for keystrokes. */
function createModelThread(syntax: Syntax): (message: ToWorker) => FromWorker | undefined {
  const overlay = new Map<string, string>();
  const disk = createDisk((path) => overlay.get(path));
  const sources = new Map<string, SourceFile>();
  /** Files that changed since the interpreter may have read them. */
  const changed = new Set<string>();
  let interpreter: Interpreter | undefined;
  let madeFor = "";
  let current = 0;

  const sourceOf = (path: string, text: string): SourceFile => {
    const before = sources.get(path);
    const source =
      before === undefined ? syntax.parse(text) : syntax.update(before, difference(before.text, text));
    sources.delete(path);
    sources.set(path, source);
    for (const oldest of sources.keys()) {
      if (sources.size <= maxFiles) break;
      sources.delete(oldest);
    }
    return source;
  };

  const interpreterFor = ({ path, roots, milliseconds }: EstimateMessage): Interpreter => {
    const wanted = JSON.stringify([roots, milliseconds]);
    const modules = interpreter?.machine.modules.values() ?? [];
    const isStale = [...modules].some(({ file }) => file !== undefined && file !== path && changed.has(file));
    if (interpreter === undefined || madeFor !== wanted || isStale) {
      changed.clear();
      madeFor = wanted;
      interpreter = createInterpreter({
        syntax,
        files: disk,
        roots,
        limits: { ...defaultLimits, milliseconds },
        // A newer request makes the time of this one run out.
        now: () => (Atomics.load(latest, 0) > current ? Number.POSITIVE_INFINITY : performance.now()),
      });
    }
    return interpreter;
  };

  const estimate = (message: EstimateMessage): readonly ModelView[] => {
    const { path, text } = message;
    current = message.id;
    const ready = interpreterFor(message);
    const source = sourceOf(path, text);
    const lines = lineFinder((file) => (file === path ? text : disk.readText(file)));
    return estimateModels(ready, { file: path, source }).map((each) => modelView(each, path, text, lines));
  };

  return (message) => {
    if (message.kind === "file") {
      if (message.text === undefined) overlay.delete(message.path);
      else overlay.set(message.path, message.text);
      changed.add(message.path);
      return undefined;
    }
    try {
      return { id: message.id, views: estimate(message), error: undefined };
    } catch (error) {
      // Whatever state led here must not lead here again.
      interpreter = undefined;
      sources.delete(message.path);
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { id: message.id, views: undefined, error: stack };
    }
  };
}

/** One edit that turns `before` into `after`: what lies between their common beginning and end. */
function difference(before: string, after: string): readonly Edit[] {
  if (before === after) return [];
  const limit = Math.min(before.length, after.length);
  let start = 0;
  while (start < limit && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let tail = 0;
  while (
    tail < limit - start &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  )
    tail++;
  return [{ span: { start, end: before.length - tail }, text: after.slice(start, after.length - tail) }];
}

const thread = loadPythonParser(parserBinaries()).then((parser) => createModelThread(createSyntax(parser)));

parentPort?.on("message", async (message: ToWorker) => {
  const answer = (await thread)(message);
  if (answer !== undefined) parentPort?.postMessage(answer);
});
