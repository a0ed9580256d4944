import { type Unknown, unknown } from "../base/known.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import { ZeroDivision } from "../graph/dim.ts";
import { Tensor } from "../graph/tensor.ts";
import { bind } from "./_args.ts";
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

export function makeContext(graph: GraphBuilder, modes: Modes): OpContext {
  const ctx: OpContext = {
    graph,
    modes,
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
  const made = op.run(args, ctx);
  follow?.(made);
  const out = bound.raw("out");
  if (!(out instanceof Tensor && made instanceof Tensor)) return made;
  out.become(made.meta);
  ctx.graph.wrote(out);
  return out;
}

/** The last part of the first name: `torch.nn.functional.conv2d` is `conv2d` in torch's messages. */
const nameOf = (op: Op): string => op.names[0]?.replace(/^.*\./, "") ?? "op";
