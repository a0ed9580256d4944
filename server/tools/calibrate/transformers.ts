import type { KernelClass } from "../../src/cost/kernel.ts";
import type { Access, Step } from "../../src/cost/step.ts";

/** A transformer of the NeuSight benchmark, from its published configuration, as Hugging Face runs it in float32. */
export interface Transformer {
  readonly style: "gpt2" | "bert" | "opt" | "switch";
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly headSize: number;
  readonly feedForward: number;
  readonly vocabulary: number;
}

/** sitar-lab/NeuSight@6945927d scripts/asplos/data/DLmodel_configs (MIT). */
export const transformers: Readonly<Record<string, Transformer>> = {
  bert_large: {
    style: "bert",
    layers: 24,
    hidden: 1024,
    heads: 16,
    headSize: 64,
    feedForward: 4096,
    vocabulary: 30522,
  },
  gpt2_large: {
    style: "gpt2",
    layers: 36,
    hidden: 1280,
    heads: 20,
    headSize: 64,
    feedForward: 5120,
    vocabulary: 50257,
  },
  gpt3_xl: {
    style: "gpt2",
    layers: 24,
    hidden: 3072,
    heads: 24,
    headSize: 128,
    feedForward: 12288,
    vocabulary: 50257,
  },
  gpt3_27: {
    style: "gpt2",
    layers: 32,
    hidden: 2560,
    heads: 32,
    headSize: 80,
    feedForward: 10240,
    vocabulary: 50257,
  },
  opt_13: {
    style: "opt",
    layers: 24,
    hidden: 2048,
    heads: 32,
    headSize: 64,
    feedForward: 8192,
    vocabulary: 50272,
  },
  switchxl4: {
    style: "switch",
    layers: 24,
    hidden: 1024,
    heads: 32,
    headSize: 128,
    feedForward: 16384,
    vocabulary: 32128,
  },
};

const switchExperts = 4;
const switchCapacity = 64;
const float = 4;

/** Every step of one forward pass over `batch` sequences of `length` tokens, in eager float32. */
export function transformerSteps(
  model: Transformer,
  batch: number,
  length: number,
  training: boolean,
): readonly Step[] {
  const steps: Step[] = [];
  const w = writer(steps);
  const tokens = batch * length;
  const { hidden, layers, vocabulary, style } = model;
  if (style === "switch") switchModel(model, batch, length, training, w);
  else
    for (let i = 0; i < layers; i++) {
      block(model, batch, length, training, w);
    }
  if (style === "bert" && !training) return steps;
  w.loop("layer-norm", tokens * hidden, 1);
  w.product(1, tokens, vocabulary, hidden);
  if (training) w.loop("softmax", tokens * vocabulary, 1);
  return steps;
}

function block(m: Transformer, batch: number, length: number, training: boolean, w: Writer): void {
  const tokens = batch * length;
  if (m.style !== "bert") w.loop("layer-norm", tokens * m.hidden, 1);
  if (m.style === "gpt2") w.product(1, tokens, 3 * m.hidden, m.hidden);
  else for (let i = 0; i < 3; i++) w.product(1, tokens, m.hidden, m.hidden);
  attention(m, batch, length, length, training, w);
  w.product(1, tokens, m.hidden, m.heads * m.headSize);
  w.loop("pointwise", tokens * m.hidden, 2);
  w.loop("layer-norm", tokens * m.hidden, 1);
  w.product(1, tokens, m.feedForward, m.hidden);
  nonlinearity(m, tokens * m.feedForward, w);
  w.product(1, tokens, m.hidden, m.feedForward);
  if (training) for (let i = 0; i < 2; i++) w.loop("pointwise", tokens * m.hidden, 1.25);
  w.loop("pointwise", tokens * m.hidden, 2);
  if (m.style === "bert") w.loop("layer-norm", tokens * m.hidden, 1);
}

