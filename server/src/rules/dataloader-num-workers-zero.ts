/**
 * Checks for data loaders without worker processes in programs that compute on a device.
 *
 * ## Why is this bad?
 * With `num_workers=0`, the default, the process that trains also reads and transforms every batch: the GPU waits for
 * each one, at idle power. With workers the next batches are prepared while the current one is computed.
 *
 * How much that saves depends on what an item costs. A benchmark of
 * [ml-engineering](https://github.com/stas00/ml-engineering/tree/master/training/performance) with a slow transform went
 * from 5.388 s to 0.839 s with three workers. Items that are only sliced from memory gain nothing, hence an info.
 *
 * ## Example
 * ```py
 * from torch.utils.data import DataLoader
 *
 *
 * def run(model, dataset):
 *     loader = DataLoader(dataset, batch_size=64, pin_memory=True)
 *     for x, y in loader:
 *         model.update(x.cuda(non_blocking=True), y.cuda(non_blocking=True))
 * ```
 *
 * Use instead:
 * ```py
 * from torch.utils.data import DataLoader
 *
 *
 * def run(model, dataset):
 *     loader = DataLoader(dataset, batch_size=64, pin_memory=True, num_workers=4)
 *     for x, y in loader:
 *         model.update(x.cuda(non_blocking=True), y.cuda(non_blocking=True))
 * ```
 *
 * The rule is silent in tests and benchmarks, in files that never name a device, for a number that is not written in the call, for a zero that a
 * comment beside it explains, for batches that are collated on a device,
 * for data that is in memory already (`TensorDataset`, lists, indices, a `__getitem__` that only indexes, graphs of PyTorch Geometric, tokens for a large language model), for full batches, for iterable datasets
 * (each worker would repeat them unless they are sharded) and for loaders over prompts or samples.
 *
 * ## Fix safety
 * Suggestion: the fix also pins memory and keeps the workers between epochs where the file shows that it helps. Worker processes need memory, copy what the dataset holds and seed their own random numbers. Where processes are
 * spawned (Windows, macOS) the script needs an `if __name__ == "__main__":`; a loader at the top of a file gets no fix.
 *
 * ## When not to use it
 * When the items are cheap, on machines with few cores, or when the dataset touches CUDA itself.
 *
 * ## References
 * - [Single- and multi-process data loading](https://docs.pytorch.org/docs/stable/data.html#single-and-multi-process-data-loading)
 */
import type { Edit } from "../base/text.ts";
import { constructorsOf } from "../semantic/constructors.ts";
import { isDataLoader, loaderPosition } from "../semantic/data-loaders.ts";
import { mentionsAny, speaksOfDevices } from "../semantic/device-evidence.ts";
import { gpuFeed, restartsInEveryEpoch } from "../semantic/loader-use.ts";
import { definitionOf, qualifiedName } from "../semantic/names.ts";
import { lastName } from "../semantic/paths.ts";
import { argumentOf, callsIn, enclosingDef, methodsOf } from "../semantic/structure.ts";
import type { Call, ClassDef, Expr, Node } from "../syntax/ast.ts";
import { isDeviceLike } from "./_device.ts";
import { setKeyword } from "./_edits.ts";
import { withoutWaiting } from "./_pin-memory.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "data-loading",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  equivalents: [
    {
      tool: "TorchFix",
      rule: "TOR401",
      differs: "It reports loaders of programs without a device, and of tensors in memory, too.",
    },
    { tool: "GreenPyData", rule: "P2", differs: "It reports loaders of programs without a device too." },
  ],
  on: {
    Call(call, ctx) {
      if (ctx.isTestFile || !isDataLoader(call, ctx.module) || holdsGraphs(call, ctx)) return;
      const workers = argumentOf(call, "num_workers", loaderPosition.numWorkers);
      const isZero = workers !== "unknown" && workers?.kind === "Int" && workers.value === 0;
      if ((workers !== undefined && !isZero) || !speaksOfDevices(ctx.module)) return;
      if (mentionsAny(languageModels, ctx.module)) return;
      const dataset = argumentOf(call, "dataset", 0);
      if (dataset === undefined || dataset === "unknown" || isCheap(dataset, ctx)) return;
      if (isFullBatch(call, ctx) || isOnTheSide(call) || collatesOnDevice(call)) return;
      if (isZero && isExplained(workers, ctx)) return;
      const isPositional = isZero && !call.keywords.some((keyword) => keyword.value === workers);
      ctx.report({
        at: call.func,
        certainty: "likely",
        message: `\`${lastName(call.func) ?? "DataLoader"}\` ${isZero ? "with `num_workers=0`" : "without `num_workers`"} reads and transforms every batch in the process that feeds the device, which waits for it. Load in worker processes: \`num_workers=4\`.`,
        ...(isPositional || isAtTop(call)
          ? {
              manual:
                "Pass `num_workers` where a main guard keeps spawned workers from running the script again.",
            }
          : {
              fixes: [
                {
                  title: "Load with num_workers=4 (starts four worker processes)",
                  safety: "suggestion",
                  edits: workersFor(call, ctx),
                },
              ],
            }),
      });
    },
  },
});

