import { parentPort, workerData } from "node:worker_threads";
import type { OnRuleCrash } from "../analysis/dispatch.ts";
import { type Lines, lineFinder } from "../analysis/estimate-report.ts";
import { exploreCost } from "../analysis/model-cost.ts";
import { type ModelView, modelView, type ViewScenario } from "../analysis/model-view.ts";
import { type OptimizerChoice, optimizerOf } from "../analysis/optimizer-choice.ts";
import type { Asked, ModelRuleSettings } from "../analysis/run-model-rules.ts";
import { resolveScenario } from "../analysis/scenario.ts";
import { createCallMemory } from "../model/call-memory.ts";
import { noCallers } from "../model/construction.ts";
import { type EstimateRequest, estimateEach, type ModelEstimate } from "../model/estimate-model.ts";
import type { Interpreter } from "../model/interpreter.ts";
import type { Entered } from "../model/same-run.ts";
import { followPasses, mayBeAsBefore, type Pass } from "../model/watch.ts";
import { modelRules } from "../rules/model-registry.gen.ts";
import type { FunctionDef, Lambda } from "../syntax/ast.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import { loadPythonParser } from "../syntax/parser.ts";
import { createSyntax, type Syntax } from "../syntax/source-file.ts";
import { createCallerSearches } from "./caller-searches.ts";
import { collectGarbage } from "./collect-garbage.ts";
import { difference } from "./difference.ts";
import { createDisk } from "./disk.ts";
import { createLastRuns, type FinishedRun, placesMoved } from "./last-runs.ts";
import { questionsOf } from "./look-for-callers.ts";
import type {
  AnswerKind,
  EstimateMessage,
  FromWorker,
  PrepareMessage,
  ToWorker,
  WorkerSettings,
} from "./model-messages.ts";
import { createInterpreter, defaultLimits } from "./model-session.ts";
import { parserBinaries } from "./parser-binaries.ts";
import { createRecent } from "./recent.ts";

/** Files whose trees and results are kept for the next edit; older ones are parsed and run anew. */
const maxFiles = 8;

const { latest }: WorkerSettings = workerData;

/** Milliseconds in which a next request may come before more than it asks for is worked out. */
const refineAfter = 300;

/** Estimates that are held until more is worked out from them. */
const maxWaiting = 3;

/** Operations up to which the graphs of the last run are held for other scenarios; those of 1,000 take a few megabytes. */
const holdUpTo = 4000;

/** Runs of one text that are held: in training and at inference. */
const mostHeld = 2;

/** Milliseconds after which the models that are known are told of. */
const firstPart = 200;

/** Milliseconds without anything to do after which memory is given back. */
const restAfter = 2000;

/** Works out more for the last request for a file; `undefined` when another one came in between. */
type Refine = (message: EstimateMessage) => readonly ModelView[] | undefined;

/** Of what more can be worked out. */
interface Explored extends ViewScenario {
  readonly path: string;
  readonly views: readonly ModelView[];
  readonly estimates: readonly (ModelEstimate | undefined)[];
}

/** The graphs of a run, for which another accelerator, batch or price needs no new one. */
interface Held {
  readonly path: string;
  readonly run: FinishedRun;
  /** What beside the text the run rests on. */
  readonly basis: readonly unknown[];
  readonly estimates: readonly ModelEstimate[];
}

interface Answer {
  readonly views: readonly ModelView[];
  readonly refine: Refine | "as before" | undefined;
}

