import type { Call, Expr } from "../syntax/ast.ts";
import { isMadeBy } from "./constructors.ts";
import type { Module } from "./module.ts";
import { lastName, pathOf } from "./paths.ts";

export const scalerNames: ReadonlySet<string> = new Set([
  "torch.cuda.amp.GradScaler",
  "torch.amp.GradScaler",
  "torch.GradScaler",
]);

/** Whether an expression is a `GradScaler`: by what made it, or by its name where that is not seen. */
function isScaler(expr: Expr, module: Module): boolean {
  switch (isMadeBy(expr, module, (made) => scalerNames.has(made))) {
    case "yes":
      return true;
    case "no":
      return false;
    case "unknown":
      return /scaler/i.test(lastName(expr) ?? "");
  }
}

export interface ScalerStep {
  readonly call: Call;
  /** How the code writes the two: `self.scaler`, `optimizer`. */
  readonly scaler: string;
  readonly optimizer: string;
}

/** `scaler.step(optimizer)`. */
export function scalerStep(call: Call, module: Module): ScalerStep | undefined {
  if (call.func.kind !== "Attribute" || call.func.attr !== "step" || call.args.length !== 1) return undefined;
  const [given] = call.args;
  const scaler = pathOf(call.func.value);
  const optimizer = given === undefined ? undefined : pathOf(given);
  if (scaler === undefined || optimizer === undefined || !isScaler(call.func.value, module)) return undefined;
  return { call, scaler, optimizer };
}

/** `scaler.scale(loss).backward()`, by the path of the scaler. */
export const isScaledBackward = (call: Call, scaler: string): boolean =>
  call.func.kind === "Attribute" &&
  call.func.attr === "backward" &&
  call.func.value.kind === "Call" &&
  isMethodOf(call.func.value, scaler, "scale");

/** `scaler.unscale_(optimizer)` and the like, by the path of the object. */
export const isMethodOf = (call: Call, path: string, name: string): boolean =>
  call.func.kind === "Attribute" && call.func.attr === name && pathOf(call.func.value) === path;
