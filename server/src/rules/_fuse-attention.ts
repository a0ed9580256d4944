import type { Edit } from "../base/text.ts";
import type { AttentionOperands } from "../semantic/attention-operands.ts";
import { attributeValue } from "../semantic/attributes.ts";
import { functionalName } from "../semantic/functional-name.ts";
import type { ManualAttention, ScoreStep } from "../semantic/manual-attention.ts";
import { blockOf, mayBind } from "../semantic/reaching.ts";
import { argumentOf, callsIn, enclosingClass, methodsOf, statementOf } from "../semantic/structure.ts";
import type { ClassDef, Expr, If, Node } from "../syntax/ast.ts";
import { walk } from "../syntax/visit.ts";
import { deleteLines } from "./_edits.ts";
import { atLeast, type Reported, type RuleContext } from "./_rule.ts";

type Outcome = Pick<Reported, "fixes" | "manual">;

/** An argument of the fused call, or why there is none. */
type Part = { readonly text: string } | { readonly why: string };
const nothing: Part = { text: "" };

/** The edits that replace attention written out by `F.scaled_dot_product_attention`, or the reason why there are none. */
export function fuseAttention(
  attention: ManualAttention,
  operands: AttentionOperands,
  ctx: RuleContext,
): Outcome {
  if (attention.entangled) return { manual: "Other code works with the scores on the way." };
  if (!operands.direct) return { manual: "Query, key and value need another layout first." };
  const prefix = functionalName(ctx.module);
  if (prefix === undefined) return { manual: "Import `torch.nn.functional` first." };
  if (!standsTogether(attention, operands, ctx))
    return { manual: "The parts of the attention stand too far apart to be joined automatically." };
  const mask = maskPart(attention, ctx);
  if ("why" in mask) return { manual: mask.why };
  const scale = scalePart(attention, operands, ctx);
  if ("why" in scale) return { manual: scale.why };
  const dropout = dropoutPart(attention, ctx);
  if ("why" in dropout) return { manual: dropout.why };

  const deletions = attention.statements.map((stmt) => deleteLines(stmt, ctx.chunk.text));
  const edits = deletions.filter((edit): edit is Edit => edit !== undefined);
  if (edits.length < deletions.length) return { manual: "The statements share their lines with others." };
  const query = scale.factor === undefined ? ctx.text(operands.query) : scale.factor;
  const inputs = [query, ctx.text(operands.key), ctx.text(operands.value)];
  const options = [mask.text, dropout.text, scale.text].filter((text) => text !== "");
  const call = `${prefix}.scaled_dot_product_attention(${[...inputs, ...options].join(", ")})`;
  const version = scale.text === "" ? "2.0" : "2.1";
  return {
    fixes: [
      {
        title: `Use ${prefix}.scaled_dot_product_attention (torch ${version}; equal up to rounding${dropout.text === "" ? "" : ", other random numbers in dropout"})`,
        safety: "suggestion",
        edits: [...edits, { span: attention.output.node, text: call }],
      },
    ],
  };
}

/** All statements in one block, and no name that the scores or the mask use given another value before the output. */
function standsTogether(attention: ManualAttention, operands: AttentionOperands, ctx: RuleContext): boolean {
  const last = statementOf(attention.output.node);
  const block = last && blockOf(last);
  if (last === undefined || block === undefined) return false;
  if (attention.statements.some((stmt) => !block.includes(stmt))) return false;
  const used: readonly Expr[] = [
    operands.query,
    operands.key,
    ...attention.steps.map((step) =>
      step.kind === "scale" ? step.factor : step.kind === "add" ? step.term : step.mask,
    ),
  ];
  const end = block.indexOf(last);
  const keepsItsNames = (expr: Expr): boolean => {
    const from = block.findIndex((stmt) => stmt.start <= expr.start && expr.end <= stmt.end);
    const between = block.slice(from, end).filter((stmt) => !attention.statements.includes(stmt));
    const names = namesIn(expr);
    return from >= 0 && !between.some((stmt) => names.some((name) => mayBind(stmt, name)));
  };
  // A comment inside the product would be lost with it.
  return used.every(keepsItsNames) && !ctx.text(attention.output.node).includes("#");
}

function namesIn(expr: Expr): readonly string[] {
  const names = new Set<string>();
  walk(expr, (node: Node) => {
    if (node.kind === "Name") names.add(node.id);
    return true;
  });
  return [...names];
}

type Scale = { readonly text: string; readonly factor: string | undefined } | { readonly why: string };