/** The thread that interprets models: the server's main thread stays free for keystrokes. */
function createModelThread(syntax: Syntax, post: (answer: FromWorker) => void): (message: ToWorker) => void {
  const overlay = new Map<string, string>();
  const disk = createDisk((path) => overlay.get(path));
  const sources = createRecent<SourceFile>();
  const runs = createLastRuns((before, after) => difference(before, after)[0]);
  /** Files that changed since the interpreter may have read them. */
  const changed = new Set<string>();
  let interpreter: Interpreter | undefined;
  let madeFor = "";
  /** Changes whenever modules were dropped because their files changed. */
  let generation = 0;
  /** What programs have set on libraries that the interpreter holds. */
  const touched = new Set<string>();
  /** Of one text, the last runs: somebody who compares training with inference goes back and forth. */
  let held: readonly Held[] = [];
  let crashes: readonly string[] = [];
  const onCrash: OnRuleCrash = (rule, error) => {
    crashes = [...crashes, `rule ${rule.id}: ${stackOf(error)}`];
  };
  const ruleSettings: ModelRuleSettings = { rules: modelRules, accelerator: undefined, onCrash };
  let current = 0;
  const now = (): number => {
    Atomics.add(latest, 1, 1);
    return Atomics.load(latest, 0) > current ? Number.POSITIVE_INFINITY : performance.now();
  };
  const searches = createCallerSearches({ syntax, files: disk, now });
  /** Files whose callers are to be looked for, or looked at again. */
  const unsearched = createRecent<EstimateMessage>();
  /** What was still to be worked out for the file that is asked for now. */
  let superseded: Refine | undefined;
  /** What is still to be worked out, by file. */
  const refinements = createRecent<{ readonly message: EstimateMessage; readonly refine: Refine }>();
  let refining: NodeJS.Timeout | undefined;

  const sourceOf = (path: string, text: string): SourceFile => {
    const before = sources.get(path);
    const source =
      before === undefined ? syntax.parse(text) : syntax.update(before, difference(before.text, text));
    sources.set(path, source);
    for (const [oldest] of sources.all().slice(0, -maxFiles)) {
      sources.delete(oldest);
      runs.forget(oldest);
    }
    return source;
  };

  const interpreterFor = ({ roots, milliseconds }: Omit<PrepareMessage, "kind">): Interpreter => {
    const wanted = JSON.stringify([roots, milliseconds]);
    if (interpreter === undefined || madeFor !== wanted) {
      madeFor = wanted;
      touched.clear();
      interpreter = createInterpreter({
        syntax,
        files: disk,
        roots,
        limits: { ...defaultLimits, milliseconds },
        // A newer request makes the time of this one run out.
        now,
      });
    } else if (changed.size > 0 && interpreter.modules.forgetFiles(changed)) generation++;
    changed.clear();
    return interpreter;
  };

  const estimate = (message: EstimateMessage): Answer => {
    const { path, text } = message;
    const { mode, context } = message.request;
    current = Math.max(current, message.id);
    const ready = interpreterFor(message);
    const source = sourceOf(path, text);
    const optimizer = optimizerOf(path, source);
    const callers = message.project === undefined ? undefined : searches.of(path);
    const basis = [ready, generation, callers, JSON.stringify([{ ...message, id: 0, text: "" }, optimizer])];
    const again = runs.again(path, source, basis);
    if (again !== undefined) return { views: again, refine: "as before" };
    const runBasis = [ready, generation, JSON.stringify([runSettings(message), callers ?? noCallers])];
    held = held.filter((each) => each.path === path && each.run.source.text === text);
    const kept = held.find((each) => each.basis.every((part, i) => part === runBasis[i]));
    if (kept !== undefined) return inScenario(message, kept, optimizer, basis);
    const known = runs.known(path, source, basis);
    const entered = new Set<FunctionDef | Lambda>();
    ready.machine.state.entered = entered;
    ready.machine.state.touched.clear();
    const lines = lineFinder((file) => (file === path ? text : disk.readText(file)));
    const began = performance.now();
    const request: EstimateRequest = {
      file: path,
      source,
      callers,
      training: mode === "train",
      ...(mode === "prefill" || mode === "decode" ? { serving: { phase: mode, context } } : {}),
    };
    const isGone = known?.isGone ?? isNowhere;
    const moveFrom = (before: string): ReturnType<typeof placesMoved> =>
      placesMoved(path, difference(before, text)[0]);
    const calls = createCallMemory(ready.run, known?.calls, text, moveFrom, isGone);
    ready.machine.state.calls = request.serving === undefined ? calls : undefined;
    let { passes, watch } = followPasses(known?.passes ?? noPasses, known?.isMoved ?? isNowhere, isGone);
    // The graphs of the last run are garbage from now on: those that are young go without being moved first.
    if (!mayBeAsBefore(known?.passes ?? noPasses, isGone)) superseded = undefined;
    const asked: Asked[] = [];
    const { scenario, viewOf } = viewsIn(message, optimizer, lines, asked);
    // Of an edited file all is shown until the answer comes.
    const parts = known === undefined ? partsOf(message.id, viewOf) : {};
    let estimates = estimateEach(ready, { ...request, watch, ...parts });
    let moved = estimates.includes(undefined) ? known?.moved() : undefined;
    const isWhole = (i: number): boolean =>
      estimates[i] !== undefined || moved?.[i]?.cost?.isExplored !== false;
    let isAsBefore = estimates.length > 0 && estimates.every((each) => each === undefined);
    const isLost = estimates.some((each, i) => each === undefined && moved?.[i] === undefined);
    if (isLost || !(isAsBefore || estimates.every((_, i) => isWhole(i)))) {
      ({ passes, watch } = followPasses(noPasses, isNowhere, isGone));
      estimates = estimateEach(ready, { ...request, watch });
      moved = undefined;
      isAsBefore = false;
    }
    ready.machine.state.calls = undefined;
    const set = ready.machine.state.touched;
    const isForeign = [...touched].some((each) => !set.has(each));
    for (const each of set.keys()) touched.add(each);
    // A function put around another one would be put around itself the next time.
    if (isForeign || [...set.values()].includes(false)) interpreter = undefined;
    // Something was set by a program that is no longer there, or by another one.
    if (isForeign) return estimate(message);
    if (moved !== undefined) asked.push(...(known?.asked ?? []));
    const views = estimates.flatMap((each, i) => (each === undefined ? (moved?.[i] ?? []) : viewOf(each)));
    if (message.project !== undefined)
      searches.leavesOpen(
        path,
        questionsOf(
          ready,
          source,
          views.map(({ estimate: each }) => each),
        ),
      );
    // A run that a newer request or the time limit cut short says less than there is.
    if (performance.now() - began < message.milliseconds && Atomics.load(latest, 0) <= current) {
      const run: FinishedRun = {
        source,
        basis,
        entered: enteredIn(entered, passes),
        views,
        passes,
        asked,
        calls: calls.remembered(),
      };
      held = withRun(held, { path, run, basis: runBasis }, estimates);
      runs.keep(path, run);
    } else runs.forget(path);
    ready.release();
    if (isAsBefore) return { views, refine: "as before" };
    if (scenario === undefined) return { views, refine: undefined };
    const isExplored = !views.some(({ cost }) => cost?.isExplored === false);
    return { views, refine: isExplored ? undefined : refineWith({ path, views, estimates, ...scenario }) };
  };

  /** How the models of a file are shown in the scenario that is asked for. */
  const viewsIn = (
    { path, text, request }: EstimateMessage,
    optimizer: OptimizerChoice,
    lines: Lines,
    asked: Asked[],
  ): { readonly scenario: ViewScenario | undefined; readonly viewOf: (of: ModelEstimate) => ModelView } => {
    const scene = resolveScenario(request);
    const scenario = scene.kind === "error" ? undefined : { scene, optimizer };
    const isChosen = scene.kind === "scenario" && request.isStandard !== true;
    const ofRules: ModelRuleSettings = {
      ...ruleSettings,
      accelerator: isChosen ? scene.scenario.accelerator : undefined,
      onAsked: (each) => asked.push(each),
    };
    const made = new Map<ModelEstimate, ModelView>();
    const viewOf = (each: ModelEstimate): ModelView => {
      const view = made.get(each) ?? modelView(each, path, text, lines, ofRules, scenario);
      made.set(each, view);
      return view;
    };
    return { scenario, viewOf };
  };

  /** Tells of the first models of a request before others run, at times further and further apart. */
  const partsOf = (
    id: number,
    viewOf: (of: ModelEstimate) => ModelView,
  ): Required<Pick<EstimateRequest, "onModel" | "isWorthwhile">> => {
    const views: ModelView[] = [];
    let wait = firstPart;
    let next = performance.now() + wait;
    return {
      onModel: (estimate) => views.push(viewOf(estimate)),
      isWorthwhile: () => {
        if (views.length > 0 && performance.now() >= next) {
          post({ id, views, kind: "part", error: undefined });
          wait *= 2;
          next = performance.now() + wait;
        }
        return true;
      },
    };
  };

  /** Nothing runs: the graphs are those of the last run. */
  const inScenario = (
    message: EstimateMessage,
    { run, estimates }: Held,
    optimizer: OptimizerChoice,
    basis: readonly unknown[],
  ): Answer => {
    const { path, text } = message;
    const lines = lineFinder((file) => (file === path ? text : disk.readText(file)));
    const asked: Asked[] = [];
    const { scenario, viewOf } = viewsIn(message, optimizer, lines, asked);
    const views = estimates.map(viewOf);
    runs.keep(path, { ...run, basis, views, asked });
    if (scenario === undefined || views.every(({ cost }) => cost?.isExplored !== false))
      return { views, refine: undefined };
    return { views, refine: refineWith({ path, views, estimates, ...scenario }) };
  };

  /** Holds no more than it needs: it lives until the next run. */
  const refineWith =
    ({ path, views, estimates, scene, optimizer }: Explored): Refine =>
    () => {
      const refined: ModelView[] = [];
      // Edits that change nothing that runs may have moved them.
      const isOver = (): boolean => Atomics.load(latest, 0) > current;
      for (const [i, view] of (runs.viewsOf(path) ?? views).entries()) {
        if (isOver()) return undefined;
        const made = estimates[i];
        const { cost } = view;
        const isLeft = made !== undefined && cost !== undefined;
        const explored = isLeft ? exploreCost(cost, made, scene, optimizer, isOver) : cost;
        if (isLeft && explored === undefined) return undefined;
        refined.push({ ...view, cost: explored });
      }
      runs.refine(path, refined);
      return refined;
    };

  const guarded = (
    { id, path }: EstimateMessage,
    kind: Exclude<AnswerKind, "part">,
    work: () => readonly ModelView[] | undefined,
  ): void => {
    crashes = [];
    let views: readonly ModelView[] | undefined;
    try {
      views = work();
    } catch (error) {
      // Whatever state led here must not lead here again.
      interpreter = undefined;
      sources.delete(path);
      runs.forget(path);
      refinements.delete(path);
      crashes = [stackOf(error)];
    }
    const error = crashes.length === 0 ? undefined : crashes.join("\n");
    if (kind === "answer" || views !== undefined || error !== undefined) post({ id, views, kind, error });
  };

  /** Older estimates are not held until it is their turn: they are made again. */
  const letGo = (): void => {
    for (const [path, { message }] of refinements.all().slice(0, -maxWaiting))
      refinements.replace(path, {
        message,
        refine: (asked) => {
          runs.forget(path);
          const { views, refine } = estimate(asked);
          return typeof refine === "function" ? refine(asked) : views;
        },
      });
  };

  /** Looks for callers of the models that were asked for last, and tells of them anew when there are others. */
  const searchNext = async (): Promise<void> => {
    const [path, message] = unsearched.all().at(-1) ?? [];
    if (path === undefined || message?.project === undefined) return;
    unsearched.delete(path);
    const { text, project, roots } = message;
    const isNews = await searches.search({ path, text, project, roots });
    if (Atomics.load(latest, 0) > current) {
      // Whoever came in between calls this again when it is answered.
      if (unsearched.get(path) === undefined) unsearched.set(path, message);
      return;
    }
    if (isNews)
      guarded(message, "anew", () => {
        const { views, refine } = estimate(message);
        if (typeof refine === "function") refinements.set(path, { message, refine });
        return views;
      });
    refineLater();
  };

  const refineLater = (): void => {
    clearTimeout(refining);
    if (unsearched.all().length > 0) {
      refining = setTimeout(() => {
        searchNext().catch((error: unknown) => post(faultOf(current, error)));
      }, refineAfter);
      return;
    }
    // Whoever was asked for last is looked at now.
    const [path, next] = refinements.all().at(-1) ?? [];
    if (path === undefined || next === undefined) {
      refining = setTimeout(collectGarbage, restAfter);
      return;
    }
    refining = setTimeout(() => {
      guarded(next.message, "refined", () => {
        const views = next.refine(next.message);
        // Whoever came in between calls this again when it is answered.
        if (views === undefined) return undefined;
        refinements.delete(path);
        refineLater();
        return views;
      });
    }, refineAfter);
  };

  return (message) => {
    if (message.kind === "file") {
      if (message.text === undefined) overlay.delete(message.path);
      else overlay.set(message.path, message.text);
      changed.add(message.path);
      searches.fileChanged(message.path);
      return;
    }
    if (message.kind === "prepare") {
      interpreterFor(message);
      return;
    }
    superseded = refinements.get(message.path)?.refine;
    refinements.delete(message.path);
    guarded(message, "answer", () => {
      const { views, refine } = estimate(message);
      const todo = refine === "as before" ? superseded : refine;
      if (todo !== undefined) refinements.set(message.path, { message, refine: todo });
      letGo();
      return views;
    });
    if (message.project !== undefined) {
      unsearched.set(message.path, message);
    }
    refineLater();
  };
}

