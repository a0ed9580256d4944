import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { chooseOptimizations, optimizationsJson } from "../server/src/analysis/optimization-report.ts";
import { defaultRequest, resolveScenario } from "../server/src/analysis/scenario.ts";
import { amount } from "../server/src/base/amount.ts";
import { decodeStep } from "../server/src/cost/decode-step.ts";
import { costOf, type Scenario } from "../server/src/cost/estimate.ts";
import { knowledge, measuredRatio } from "../server/src/cost/knowledge.ts";
import type { NamedOptimization } from "../server/src/cost/optimizations/_optimization.ts";
import { optimizations } from "../server/src/cost/optimizations/registry.gen.ts";
import { savingOf } from "../server/src/cost/saving.ts";
import { type WhatIf, whatIf } from "../server/src/cost/what-if.ts";
import { withBatch } from "../server/src/cost/with-batch.ts";
import type { Graph } from "../server/src/graph/ir.ts";
import { memoryOf, type OptimizerState } from "../server/src/graph/memory.ts";
import { createSession, defaultLimits } from "../server/src/host/model-session.ts";
import { estimateModels } from "../server/src/model/estimate-model.ts";
import { estimateOf, graphOf, loweringIn, scenarioOn } from "./harness/costed.ts";
import { loweredOf } from "./harness/steps.ts";

const scenario = (change: Partial<Scenario> = {}, name = "h100"): Scenario => scenarioOn(name, change);

const named = (id: string): NamedOptimization => {
  const found = optimizations.find((each) => each.id === id);
  assert.ok(found !== undefined, id);
  return found;
};

const tried = (id: string, graph: Graph, of: Scenario): WhatIf => {
  const [one] = whatIf([named(id)], graph, of).alone;
  assert.ok(one !== undefined);
  return one;
};

const attention = `
import torch
import torch.nn as nn
import torch.nn.functional as F

class Attention(nn.Module):
    def __init__(self, dim=1024, heads=16, kv_heads=4, fused=False, returns=False, repeats=True):
        super().__init__()
        self.heads, self.kv_heads, self.width = heads, kv_heads, dim // heads
        self.fused, self.returns, self.repeats = fused, returns, repeats
        self.q = nn.Linear(dim, dim, bias=False)
        self.k = nn.Linear(dim, kv_heads * self.width, bias=False)
        self.v = nn.Linear(dim, kv_heads * self.width, bias=False)
        self.out = nn.Linear(dim, dim, bias=False)

    def forward(self, x):
        B, T, C = x.shape
        q = self.q(x).view(B, T, self.heads, self.width).transpose(1, 2)
        k = self.k(x).view(B, T, self.kv_heads, self.width).transpose(1, 2)
        v = self.v(x).view(B, T, self.kv_heads, self.width).transpose(1, 2)
        if self.repeats:
            k = k.repeat_interleave(self.heads // self.kv_heads, dim=1)
            v = v.repeat_interleave(self.heads // self.kv_heads, dim=1)
        if self.fused:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.out(y.transpose(1, 2).reshape(B, T, C))
        scores = q @ k.transpose(2, 3) / self.width ** 0.5
        scores = scores + torch.full((T, T), float("-inf")).triu(1)
        weights = F.softmax(scores, dim=-1)
        y = (weights @ v).transpose(1, 2).reshape(B, T, C)
        return (self.out(y), weights) if self.returns else self.out(y)
`;

const input = "x=float32[4, 1024, 1024]";
const written = graphOf(attention, "Attention()", input);

const bytesOf = (graph: Graph, of: Scenario): number =>
  loweredOf(graph, loweringIn(of.precision, of.sizes)).reduce((sum, step) => sum + step.bytes, 0);

const applied = (id: string, graph: Graph, of: Scenario): Graph => {
  const change = named(id).apply(graph, of);
  assert.ok(change.kind === "changed", change.kind === "not-applicable" ? change.why : "");
  return change.graph;
};

const macsOf = (graph: Graph): number =>
  graph.ops.reduce((sum, { work }) => sum + (typeof work.macs === "number" ? work.macs : 0), 0);

