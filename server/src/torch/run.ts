import { type Unknown, unknown } from "../base/known.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import { ZeroDivision } from "../graph/dim.ts";
import { Tensor } from "../graph/tensor.ts";
import { type Args, bind } from "./_args.ts";
import { autocastArguments } from "./_autocast.ts";
import { fromOldOrder } from "./_deprecated-order.ts";
import {
  initialModes,
  type Keywords,
  type Modes,
  NotKnown,
  type Op,
  type OpContext,
  TorchError,
} from "./_op.ts";
import { routingOf } from "./_routing.ts";
import { sparseAmong } from "./_sparse.ts";
import { runSparse } from "./_sparse-rules.ts";
import type { Value } from "./_value.ts";
import { findOp } from "./registry.ts";

/** The program would fail here: `exception` is Python's class, `message` torch's words. */
export interface Mismatch {
  readonly kind: "mismatch";
  readonly exception: string;
  readonly message: string;
}

/**
 * Runs an op: binds the arguments, casts under autocast, records. An unknown argument that matters gives an
 * unknown result and an entry in the graph's `unknowns`.
 */
export function runOp(
  op: Op,
  positional: readonly Value[],
  keywords: Keywords,
  ctx: OpContext,
): Value | Mismatch {
  try {
    return runInner(op, positional, keywords, ctx);
  } catch (error) {
    const answer = answerTo(error);
    if (answer.kind === "unknown") ctx.graph.uncounted(nameOf(op), answer.why);
    return answer;
  }
}

/** The same as the host would compute it without torch: no op is told, and what is not known counts nowhere. */
export function runOnHost(
  op: Op,
  positional: readonly Value[],
  keywords: Keywords,
  graph: GraphBuilder,
): Value | Mismatch {
  const ctx = makeContext(graph, { ...initialModes(), gradEnabled: false, defaultDtype: "float64" });
  try {
    return graph.onHost(() => runInner(op, positional, keywords, ctx));
  } catch (error) {
    return answerTo(error);
  }
}

/** @throws whatever is no answer of an op */
function answerTo(error: unknown): Unknown | Mismatch {
  if (error instanceof TorchError)
    return { kind: "mismatch", exception: error.exception, message: error.message };
  if (error instanceof ZeroDivision)
    return { kind: "mismatch", exception: "ZeroDivisionError", message: error.message };
  if (error instanceof NotKnown) return error.unknown;
  throw error;
}

export function makeContext(
  graph: GraphBuilder,
  modes: Modes,
  release: OpContext["release"] = () => undefined,
): OpContext {
  const ctx: OpContext = {
    graph,
    modes,
    release,
    call: (name, positional, keywords = {}) => {
      const op = findOp(name);
      if (op === undefined) throw new NotKnown(unknown(`\`${name}\` is not modelled`));
      return runInner(op, positional, keywords, ctx);
    },
  };
  return ctx;
}

function runInner(op: Op, positional: readonly Value[], keywords: Keywords, ctx: OpContext): Value {
  const name = nameOf(op);
  const old = positional.length > 2 ? fromOldOrder(name, positional, keywords) : undefined;
  const bound = bind(name, op.params, old?.positional ?? positional, old?.keywords ?? keywords);
  const { autocast } = ctx.modes;
  const isCast = autocast !== undefined && op.autocast !== undefined;
  const args = isCast ? autocastArguments(bound, op.autocast, autocast, ctx) : bound;
  const follow = routingOf(op.names[0] ?? "", args, ctx);
  const made =
    sparseAmong(positional, keywords) === undefined ? runOpen(op, name, args, ctx) : runSparse(op, args, ctx);
  follow?.(made);
  const out = bound.raw("out");
  if (!(out instanceof Tensor && made instanceof Tensor)) return made;
  out.become(made.meta);
  ctx.graph.wrote(out);
  return out;
}

/** Where a size is a whole number that only the run knows, the result has a size that only the run knows. */
function runOpen(op: Op, name: string, args: Args, ctx: OpContext): Value {
  try {
    return op.run(args, ctx);
  } catch (error) {
    if (!(error instanceof NotKnown) || error.unknown.number !== "int") throw error;
    const open = sizeParameters.find((each) => holds(args.raw(each), error.unknown));
    if (open === undefined) throw error;
    const { unknown: number } = error;
    const size: Value = { kind: "int", value: ctx.graph.sizeOf(number, `${name}()`) };
    return runOpen(op, name, args.with(open, replaced(args.raw(open), number, size)), ctx);
  }
}

/** What ops call the sizes of what they give: they read them before they do anything. */
const sizeParameters = ["size", "sizes", "shape", "k"] as const;

const holds = (value: Value | undefined, wanted: Unknown): boolean =>
  value === wanted ||
  ((value?.kind === "list" || value?.kind === "tuple") && value.items.some((each) => holds(each, wanted)));

function replaced(value: Value | undefined, wanted: Unknown, by: Value): Value {
  if (value === undefined || value === wanted) return by;
  return value.kind === "list" || value.kind === "tuple"
    ? { ...value, items: value.items.map((each) => replaced(each, wanted, by)) }
    : value;
}

/** The last part of the first name: `torch.nn.functional.conv2d` is `conv2d` in torch's messages. */
const nameOf = (op: Op): string => op.names[0]?.replace(/^.*\./, "") ?? "op";