/** What of a request decides how models run: of the scenario, whether they train, and what is cached. */
function runSettings(message: EstimateMessage): readonly unknown[] {
  const { mode, context } = message.request;
  const isServed = mode === "prefill" || mode === "decode";
  return [
    { ...message, id: 0, text: "", request: mode === "infer" ? undefined : mode },
    isServed ? context : 0,
  ];
}

function withRun(
  held: readonly Held[],
  run: Omit<Held, "estimates">,
  estimates: readonly (ModelEstimate | undefined)[],
): readonly Held[] {
  const made = estimates.flatMap((each) => each ?? []);
  const ops = made.reduce((sum, { graph }) => sum + graph.ops.length, 0);
  const isHeld = made.length === estimates.length && ops <= holdUpTo;
  return isHeld ? [{ ...run, estimates: made }, ...held].slice(0, mostHeld) : held;
}

const isNowhere = (): boolean => false;
const noPasses: ReadonlyMap<number, Pass> = new Map();

/** What ran now, and what would have if it had not been known how it goes. */
const enteredIn = (entered: Entered, passes: ReadonlyMap<number, Pass>): Entered =>
  new Set([...entered, ...[...passes.values()].flatMap((pass) => [...pass.entered])]);

const faultOf = (id: number, error: unknown): FromWorker => ({
  id,
  views: undefined,
  kind: "refined",
  error: stackOf(error),
});

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

// The main thread has read all samples.
const thread = loadPythonParser(parserBinaries(), "some").then((parser) =>
  createModelThread(createSyntax(parser), (answer) => parentPort?.postMessage(answer)),
);

parentPort?.on("message", async (message: ToWorker) => (await thread)(message));