test("fused attention is what the fused call of torch is: the same work and the same bytes", async () => {
  const call = graphOf(attention, "Attention(fused=True)", input);
  const after = applied("fused-attention", written, scenario());
  assert.equal(macsOf(after), macsOf(call));
  // The copy that joins the heads stays: the call lays its output out so that it needs none.
  const copy = 2 * 4 * 1024 * 1024 * 2;
  assert.equal(bytesOf(after, scenario()), bytesOf(call, scenario()) + copy);
  assert.equal(after.ops.filter((op) => op.name === "softmax" || op.name === "triu").length, 0);
});

test("fused attention leaves none of the scores in memory, however many layers there are", async () => {
  const stack = `${attention}
class Stack(nn.Module):
    def __init__(self, **kwargs):
        super().__init__()
        self.layers = nn.ModuleList(Attention(**kwargs) for _ in range(4))
    def forward(self, x):
        for layer in self.layers:
            x = x + layer(x)
        return x
`;
  const [apart, call] = [graphOf(stack, "Stack()", input), graphOf(stack, "Stack(fused=True)", input)];
  const peak = (graph: Graph): number => memoryOf(graph, new Map()).inferencePeak;
  const after = peak(applied("fused-attention", apart, scenario()));
  assert.ok(after < 0.6 * peak(apart), `${after} of ${peak(apart)}`);
  assert.ok(after <= 1.1 * peak(call), `${after}, ${peak(call)} as the call`);
});

test("memory before and after is that of the scenario: its precision, its accelerators, its optimizer", () => {
  const before = (change: Partial<Scenario>, optimizer?: OptimizerState): number => {
    const [one] = whatIf([named("fused-attention")], written, scenario(change), false, { optimizer }).alone;
    assert.ok(one !== undefined);
    return one.memoryBefore;
  };
  const whole = before({ precision: "fp32" });
  assert.equal(before({ precision: "bf16" }), whole / 2);
  assert.equal(before({ precision: "fp32", count: 4 }), whole / 4);
  const sgd = before({ precision: "fp32", mode: "train" }, { copies: 0 });
  const parameters = memoryOf(written, new Map()).parameters;
  assert.equal(before({ precision: "fp32", mode: "train" }) - sgd, 2 * parameters);
});

test("a prompt is read once: a key-value cache saves nothing of it", () => {
  const estimate = estimateOf(attention, "Attention()", input);
  const verdictIn = (mode: "infer" | "prefill"): string | undefined => {
    const scene = resolveScenario({ ...defaultRequest, accelerator: "h100", mode });
    const chosen = chooseOptimizations(["kv-cache"]);
    assert.ok(scene.kind === "scenario" && chosen.kind === "chosen");
    return optimizationsJson(estimate, scene, chosen)[0]?.verdict;
  };
  assert.equal(verdictIn("infer"), "saves");
  assert.equal(verdictIn("prefill"), "not-applicable");
});

test("attention whose weights are returned cannot be fused", async () => {
  const graph = graphOf(attention, "Attention(returns=True)", input);
  assert.match(tried("fused-attention", graph, scenario()).why, /used elsewhere/);
  assert.equal(tried("fused-attention", graph, scenario()).verdict, "not-applicable");
});

test("keys and values that are not repeated are read once; the products stay", () => {
  const after = applied("grouped-kv-without-repetition", written, scenario());
  assert.equal(macsOf(after), macsOf(written));
  // Copies of 3 MiB more than the originals, written once and read once, for keys and for values, in bfloat16.
  const [keys, copies] = [4 * 1024 * 256 * 2, 4 * 1024 * 1024 * 2];
  assert.equal(
    bytesOf(written, scenario()) - bytesOf(after, scenario()),
    2 * (keys + copies + copies - keys),
  );
});

test("enable_gqa is proposed in half precision alone", async () => {
  const call = graphOf(attention, "Attention(fused=True)", input);
  assert.equal(named("grouped-kv-without-repetition").apply(call, scenario()).kind, "changed");
  assert.match(tried("grouped-kv-without-repetition", call, scenario({ precision: "fp32" })).why, /float32/);
});

test("heads as many as queries leave nothing to group", async () => {
  const graph = graphOf(attention, "Attention(kv_heads=16, repeats=False)", input);
  assert.equal(tried("grouped-kv-without-repetition", graph, scenario()).verdict, "not-applicable");
});

