/**
 * Checks for training with `nn.DataParallel`.
 *
 * ## Why is this bad?
 * One process drives all GPUs: every step copies the model to each of them, scatters the batch, gathers the outputs on the first, and all of it
 * shares one Python interpreter. `DistributedDataParallel` runs one process per GPU, keeps the copies and overlaps their exchange with the backward pass; the
 * [CUDA notes](https://docs.pytorch.org/docs/stable/notes/cuda.html#use-nn-parallel-distributeddataparallel-instead-of-multiprocessing-or-nn-dataparallel)
 * recommend it even on a single machine.
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def main(model, optimizer, loader):
 *     model = torch.nn.DataParallel(model)
 *     for x in loader:
 *         optimizer.zero_grad()
 *         model(x).mean().backward()
 *         optimizer.step()
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def main(model, optimizer, loader, rank):
 *     model = torch.nn.parallel.DistributedDataParallel(model, device_ids=[rank])
 *     for x in loader:
 *         optimizer.zero_grad()
 *         model(x).mean().backward()
 *         optimizer.step()
 * ```
 *
 * Reported in files that run a backward pass. Where the file also offers `DistributedDataParallel`, and for a list of one device, it is silent.
 *
 * ## Fix safety
 * There is no automatic fix: the program has to be started by `torchrun`, with a sampler that gives each process its part of the data.
 *
 * ## When not to use it
 * With one GPU, and for a quick experiment on two.
 *
 * ## References
 * - [Getting started with DistributedDataParallel](https://docs.pytorch.org/tutorials/intermediate/ddp_tutorial.html)
 */
import { mentionsAny } from "../semantic/device-evidence.ts";
import { lastName } from "../semantic/paths.ts";
import { argumentOf } from "../semantic/structure.ts";
import { defineRule } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "distributed",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "none",
  since: "0.1.0",
  equivalents: [
    { tool: "GreenPyData", rule: "P1", differs: "It reports scripts that only run a model, too." },
  ],
  on: {
    Call(call, ctx) {
      const last = lastName(call.func);
      if (last === undefined || (last !== "DataParallel" && last.length > 3)) return;
      const name = ctx.qualified(call.func);
      if (name !== "torch.nn.DataParallel" && name !== "torch.nn.parallel.DataParallel") return;
      if (ctx.isTestFile || !mentionsAny(["backward"], ctx.module)) return;
      if (mentionsAny(["DistributedDataParallel", "DDP", "init_process_group"], ctx.module)) return;
      const devices = argumentOf(call, "device_ids", 1);
      if (
        devices !== undefined &&
        devices !== "unknown" &&
        devices.kind === "List" &&
        devices.elts.length < 2
      )
        return;
      ctx.report({
        at: call.func,
        certainty: "certain",
        message:
          "`DataParallel` copies the model to every GPU in each step and drives all of them from one Python process. Train with `DistributedDataParallel`, one process per GPU.",
        manual:
          "Start the script with `torchrun`, wrap the model in `DistributedDataParallel` and give the loader a `DistributedSampler`.",
      });
    },
  },
});
