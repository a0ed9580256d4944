import type { Call, Expr, FunctionDef, If, Node } from "../syntax/ast.ts";
import { nodesOf, walk } from "../syntax/visit.ts";
import type { Module } from "./module.ts";
import { qualifiedName } from "./names.ts";
import { lastName } from "./paths.ts";
import { blockOf } from "./reaching.ts";
import { enclosingDef, statementOf } from "./structure.ts";

const ddp = "torch.nn.parallel.DistributedDataParallel";
const aliases = ["DistributedDataParallel", "DDP", "DataParallel", "ddp"];

/** The calls of a file that wrap a model in `DistributedDataParallel`, under whatever name. */
export const ddpCalls = (module: Module): readonly Call[] =>
  aliases.flatMap((alias) =>
    module
      .mentions(alias)
      .flatMap((chunk) =>
        nodesOf(chunk.nodes, "Call").filter(
          (call) => lastName(call.func) === alias && isDdp(call.func, module),
        ),
      ),
  );

export const isDdp = (callee: Expr, module: Module): boolean => {
  const name = qualifiedName(callee, module);
  return name === ddp || name === "torch.nn.parallel.distributed.DistributedDataParallel";
};

const ranks =
  /rank|main_process|is_main|master|primary|is_chief|world_size|distributed|^gpu$|^is_local|^local$|proc(?:ess)?_(?:id|index)|^device$|dist_/i;

/** Whether a condition asks which process this is, or whether there are several. */
export function asksForRank(test: Expr): boolean {
  let found = false;
  walk(test, (node) => {
    if (node.kind === "Attribute") found ||= ranks.test(node.attr);
    else if (node.kind === "Name") found ||= ranks.test(node.id);
    return !found;
  });
  return found;
}

const leaves = (branch: If): boolean => {
  const last = branch.body[branch.body.length - 1];
  return last?.kind === "Return" || last?.kind === "Continue" || last?.kind === "Raise";
};

/** Whether code runs for one process only as far as its function tells: under a condition on the rank, or behind one that leaves. */
export function isGuardedByRank(node: Node): boolean {
  let child = node;
  for (let at = node.parent; at !== undefined; child = at, at = at.parent) {
    if (
      (at.kind === "If" || at.kind === "IfExp" || at.kind === "While") &&
      child !== at.test &&
      asksForRank(at.test)
    )
      return true;
    if (at.kind === "BoolOp" && at.values.some((value) => value !== child && asksForRank(value))) return true;
    const stmt = statementOf(child);
    const before = stmt === child ? (blockOf(stmt) ?? []).slice(0, (blockOf(stmt) ?? []).indexOf(stmt)) : [];
    if (before.some((each) => each.kind === "If" && asksForRank(each.test) && leaves(each))) return true;
    if (at.kind === "FunctionDef")
      return at.decorators.some(
        (each) =>
          ranks.test(lastName(each.kind === "Call" ? each.func : each) ?? "") ||
          /once|zero/i.test(lastName(each) ?? ""),
      );
  }
  return false;
}

/** A condition that is more than a comparison may hold the rank in a flag: `if args.save_logs:`. */
function isUnderFlag(node: Node): boolean {
  let child = node;
  for (let at = node.parent; at !== undefined && at.kind !== "FunctionDef"; child = at, at = at.parent)
    if (at.kind === "If" && child !== at.test && !isComparison(at.test)) return true;
  return false;
}

const isComparison = (test: Expr): boolean =>
  test.kind === "BoolOp" ? test.values.every(isComparison) : test.kind === "Compare";

/** The calls of a function or method by its name in this file. */
const callersOf = (def: FunctionDef, module: Module): readonly Call[] =>
  module.mentions(def.name).flatMap((chunk) =>
    nodesOf(chunk.nodes, "Call").filter(
      // A qualified name belongs to a library: `torch.save` is not this file's `save`.
      (call) => lastName(call.func) === def.name && qualifiedName(call.func, module) === undefined,
    ),
  );

/** Whether every process gets to `node`: `unknown` where callers are in other files or deeper than three calls. */
export function runsOnEveryRank(node: Node, module: Module, depth = 3): "yes" | "no" | "unknown" {
  if (isGuardedByRank(node)) return "no";
  if (isUnderFlag(node)) return "unknown";
  const def = enclosingDef(node);
  if (def === undefined) return "yes";
  const callers = callersOf(def, module);
  if (depth === 0 || callers.length === 0) return isEntry(def, module) ? "yes" : "unknown";
  let answer: "yes" | "no" | "unknown" = "yes";
  for (const call of callers) {
    const there = runsOnEveryRank(call, module, depth - 1);
    if (there === "no") return "no";
    if (there === "unknown") answer = "unknown";
  }
  return answer;
}

/** Handed to `mp.spawn`, `Process(target=...)`: what every process starts with. */
const isEntry = (def: FunctionDef, module: Module): boolean =>
  module
    .mentions("spawn")
    .some((chunk) =>
      nodesOf(chunk.nodes, "Call").some(
        (call) =>
          lastName(call.func) === "spawn" &&
          call.args.some((arg) => arg.kind === "Name" && arg.id === def.name),
      ),
    );