test("a decoding step does one position's products and reads a cache of the whole context", () => {
  const step = decodeStep(written, 4096, scenario());
  assert.ok(step !== undefined);
  const projections = 4 * (1024 * 1024 * 2 + 1024 * 256 * 2);
  assert.equal(macsOf(step), projections + 4 * 16 * 4096 * 64 * 2);
  assert.equal(named("kv-cache").apply(step, scenario()).kind, "not-applicable");
  assert.match(tried("kv-cache-quantization", step, scenario()).verdict, /save/);
  assert.equal(tried("kv-cache-quantization", written, scenario()).verdict, "not-applicable");
});

const net = `
import torch.nn as nn

class Conv(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(*[nn.Sequential(nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.Conv2d(256, 256, 3, padding=1), nn.ReLU()) for _ in range(4)])

    def forward(self, x):
        return self.layers(x)

class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(32000, 512)
        self.body = nn.Linear(512, 512)
        self.head = nn.Linear(512, 32000, bias=False)

    def forward(self, ids):
        return self.head(self.body(self.embed(ids)))
`;
const convolutions = graphOf(net, "Conv()", "x=float32[32, 256, 56, 56]");
const language = graphOf(net, "Head()", "ids=int64[2, 128]");

const mixture = `
import torch
import torch.nn as nn
import torch.nn.functional as F

class Mixture(nn.Module):
    def __init__(self, d=256, experts=4, k=2):
        super().__init__()
        self.k, self.qkv, self.gate = k, nn.Linear(d, 3 * d), nn.Linear(d, experts)
        self.experts = nn.ModuleList([nn.Linear(d, d) for _ in range(experts)])

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv(x).view(B, T, 3, 4, C // 4).permute(2, 0, 3, 1, 4)
        x = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(B * T, C)
        w, chosen = self.gate(x).topk(self.k)
        out = torch.zeros_like(x)
        for i, expert in enumerate(self.experts):
            token, nth = torch.where(chosen == i)
            out[token] += w[token, nth, None] * expert(x[token])
        return out.view(B, T, C)
`;

test("a decoding step of a mixture routes one position to its experts, at the batch of the scenario", () => {
  const graph = graphOf(mixture, "Mixture()", "float32[2, 128, 256]");
  for (const [whole, samples] of [
    [graph, 2],
    [withBatch(graph, 3, scenario()), 6],
  ] as const) {
    const step = decodeStep(whole, 128, { ...scenario(), samples });
    assert.ok(step !== undefined);
    assert.equal(macsOf(step), samples * (3 * 256 * 256 + 2 * 128 * 256 + 256 * 4 + 2 * 256 * 256));
  }
});

test("channels-last helps convolutions in half precision, not in float32 nor when compiled", () => {
  assert.match(tried("channels-last", convolutions, scenario()).verdict, /save/);
  for (const change of [{ precision: "fp32" }, { isCompiled: true }] as const)
    assert.equal(tried("channels-last", convolutions, scenario(change)).verdict, "not-applicable");
});

test("logits of one position: the head's products fall by the number of positions", () => {
  const after = applied("last-position-logits", language, scenario());
  assert.equal(macsOf(language) - macsOf(after), 2 * 127 * 512 * 32000);
  assert.equal(
    tried("last-position-logits", language, scenario({ mode: "train" })).verdict,
    "not-applicable",
  );
});

test("checkpointing costs energy and saves memory", async () => {
  const training = graphOf(net, "Conv()", "x=float32[32, 256, 56, 56]", true);
  const of = tried("activation-checkpointing", training, scenario({ mode: "train", samples: 32 }));
  assert.ok(of.saving?.kind === "saving" && of.saving.value < 0);
  assert.ok(of.memoryAfter !== undefined && of.memoryAfter < of.memoryBefore);
});

test("a larger batch counts per inference, within memory", () => {
  const of = tried("larger-batch", language, scenario({ samples: 2 }));
  assert.equal(of.verdict, "saves");
  assert.match(of.assumptions[0] ?? "", /batch 16 in place of 2/);
});

test("eight bits need hardware that has them", () => {
  assert.equal(named("quantize-fp8").apply(language, scenario()).kind, "changed");
  assert.match(tried("quantize-fp8", language, scenario({}, "a100-80gb")).why, /no FP8/);
});

