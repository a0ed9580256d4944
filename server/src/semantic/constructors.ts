import type { Call, Expr } from "../syntax/ast.ts";
import { attributeValues } from "./attributes.ts";
import type { Binding } from "./bindings.ts";
import { enclosingMethod, instanceName } from "./methods.ts";
import type { Module } from "./module.ts";
import { bindingsOf, definitionOf, qualifiedName } from "./names.ts";
import { selfAttribute } from "./structure.ts";

/** Methods of modules that return the module itself. */
const returnsSelf = new Set([
  "to",
  "cuda",
  "cpu",
  "train",
  "eval",
  "float",
  "double",
  "half",
  "bfloat16",
  "type",
  "requires_grad_",
  "share_memory",
]);

/** Calls whose result behaves as their first argument. */
const wrappers = new Set([
  "torch.nn.DataParallel",
  "torch.nn.parallel.DataParallel",
  "torch.nn.parallel.DistributedDataParallel",
  "torch.compile",
  "torch.jit.script",
]);

const maxHops = 6;

/**
 * Every call that may have made the object an expression names, through assignments, `self` attributes and wrappers
 * such as `.to(device)` and `DataParallel`. `undefined` when one of its origins is not a call that can be seen.
 * A call may stand in another chunk: its callee may be resolved, its offsets mean nothing here.
 */
export function constructorsOf(expr: Expr, module: Module): readonly Call[] | undefined {
  const found = origins(expr, module, maxHops);
  return found === undefined || found.length === 0 ? undefined : found;
}

function origins(expr: Expr, module: Module, hops: number): readonly Call[] | undefined {
  if (hops === 0) return undefined;
  switch (expr.kind) {
    case "None":
      return [];
    case "Call":
      return originsOfCall(expr, module, hops);
    case "IfExp":
      return joined([expr.body, expr.orelse], module, hops);
    case "Name": {
      const all: Call[] = [];
      for (const binding of bindingsOf(expr, module)) {
        const value = givenBy(binding, expr.id);
        const found =
          value === "itself" ? [] : value === undefined ? undefined : origins(value, module, hops - 1);
        if (found === undefined) return undefined;
        all.push(...found);
      }
      return all;
    }
    case "Attribute": {
      const place = enclosingMethod(expr);
      const attr = place && selfAttribute(expr, instanceName(expr, place.method));
      if (place === undefined || attr === undefined) return undefined;
      const values = attributeValues(place.cls, attr).filter(
        (value) => !(value.kind === "Attribute" && value.attr === attr) && rootOf(value) !== attr,
      );
      return joined(values, module, hops);
    }
    default:
      return undefined;
  }
}

function joined(exprs: readonly Expr[], module: Module, hops: number): readonly Call[] | undefined {
  const all: Call[] = [];
  for (const each of exprs) {
    const found = origins(each, module, hops - 1);
    if (found === undefined) return undefined;
    all.push(...found);
  }
  return all;
}

function originsOfCall(call: Call, module: Module, hops: number): readonly Call[] | undefined {
  const first = call.args[0];
  if (call.func.kind === "Attribute" && returnsSelf.has(call.func.attr)) {
    const inner = origins(call.func.value, module, hops - 1);
    if (inner !== undefined) return inner;
  }
  const callee = qualifiedName(call.func, module);
  if (callee !== undefined && wrappers.has(callee))
    return first === undefined ? undefined : origins(first, module, hops - 1);
  return [call];
}

/** What a binding gives; `"itself"` where it wraps what the name held before: `model = DataParallel(model)`. */
function givenBy(binding: Binding, name: string): Expr | "itself" | undefined {
  if (binding.kind === "assign") return passesOn(binding.value, name) ? "itself" : binding.value;
  if (binding.kind !== "unpack" || binding.index < 0) return undefined;
  const { value, index } = binding;
  if (value.kind === "Tuple" || value.kind === "List") return value.elts[index];
  // `model, optimizer = accelerator.prepare(model, optimizer)` gives back what it is given, in order.
  const given = value.kind === "Call" && isPrepare(value) ? value.args[index] : undefined;
  return given !== undefined && passesOn(given, name) ? "itself" : given;
}

const isPrepare = (call: Call): boolean =>
  call.func.kind === "Attribute" && (call.func.attr === "prepare" || call.func.attr === "setup");

function passesOn(value: Expr, name: string): boolean {
  if (value.kind === "Name") return value.id === name;
  if (value.kind !== "Call") return false;
  if (value.func.kind === "Attribute" && returnsSelf.has(value.func.attr) && passesOn(value.func.value, name))
    return true;
  const first = value.args[0];
  const wraps = value.func.kind === "Attribute" || value.func.kind === "Name";
  return (
    wraps &&
    first?.kind === "Name" &&
    first.id === name &&
    /^(?:DataParallel|DistributedDataParallel|DDP|FSDP|compile|script|prepare|setup)$/.test(
      value.func.kind === "Attribute" ? value.func.attr : value.func.kind === "Name" ? value.func.id : "",
    )
  );
}

/** The attribute of `self` that a chain of methods starts from: `self.net.to(device)` -> `net`. */
function rootOf(value: Expr): string | undefined {
  let at = value;
  while (at.kind === "Call") {
    const first = at.args[0];
    if (at.func.kind === "Attribute" && returnsSelf.has(at.func.attr)) at = at.func.value;
    else if (first !== undefined) at = first;
    else return undefined;
  }
  return at.kind === "Attribute" && at.value.kind === "Name" ? at.attr : undefined;
}

/**
 * Whether everything that may have made the object is a constructor whose qualified name satisfies `test`. Classes are told
 * from functions by their capital: what a function makes is unknown.
 */
export function isMadeBy(
  expr: Expr,
  module: Module,
  test: (qualified: string) => boolean,
): "yes" | "no" | "unknown" {
  const calls = constructorsOf(expr, module);
  if (calls === undefined) return "unknown";
  let answer: "yes" | "unknown" = "yes";
  for (const call of calls) {
    const qualified = qualifiedName(call.func, module);
    if (qualified !== undefined && test(qualified)) continue;
    const isClass =
      qualified === undefined
        ? definitionOf(call.func, module)?.node.kind === "ClassDef"
        : /(?:^|\.)[A-Z]\w*$/.test(qualified);
    if (isClass) return "no";
    answer = "unknown";
  }
  return answer;
}
