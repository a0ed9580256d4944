import type { Call, Expr, Name, Node, Stmt } from "../syntax/ast.ts";
import { isConditionalWithin, type Loop } from "./loops.ts";
import { lastName, namesIn, pathOf, rootName } from "./paths.ts";
import { mayBind, readsAfter } from "./reaching.ts";
import { walkOwn } from "./structure.ts";

/** A place where a program waits until the value of a tensor has come to the host. */
export interface HostRead {
  /** `loss.item()`, `float(loss)`, or the bare `loss` in a `print` or an f-string. */
  readonly node: Expr;
  readonly tensor: Expr;
  /** What the value is for: telling people, or something the program itself needs to go on. */
  readonly use: "report" | "needed";
}

const readers = new Set(["item", "tolist", "numpy", "cpu"]);

/** Functions that hand a value on without looking at it. */
const passesOn =
  /^(?:round|float|int|str|repr|format|min|max|abs|sum|mean|exp|sqrt|log10|array|asarray|dict|list|tuple|numpy|tolist|item)$/;
/** Functions and methods that store or show a value. */
const reports =
  /^(?:print|append|extend|update|add|log|log_dict|log_metrics|info|debug|warning|add_scalars?|set_postfix(?:_str)?|set_description(?:_str)?|write|record|track|scalar|line|push|report|add_value|print_log|rank_log|tqdm_write|update_state|add_entry|desc)$/;

/**
 * The host reads that each step in a loop makes: those under a condition that the step is not under are left out.
 * @param losses names known to hold tensors, so that `print(loss)` and `float(loss)` count too
 */
export function hostReadsIn(loop: Loop, losses: ReadonlySet<string>, step: Call): readonly HostRead[] {
  const found: HostRead[] = [];
  const onHost = namesFromLoader(loop);
  const add = (node: Expr, tensor: Expr): void => {
    if (!isConditionalWithin(node, loop, step))
      found.push({ node, tensor, use: useOf(node, loop, maxDepth) });
  };
  walkOwn(loop.body, (node) => {
    if (node.kind === "Call") {
      const tensor = readTensor(node, losses, onHost);
      if (tensor !== undefined) add(node, tensor);
    } else if (node.kind === "Name" && losses.has(node.id) && isShown(node)) add(node, node);
  });
  return found;
}

/** What a loader gives is on the host, until the loop moves it to a device under the same name. */
function namesFromLoader(loop: Loop): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (target: Expr, giver: Stmt | undefined): void => {
    for (const name of namesIn(target))
      if (!loop.body.some((stmt) => stmt !== giver && mayBind(stmt, name))) found.add(name);
  };
  if (loop.kind === "For") add(loop.target, undefined);
  for (const stmt of loop.body)
    if (stmt.kind === "Assign" && stmt.value.kind === "Call" && lastName(stmt.value.func) === "next")
      for (const target of stmt.targets) add(target, stmt);
  return found;
}

function readTensor(call: Call, losses: ReadonlySet<string>, onHost: ReadonlySet<string>): Expr | undefined {
  if (call.func.kind === "Name") {
    const [only, ...others] = call.args;
    const converts = call.func.id === "float" || call.func.id === "int";
    const isLoss = only?.kind === "Name" && losses.has(only.id);
    return converts && isLoss && others.length === 0 ? only : undefined;
  }
  if (call.func.kind !== "Attribute" || !readers.has(call.func.attr)) return undefined;
  if (call.args.length > 0 || call.keywords.length > 0 || isReadAgain(call)) return undefined;
  const tensor = call.func.value;
  const root = rootName(tensor) ?? "";
  // `.item()` and `.tolist()` of what numpy computes are on the host already.
  if (call.func.attr === "item" || call.func.attr === "tolist") {
    return isMadeOnHost(tensor) || onHost.has(root) ? undefined : tensor;
  }
  return losses.has(root) ? tensor : undefined;
}

/** `loss.cpu().item()`: the outer call stands for both. */
const isReadAgain = (call: Call): boolean =>
  call.parent?.kind === "Attribute" && readers.has(call.parent.attr) && call.parent.parent?.kind === "Call";

function isMadeOnHost(expr: Expr): boolean {
  if (expr.kind !== "Call") return false;
  const path = pathOf(expr.func);
  return path !== undefined && /^(?:np|numpy|math|random)\./.test(path);
}

/** The tensor itself is printed or formatted: formatting reads it. */
function isShown(name: Name): boolean {
  const parent = name.parent;
  if (parent?.kind === "FormattedValue") return parent.value === name;
  return (
    parent?.kind === "Call" &&
    parent.args.some((arg) => arg === name) &&
    (parent.func.kind === "Name" ? parent.func.id === "print" : lastName(parent.func) === "format")
  );
}

const maxDepth = 4;

function useOf(read: Node, loop: Loop, depth: number): HostRead["use"] {
  if (depth === 0) return "needed";
  let child = read;
  for (let at = read.parent; at !== undefined; child = at, at = at.parent) {
    switch (at.kind) {
      case "BinOp":
      case "UnaryOp":
      case "Tuple":
      case "List":
      case "Dict":
      case "DictItem":
      case "Keyword":
      case "FString":
      case "FormattedValue":
      case "Starred":
        continue;
      case "Attribute":
        if (at.parent?.kind === "Call" && at.parent.func === at && passesOn.test(at.attr)) continue;
        return "needed";
      case "Call": {
        if (at.func === child) continue;
        const name = lastName(at.func) ?? "";
        if (passesOn.test(name)) continue;
        return reports.test(name) ? "report" : "needed";
      }
      case "AugAssign":
        return at.value === child ? "report" : "needed";
      case "Assign":
        if (at.value !== child) return "needed";
        return at.targets.every(
          (target) =>
            target.kind === "Attribute" ||
            target.kind === "Subscript" ||
            (target.kind === "Name" && isOnlyReported(target, loop, depth)),
        )
          ? "report"
          : "needed";
      default:
        return "needed";
    }
  }
  return "needed";
}

/** Whether the loop does nothing with a value it was given a name for but store and show it. */
function isOnlyReported(target: Name, loop: Loop, depth: number): boolean {
  const stmt = target.parent;
  if (stmt?.kind !== "Assign") return false;
  return readsAfter(stmt, target.id)
    .filter((read) => read.start >= loop.start && read.end <= loop.end)
    .every((read) => useOf(read, loop, depth - 1) === "report");
}
