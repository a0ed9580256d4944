import type { Expr } from "../syntax/ast.ts";
import { nodesOf } from "../syntax/visit.ts";
import { perChunk } from "./memo.ts";
import type { Module } from "./module.ts";

const namesCuda = perChunk((chunk) =>
  nodesOf(chunk.nodes, "Str").some((text) => /^cuda(?::\d+)?$/.test(text.value)),
);

/** Whether a file names CUDA devices: `.cuda()`, `torch.cuda`, `"cuda:0"`. */
export const speaksOfCuda = (module: Module): boolean =>
  module.isMentioned("cuda") ||
  ["to", "device", "torch"].some((name) => module.mentions(name).some(namesCuda));

/** Whether a file moves things to some device, whichever it is. */
export const speaksOfDevices = (module: Module): boolean =>
  (module.isMentioned("device") && module.isMentioned("to") && !staysOnCpu(module)) || speaksOfCuda(module);

/** Whether the one device that a file names is the processor: `device = torch.device("cpu")`. */
export function staysOnCpu(module: Module): boolean {
  const devices = module.bindings("device");
  return (
    devices.length > 0 &&
    devices.every(({ binding }) => binding.kind === "assign" && isCpu(binding.value)) &&
    !mentionsAny(accelerators, module) &&
    !speaksOfCuda(module)
  );
}

const accelerators = ["accelerator", "fabric", "gpu", "mps", "xpu", "Accelerator", "Fabric"];

const isCpu = (value: Expr): boolean =>
  (value.kind === "Str" && value.value === "cpu") ||
  (value.kind === "Call" && value.args.length === 1 && value.args.every(isCpu));

const frameworks = [
  "Accelerator",
  "accelerator",
  "Fabric",
  "fabric",
  "LightningModule",
  "LightningDataModule",
  "Trainer",
  "TrainingArguments",
  "deepspeed",
];

/** Something in the file trains in the author's place: it moves, samples, scales and synchronizes by itself. */
export const isManagedByFramework = (module: Module): boolean => mentionsAny(frameworks, module);

const clocks = [
  "Event",
  "elapsed_time",
  "profile",
  "profiler",
  "Profiler",
  "perf_counter",
  "Tracer",
  "HFTracer",
  "symbolic_trace",
];

/** Whether a file measures or traces what it runs: it chooses slow paths on purpose, to compare or to see them. */
export const measuresItself = (module: Module): boolean => mentionsAny(clocks, module);

export const mentionsAny = (names: readonly string[], module: Module): boolean =>
  names.some((name) => module.isMentioned(name));
