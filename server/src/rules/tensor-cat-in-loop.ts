/**
 * Checks for tensors that a loop grows by concatenation.
 *
 * ## Why is this bad?
 * `out = torch.cat([out, x])` allocates a new tensor and copies everything gathered so far, in each turn: `n` turns copy `n (n + 1) / 2` pieces
 * where one `cat` behind the loop copies `n`. For 1,000 pieces of 4 x 256 numbers that was measured as 162 ms against 2.7 ms on a CPU (torch 1.13).
 *
 * ## Example
 * ```py
 * import torch
 *
 *
 * def embed(model, batches, width):
 *     out = torch.empty(0, width)
 *     for x in batches:
 *         out = torch.cat([out, model(x)])
 *     return out
 * ```
 *
 * Use instead:
 * ```py
 * import torch
 *
 *
 * def embed(model, batches, width):
 *     out = []
 *     for x in batches:
 *         out.append(model(x))
 *     return torch.cat(out)
 * ```
 *
 * The rule is silent where the loop reads the tensor for anything else, where a turn starts it anew, where the loop ends with
 * the join, and for at most 16 turns.
 *
 * ## Fix safety
 * Suggestion: the numbers stay the same. An empty start of another type no longer takes part in the type of the result, and a loop
 * without a turn ends in an error instead of the empty start.
 *
 * ## When not to use it
 * For a handful of turns.
 *
 * ## References
 * - [torch.cat](https://docs.pytorch.org/docs/stable/generated/torch.cat.html)
 */
import { lineAround } from "../semantic/lines.ts";
import { iteratedBy } from "../semantic/loop-kind.ts";
import { isConditionalWithin, type Loop, loopsAround } from "../semantic/loops.ts";
import { lastName, pathOf } from "../semantic/paths.ts";
import { blockOf, mayBind } from "../semantic/reaching.ts";
import { argumentOf, containsInvalid, enclosingDef, statementOf, walkOwn } from "../semantic/structure.ts";
import type { Assign, Call, Expr, Node, Stmt } from "../syntax/ast.ts";
import { defineRule, type Fix, type RuleContext } from "./_rule.ts";

const joins = /^torch\.(?:cat|concat|concatenate|stack|hstack|vstack|dstack)$/;
const fewTurns = 16;
/** One number per step of a generation, next to a forward pass in each: not worth a word. */
const holdsTokens = /(?:^|_|\.)(?:ids?|idx|tokens?|seqs?|sequences?|masks?)$|ids$/i;

