import type { Call, Expr } from "../syntax/ast.ts";
import type { ManualAttention, Product } from "./manual-attention.ts";
import type { Module } from "./module.ts";
import { bindingsOf, qualifiedName } from "./names.ts";
import { enclosingClass, enclosingDef, methodsOf, selfAttribute, selfName } from "./structure.ts";
import { chainOf } from "./value-chain.ts";

/** Query, key and value as fused attention takes them: tokens on the last axis but one, features on the last. */
export interface AttentionOperands {
  readonly query: Expr;
  /** Not transposed. */
  readonly key: Expr;
  readonly value: Expr;
  /** The transposition of the key is part of the product, and all axes in front are the same: the three can be used as they stand. */
  readonly direct: boolean;
}

/** What the products of an attention are made of, `undefined` when they do not sum over features and tokens. */
export function operandsOf(attention: ManualAttention, module: Module): AttentionOperands | undefined {
  const { scores, output, axis } = attention;
  if (scores.equation !== undefined || output.equation !== undefined) return fromEquations(attention, module);
  const turned = untransposed(scores.right);
  if (turned === undefined) return undefined;
  if (axis === 2 && turned.rank !== 3 && !isBatched(scores, module)) return undefined;
  if (axis === 3 && (turned.rank === 3 || isBatched(scores, module))) return undefined;
  if (runsOverChannels(scores.left, module) || runsOverChannels(turned.key, module)) return undefined;
  return { query: scores.left, key: turned.key, value: output.right, direct: turned.direct };
}

const isBatched = (product: Product, module: Module): boolean =>
  product.node.kind === "Call" && qualifiedName(product.node.func, module) === "torch.bmm";

interface Turned {
  readonly key: Expr;
  readonly rank: 3 | 4 | undefined;
  readonly direct: boolean;
}

/** `k` for `k.transpose(-2, -1)` and its like, also where a name holds it. */
function untransposed(expr: Expr): Turned | undefined {
  const [, through] = expr.kind === "Name" ? chainOf(expr, () => false) : [];
  const turned = through === undefined ? expr : through.expr;
  const direct = through === undefined;
  if (turned.kind === "Attribute")
    return turned.attr === "mT" ? { key: turned.value, rank: undefined, direct } : undefined;
  if (turned.kind !== "Call" || turned.func.kind !== "Attribute") return undefined;
  if (isPermutedByMethod(turned)) return { key: turned, rank: 4, direct: false };
  const axes = turned.args.map(intOf).join();
  const { attr, value: key } = turned.func;
  if (attr === "transpose" || attr === "swapaxes" || attr === "swapdims") {
    if (axes === "-2,-1" || axes === "-1,-2") return { key, rank: undefined, direct };
    if (axes === "2,3" || axes === "3,2") return { key, rank: 4, direct };
    if (axes === "1,2" || axes === "2,1") return { key, rank: 3, direct };
  }
  if (attr !== "permute") return undefined;
  if (axes === "0,1,3,2") return { key, rank: 4, direct };
  if (axes === "0,2,1") return { key, rank: 3, direct };
  // From (batch, tokens, heads, features): the key is one more permutation away.
  return axes === "0,2,3,1" ? { key, rank: 4, direct: false } : undefined;
}

/** `self.transpose_key_for_scores(key)`, where the method ends in `return x.permute(0, 2, 3, 1)`. */
function isPermutedByMethod(call: Call): boolean {
  const [cls, def] = [enclosingClass(call), enclosingDef(call)];
  const name = def && selfAttribute(call.func, selfName(def));
  const last = cls && name !== undefined ? methodsOf(cls).get(name)?.body.at(-1) : undefined;
  const given = last?.kind === "Return" ? last.value : undefined;
  if (given?.kind !== "Call" || given.func.kind !== "Attribute") return false;
  return given.func.attr === "permute" && given.args.map(intOf).join() === "0,2,3,1";
}

const intOf = (expr: Expr): number | undefined =>
  expr.kind === "Int"
    ? expr.value
    : expr.kind === "UnaryOp" && expr.op === "-" && expr.operand.kind === "Int"
      ? -expr.operand.value
      : undefined;

