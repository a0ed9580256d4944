/**
 * Checks for loops that hand a pipeline or an encoder one item at a time.
 *
 * ## Why is this bad?
 * A GPU computes a batch of short inputs in little more time than one of them: with one at a time it mostly waits for launches and reads all
 * weights for a single item. In [transformers#14125](https://github.com/huggingface/transformers/issues/14125) the same job took 35 s one by one and less than 5 s in batches;
 * the pipeline itself warns when it is called in a loop.
 *
 * ## Example
 * ```py
 * from transformers import pipeline
 *
 * classify = pipeline("text-classification")
 *
 *
 * def run(texts):
 *     found = []
 *     for text in texts:
 *         found.append(classify(text))
 *     return found
 * ```
 *
 * Use instead:
 * ```py
 * from transformers import pipeline
 *
 * classify = pipeline("text-classification")
 *
 *
 * def run(texts):
 *     return classify(texts, batch_size=16)
 * ```
 *
 * Reported for objects made by `transformers.pipeline` and `SentenceTransformer` whose only argument is the element of a `for` loop. Silent in endless and
 * interactive loops, and where the loop already goes through batches.
 *
 * ## Fix safety
 * There is no automatic fix: a batch gives a list, and long inputs pad short ones.
 *
 * ## When not to use it
 * When items arrive one by one, or differ much in length.
 *
 * ## References
 * - [Pipeline batching](https://huggingface.co/docs/transformers/main/en/main_classes/pipelines#pipeline-batching)
 */
import { constructorsOf } from "../semantic/constructors.ts";
import { lastName, namesIn } from "../semantic/paths.ts";
import { callsIn, enclosingLoop } from "../semantic/structure.ts";
import type { Call, Expr, For } from "../syntax/ast.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "energy",
  topic: "inference",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "none",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      const [item] = call.args;
      if (item === undefined || call.args.length > 1 || ctx.isTestFile) return;
      const loop = enclosingLoop(call);
      if (loop?.kind !== "For" || !isElement(item, loop) || goesThroughBatches(loop)) return;
      const isEncode = call.func.kind === "Attribute" && call.func.attr === "encode";
      const made = call.func.kind === "Attribute" && isEncode ? call.func.value : call.func;
      if (
        !isMade(made, isEncode ? "sentence_transformers.SentenceTransformer" : "transformers.pipeline", ctx)
      )
        return;
      if (callsIn(loop.body).some((each) => interactive.test(lastName(each.func) ?? ""))) return;
      ctx.report({
        at: call,
        certainty: "likely",
        message: `\`${ctx.text(call.func)}\` runs on one item per turn: the weights are read, and every kernel launched, for each of them. Hand it the whole list${isEncode ? "" : ", with a `batch_size`"}.`,
        manual: isEncode
          ? "Call `encode` once with the list."
          : "Call the pipeline once with the list and a `batch_size`.",
      });
    },
  },
});

const interactive = /^(?:input|sleep|recv|receive|listen|get_message|prompt)$/;

/** The element itself, or a field of it. */
function isElement(item: Expr, loop: For): boolean {
  const names = namesIn(loop.target);
  if (item.kind === "Name") return names.includes(item.id);
  return (
    item.kind === "Subscript" &&
    item.index.kind === "Str" &&
    item.value.kind === "Name" &&
    names.includes(item.value.id)
  );
}

/** The elements are lists themselves, or there are only a few: written out in the head of the loop. */
function goesThroughBatches(loop: For): boolean {
  const { iter } = loop;
  const names = [
    ...namesIn(loop.target),
    lastName(iter) ?? "",
    iter.kind === "Call" ? (lastName(iter.func) ?? "") : "",
  ];
  if (iter.kind === "List" || iter.kind === "Tuple") return true;
  return names.some((name) => /batch|chunk|loader|stream|group/i.test(name));
}

function isMade(expr: Expr, maker: string, ctx: RuleContext): boolean {
  // Few files do: all others are spared a look at who calls what.
  if (!ctx.module.imports(maker.split(".")[0] ?? maker)) return false;
  if (expr.kind !== "Name" && expr.kind !== "Attribute") return false;
  const made: readonly Call[] = constructorsOf(expr, ctx.module) ?? [];
  return made.length > 0 && made.every((call) => ctx.qualified(call.func) === maker);
}