function scalePart(attention: ManualAttention, operands: AttentionOperands, ctx: RuleContext): Scale {
  const factors = attention.steps.filter((step) => step.kind === "scale");
  const isBeforeMask = (): boolean => {
    const firstScale = attention.steps.findLastIndex((step) => step.kind === "add");
    return attention.steps.slice(0, Math.max(firstScale, 0)).some((step) => step.kind === "scale");
  };
  if (isBeforeMask()) return { why: "The mask is scaled together with the scores." };
  const [only] = factors;
  if (factors.length === 1 && only !== undefined && isDefaultScale(only, operands, ctx))
    return { text: "", factor: undefined };
  if (ctx.torch !== undefined && !atLeast(ctx.torch, [2, 1]))
    return { why: "A scale other than the default needs torch 2.1." };
  if (only === undefined) return { text: "scale=1.0", factor: undefined };
  const factor = ctx.text(only.factor);
  if (factors.length === 1 && isNumber(only.factor, ctx))
    return {
      text: only.op === "*" ? `scale=${factor}` : `scale=1 / ${parenthesized(only.factor, factor)}`,
      factor: undefined,
    };
  // A factor of unknown kind, such as a learned temperature, moves to the query.
  const query = factors.reduceRight(
    (text, step) => `${text} ${step.op} ${parenthesized(step.factor, ctx.text(step.factor))}`,
    parenthesized(operands.query, ctx.text(operands.query)),
  );
  return { text: "scale=1.0", factor: query };
}

const parenthesized = (expr: Expr, text: string): string =>
  expr.kind === "BinOp" || expr.kind === "IfExp" || expr.kind === "UnaryOp" ? `(${text})` : text;

/** One over the root of the width of query or key: `/ math.sqrt(q.size(-1))`, `* k.shape[-1] ** -0.5`. */
function isDefaultScale(
  step: ScoreStep & { readonly kind: "scale" },
  operands: AttentionOperands,
  ctx: RuleContext,
): boolean {
  const widths = [operands.query, operands.key].flatMap((operand) => {
    const name = ctx.text(operand);
    return [`${name}.size(-1)`, `${name}.shape[-1]`];
  });
  const roots = widths.flatMap((width) => [`math.sqrt(${width})`, `${width}**0.5`, `np.sqrt(${width})`]);
  const text = ctx
    .text(step.factor)
    .replace(/\s+/g, "")
    .replace(/^\((.*)\)$/, "$1");
  if (step.op === "/") return roots.includes(text);
  return [
    ...roots.flatMap((root) => [`1/${root}`, `1.0/${root}`]),
    ...widths.map((width) => `${width}**-0.5`),
  ].includes(text);
}

/** A Python number for certain, where `scale=` takes no tensor. */
function isNumber(expr: Expr, ctx: RuleContext, depth = 4): boolean {
  if (depth === 0) return false;
  switch (expr.kind) {
    case "Int":
    case "Float":
      return true;
    case "UnaryOp":
      return isNumber(expr.operand, ctx, depth - 1);
    case "BinOp":
      // A power of a number that is no tensor: `head_dim ** -0.5`.
      if (expr.op === "**") return isNumber(expr.right, ctx, depth - 1) && !isTensorLike(expr.left, ctx);
      return isNumber(expr.left, ctx, depth - 1) && isNumber(expr.right, ctx, depth - 1);
    case "Call": {
      const name = ctx.qualified(expr.func);
      if (name === "math.sqrt" || name === "math.pow") return true;
      return expr.func.kind === "Attribute" && expr.func.attr === "size" && expr.args.length === 1;
    }
    case "Attribute": {
      const cls = enclosingClass(expr);
      if (cls === undefined || expr.value.kind !== "Name") return false;
      const value = attributeValue(cls, expr.attr);
      return value !== undefined && isNumber(value, ctx, depth - 1);
    }
    default:
      return false;
  }
}

const isTensorLike = (expr: Expr, ctx: RuleContext): boolean =>
  expr.kind === "Call" && ctx.qualified(expr.func)?.startsWith("torch.") === true;

function maskPart(attention: ManualAttention, ctx: RuleContext): Part {
  const masks = attention.steps.filter((step) => step.kind !== "scale");
  const [only] = masks;
  if (only === undefined) return nothing;
  if (masks.length > 1) return { why: "Two masks must be joined into one first." };
  const subject = only.kind === "add" ? only.term : only.mask;
  if (only.condition !== undefined && !asksForNone(only.condition, subject, ctx))
    return { why: "The mask is applied under a condition." };
  if (only.kind === "add") return { text: `attn_mask=${ctx.text(only.term)}` };
  if (!isMinusInfinity(only.value, ctx))
    return {
      why: "The mask fills with a finite number; with a fused mask, a row without any key gives NaN.",
    };
  const causal = only.condition === undefined && isCausalBuffer(only.mask, ctx);
  if (causal) return { text: "is_causal=True" };
  const keep = negated(only.mask, ctx);
  if (only.condition === undefined) return { text: `attn_mask=${keep}` };
  return { text: `attn_mask=None if ${noneTest(only.condition, ctx)} else ${keep}` };
}