test("measured rows decide on bitsandbytes: every INT8 row costs energy, NF4 saves from 7 billion on", () => {
  const ratio = (pattern: "bnb-int8" | "bnb-nf4", hardware: string, billions: number) =>
    measuredRatio({ pattern, hardware, billions });
  assert.ok((ratio("bnb-int8", "rtx4090", 7)?.low ?? 0) > 1);
  assert.ok((ratio("bnb-nf4", "rtx4090", 7)?.value ?? 2) < 1);
  assert.ok((ratio("bnb-nf4", "rtx4090", 0.5)?.value ?? 0) > 1);
  assert.equal(ratio("bnb-nf4", "rtx4090", 70), undefined);
  assert.match(tried("quantize-bnb-int8", language, scenario()).why, /no measurement/);
});

test("measured rows that are left out: the sign is right in nine of ten, the interval holds in most", () => {
  const tried = knowledge().flatMap((row) => {
    const { pattern, hardware, configuration } = row;
    const rest = knowledge().filter((each) => each !== row);
    const found = measuredRatio({ pattern, hardware, billions: configuration.billions }, rest);
    return found === undefined ? [] : [{ found, actual: row.after / row.before }];
  });
  const share = (holds: (each: (typeof tried)[number]) => boolean): number =>
    tried.filter(holds).length / tried.length;
  assert.ok(tried.length >= 35);
  assert.ok(share(({ found, actual }) => found.value > 1 === actual > 1) >= 0.9);
  assert.ok(share(({ found, actual }) => found.low <= actual && actual <= found.high) >= 0.85);
});

test("a saving says its interval, contains its value, and is what the costs differ by", () => {
  const saving = savingOf(named("fused-attention"), written, scenario());
  assert.ok(saving.kind === "saving");
  assert.ok(saving.low < saving.value && saving.value < saving.high);
  assert.ok(saving.percentLow < saving.percent && saving.percent < saving.percentHigh);
  const [before, after] = [written, applied("fused-attention", written, scenario())].map((graph) => {
    const { energy } = costOf(graph, scenario());
    return "kind" in energy ? 0 : energy.value;
  });
  assert.ok(Math.abs(saving.value - ((before ?? 0) - (after ?? 0))) < 1e-9);
});

test("together is less than the sum of its parts, and never mixes workloads unasked", () => {
  const { alone, together } = whatIf(optimizations, written, scenario());
  assert.ok(together !== undefined && together.saving?.kind === "saving");
  assert.ok(!together.parts.includes("kv-cache") && !together.parts.includes("larger-batch"));
  const parts = alone.filter((each) => together.parts.includes(each.id));
  const sum = parts.reduce((total, { saving }) => total + (saving?.kind === "saving" ? saving.value : 0), 0);
  assert.ok(together.saving.value > 0 && together.saving.value < sum);
});

test("what a change of precision or compilation saves is the difference between the two scenarios", () => {
  const graph = graphOf(attention, "Attention(256)", "float32[1,16,256]", true);
  const sameDevice = (name: string, mode: Scenario["mode"]): void => {
    const before = scenario({ mode, precision: "fp32" }, name);
    const half = mode === "train" ? "amp-bf16" : "bf16";
    for (const [id, after] of [
      ["mixed-precision", { ...before, precision: half }],
      ["compile", { ...before, isCompiled: true }],
    ] as const) {
      const { energyAfter, latencyAfter } = tried(id, graph, before);
      const { energy, latency } = costOf(graph, after);
      assert.deepEqual([energyAfter, latencyAfter], [energy, latency], `${id} on ${name}, ${mode}`);
    }
  };
  for (const name of ["h100", "a100", "rtx3090", "rtx4090"])
    for (const mode of ["infer", "train"] as const) sameDevice(name, mode);
});

