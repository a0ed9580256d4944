import assert from "node:assert/strict";
import { test } from "node:test";
import { readHubConfig } from "../server/src/analysis/hub-config.ts";
import {
  languageModelHeadline,
  languageModels,
  languageModelTable,
} from "../server/src/analysis/language-model-report.ts";
import { defaultRequest } from "../server/src/analysis/scenario.ts";
import { modelRows } from "../server/src/cost/language-models.gen.ts";
import { findModel, languageModelOf } from "../server/src/cost/language-models.ts";
import { measuredServing } from "../server/src/cost/measured-serving.ts";
import { findGrid } from "../server/src/hardware/grid.ts";
import { syntax } from "./harness/syntax.ts";

const parametersOf = (name: string): number => {
  const config = findModel(name);
  assert.ok(config !== undefined, name);
  return languageModelOf(config).parameters;
};

test("parameters are those that the authors state, within a thousandth", () => {
  // Model cards: https://huggingface.co/meta-llama/Meta-Llama-3-8B and so on; safetensors totals.
  const stated: readonly (readonly [string, number])[] = [
    ["meta-llama/Meta-Llama-3-8B", 8_030_261_248],
    ["meta-llama/Llama-3.2-1B", 1_235_814_400],
    ["mistralai/Mistral-7B-v0.1", 7_241_732_096],
    ["mistralai/Mixtral-8x7B-v0.1", 46_702_792_704],
    ["Qwen/Qwen2.5-7B", 7_615_616_512],
    ["google/gemma-2-9b", 9_241_705_984],
    ["gpt2", 124_439_808],
    ["microsoft/phi-2", 2_779_683_840],
  ];
  for (const [name, parameters] of stated)
    assert.ok(Math.abs(parametersOf(name) / parameters - 1) < 1.2e-3, `${name}: ${parametersOf(name)}`);
});

test("sizes in names are the sizes of the table", () => {
  let checked = 0;
  for (const [id] of modelRows) {
    const named = /(?:^|[-_/])(\d+(?:\.\d+)?)([bm])(?![a-z])/i.exec(id);
    if (named?.[1] === undefined || id.includes("8x")) continue;
    const size = Number(named[1]) * (named[2]?.toLowerCase() === "m" ? 1e6 : 1e9);
    const ratio = parametersOf(id) / size;
    // `1b` may be 1.67 billion, since its authors do not count embeddings.
    assert.ok(ratio > 0.82 && ratio < (size <= 2e9 ? 1.7 : 1.22), `${id}: ${parametersOf(id)}`);
    checked++;
  }
  assert.ok(checked > 100);
});

const text = `
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

NAME = "Qwen/Qwen2.5-7B-Instruct"
tokenizer = AutoTokenizer.from_pretrained(NAME)
model = AutoModelForCausalLM.from_pretrained(NAME, torch_dtype=torch.bfloat16)
small = AutoModelForCausalLM.from_pretrained(
    "gpt2", quantization_config=BitsAndBytesConfig(load_in_4bit=True))
own = AutoModelForCausalLM.from_pretrained("me/unheard-of")
path = AutoModelForCausalLM.from_pretrained(somewhere())
`;

const request = { ...defaultRequest, accelerator: "h100", region: "SE1" };
const found = (hub: (name: string) => string | undefined = () => undefined) =>
  languageModels("/a.py", syntax.parse(text), request, hub);

test("calls that load a language model by a name that the code says, and no others", () => {
  assert.deepEqual(
    found().map(({ name, line, serving }) => [name, line, serving?.weights]),
    [
      ["Qwen/Qwen2.5-7B-Instruct", 7, "bfloat16"],
      ["gpt2", 8, "nf4"],
      ["me/unheard-of", 10, undefined],
    ],
  );
});

test("memory, prefill and decoding of a model by name, with intervals", () => {
  const [model] = found();
  const { serving } = model ?? {};
  assert.ok(model !== undefined && serving);
  assert.equal(Math.round(serving.weightBytes / 1e8), 152);
  // 28 layers, 4 heads of 128, keys and values, 2 bytes.
  assert.equal(serving.cacheBytes, 1024 * 28 * 2 * 4 * 128 * 2);
  for (const { value, low, high } of [
    serving.decode.latency,
    serving.decode.energy,
    serving.perThousandTokens.cost,
  ])
    assert.ok(value !== null && low !== null && high !== null && low < value && value < high);
  // Reading 15.2 GB at 3.35 TB/s takes 4.5 ms; nobody is faster.
  assert.ok((serving.decode.latency.value ?? 0) > 4.5e-3);
  assert.ok((serving.perThousandTokens.co2e.value ?? 0) > 0);
  assert.match(
    languageModelHeadline(model) ?? "",
    /^7.62 G params · 15.2 GB · [\d.]+ J per token, [\d.]+ ms a step on H100/,
  );
  assert.match(languageModelTable(model), /\| one decoding step \| [\d.]+ ms/);
});