/** `if mask is not None`, about the very name the mask is made of. */
function asksForNone(condition: If, subject: Expr, ctx: RuleContext): boolean {
  const { test } = condition;
  if (test.kind !== "Compare" || test.ops[0] !== "is not" || test.ops.length !== 1) return false;
  const name = ctx.text(test.left);
  let found = false;
  walk(subject, (node) => {
    found ||= ctx.text(node) === name;
    return !found;
  });
  return found && test.comparators[0]?.kind === "None";
}

const noneTest = (condition: If, ctx: RuleContext): string =>
  condition.test.kind === "Compare" ? `${ctx.text(condition.test.left)} is None` : ctx.text(condition.test);

/** `float("-inf")`, `-torch.inf`, `-math.inf`. */
function isMinusInfinity(value: Expr, ctx: RuleContext): boolean {
  if (value.kind === "UnaryOp" && value.op === "-") {
    const name = ctx.qualified(value.operand);
    if (name === "torch.inf" || name === "math.inf" || name === "numpy.inf") return true;
    return /^float\(["']inf(?:inity)?["']\)$/.test(ctx.text(value.operand));
  }
  return /^float\(["']-inf(?:inity)?["']\)$/.test(ctx.text(value));
}

/** What is kept, for a mask of what is taken out. */
function negated(mask: Expr, ctx: RuleContext): string {
  if (mask.kind === "UnaryOp" && mask.op === "~") return ctx.text(mask.operand);
  if (mask.kind === "Compare" && mask.ops.length === 1) {
    const right = mask.comparators[0];
    const op = mask.ops[0] === "==" ? "!=" : mask.ops[0] === "!=" ? "==" : undefined;
    if (op !== undefined && right !== undefined) return `${ctx.text(mask.left)} ${op} ${ctx.text(right)}`;
  }
  const text = ctx.text(mask);
  return mask.kind === "Name" ||
    mask.kind === "Attribute" ||
    mask.kind === "Subscript" ||
    mask.kind === "Call"
    ? `~${text}`
    : `~(${text})`;
}

/** `self.bias[:, :, :T, :T] == 0` with a lower triangle in the buffer: as many queries as keys, and causal. */
function isCausalBuffer(mask: Expr, ctx: RuleContext): boolean {
  const takesOutUpper = /triu\(.*diagonal=1/s;
  const keepsLower = /tril\(/;
  const [sliced, pattern] =
    mask.kind === "Compare" && mask.ops[0] === "==" && ctx.text(mask).endsWith("0")
      ? [mask.left, keepsLower]
      : [mask, takesOutUpper];
  if (sliced.kind !== "Subscript" || sliced.index.kind !== "Tuple") return false;
  const [rows, columns] = sliced.index.elts.slice(-2);
  if (rows?.kind !== "Slice" || columns?.kind !== "Slice" || rows.upper === undefined) return false;
  if (ctx.text(rows) !== ctx.text(columns) || rows.lower !== undefined) return false;
  const owner =
    sliced.value.kind === "Call" && sliced.value.func.kind === "Attribute"
      ? sliced.value.func.value
      : sliced.value;
  const cls = enclosingClass(mask);
  return cls !== undefined && owner.kind === "Attribute" && pattern.test(bufferText(cls, owner.attr, ctx));
}

function bufferText(cls: ClassDef, attr: string, ctx: RuleContext): string {
  const init = methodsOf(cls).get("__init__");
  const registered = callsIn(init?.body ?? []).find((call) => {
    const name = call.args[0];
    return (
      call.func.kind === "Attribute" &&
      call.func.attr === "register_buffer" &&
      name?.kind === "Str" &&
      name.value === attr
    );
  });
  const value = registered?.args[1];
  return value === undefined ? "" : ctx.text(value);
}

function dropoutPart(attention: ManualAttention, ctx: RuleContext): Part {
  const { dropout } = attention;
  if (dropout === undefined) return nothing;
  if (ctx.qualified(dropout.func) !== "torch.nn.functional.dropout") {
    const self = dropout.func.kind === "Attribute" ? ctx.text(dropout.func.value) : "self";
    return { text: `dropout_p=${ctx.text(dropout.func)}.p if ${self}.training else 0.0` };
  }
  const p = argumentOf(dropout, "p", 1);
  const training = argumentOf(dropout, "training", 2);
  if (p === undefined || p === "unknown" || training === undefined || training === "unknown")
    return { why: "The dropout does not say whether it is on." };
  return { text: `dropout_p=${ctx.text(p)} if ${ctx.text(training)} else 0.0` };
}