/** A comment beside the zero, or right above, speaks of workers: it is a choice. */
function isExplained(zero: Expr, { chunk: { text } }: RuleContext): boolean {
  const end = text.indexOf("\n", zero.end);
  const beside = text.slice(zero.end, end === -1 ? undefined : end).split("#")[1];
  const before = text.slice(0, text.lastIndexOf("\n", zero.start) + 1);
  const above = /(?<=^|\n)(?:[ \t]*#[^\n]*\n)+$/.exec(before.slice(-500))?.[0];
  return [beside, above].some(
    (comment) =>
      comment !== undefined &&
      /(?<![-\w])(?:workers?|(?:multi)?process(?:es|ing)?|fork|threads?)(?![-\w])/i.test(comment),
  );
}

/** Tokens that were made beforehand, and steps of seconds: nothing waits for the loader. */
const languageModels = [
  "AutoTokenizer",
  "AutoModelForCausalLM",
  "AutoModelForSeq2SeqLM",
  "AutoModelForSequenceClassification",
  "BertForSequenceClassification",
  "BertTokenizer",
  "BertTokenizerFast",
  "get_linear_schedule_with_warmup",
  "data_collator",
  "default_data_collator",
];

/** Four workers, and what makes them worth it here: pinned batches, processes that outlive the epoch. */
function workersFor(call: Call, ctx: RuleContext): readonly Edit[] {
  const has = (name: string): boolean => call.keywords.some((keyword) => keyword.name === name);
  const feed = has("pin_memory") ? undefined : gpuFeed(call, ctx.module);
  const copies = feed === undefined ? undefined : withoutWaiting(feed, ctx);
  const pins = copies === undefined ? "" : ", pin_memory=True";
  const stays =
    !has("persistent_workers") && restartsInEveryEpoch(call, ctx.module) ? ", persistent_workers=True" : "";
  return [setKeyword(call, "num_workers", `4${pins}${stays}`, ctx.chunk.text), ...(copies ?? [])];
}

const inMemory =
  /(?:^|\.)(?:TensorDataset|ListDataset|Dataset\.from_(?:dict|list|pandas)|list|range|arange|tensor|randn|rand|zeros|ones)$/;
const besides =
  /prompt|sample|toy|dummy|fake|random|calib|demo|expert|replay|rollout|trajector|buffer|experience/i;

/** What a worker could not prepare any faster, or must not prepare twice. */
function isCheap(dataset: Expr, ctx: RuleContext): boolean {
  if (dataset.kind !== "Name" && dataset.kind !== "Attribute" && dataset.kind !== "Call") return true;
  if (dataset.kind !== "Call" && besides.test(lastName(dataset) ?? "")) return true;
  if (/(?:^|_)(?:idx|index|indices)$/.test(lastName(dataset) ?? "")) return true;
  const makers = constructorsOf(dataset, ctx.module) ?? [];
  return makers.some((made) => {
    const name = ctx.qualified(made.func) ?? lastName(made.func) ?? "";
    if (inMemory.test(name) || besides.test(name)) return true;
    const cls = definitionOf(made.func, ctx.module)?.node;
    return cls?.kind === "ClassDef" && (isIterable(cls, ctx) || onlyIndexes(cls));
  });
}

const isIterable = (cls: ClassDef, ctx: RuleContext): boolean =>
  methodsOf(cls).has("__iter__") ||
  cls.bases.some((base) => /Iterable/.test(qualifiedName(base, ctx.module) ?? lastName(base) ?? ""));

const trivial =
  /^(?:len|int|float|tensor|from_numpy|as_tensor|long|clone|float32|items|dict|tuple|LongTensor|FloatTensor|Tensor)$/;

/** A `__getitem__` that does no work worth a process, or that touches the device: workers cannot share it. */
function onlyIndexes(cls: ClassDef): boolean {
  const getter = methodsOf(cls).get("__getitem__");
  if (getter === undefined) return false;
  const names = callsIn(getter.body).map((call) => lastName(call.func) ?? "");
  return names.every((name) => trivial.test(name)) || names.some((name) => name === "cuda" || name === "to");
}

/** `batch_size=len(dataset)`: one batch, which nothing can be loaded beside. */
function isFullBatch(call: Call, ctx: RuleContext): boolean {
  const size = argumentOf(call, "batch_size", 1);
  return size !== undefined && size !== "unknown" && /\blen\(/.test(ctx.text(size));
}

/** The data sets of PyTorch Geometric are transformed once and lie in memory. */
const holdsGraphs = (call: Call, ctx: RuleContext): boolean =>
  ctx.qualified(call.func)?.startsWith("torch_geometric.") === true;

/** `collate_fn=batcher(device)`: a worker must not touch CUDA, which the process that starts it has opened. */
const collatesOnDevice = (call: Call): boolean =>
  call.keywords.some(
    ({ name, value }) => name === "collate_fn" && value.kind === "Call" && value.args.some(isDeviceLike),
  );

/** A loader over a handful of prompts or samples, by the name it gets or the function it stands in. */
function isOnTheSide(call: Call): boolean {
  const target = call.parent?.kind === "Assign" ? call.parent.targets[0] : undefined;
  const names = [enclosingDef(call)?.name, target === undefined ? undefined : lastName(target)];
  return names.some((name) => name !== undefined && besides.test(name));
}

/** Runs when the file is imported, as a spawned worker does. */
function isAtTop(call: Call): boolean {
  for (let at: Node | undefined = call.parent; at !== undefined; at = at.parent)
    if (at.kind === "FunctionDef" || (at.kind === "If" && at.test.kind === "Compare")) return false;
  return true;
}