/** Attention over channels puts positions on the last axis, where features should be; normalized inputs give cosine similarity. */
function runsOverChannels(operand: Expr, module: Module): boolean {
  const anyMethod = (call: Call): boolean => call.func.kind === "Attribute";
  const steps = chainOf(operand, anyMethod).map((step) => step.expr);
  const end = steps[steps.length - 1];
  const unpacked = end?.kind === "Name" ? bindingsOf(end, module) : [];
  const makers = unpacked.flatMap((binding) => (binding.kind === "unpack" ? [binding.value] : []));
  return [...steps, ...makers].some((expr) => {
    if (expr.kind !== "Call") return false;
    if (qualifiedName(expr.func, module) === "torch.nn.functional.normalize") return true;
    if (expr.func.kind === "Name" && expr.func.id === "map") return mapsToChannels(expr);
    const axes = expr.args.map(intOf).join();
    const isTransposed =
      expr.func.kind === "Attribute" &&
      expr.func.attr === "transpose" &&
      ["2,1", "-1,-2", "-2,-1"].includes(axes);
    const pattern = expr.args[1];
    return isTransposed || (pattern?.kind === "Str" && endsInPositions.test(pattern.value));
  });
}

/** `... -> b head c (h w)`, `... -> b h d n`. */
const endsInPositions = /->.*(?:\([a-z]+\d* [a-z]+\d*\)|\sn)\s*$/;

/** `map(l2norm, (q, k))`, and `map(lambda t: rearrange(t, '... -> b h d n'), ...)`. */
function mapsToChannels(call: Call): boolean {
  const mapped = call.args[0];
  if (mapped?.kind === "Name") return /norm/i.test(mapped.id);
  if (mapped?.kind !== "Lambda" || mapped.body.kind !== "Call") return false;
  const pattern = mapped.body.args[1];
  return pattern?.kind === "Str" && endsInPositions.test(pattern.value);
}

interface Equation {
  readonly left: readonly string[];
  readonly right: readonly string[];
  readonly out: readonly string[];
}

/** `b h i d, b h j d -> b h i j`, with or without spaces. */
function parseEquation(text: string): Equation | undefined {
  const match = /^([^,>]+),([^,>]+)->(.+)$/.exec(text);
  if (match === null || text.includes("(")) return undefined;
  const letters = (part: string | undefined): readonly string[] => {
    const trimmed = (part ?? "").trim();
    return trimmed.includes(" ") ? trimmed.split(/\s+/) : (trimmed.match(/\.\.\.|[a-z]/gi) ?? []);
  };
  return { left: letters(match[1]), right: letters(match[2]), out: letters(match[3]) };
}

function fromEquations(
  { scores, output, axis }: ManualAttention,
  module: Module,
): AttentionOperands | undefined {
  const [first, second] = [scores, output].map((each) =>
    each.equation === undefined ? undefined : parseEquation(each.equation),
  );
  if (first === undefined || second === undefined) return undefined;
  const [query, key] = first.out.slice(-2);
  if (query === undefined || key === undefined) return undefined;
  if (axis >= 0 && axis !== first.out.length - 1) return undefined;
  const summed = first.left.filter((letter) => first.right.includes(letter) && !first.out.includes(letter));
  const [feature] = summed;
  if (feature === undefined || summed.length > 1) return undefined;
  const isLast = (letters: readonly string[]): boolean => letters[letters.length - 1] === feature;
  if (isLast(first.left) && runsOverChannels(scores.left, module)) return undefined;
  // Queries belong to the left operand alone, keys to the right one.
  if (!first.left.includes(query) || first.right.includes(query)) return undefined;
  if (!first.right.includes(key) || first.left.includes(key)) return undefined;
  if (second.left.length !== first.out.length) return undefined;
  const keyThere = second.left[second.left.length - 1];
  const queryThere = second.left[second.left.length - 2];
  if (keyThere === undefined || queryThere === undefined) return undefined;
  if (!second.right.includes(keyThere) || second.out.includes(keyThere) || !second.out.includes(queryThere))
    return undefined;
  return {
    query: scores.left,
    key: scores.right,
    value: output.right,
    direct: isStandard(first, second, query, key, feature),
  };
}

/** Batch axes in the same order everywhere, then tokens, then features. */
function isStandard(first: Equation, second: Equation, query: string, key: string, feature: string): boolean {
  const batch = first.out.slice(0, -2).join();
  const ends = (letters: readonly string[], ...last: readonly string[]): boolean =>
    letters.slice(-2).join() === last.join() && letters.slice(0, -2).join() === batch;
  if (!ends(first.left, query, feature) || !ends(first.right, key, feature)) return false;
  const [queryThere, keyThere] = second.left.slice(-2);
  const there = second.left.slice(0, -2).join();
  const sameBatch = [second.right, second.out].every((letters) => letters.slice(0, -2).join() === there);
  return (
    sameBatch &&
    second.right[second.right.length - 2] === keyThere &&
    second.out[second.out.length - 2] === queryThere
  );
}
