/**
 * Checks for models and tokenizers that are loaded again in every turn of a loop or for every request.
 *
 * ## Why is this bad?
 * Loading reads all weights from disk, makes the modules and copies them: seconds and gigabytes per turn, for what was in memory a moment ago.
 *
 * ## Example
 * ```py
 * from transformers import AutoModel
 *
 *
 * def run(texts, name):
 *     for text in texts:
 *         model = AutoModel.from_pretrained(name)
 *         model.describe(text)
 * ```
 *
 * Use instead:
 * ```py
 * from transformers import AutoModel
 *
 *
 * def run(texts, name):
 *     model = AutoModel.from_pretrained(name)
 *     for text in texts:
 *         model.describe(text)
 * ```
 *
 * Silent for configurations and schedulers, which have no weights, when what is loaded depends on the loop, under a condition, in `while` loops, and where the loop trains or changes what it loaded: folds, seeds and
 * merges begin with fresh weights. Functions behind a route of Flask or FastAPI count as a loop over requests.
 *
 * ## Fix safety
 * Suggestion: the statement moves in front of the loop. What the loop changes in the model then stays.
 *
 * ## When not to use it
 * When every turn must begin with fresh weights.
 *
 * ## References
 * - [Loading models in transformers](https://huggingface.co/docs/transformers/main/en/models)
 */
import { dependsOnLoop } from "../semantic/loop-invariance.ts";
import { isConditionalWithin, type Loop, loopsAround } from "../semantic/loops.ts";
import { lastName } from "../semantic/paths.ts";
import { callsIn, enclosingDef } from "../semantic/structure.ts";
import type { Call, FunctionDef } from "../syntax/ast.ts";
import { hoist } from "./_edits.ts";
import { defineRule, type RuleContext } from "./_rule.ts";

export const rule = defineRule({
  category: "performance",
  topic: "inference",
  severity: { certain: "warning", likely: "warning", possible: "off" },
  fix: "suggestion",
  since: "0.1.0",
  on: {
    Call(call, ctx) {
      if (
        !/^(?:from_pretrained|pipeline|SentenceTransformer)$/.test(lastName(call.func) ?? "") ||
        ctx.isTestFile
      )
        return;
      if (!isLoader(call, ctx)) return;
      const [loop] = loopsAround(call);
      if (loop === undefined) return reportHandler(call, ctx);
      if (loop.kind === "While" || call.args.length === 0 || isConditionalWithin(call, loop)) return;
      if (dependsOnLoop(call, loop) || changesModels(loop)) return;
      const edits = hoist(call, loop, ctx.chunk.text);
      ctx.report({
        at: call,
        certainty: "likely",
        message: `\`${ctx.text(call.func)}\` loads the same ${readBy(call, ctx)} in every turn of this loop. Load them once, before it.`,
        ...(edits === undefined
          ? { manual: "Load before the loop." }
          : {
              fixes: [
                { title: "Load before the loop (the turns share one model)", safety: "suggestion", edits },
              ],
            }),
      });
    },
  },
});

const libraries = /^(?:transformers|diffusers|sentence_transformers)\./;
/** Settings without weights: reading them costs next to nothing, and each turn may want fresh ones. */
const settings = /(?:Scheduler|Config)\.from_pretrained$/;

function isLoader(call: Call, ctx: RuleContext): boolean {
  const name = ctx.qualified(call.func) ?? "";
  return libraries.test(name) && !settings.test(name);
}

/** What it is that is read: tokenizers and processors have no weights. */
const readBy = (call: Call, ctx: RuleContext): string =>
  /(?:Tokenizer|TokenizerFast|Processor|FeatureExtractor)\.from_pretrained$/.test(
    ctx.qualified(call.func) ?? "",
  )
    ? "files"
    : "weights";

const changes =
  /^(?:backward|fit|train|step|merge_and_unload|merge_adapter|add_adapter|load_adapter|set_adapter|get_peft_model|load_state_dict|prune|quantize|resize_token_embeddings|load_lora_weights|save_pretrained|push_to_hub|fuse_lora|inject_adapter)/;

/** What the loop loads is trained, merged or saved in it: each turn needs its own. */
const changesModels = (loop: Loop): boolean =>
  callsIn(loop.body).some(
    (call) => changes.test(lastName(call.func) ?? "") || /Trainer|PeftModel/.test(lastName(call.func) ?? ""),
  );

const routes = /^(?:get|post|put|route|websocket|api_route)$/;

const isHandler = (def: FunctionDef): boolean =>
  def.decorators.some(
    (each) =>
      each.kind === "Call" &&
      each.func.kind === "Attribute" &&
      routes.test(each.func.attr) &&
      /^(?:app|api|router|bp|blueprint|server)$/.test(lastName(each.func.value) ?? "") &&
      each.args[0]?.kind === "Str",
  );

function reportHandler(call: Call, ctx: RuleContext): void {
  const def = enclosingDef(call);
  if (def === undefined || !isHandler(def) || isConditionalWithin(call, def)) return;
  if (call.args.some((arg) => arg.kind === "Name" && def.params.some((param) => param.name === arg.id)))
    return;
  ctx.report({
    at: call,
    certainty: "likely",
    message: `\`${ctx.text(call.func)}\` loads the ${readBy(call, ctx)} anew for every request to \`${def.name}\`. Load them once, when the program starts.`,
    manual: "Load at start-up, or in a function under `functools.lru_cache`.",
  });
}
