/**
 * Checks for shuffled loaders in scripts that wrap their model in `DistributedDataParallel` without giving each process its part of the data.
 *
 * ## Why is this bad?
 * Every process then goes through the whole dataset in each epoch: N processes do N times the work of one epoch, and metrics and learning rate schedules
 * count epochs that were N. A `DistributedSampler` gives each rank its share.
 *
 * ## Example
 * ```py
 * from torch.nn.parallel import DistributedDataParallel
 * from torch.utils.data import DataLoader
 *
 *
 * def prepare(model, dataset, rank):
 *     model = DistributedDataParallel(model, device_ids=[rank])
 *     loader = DataLoader(dataset, batch_size=32, shuffle=True, num_workers=4)
 *     return model, loader
 * ```
 *
 * Use instead:
 * ```py
 * from torch.nn.parallel import DistributedDataParallel
 * from torch.utils.data import DataLoader
 * from torch.utils.data.distributed import DistributedSampler
 *
 *
 * def prepare(model, dataset, rank):
 *     model = DistributedDataParallel(model, device_ids=[rank])
 *     loader = DataLoader(dataset, batch_size=32, sampler=DistributedSampler(dataset), num_workers=4)
 *     return model, loader
 * ```
 *
 * Reported for `shuffle=True` written in the call, in a file that wraps the model and mentions no sampler, no sharding and no framework.
 *
 * ## Fix safety
 * There is no automatic fix: the sampler also wants `set_epoch` in every epoch.
 *
 * ## When not to use it
 * When the dataset already gives each process its own part in another file, or draws with replacement on purpose.
 *
 * ## References
 * - [DistributedSampler](https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.distributed.DistributedSampler)
 */
import { isDataLoader, loaderPosition } from "../semantic/data-loaders.ts";
import { isManagedByFramework, mentionsAny } from "../semantic/device-evidence.ts";
import { asksForRank, ddpCalls, isGuardedByRank } from "../semantic/distributed.ts";
import { reaching } from "../semantic/reaching.ts";
import { argumentOf, enclosingDef, walkOwn } from "../semantic/structure.ts";
import type { Expr } from "../syntax/ast.ts";
import { defineRule } from "./_rule.ts";

export const rule = defineRule({
  category: "energy",
  topic: "distributed",
  severity: { certain: "error", likely: "error", possible: "off" },
  fix: "none",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (ctx.isTestFile || !isDataLoader(call, ctx.module)) return;
      const shuffle = argumentOf(call, "shuffle", loaderPosition.shuffle);
      if (shuffle === undefined || shuffle === "unknown" || shuffle.kind !== "Bool" || !shuffle.value) return;
      if (mentionsAny(shards, ctx.module) || isManagedByFramework(ctx.module) || isGuardedByRank(call))
        return;
      const dataset = argumentOf(call, "dataset", 0);
      if (dataset === undefined || dataset === "unknown" || isSharded(dataset)) return;
      const [wrapped] = ddpCalls(ctx.module);
      if (wrapped === undefined) return;
      ctx.report({
        at: call,
        certainty: "likely",
        message:
          "Every process shuffles and trains on the whole dataset: N processes do the work of N epochs in each. Give the loader a `DistributedSampler` in place of `shuffle=True`.",
        manual:
          "Pass `sampler=DistributedSampler(dataset)` and call `sampler.set_epoch(epoch)` in every epoch.",
      });
    },
  },
});

const shards = [
  "DistributedSampler",
  "sampler",
  "split_dataset_by_node",
  "shard",
  "webdataset",
  "wds",
  "DistributedBatchSampler",
  "ElasticDistributedSampler",
  "prepare_data_loader",
];

/** What is made of the rank: `Part(data, rank)`, `parts[rank]`, also through names: `data[mine]`. */
function isSharded(dataset: Expr): boolean {
  const given = dataset.kind === "Name" ? reaching(dataset) : undefined;
  const made = given?.kind === "assign" ? given.value : dataset;
  return isPart(made) || namesIn(made).some((name) => isPartSomewhere(name, dataset));
}

const isPart = (made: Expr): boolean =>
  (made.kind === "Call" && asksForRank(made)) || (made.kind === "Subscript" && asksForRank(made.index));

/** Somewhere in the function the name gets a part: `if world_size > 1: mine = mine.split(n)[rank]`. */
function isPartSomewhere(name: string, dataset: Expr): boolean {
  let found = false;
  walkOwn(enclosingDef(dataset)?.body ?? [], (node) => {
    found ||=
      node.kind === "Assign" &&
      isPart(node.value) &&
      node.targets.some((target) => target.kind === "Name" && target.id === name);
  });
  return found;
}

function namesIn(expr: Expr): readonly string[] {
  const found: string[] = [];
  walkOwn([expr], (node) => {
    if (node.kind === "Name") found.push(node.id);
  });
  return found;
}