test("an optimization saves the same whether the code or the scenario asks for the batch", () => {
  for (const [text, model, input] of [
    [attention, "Attention()", "float32[B, 256, 1024]"],
    [net, "Conv()", "float32[B, 256, 14, 14]"],
    [net, "Head()", "int64[B, 128]"],
  ] as const) {
    const [one, eight] = ["1", "8"].map((batch) => graphOf(text, model, input.replace("B", batch)));
    assert.ok(one !== undefined && eight !== undefined);
    const of = scenario({ samples: 8, precision: "fp32" });
    const grown = withBatch(one, 8, of);
    for (const { id } of optimizations) {
      const asked: WhatIf["saving"] = tried(id, grown, of).saving;
      const coded: WhatIf["saving"] = tried(id, eight, of).saving;
      assert.equal(asked?.kind, coded?.kind, `${id} of ${model}`);
      if (asked?.kind !== "saving" || coded?.kind !== "saving") continue;
      // At a batch of one some copies are views.
      assert.ok(
        Math.abs(asked.percent - coded.percent) < 3,
        `${id} of ${model}: ${asked.percent} ${coded.percent}`,
      );
    }
  }
});

test("what a launch takes does not depend on the precision, nor what the board draws while it waits for it", () => {
  const graph = graphOf(attention, "Attention(64, 4, 1)", "float32[1,4,64]");
  for (const name of ["h100", "a100", "rtx3090", "rtx4090"]) {
    const [float, half] = (["fp32", "bf16"] as const).map((precision) =>
      costOf(graph, scenario({ precision }, name)),
    );
    assert.ok(
      float !== undefined && half !== undefined && !("kind" in float.energy) && !("kind" in half.energy),
    );
    assert.ok(
      float.latency.assumptions.some((each) => each.includes("the host sets the pace")),
      name,
    );
    for (const ratio of [half.latency.value / float.latency.value, half.energy.value / float.energy.value])
      assert.ok(Math.abs(ratio - 1) < 0.03, `${name}: ${ratio}`);
  }
});

test("no power is known of a TPU: the saving is unknown, not zero", () => {
  const saving = savingOf(named("fused-attention"), written, scenario({}, "tpu-v5e"));
  assert.ok(saving.kind === "unknown");
  assert.match(saving.why, /no board power/);
});

test("every optimization says when it does not help and on what evidence", () => {
  for (const { id, limits, evidence } of optimizations) {
    assert.ok(limits.length > 40, id);
    assert.ok(evidence.length > 0, id);
  }
});

test("the Llama 3 example end to end: its own cache, three optimizations alone and together", async () => {
  const file = "examples/llama_gqa.py";
  const { interpreter, syntax } = await createSession([], defaultLimits);
  const source = syntax.parse(readFileSync(file, "utf8"));
  const serving = { phase: "decode", context: 4096 } as const;
  const [decoded] = estimateModels(interpreter, { file, source, serving });
  // Two heads of 64, keys and values, float32.
  assert.equal(decoded?.served?.kept?.bytes, 4096 * 2 * 2 * 64 * 4);
  const chosen = ["fused-attention", "grouped-kv-without-repetition", "kv-cache-quantization"].map(named);
  const { alone, together } = whatIf(chosen, decoded.graph, scenario(), true);
  for (const { id, saving } of alone) assert.ok(saving?.kind === "saving" && saving.value > 0, id);
  assert.ok(together?.verdict === "saves" && together.parts.length === 3);
  const [prompt] = estimateModels(interpreter, { file, source });
  assert.ok(prompt !== undefined);
  const read = whatIf(chosen, prompt.graph, scenario(), true).together;
  const cost = read?.costPerMillionAfter;
  assert.ok(read !== undefined && cost !== undefined && !("kind" in cost));
  const page = readFileSync("server/docs/scenario.md", "utf8").replaceAll("\n", " ");
  const percents = ({ saving }: WhatIf): string => {
    assert.ok(saving?.kind === "saving");
    const [value, low, high] = [saving.percent, saving.percentLow, saving.percentHigh].map((each) =>
      String(Math.abs(each) >= 10 ? Math.round(each) : Number(each.toPrecision(2))),
    );
    return `${value} % (${low} to ${high} %)`;
  };
  const cache = alone.find(({ id }) => id === "kv-cache-quantization");
  assert.ok(cache !== undefined);
  for (const said of [
    `16 tokens, ${percents(read)} and ${amount(cost.value, "USD")} per million`,
    `4,096 tokens, ${percents(together)}`,
    `the INT8 cache saves ${percents(cache)}`,
  ])
    assert.ok(page.includes(said), `server/docs/scenario.md should say: ${said}`);
});
