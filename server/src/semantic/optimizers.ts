import type { Call, Expr } from "../syntax/ast.ts";
import { isMadeBy } from "./constructors.ts";
import type { Module } from "./module.ts";
import { lastName } from "./paths.ts";

/** Optimizers of torch, and those of others that keep its contract: `step` leaves the gradients as they are. */
const torchOptimizer =
  /^torch\.optim\.[A-Z]\w*$|^(?:transformers|bitsandbytes\.optim|apex\.optimizers|timm\.optim)\.\w*(?:Adam|SGD|Lamb|LAMB|Lion|Adafactor)\w*$/;
const optimizerName =
  /^(?:\w+_)?(?:opt|optim|optimizer|optimiser|solver)s?(?:_\w+|\d+|[A-Z]\w*)?$|^[a-z]+(?:Opt|Optim|Optimizer)$/;

/** How sure it is that an expression is an optimizer of torch: by its constructor, or only by its name. */
export function isOptimizer(expr: Expr, module: Module): "certain" | "likely" | undefined {
  switch (isMadeBy(expr, module, (qualified) => torchOptimizer.test(qualified))) {
    case "yes":
      return "certain";
    case "no":
      return undefined;
    case "unknown":
      return optimizerName.test(lastName(expr) ?? "") && !/sched/i.test(lastName(expr) ?? "")
        ? "likely"
        : undefined;
  }
}

/** The optimizer that a call steps, closures and other arguments aside: `opt.step()`, `scaler.step(opt)`. */
export function steppedOptimizer(call: Call): Expr | undefined {
  if (call.func.kind !== "Attribute" || call.func.attr !== "step" || call.keywords.length > 0)
    return undefined;
  const [only, ...others] = call.args;
  if (only === undefined) return call.func.value;
  const isScaler = /scaler/i.test(lastName(call.func.value) ?? "");
  return isScaler && others.length === 0 && only.kind !== "Starred" ? only : undefined;
}