export const rule = defineRule({
  category: "memory",
  topic: "layers",
  severity: { certain: "info", likely: "info", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  equivalents: [
    { tool: "dslinter", rule: "W5515", differs: "W5515 looks for the same growth of TensorFlow's tensors." },
  ],
  on: {
    Assign(stmt, ctx) {
      const [target] = stmt.targets;
      const { value: call } = stmt;
      if (target === undefined || stmt.targets.length > 1 || call.kind !== "Call") return;
      const path = pathOf(target);
      const grown = path === undefined ? undefined : piecesOf(call, path);
      if (path === undefined || grown === undefined) return;
      const loop = growingLoop(stmt, path);
      if (loop === undefined || hasFewTurns(loop) || holdsTokens.test(path)) return;
      if (isScripted(stmt) || !joins.test(ctx.qualified(call.func) ?? "")) return;
      if (isReadOtherwise(path, stmt, loop) || containsInvalid(loop)) return;
      const fix = target.kind === "Name" ? gather(stmt, call, grown, target.id, loop, ctx) : undefined;
      ctx.report({
        at: stmt,
        certainty: "likely",
        message: `Each turn copies all of \`${path}\` to add a piece: the work grows with the square of the number of turns. Gather the pieces in a list, and join them once behind the loop.`,
        ...(fix === undefined
          ? { manual: `Append to a list in the loop, and call \`${ctx.text(call.func)}\` once behind it.` }
          : { fixes: [fix] }),
      });
    },
  },
});

/** What `torch.cat([out, piece], dim)` adds behind `out`; `[]` where it adds in front or more than one. */
function piecesOf(call: Call, path: string): readonly Expr[] | undefined {
  const tensors = argumentOf(call, "tensors", 0);
  if (tensors === undefined || tensors === "unknown") return undefined;
  if (tensors.kind !== "List" && tensors.kind !== "Tuple") return undefined;
  const [first, ...rest] = tensors.elts;
  const last = rest[rest.length - 1];
  if (first === undefined || last === undefined) return undefined;
  if (pathOf(first) === path) return rest.length === 1 ? rest : [];
  return pathOf(last) === path ? [] : undefined;
}

/** The innermost loop around that comes here more than once, when it finds the tensor as the turn before left it. */
function growingLoop(stmt: Assign, path: string): Loop | undefined {
  const loop = loopsAround(stmt).find((each, i) => i > 0 || !endsHere(stmt, each));
  if (loop === undefined) return undefined;
  let startsAnew = false;
  walkOwn(loop.body, (node) => {
    if (node === stmt || node.kind !== "Assign") return;
    const gives = node.targets.some((target) => givesTo(target, path));
    // `if out is None: out = x else: out = torch.cat([out, x])`
    if (gives && !(isConditionalWithin(node, loop) && isOtherBranch(node, stmt))) startsAnew = true;
  });
  const byLoop = loop.kind === "For" && givesTo(loop.target, path);
  return startsAnew || byLoop || !isBoundBefore(loop, stmt, path) ? undefined : loop;
}

/** What comes behind in the same block leaves the loop. */
function endsHere(stmt: Stmt, loop: Loop): boolean {
  for (let at: Stmt | undefined = stmt; at !== undefined && at !== loop; ) {
    const last = blockOf(at)?.at(-1)?.kind;
    if (last === "Break" || last === "Return" || last === "Raise") return true;
    at = at.parent === undefined ? undefined : statementOf(at.parent);
  }
  return false;
}

const givesTo = (target: Expr, path: string): boolean => {
  const given = pathOf(target);
  if (given !== undefined)
    return given === path || path.startsWith(`${given}.`) || path.startsWith(`${given}[`);
  return (target.kind === "Tuple" || target.kind === "List") && target.elts.some((elt) => givesTo(elt, path));
};

const isOtherBranch = (node: Node, stmt: Stmt): boolean =>
  node.parent?.kind === "If" && node.parent === stmt.parent;

/** For a plain name: something before the loop, or the other branch of the growth, gives it a start. */
function isBoundBefore(loop: Loop, stmt: Stmt, path: string): boolean {
  if (!/^\w+$/.test(path)) return !/\[/.test(path);
  for (
    let at: Stmt | undefined = loop;
    at !== undefined;
    at = at.parent === undefined ? undefined : statementOf(at.parent)
  ) {
    const block = blockOf(at);
    const index = block?.indexOf(at) ?? -1;
    if (block?.slice(0, index).some((each) => mayBind(each, path)) === true) return true;
    if (at.parent?.kind === "FunctionDef") return at.parent.params.some((param) => param.name === path);
  }
  // At the top of a file the start stands in another piece of it.
  return statementOf(stmt) === stmt;
}

function hasFewTurns(loop: Loop): boolean {
  if (loop.kind !== "For") return false;
  const iterated = iteratedBy(loop);
  if (iterated.kind === "List" || iterated.kind === "Tuple") return true;
  // The parts that a module has: `for i in range(1, self.scales)`.
  if (readsSelf(iterated)) return true;
  const isRange = iterated.kind === "Call" && iterated.func.kind === "Name" && iterated.func.id === "range";
  const end = isRange ? (iterated.args.length === 1 ? iterated.args[0] : iterated.args[1]) : undefined;
  return end?.kind === "Int" && end.value <= fewTurns;
}

function readsSelf(expr: Expr): boolean {
  let found = false;
  walkOwn([expr], (node) => {
    found ||=
      node.kind === "Attribute" &&
      node.value.kind === "Name" &&
      node.value.id === "self" &&
      !/load|data/i.test(node.attr);
  });
  return found;
}

/** TorchScript compiles the loop, and its lists want types. */
const isScripted = (stmt: Stmt): boolean =>
  enclosingDef(stmt)?.decorators.some((each) =>
    /script/.test(lastName(each.kind === "Call" ? each.func : each) ?? ""),
  ) === true;

/** The loop needs the tensor as it is by then: a list would not do. */
function isReadOtherwise(path: string, stmt: Assign, loop: Loop): boolean {
  let found = false;
  let inside = 0;
  walkOwn(loop.kind === "While" ? [loop.test, ...loop.body] : loop.body, (node) => {
    if ((node.kind !== "Name" && node.kind !== "Attribute") || pathOf(node) !== path) return;
    // Once as the target, once as what is grown.
    if (node.start >= stmt.start && node.end <= stmt.end) {
      inside++;
      return;
    }
    const isStart = node.parent?.kind === "Assign" && node.parent.targets.some((target) => target === node);
    const isAsked =
      node.parent?.kind === "Compare" && node.parent.comparators.some((each) => each.kind === "None");
    if (!isStart && !isAsked) found = true;
  });
  return found || inside > 2;
}

/** `out = []`, `out.append(piece)`, and one `cat` behind the loop, where nothing but the loop stands between. */
function gather(
  stmt: Assign,
  call: Call,
  pieces: readonly Expr[],
  name: string,
  loop: Loop,
  ctx: RuleContext,
): Fix | undefined {
  const [piece] = pieces;
  const block = blockOf(loop);
  const before = block?.[block.indexOf(loop) - 1];
  if (piece === undefined || before?.kind !== "Assign" || stmt.parent !== loop || loop.orelse.length > 0)
    return undefined;
  const [start] = before.targets;
  if (before.targets.length > 1 || start?.kind !== "Name" || start.id !== name || !isEmpty(before.value, ctx))
    return undefined;
  const { text } = ctx.chunk;
  const lines = lineAround(text, loop);
  const tensors = argumentOf(call, "tensors", 0);
  if (lines === undefined || tensors === undefined || tensors === "unknown") return undefined;
  const joined = text.slice(call.start, tensors.start) + name + text.slice(tensors.end, call.end);
  return {
    title: `Gather ${name} in a list and join it behind the loop (an empty start takes no part)`,
    safety: "suggestion",
    edits: [
      { span: before.value, text: "[]" },
      { span: stmt, text: `${name}.append(${text.slice(piece.start, piece.end)})` },
      {
        span: { start: lines.end, end: lines.end },
        text: `${lines.newline}${lines.indent}${name} = ${joined}`,
      },
    ],
  };
}

/** `torch.tensor([])`, `torch.empty(0, d)`, `torch.zeros((0, d))`. */
function isEmpty(value: Expr, ctx: RuleContext): boolean {
  let at = value;
  while (
    at.kind === "Call" &&
    at.func.kind === "Attribute" &&
    /^(?:to|cuda|float|long|cpu)$/.test(at.func.attr)
  )
    at = at.func.value;
  if (
    at.kind !== "Call" ||
    !/^torch\.(?:tensor|Tensor|FloatTensor|LongTensor|empty|zeros)$/.test(ctx.qualified(at.func) ?? "")
  )
    return false;
  const [first] = at.args;
  if (first === undefined) return true;
  if (first.kind === "List" || first.kind === "Tuple") {
    const [size] = first.elts;
    return size === undefined || (size.kind === "Int" && size.value === 0);
  }
  return first.kind === "Int" && first.value === 0;
}
