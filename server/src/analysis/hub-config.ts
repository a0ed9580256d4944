import * as z from "zod";
import type { ModelConfig } from "../cost/language-models.ts";

const count = z.int().positive();

/** Names of the same thing in the configurations of different architectures. */
const schema = z.object({
  model_type: z.string(),
  num_hidden_layers: count.optional(),
  n_layer: count.optional(),
  num_layers: count.optional(),
  hidden_size: count.optional(),
  n_embd: count.optional(),
  d_model: count.optional(),
  num_attention_heads: count.optional(),
  n_head: count.optional(),
  num_key_value_heads: count.nullish(),
  multi_query: z.boolean().optional(),
  head_dim: count.nullish(),
  intermediate_size: count.nullish(),
  n_inner: count.nullish(),
  ffn_dim: count.optional(),
  moe_intermediate_size: count.nullish(),
  vocab_size: count,
  max_position_embeddings: count.optional(),
  n_positions: count.optional(),
  tie_word_embeddings: z.boolean().optional(),
  num_local_experts: count.nullish(),
  num_experts: count.nullish(),
  num_experts_per_tok: count.nullish(),
});

/** Two matrices in the feed-forward part; three in all others that are known here. */
const plain = new Set([
  "gpt2",
  "gpt_neox",
  "gpt_neo",
  "gptj",
  "opt",
  "bloom",
  "falcon",
  "phi",
  "gpt_bigcode",
  "starcoder2",
]);
const gated = new Set([
  "llama",
  "mistral",
  "mixtral",
  "qwen2",
  "qwen2_moe",
  "qwen3",
  "qwen3_moe",
  "gemma",
  "gemma2",
  "gemma3_text",
  "phi3",
  "olmo",
  "olmo2",
  "stablelm",
  "granite",
  "cohere",
  "smollm3",
  "starcoder",
]);
const learnedPositions = new Set(["gpt2", "opt", "gpt_bigcode", "gpt_neo"]);

/**
 * The size of a decoder from its `config.json`, as `huggingface_hub` keeps it; the reason where it is of an architecture
 * whose parameters are not counted here, since a guess would be worse than none.
 */
export function readHubConfig(text: string, name: string): ModelConfig | string {
  const json = jsonOf(text);
  if (json === undefined) return "its config.json in the local cache is not JSON";
  const parsed = schema.safeParse(json);
  if (!parsed.success) return "its config.json is not that of a decoder with attention";
  const c = parsed.data;
  const type = c.model_type;
  const isGated = gated.has(type);
  if (!isGated && !plain.has(type))
    return `models of type \`${type}\` are not counted from their configuration`;
  const layers = c.num_hidden_layers ?? c.n_layer ?? c.num_layers;
  const hidden = c.hidden_size ?? c.n_embd ?? c.d_model;
  const heads = c.num_attention_heads ?? c.n_head;
  if (layers === undefined || hidden === undefined || heads === undefined)
    return "its config.json does not say layers, hidden size and heads";
  const experts = c.num_local_experts ?? c.num_experts ?? 0;
  const intermediate =
    (experts > 0 ? c.moe_intermediate_size : undefined) ?? c.intermediate_size ?? c.n_inner ?? c.ffn_dim;
  return {
    name,
    layers,
    hidden,
    heads,
    keyValueHeads: c.multi_query === true ? 1 : (c.num_key_value_heads ?? heads),
    headSize: c.head_dim ?? hidden / heads,
    intermediate: intermediate ?? 4 * hidden,
    isGated,
    vocabulary: c.vocab_size,
    positions: learnedPositions.has(type) ? (c.max_position_embeddings ?? c.n_positions ?? 0) : 0,
    // The default of transformers.
    isTied: c.tie_word_embeddings ?? true,
    experts,
    activeExperts: c.num_experts_per_tok ?? 0,
    source: "config.json in the local Hugging Face cache",
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
