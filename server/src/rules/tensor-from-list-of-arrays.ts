/**
 * Checks for tensors that are made from a list of numpy arrays.
 *
 * ## Why is this bad?
 * `torch.tensor` walks through the list number by number in Python's object protocol. torch itself warns that this is "extremely slow": for fifty arrays of
 * 64 by 64 it took 10.9 ms, and 0.064 ms through one array (torch 1.13 on a CPU).
 *
 * ## Example
 * ```py
 * import numpy as np
 * import torch
 *
 *
 * def batch(images):
 *     return torch.tensor([np.asarray(image) for image in images])
 * ```
 *
 * Use instead:
 * ```py
 * import numpy as np
 * import torch
 *
 *
 * def batch(images):
 *     return torch.tensor(np.array([np.asarray(image) for image in images]))
 * ```
 *
 * ## Fix safety
 * Safe: the same values and type. Arrays of different shapes fail before and after.
 *
 * ## When not to use it
 * When the list holds one or two small arrays.
 *
 * ## References
 * - [torch.tensor](https://docs.pytorch.org/docs/stable/generated/torch.tensor.html)
 */
import { bindingsOf } from "../semantic/names.ts";
import { lastName } from "../semantic/paths.ts";
import { callsIn, enclosingDef } from "../semantic/structure.ts";
import type { Call, Expr, Name } from "../syntax/ast.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

const makers = /^torch\.(?:tensor|FloatTensor|LongTensor|DoubleTensor|IntTensor|HalfTensor|as_tensor)$/;

export const rule = defineRule({
  category: "performance",
  topic: "data-loading",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "safe",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      const last = lastName(call.func);
      if (last === undefined || !/ensor$/.test(last) || !makers.test(ctx.qualified(call.func) ?? "")) return;
      const [data] = call.args;
      if (data === undefined) return;
      const array = data.kind === "Name" ? appendedArray(data, ctx) : arrayOf(data, ctx);
      if (array === undefined) return;
      const numpy =
        array.func.kind === "Attribute" && array.func.value.kind === "Name" ? array.func.value.id : undefined;
      ctx.report({
        at: call,
        certainty: "certain",
        message: `\`${ctx.text(call.func)}\` reads this list of arrays number by number, which torch itself calls extremely slow. Make one array of it first: \`${numpy ?? "np"}.array(...)\`.`,
        ...(numpy === undefined
          ? { manual: "Put the list into `numpy.array` first." }
          : {
              fixes: [
                {
                  title: "Make one array first",
                  safety: "safe",
                  edits: [
                    { span: { start: data.start, end: data.start }, text: `${numpy}.array(` },
                    { span: { start: data.end, end: data.end }, text: ")" },
                  ],
                },
              ],
            }),
      });
    },
  },
});

/** Calls of numpy that give an array, whatever they are given. */
const arrays =
  /^numpy\.(?:array|asarray|zeros|ones|full|stack|concatenate|vstack|hstack|load|arange|linspace|random\.(?:rand|randn|randint|normal|uniform)|zeros_like|ones_like|transpose|expand_dims)$/;

/** Those that give a number when they are given no shape. */
const needShape = /^numpy\.random\./;

function isArray(expr: Expr, ctx: RuleContext): expr is Call {
  if (expr.kind !== "Call") return false;
  const name = ctx.qualified(expr.func) ?? "";
  return arrays.test(name) && (!needShape.test(name) || expr.args.length > 0) && !isOfNumber(expr, name);
}

/** `np.array(3)`: a number that is called an array. */
const isOfNumber = (call: Call, name: string): boolean =>
  /array$/.test(name) && (call.args[0]?.kind === "Int" || call.args[0]?.kind === "Float");

/** `[np.asarray(a) for a in xs]`, `[np.zeros(3), np.ones(3)]`: one of the calls. */
function arrayOf(data: Expr, ctx: RuleContext): Call | undefined {
  if (data.kind === "ListComp") return isArray(data.elt, ctx) ? data.elt : undefined;
  if (data.kind !== "List" || data.elts.length < 2) return undefined;
  const [first] = data.elts;
  return data.elts.every((each) => isArray(each, ctx)) && first !== undefined && isArray(first, ctx)
    ? first
    : undefined;
}

/** A list that begins empty and only ever gets arrays appended in this function. */
function appendedArray(list: Name, ctx: RuleContext): Call | undefined {
  const [binding, ...others] = bindingsOf(list, ctx.module);
  if (binding?.kind !== "assign" || others.length > 0) return undefined;
  if (binding.value.kind === "ListComp") return arrayOf(binding.value, ctx);
  const isEmpty = binding.value.kind === "List" && binding.value.elts.length === 0;
  const def = enclosingDef(list);
  if (!isEmpty || def === undefined) return undefined;
  const appended = callsIn(def.body).filter(
    (call) =>
      call.func.kind === "Attribute" && call.func.value.kind === "Name" && call.func.value.id === list.id,
  );
  let found: Call | undefined;
  for (const call of appended) {
    const [value] = call.args;
    if (
      call.func.kind !== "Attribute" ||
      call.func.attr !== "append" ||
      value === undefined ||
      !isArray(value, ctx)
    )
      return undefined;
    found ??= value;
  }
  return found;
}
