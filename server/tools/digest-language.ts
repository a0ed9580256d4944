/**
 * Interprets language models of a checkout of transformers and writes what a token of theirs launches, as numbers, for
 * `npm run calibrate`:
 *
 *   npm run digest:language -- FOLDER OUTPUT-FOLDER
 *
 * FOLDER holds the package `transformers` (4.57.6). A token is one pass in float16 behind 300 that are cached; what `generate` does around
 * it, some twenty small launches, is left out. Sizes of the models are those of their published configurations, not re-read. Models of 2023
 * have their attention written out, as that year's release had it.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { lower } from "../src/cost/lower.ts";
import { stepsOf } from "../src/cost/step.ts";
import { createSession } from "../src/host/model-session.ts";
import { estimateModels } from "../src/model/estimate-model.ts";
import { parseInputSpecs } from "../src/model/input-spec.ts";
import { digestColumns, digestLine } from "./calibrate/digest.ts";
import { packagesBeside } from "./packages-beside.ts";

interface Language {
  readonly model: string;
  readonly kind: "Llama" | "Mistral" | "Qwen2";
  readonly attention: "sdpa" | "eager";
  /** Width, inner width of the feed-forward layers, layers, heads, heads of keys, tokens of the vocabulary. */
  readonly sizes: readonly [number, number, number, number, number, number];
}

const models: readonly Language[] = [
  {
    model: "TinyLlama-1.1B",
    kind: "Llama",
    attention: "sdpa",
    sizes: [2048, 5632, 22, 32, 4, 32000],
  },
  { model: "Qwen2-1.5B", kind: "Qwen2", attention: "sdpa", sizes: [1536, 8960, 28, 12, 2, 151936] },
  { model: "Qwen2.5-3B", kind: "Qwen2", attention: "sdpa", sizes: [2048, 11008, 36, 16, 2, 151936] },
  { model: "Qwen2-7B", kind: "Qwen2", attention: "sdpa", sizes: [3584, 18944, 28, 28, 4, 152064] },
  { model: "Qwen2.5-14B", kind: "Qwen2", attention: "sdpa", sizes: [5120, 13824, 48, 40, 8, 152064] },
  { model: "Mistral-7B", kind: "Mistral", attention: "sdpa", sizes: [4096, 14336, 32, 32, 8, 32000] },
  { model: "Yi-1.5-9B", kind: "Llama", attention: "sdpa", sizes: [4096, 11008, 48, 32, 4, 64000] },
  { model: "llama-7B", kind: "Llama", attention: "eager", sizes: [4096, 11008, 32, 32, 32, 32000] },
  { model: "llama-13B", kind: "Llama", attention: "eager", sizes: [5120, 13824, 40, 40, 40, 32000] },
];

const kinds = [...new Set(models.map(({ kind }) => kind))];

function entryOf({ kind, attention, sizes }: Language): string {
  const [width, inner, layers, heads, keys, vocabulary] = sizes;
  const config = `hidden_size=${width}, intermediate_size=${inner}, num_hidden_layers=${layers}, num_attention_heads=${heads}, num_key_value_heads=${keys}, vocab_size=${vocabulary}`;
  return `${kind}ForCausalLM(${kind}Config(${config}, attn_implementation="${attention}")).half().eval()`;
}

const [folder = "", output = ""] = process.argv.slice(2);
const session = await createSession([folder, ...packagesBeside(2)], {
  steps: 80_000_000,
  depth: 300,
  ops: 1_000_000,
  milliseconds: 240_000,
});
const source = session.syntax.parse(
  `from transformers import ${kinds.map((kind) => `${kind}Config, ${kind}ForCausalLM`).join(", ")}\n`,
);

const lines = models.flatMap((each) => {
  const [found] = estimateModels(session.interpreter, {
    file: join(folder, "__digest__.py"),
    source,
    entry: entryOf(each),
    serving: { phase: "decode", context: 300 },
    inputs: parseInputSpecs("input_ids=int64[1, 1]") ?? [],
  });
  if (found?.complete !== true)
    throw new Error(`${each.model}: ${found?.failure?.message ?? found?.notCounted[0]?.why ?? "no result"}`);
  const steps = lower(found.graph, {
    precision: "as-written",
    sizes: new Map(),
    isHalfNorm: () => false,
    addsBiasApart: true,
    upcastsAttention: true,
    channelsLast: false,
  });
  return digestLine({ model: each.model, imageSize: 0, macs: 0 }, stepsOf(steps), 1);
});
writeFileSync(
  join(output, "language-digests.csv.gz"),
  gzipSync(`${[digestColumns.join(","), ...lines].join("\n")}\n`, { level: 9 }),
);
