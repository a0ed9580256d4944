import type { Unknown } from "../base/known.ts";
import type * as ast from "../syntax/ast.ts";
import type { Frame, Machine } from "./machine.ts";
import { plainUnknown } from "./plain-unknown.ts";
import { checkpoint, fileThere, reasonOf } from "./reasons.ts";
import { lookUp, store } from "./scope.ts";
import { isReport } from "./skipped-work.ts";
import { isUnknown, type Value } from "./values.ts";

/**
 * Code behind a condition, or in a loop, that only the run knows, and that may be left out all the same: it does no work and
 * its only effect is on names, which are unknown from there on. What is done to the content of a checkpoint before it is
 * loaded is of that kind: it decides values of weights, not which weights there are.
 */

export const isCheckpoint = (value: Value): value is Unknown => isUnknown(value) && value.why === checkpoint;

/** An unknown number, text or truth that keeps the reason of what it came from, that of a checkpoint first. */
export const openBy = (m: Machine, parts: readonly Value[], why: string): Unknown =>
  plainUnknown(m, parts.some(isCheckpoint) ? checkpoint : reasonOf(parts, why));

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

const looks = words(
  "len str int float bool repr isinstance issubclass hasattr getattr range enumerate zip sorted reversed list tuple " +
    "dict set frozenset any all min max abs round type print OrderedDict",
);
const lookingMethods = words(
  "keys values items get copy startswith endswith replace split rsplit splitlines join strip lstrip rstrip lower upper " +
    "title capitalize format find rfind index rindex count isdigit isnumeric isalpha partition rpartition removeprefix " +
    "removesuffix match search fullmatch findall sub group groups info debug warning",
);
/** What is done to tensors of a checkpoint: it is done before the model runs. */
const weightMethods = words(
  "size numel nelement dim item view reshape permute transpose t flatten unsqueeze squeeze expand repeat contiguous clone " +
    "detach cpu cuda to type float half double bfloat16 int long bool numpy tolist mean sum std var norm max min abs sqrt " +
    "rsqrt pow exp log add sub mul div neg matmul mm dot outer chunk split unbind select narrow index_select gather take " +
    "roll flip rot90 tile repeat_interleave expand_as view_as reshape_as type_as swapaxes swapdims movedim diag tril triu " +
    "clamp round floor softmax masked_fill where ndimension stride element_size is_floating_point is_contiguous " +
    "new_zeros new_ones new_empty new_full new_tensor add_ sub_ mul_ div_ clamp_ unsqueeze_ squeeze_ transpose_ " +
    "requires_grad_ uniform_ copy_ fill_ zero_ normal_ " +
    "state_dict load_state_dict named_parameters named_buffers parameters modules named_modules",
);
const fillingMethods = words(
  "append extend insert add update pop popitem remove setdefault discard clear move_to_end",
);
const lookingModules = words("os re math glob string logging warnings operator itertools collections copy");
const weightModules = words("torch F np numpy");

interface Scan {
  readonly m: Machine;
  readonly frame: Frame;
  readonly loading: boolean;
  readonly bound: Set<string>;
  readonly filled: Set<string>;
  loops: number;
}

const scan = (m: Machine, frame: Frame, loading: boolean): Scan => ({
  m,
  frame,
  loading,
  bound: new Set(),
  filled: new Set(),
  loops: 0,
});

const rootOf = (node: ast.Expr): string | undefined =>
  node.kind === "Name"
    ? node.id
    : node.kind === "Attribute" || node.kind === "Subscript"
      ? rootOf(node.value)
      : undefined;

const isObject = (value: Value | undefined): boolean =>
  typeof value === "object" &&
  value.kind === "instance" &&
  (value.cls.isModule || value.payload === undefined);

function isIdleCall(of: Scan, node: ast.Call): boolean {
  const inside =
    node.args.every((each) => isIdle(of, each)) && node.keywords.every((each) => isIdle(of, each.value));
  if (!inside) return false;
  const { func } = node;
  if (func.kind === "Name") {
    if (looks.has(func.id)) return true;
    const callee = of.loading ? lookUp(of.frame, func.id) : undefined;
    return (
      typeof callee === "object" &&
      callee.kind === "function" &&
      node.args.every(
        (arg) => arg.kind !== "Attribute" && !(arg.kind === "Name" && isObject(lookUp(of.frame, arg.id))),
      )
    );
  }
  if (func.kind !== "Attribute") return false;
  const root = rootOf(func.value);
  const module = root === undefined ? undefined : lookUp(of.frame, root);
  if (root !== undefined && typeof module === "object" && module.kind === "module") {
    const name = module.name.split(".")[0] ?? "";
    if (lookingModules.has(name)) return true;
    return of.loading && weightModules.has(name) && /^([a-z_0-9]+|Parameter|Tensor)$/.test(func.attr);
  }
  if (!isIdle(of, func.value)) return false;
  return lookingMethods.has(func.attr) || (of.loading && weightMethods.has(func.attr));
}