test("energy of a model by name in the scope that is asked for; its CO2e has a share of making the hardware", () => {
  const servingIn = (scope: "board" | "node" | "wall") => {
    const [model] = languageModels(
      "/a.py",
      syntax.parse(text),
      { ...request, scope, pue: 1.5 },
      () => undefined,
    );
    assert.ok(model?.serving);
    return model.serving;
  };
  const [board, node, wall] = [servingIn("board"), servingIn("node"), servingIn("wall")];
  const close = (a: number | null, b: number): void =>
    assert.ok(a !== null && Math.abs(a / b - 1) < 1e-9, `${a} ${b}`);
  const seconds = board.decode.latency.value ?? 0;
  close(node.decode.energy.value, (board.decode.energy.value ?? 0) + 115 * seconds);
  close(wall.decode.energy.value, 1.5 * (node.decode.energy.value ?? 0));
  close(wall.prefill.energy.value, 1.5 * (node.prefill.energy.value ?? 0));
  assert.match(board.assumptions.join("; "), /boards alone.*300 kgCO2e to make/);
  assert.match(wall.assumptions.join("; "), /wall scope.*PUE 1\.5/);
  // 300 kg over four years at half load.
  const making = (1000 * seconds * 300e3) / (4 * 365.25 * 86_400 * 0.5);
  const grid = findGrid(request.region);
  assert.ok(grid.kind === "found");
  const { co2e, energy } = board.perThousandTokens;
  close(co2e.value, ((energy.value ?? 0) / 3.6e6) * grid.value.intensity.value + making);
});

test("a configuration in the cache that cannot be read says so", () => {
  const [first] = found(() => '{"model_type": "llama", ');
  const unlisted = found((name) => (name.startsWith("me/") ? '{"model_type": "llama", ' : undefined))[2];
  assert.equal(first?.unknown, null, "the table knows it");
  assert.match(unlisted?.unknown ?? "", /is not JSON/);
});

test("what is not known is said, not guessed", () => {
  const [, , unknown] = found();
  assert.ok(unknown !== undefined && unknown.parameters === null);
  assert.match(unknown.unknown ?? "", /neither in the local Hugging Face cache nor/);
  assert.equal(languageModelHeadline(unknown), undefined);
});

const llama = {
  model_type: "llama",
  num_hidden_layers: 2,
  hidden_size: 64,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  intermediate_size: 128,
  vocab_size: 1000,
  tie_word_embeddings: false,
};

test("the configuration in the local cache speaks before the table", () => {
  const cached = found((name) => (name === "me/unheard-of" ? JSON.stringify(llama) : undefined));
  // 2 * 64 * 1000 + 2 * (2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 128)
  assert.equal(cached[2]?.parameters, 128_000 + 2 * (8192 + 4096 + 24_576));
  assert.match(cached[2]?.source ?? "", /local Hugging Face cache/);
});

test("configurations of architectures that are not counted, or that are none, are refused with the reason", () => {
  assert.match(
    String(readHubConfig(JSON.stringify({ ...llama, model_type: "mamba" }), "x")),
    /`mamba` are not counted/,
  );
  assert.match(String(readHubConfig("{", "x")), /not JSON/);
  assert.match(String(readHubConfig('{"model_type": "bert"}', "x")), /not that of a decoder/);
});

test("what was measured of exactly this is taken, and of a neighbor it is not", () => {
  const query = {
    model: "meta-llama/Llama-3.1-8B-Instruct",
    hardware: "h100-sxm",
    count: 1,
    weightBytes: 2,
    batch: 64,
    context: 300,
  };
  const row = measuredServing(query);
  assert.equal(row?.joulesPerToken, 0.1186);
  assert.equal(measuredServing({ ...query, model: query.model.toLowerCase() })?.joulesPerToken, 0.1186);
  const neighbors = [
    { batch: 75 },
    { context: 600 },
    { count: 2 },
    { weightBytes: 1 },
    { hardware: "h100-pcie" },
    { model: "meta-llama/Llama-3.1-8B" },
  ];
  for (const change of neighbors)
    assert.equal(measuredServing({ ...query, ...change }), undefined, JSON.stringify(change));
});

const loading = `
import torch
from transformers import AutoModelForCausalLM
m = AutoModelForCausalLM.from_pretrained("meta-llama/Llama-3.1-8B-Instruct", torch_dtype=torch.bfloat16)
`;

test("a measured model shows the measurement and its source; the same one at another batch is computed", () => {
  const [exact, near] = [64, 75].map((batch) => {
    const [model] = languageModels(
      "/a.py",
      syntax.parse(loading),
      { ...defaultRequest, accelerator: "h100", batch, context: 300 },
      () => undefined,
    );
    return model?.serving?.perThousandTokens.energy;
  });
  assert.equal(exact?.basis, "measured");
  assert.equal(exact?.value, 118.6);
  assert.match(exact?.assumptions.join("; ") ?? "", /ML\.ENERGY v3/);
  assert.equal(near?.basis, "calibrated");
});
