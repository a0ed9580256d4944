import type { Call, Expr } from "../syntax/ast.ts";
import { constructorsOf, isMadeBy } from "./constructors.ts";
import type { Module } from "./module.ts";
import { qualifiedName } from "./names.ts";
import { lastName, pathOf } from "./paths.ts";

export const scalerNames: ReadonlySet<string> = new Set([
  "torch.cuda.amp.GradScaler",
  "torch.amp.GradScaler",
  "torch.GradScaler",
]);

/** Whether an expression may be a `GradScaler`: something that made it is one, or its name says so where that is not seen. */
function isScaler(expr: Expr, module: Module): boolean {
  const makers = constructorsOf(expr, module);
  if (makers?.some((made) => scalerNames.has(qualifiedName(made.func, module) ?? "")) === true) return true;
  const isOther = isMadeBy(expr, module, (made) => scalerNames.has(made)) === "no";
  return !isOther && /scaler/i.test(lastName(expr) ?? "");
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