/** Whether to evaluate it counts nothing and changes nothing but names. */
function isIdle(of: Scan, node: ast.Expr): boolean {
  switch (node.kind) {
    case "Name":
    case "Int":
    case "Float":
    case "Str":
    case "Bytes":
    case "Bool":
    case "None":
    case "Ellipsis":
      return true;
    case "Starred":
      return isIdle(of, node.value);
    case "Attribute":
      return of.loading && isIdle(of, node.value);
    case "Subscript":
      return of.loading && isIdle(of, node.value) && isIdle(of, node.index);
    case "Slice":
      return [node.lower, node.upper, node.step].every((each) => each === undefined || isIdle(of, each));
    case "FString":
      return node.parts.every((part) => part.kind === "Str" || isIdle(of, part.value));
    case "UnaryOp":
      return isIdle(of, node.operand);
    case "BinOp":
      return of.loading && isIdle(of, node.left) && isIdle(of, node.right);
    case "BoolOp":
      return node.values.every((each) => isIdle(of, each));
    case "Compare":
      return isIdle(of, node.left) && node.comparators.every((each) => isIdle(of, each));
    case "IfExp":
      return isIdle(of, node.test) && isIdle(of, node.body) && isIdle(of, node.orelse);
    case "Tuple":
    case "List":
    case "Set":
      return node.elts.every((each) => isIdle(of, each));
    case "Dict":
      return node.items.every(
        (item) => (item.key === undefined || isIdle(of, item.key)) && isIdle(of, item.value),
      );
    case "ListComp":
    case "SetComp":
    case "GeneratorExp":
      return isIdle(of, node.elt) && node.generators.every((each) => isIdleClause(of, each));
    case "DictComp":
      return (
        isIdle(of, node.key) &&
        isIdle(of, node.value) &&
        node.generators.every((each) => isIdleClause(of, each))
      );
    case "Lambda":
      return true;
    case "Call":
      return isReport(node) || isIdleCall(of, node);
    default:
      return false;
  }
}

const isIdleClause = (of: Scan, clause: ast.Comprehension): boolean =>
  isIdle(of, clause.iter) && clause.ifs.every((each) => isIdle(of, each));

function isIdleTarget(of: Scan, target: ast.Expr): boolean {
  switch (target.kind) {
    case "Name":
      of.bound.add(target.id);
      return true;
    case "Tuple":
    case "List":
      return target.elts.every((each) => isIdleTarget(of, each));
    case "Starred":
      return isIdleTarget(of, target.value);
    case "Subscript":
      return isFillable(of, target.value) && isIdle(of, target.index);
    default:
      return false;
  }
}

/** A collection that a name holds: it is unknown afterwards. A module is not one. */
function isFillable(of: Scan, node: ast.Expr): boolean {
  if (node.kind !== "Name")
    return node.kind === "Subscript" && isFillable(of, node.value) && isIdle(of, node.index);
  if (isObject(lookUp(of.frame, node.id))) return false;
  of.filled.add(node.id);
  return true;
}

function isIdleStatement(of: Scan, node: ast.Stmt): boolean {
  const all = (body: readonly ast.Stmt[]): boolean => body.every((each) => isIdleStatement(of, each));
  switch (node.kind) {
    case "Pass":
    case "Raise":
    case "Assert":
      return true;
    case "Break":
    case "Continue":
      return of.loops > 0;
    case "ExprStmt": {
      const { value } = node;
      if (value.kind === "Call" && value.func.kind === "Attribute" && fillingMethods.has(value.func.attr))
        return value.args.every((each) => isIdle(of, each)) && isFillable(of, value.func.value);
      return isIdle(of, value);
    }
    case "Assign":
      return isIdle(of, node.value) && node.targets.every((each) => isIdleTarget(of, each));
    case "AnnAssign":
      return (node.value === undefined || isIdle(of, node.value)) && isIdleTarget(of, node.target);
    case "AugAssign":
      return isIdle(of, node.value) && isIdleTarget(of, node.target);
    case "If":
      return isIdle(of, node.test) && all(node.body) && all(node.orelse);
    case "For":
      return (
        isIdle(of, node.iter) && isIdleTarget(of, node.target) && inLoop(of, node.body) && all(node.orelse)
      );
    case "With":
      return node.items.every((item) => isNoGrad(item)) && all(node.body);
    case "Try":
      return (
        all(node.body) &&
        node.handlers.every((each) => all(each.body)) &&
        all(node.orelse) &&
        all(node.finalbody)
      );
    case "Delete":
      return node.targets.every((each) => isIdleTarget(of, each));
    default:
      return false;
  }
}

function inLoop(of: Scan, body: readonly ast.Stmt[]): boolean {
  of.loops += 1;
  const idle = body.every((each) => isIdleStatement(of, each));
  of.loops -= 1;
  return idle;
}

const isNoGrad = ({ context }: ast.WithItem): boolean =>
  context.kind === "Call" && context.func.kind === "Attribute" && context.func.attr === "no_grad";

const isTensor = (value: Value | undefined): boolean => typeof value === "object" && value.kind === "tensor";

/** Leaves code out that only prepares weights. False when it may do more: nothing has changed then. */
export function leaveOpen(
  m: Machine,
  why: Value,
  body: readonly ast.Stmt[],
  frame: Frame,
  target?: ast.Expr,
): boolean {
  if (!isCheckpoint(why) && !(isUnknown(why) && why.why === fileThere)) return false;
  const of = scan(m, frame, true);
  const idle =
    target === undefined
      ? body.every((each) => isIdleStatement(of, each))
      : isIdleTarget(of, target) && inLoop(of, body);
  if (!idle) return false;
  for (const name of of.filled) if (!isTensor(lookUp(of.frame, name))) of.bound.add(name);
  for (const name of of.bound) store(frame, name, why);
  return true;
}

/** Whether what an unknown iterable would give, or a condition would choose, may be left unknown without a word. */
export const isOpen = (m: Machine, why: Value, nodes: readonly ast.Expr[], frame: Frame): boolean => {
  const of = scan(m, frame, isCheckpoint(why));
  return nodes.every((each) => isIdle(of, each));
};