function attention(
  m: Transformer,
  batch: number,
  queries: number,
  keys: number,
  training: boolean,
  w: Writer,
): void {
  const { heads, headSize } = m;
  const groups = batch * heads;
  const scores = groups * queries * keys;
  for (let i = 0; i < 3; i++) w.loop("copy", groups * (i === 0 ? queries : keys) * headSize, 1);
  w.product(groups, queries, keys, headSize);
  const passes = { gpt2: 2, bert: 2, opt: 2, switch: 1 }[m.style];
  for (let i = 0; i < passes; i++) w.loop("pointwise", scores, 1);
  w.loop("softmax", scores, 1);
  if (training) w.loop("pointwise", scores, 1.25);
  w.product(groups, queries, headSize, keys);
  w.loop("copy", groups * queries * headSize, 1);
}

function nonlinearity(m: Transformer, elements: number, w: Writer): void {
  // gelu_new: pow, mul, add, mul, tanh, add, mul and a last product of two tensors.
  const passes = m.style === "gpt2" ? [1, 1, 2, 1, 1, 1, 1, 2] : [1];
  for (const inputs of passes) w.loop("pointwise", elements, inputs);
}

function switchModel(m: Transformer, batch: number, length: number, training: boolean, w: Writer): void {
  const inner = m.heads * m.headSize;
  const tokens = batch * length;
  const project = (): void => {
    for (let i = 0; i < 3; i++) w.product(1, tokens, inner, m.hidden);
    attention(m, batch, length, length, training, w);
    w.product(1, tokens, m.hidden, inner);
    w.loop("layer-norm", tokens * m.hidden, 2.5);
    w.loop("pointwise", tokens * m.hidden, 2);
  };
  for (const isDecoder of [false, true])
    for (let i = 0; i < m.layers; i++) {
      project();
      if (isDecoder) project();
      w.loop("layer-norm", tokens * m.hidden, 2.5);
      const isSparse = i % 2 === 1;
      for (let e = 0; e < (isSparse ? switchExperts : 1); e++) {
        const rows = isSparse ? batch * switchCapacity : tokens;
        w.product(1, rows, m.feedForward, m.hidden);
        w.loop("pointwise", rows * m.feedForward, 1);
        w.product(1, rows, m.hidden, m.feedForward);
      }
      w.loop("pointwise", tokens * m.hidden, 2);
    }
}

interface Writer {
  product(batch: number, rows: number, columns: number, inner: number): void;
  /** Reads `inputs` tensors of `elements` and writes one. */
  loop(kind: KernelClass, elements: number, inputs: number): void;
}

const activation = (key: number, bytes: number): Access => ({ key, bytes, isFixed: false });

function writer(steps: Step[]): Writer {
  const base = { op: 0, rate: "fp32", window: 1, channelsFirst: false, serial: 0 } as const;
  return {
    product: (batch, rows, columns, inner) => {
      const weights = {
        key: steps.length,
        bytes: float * batch * inner * columns,
        isFixed: batch === 1,
      };
      steps.push({
        ...base,
        name: "addmm",
        gradients: 2,
        isRowWise: true,
        class: "matmul",
        macs: batch * rows * columns * inner,
        flops: 0,
        bytes: float * batch * (rows * inner + inner * columns + rows * columns),
        fixedBytes: 0,
        reads: [activation(-1, float * batch * rows * inner), weights],
        writes: [activation(-2, float * batch * rows * columns)],
        bytesRead: float * batch * (rows * inner + inner * columns),
        rows,
        columns,
        inner,
        batch,
      });
    },
    loop: (kind, elements, inputs) => {
      steps.push({
        ...base,
        name: kind,
        gradients: 1,
        isRowWise: true,
        class: kind,
        macs: 0,
        flops: elements,
        bytes: float * elements * (inputs + 1),
        fixedBytes: 0,
        reads: [activation(-1, float * elements * inputs)],
        writes: [activation(-2, float * elements)],
        bytesRead: float * elements * inputs,
        rows: 0,
        columns: 0,
        inner: 0,
        batch: 0,
      });
    },
  };
}
