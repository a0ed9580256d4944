/**
 * Checks for checkpoints that every process of a distributed run writes.
 *
 * ## Why is this bad?
 * N processes write the same file at the same time: N times the bytes, and a file that is torn when two of them overlap.
 *
 * ## Example
 * ```py
 * import torch
 * from torch.nn.parallel import DistributedDataParallel
 *
 *
 * def worker(rank, model, path):
 *     model = DistributedDataParallel(model, device_ids=[rank])
 *     torch.save(model.module.state_dict(), path)
 *
 *
 * torch.multiprocessing.spawn(worker)
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 * from torch.nn.parallel import DistributedDataParallel
 *
 *
 * def worker(rank, model, path):
 *     model = DistributedDataParallel(model, device_ids=[rank])
 *     if rank == 0:
 *         torch.save(model.module.state_dict(), path)
 *
 *
 * torch.multiprocessing.spawn(worker)
 * ```
 *
 * Conditions on the rank are looked for around the call, before it, and around the callers in this file. Where callers are in other files, for paths that hold the
 * rank, and for sharded checkpoints (FSDP, `torch.distributed.checkpoint`), which all ranks must write, the rule is silent.
 *
 * ## Fix safety
 * There is no automatic fix: what stands for the rank differs from script to script.
 *
 * ## When not to use it
 * When each process writes to a disk of its own.
 *
 * ## References
 * - [Save and load checkpoints with DDP](https://docs.pytorch.org/tutorials/intermediate/ddp_tutorial.html#save-and-load-checkpoints)
 */
import { isManagedByFramework, mentionsAny } from "../semantic/device-evidence.ts";
import { asksForRank, ddpCalls, runsOnEveryRank } from "../semantic/distributed.ts";
import { reaching } from "../semantic/reaching.ts";
import { argumentOf } from "../semantic/structure.ts";
import type { Expr } from "../syntax/ast.ts";
import { defineRule } from "./_rule.ts";

export const rule = defineRule({
  category: "bug",
  topic: "distributed",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "none",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (call.func.kind !== "Attribute" || call.func.attr !== "save" || ctx.isTestFile) return;
      if (ctx.qualified(call.func) !== "torch.save") return;
      const path = argumentOf(call, "f", 1);
      if (path === undefined || path === "unknown" || namesRank(path)) return;
      if (mentionsAny(sharded, ctx.module) || isManagedByFramework(ctx.module)) return;
      if (ddpCalls(ctx.module).length === 0 || runsOnEveryRank(call, ctx.module) !== "yes") return;
      ctx.report({
        at: call,
        certainty: "likely",
        message:
          "Every process of this distributed run writes this file, all at the same time. Save on one of them: `if rank == 0:`.",
        manual: "Put the call under a condition on the rank.",
      });
    },
  },
});

const sharded = [
  "FullyShardedDataParallel",
  "FSDP",
  "fully_shard",
  "dcp",
  "checkpoint_wrapper",
  "state_dict_type",
];

const namesRank = (path: Expr): boolean => {
  const given = path.kind === "Name" ? reaching(path) : undefined;
  return asksForRank(path) || (given?.kind === "assign" && asksForRank(given.value));
};
