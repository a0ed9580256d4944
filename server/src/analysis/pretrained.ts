import { createModule, type Module } from "../semantic/module.ts";
import { bindingsOf, qualifiedName } from "../semantic/names.ts";
import type { Call, Expr } from "../syntax/ast.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import { nodesOf } from "../syntax/visit.ts";

/** A call that loads a language model by its name on the hub. */
export interface PretrainedCall {
  readonly name: string;
  /** Offset of the call in the file. */
  readonly offset: number;
  /** How its weights are stored, as far as the call says. */
  readonly weights: "float32" | "float16" | "bfloat16" | "int8" | "nf4" | undefined;
}

const languageModel = /^transformers\.\w*(?:ForCausalLM|LMHeadModel|AutoModel)\.from_pretrained$/;

/** All calls of a file that load a language model whose name the code says. */
export function pretrainedCalls(path: string, source: SourceFile): readonly PretrainedCall[] {
  if (!source.text.includes("from_pretrained")) return [];
  const module = createModule(path, source);
  return source.chunks.flatMap(({ chunk, start }) =>
    nodesOf(chunk.nodes, "Call").flatMap((call): readonly PretrainedCall[] => {
      if (call.func.kind !== "Attribute" || call.func.attr !== "from_pretrained") return [];
      if (!languageModel.test(qualifiedName(call.func, module) ?? "")) return [];
      const name = textOf(call.args[0] ?? keyword(call, "pretrained_model_name_or_path"), module);
      if (name === undefined) return [];
      return [{ name, offset: start + call.start, weights: weightsOf(call, module) }];
    }),
  );
}

const keyword = (call: Call, name: string): Expr | undefined =>
  call.keywords.find((each) => each.name === name)?.value;

/** A string, or a name that is given one string. */
function textOf(expr: Expr | undefined, module: Module): string | undefined {
  if (expr?.kind === "Str") return expr.value;
  if (expr?.kind !== "Name") return undefined;
  const bindings = bindingsOf(expr, module);
  const [only] = bindings;
  const value = bindings.length === 1 && only?.kind === "assign" ? only.value : undefined;
  return value?.kind === "Str" ? value.value : undefined;
}

const dtypes: Readonly<Record<string, PretrainedCall["weights"]>> = {
  "torch.float32": "float32",
  "torch.float16": "float16",
  "torch.half": "float16",
  "torch.bfloat16": "bfloat16",
};

function weightsOf(call: Call, module: Module): PretrainedCall["weights"] {
  const config = keyword(call, "quantization_config");
  const calls = config?.kind === "Call" ? [call, config] : [call];
  const isSet = (name: string): boolean =>
    calls.some((each) => {
      const value = keyword(each, name);
      return value?.kind === "Bool" && value.value;
    });
  if (isSet("load_in_8bit")) return "int8";
  if (isSet("load_in_4bit")) return "nf4";
  const dtype = keyword(call, "torch_dtype") ?? keyword(call, "dtype");
  if (dtype === undefined) return undefined;
  if (dtype.kind === "Str") return dtypes[`torch.${dtype.value}`];
  return dtypes[qualifiedName(dtype, module) ?? ""];
}
