import { growthOf } from "../graph/grown.ts";
import type { Graph } from "../graph/ir.ts";
import { type AlikeSteps, alikeSteps } from "./alike-steps.ts";
import { compilesChannelsLast } from "./compiled-layout.ts";
import { fusedKernels } from "./fuse.ts";
import { lastAnswers } from "./last-answers.ts";
import { type Lowered, lowered } from "./lower.ts";
import type { Passes } from "./optimizer.ts";
import type { Precision } from "./precision.ts";
import { resizedSteps } from "./resized-steps.ts";
import { sizedGraph } from "./sized-graph.ts";
import type { Sizes } from "./sizes.ts";
import type { Kernels, Run, StepTable } from "./step-table.ts";
import { trainedBytes } from "./trained-parameters.ts";
import { addUpdate, trainingRun, trainingSteps } from "./training.ts";

/** All that decides what a graph launches: not the price, not the region, and of the device only its kind. */
export interface LaunchOptions {
  readonly precision: Precision;
  readonly mode: "infer" | "train";
  /** Of a training step. */
  readonly optimizer: Passes;
  readonly isCompiled: boolean;
  readonly sizes: Sizes;
  readonly isGpu: boolean;
}

/** As many ways to run one graph are remembered: what people switch between. */
const remembered = 6;
const answers = lastAnswers<Kernels>(remembered);
const loweredAnswers = lastAnswers<Lowered>(remembered);
const patterns = lastAnswers<Pattern | undefined>(remembered);

/** What is launched when the graph runs that way. Remembered with the graph: other devices launch the same. */
export const launchesOf = (graph: Graph, options: LaunchOptions): Kernels =>
  answers(graph, questionOf(options), () => computed(graph, options));

const questionOf = ({ precision, mode, optimizer, isCompiled, isGpu, sizes }: LaunchOptions): string =>
  [precision, mode, `${optimizer}`, isCompiled, isGpu, ...sizes].join();

function computed(graph: Graph, options: LaunchOptions): Kernels {
  const { from } = growthOf(graph);
  const isPlain = options.isCompiled || (from === graph && options.mode === "infer");
  const known = isPlain ? undefined : atBatch(graph, from, options);
  if (known !== undefined) return known;
  const steps = stepsOf(graph, loweredOf(graph, options).table, options);
  const kernels = options.isCompiled ? fusedKernels(steps) : steps;
  update(graph, kernels, options);
  return kernels;
}

/** Without what the optimizer launches. */
const stepsOf = (graph: Graph, forward: StepTable, { mode }: LaunchOptions): StepTable =>
  mode === "train" ? trainingSteps(forward, checkpointed(graph)) : forward;

function update(graph: Graph, kernels: StepTable, options: LaunchOptions): void {
  const { mode, optimizer, precision, sizes, isGpu } = options;
  if (mode !== "train") return;
  const parameters = trainedBytes(graph, precision, sizes);
  addUpdate(kernels, { passes: optimizer, parameters, isForeach: isGpu });
}

/** Ids of ops that run forward once more before their backward pass. */
function checkpointed(graph: Graph): ReadonlySet<number> {
  const { from } = growthOf(graph);
  const before = checkpoints.get(from);
  if (before !== undefined) return before;
  const found = new Set(from.ops.filter((op) => op.site.checkpoint !== undefined).map((op) => op.id));
  checkpoints.set(from, found);
  return found;
}

const checkpoints = new WeakMap<Graph, ReadonlySet<number>>();

function loweredOf(graph: Graph, { precision, sizes, isCompiled, isGpu }: LaunchOptions): Lowered {
  return loweredAnswers(graph, [precision, isCompiled, isGpu, ...sizes].join(), () =>
    lowered(graph, {
      precision,
      sizes,
      isHalfNorm: () => false,
      addsBiasApart: isGpu,
      upcastsAttention: true,
      channelsLast: isCompiled && (!isGpu || compilesChannelsLast(graph)),
    }),
  );
}

/** What any batch of a graph launches: which steps are alike, and the order of their kernels. */
interface Pattern {
  readonly lowered: Lowered;
  readonly alike: AlikeSteps;
  readonly run: Run;
  /** At the batch that was interpreted. */
  readonly own: Kernels;
}

function patternOf(graph: Graph, options: LaunchOptions): Pattern | undefined {
  const forward = loweredOf(graph, options);
  const again = checkpointed(graph);
  const alike = alikeSteps(forward, again);
  if (alike === undefined) return undefined;
  const { steps, kernels, further } = kindsAt(graph, forward, alike, options);
  const once = { kernels: alike.kindOf, ops: forward.table.ops.subarray(0, forward.table.length) };
  const run = options.mode === "train" ? trainingRun(steps, once, again, further) : once;
  kernels.run = run;
  return { lowered: forward, alike, run, own: kernels };
}

/** One launch of each kind. */
interface Kinds {
  /** Of the forward pass. */
  readonly steps: StepTable;
  readonly kernels: StepTable;
  /** How many of the kernels are the optimizer's. */
  readonly further: number;
}

function kindsAt(graph: Graph, forward: Lowered, { firsts }: AlikeSteps, options: LaunchOptions): Kinds {
  const { sizes } = options;
  const steps = resizedSteps(forward, firsts, sizedGraph(graph, sizes), sizes);
  const kernels = stepsOf(graph, steps, options);
  const { length } = kernels;
  update(graph, kernels, options);
  return { steps, kernels, further: kernels.length - length };
}

/** From what the graph launches as it was interpreted; `undefined` where that does not tell. */
function atBatch(graph: Graph, from: Graph, options: LaunchOptions): Kernels | undefined {
  const pattern = patterns(from, questionOf(options), () => patternOf(from, options));
  if (pattern === undefined || graph === from) return pattern?.own;
  const { kernels } = kindsAt(graph, pattern.lowered, pattern.alike, options);
  kernels.run = pattern.run;
  return kernels;
}
