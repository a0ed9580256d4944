import type { Device } from "./device.ts";

/** What the cost of a language model depends on. */
export interface LanguageModel {
  readonly layers: number;
  /** Layers with a key-value cache; fewer than `layers` in hybrids. */
  readonly attentionLayers: number;
  readonly hidden: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly parameters: number;
  /** Parameters that one token passes through. */
  readonly activeParameters: number;
  /** 0 for a dense model. */
  readonly experts: number;
  readonly activeExperts: number;
  /** Its other layers keep a state per sequence. */
  readonly isStateSpace: boolean;
}

/** How it is served: continuous batching, every sequence in the batch getting one token per step. */
export interface Serving {
  /** Accelerators that share one copy of the model. */
  readonly count: number;
  readonly split: "none" | "tensor" | "expert";
  readonly batch: number;
  /** Tokens of the prompt, images included, and of the answer. */
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly weightBytes: number;
  readonly cacheBytes: number;
}

export interface ServingCoefficients {
  /** Reached share of peak and of bandwidth: dense weights, expert weights, the key-value cache. */
  readonly compute: number;
  readonly weights: number;
  readonly expertWeights: number;
  readonly cache: number;
  /** Of the bandwidth of expert weights, where these are of 8 bits. */
  readonly expert8Bit: number;
  /** Seconds per layer and step; then per doubling of the accelerators, tensor or expert split. */
  readonly layer: number;
  readonly tensorSplit: number;
  readonly expertSplit: number;
  /** Seconds per sequence in the batch; per sequence and byte of hidden state exchanged between accelerators. */
  readonly sequence: number;
  readonly exchange: number;
  /** Seconds per sequence and layer of a state-space model. */
  readonly state: number;
  /** Power as a share of the board limit: active, at full use of compute, at full use of memory. */
  readonly powerActive: number;
  readonly powerCompute: number;
  readonly powerMemory: number;
}

export interface ServingCost {
  /** Seconds per step, in which every sequence gets a token, its share of the prompts' prefill included. */
  readonly step: number;
  readonly tokensPerSecond: number;
  /** Of all boards together. */
  readonly watts: number;
  /** GPU boards only, per output token. */
  readonly joulesPerToken: number;
}

/**
 * One step of decoding:
 *
 *   t = (tm^3 + tc^3)^(1/3) + prefill + layers * (layer + split * log2(count)) + batch * sequence + exchange
 *   tm = (dense / weights + touched experts / expertWeights + cache / cacheShare) / bandwidth
 *   tc = 2 * active * batch / (count * peak * compute)
 *
 * Power is a share of the limit that grows with the use of compute and of memory and ends at 1.
 */
export function servingCost(
  model: LanguageModel,
  serving: Serving,
  device: Device,
  boardLimit: number,
  c: ServingCoefficients,
): ServingCost {
  const { count, split, batch } = serving;
  const { denseBytes, expertBytes, cacheBytes, decodeFlops, flops, bytes, peak } = servingWork(
    model,
    serving,
    device,
  );
  const expertShare = c.expertWeights * (serving.weightBytes <= 1 ? c.expert8Bit : 1);
  const memory =
    (denseBytes / c.weights + expertBytes / expertShare + cacheBytes / c.cache) / device.bandwidth;
  const compute = decodeFlops / (peak * c.compute);
  const prefill = (flops - decodeFlops) / (peak * c.compute);
  const step =
    Math.cbrt(memory ** 3 + compute ** 3) +
    prefill +
    model.layers * (c.layer + splitSeconds(split, count, c)) +
    batch * c.sequence +
    (count > 1 ? c.exchange * model.layers * batch * model.hidden : 0) +
    (model.isStateSpace ? c.state * model.layers * batch : 0);
  const share = Math.min(
    1,
    c.powerActive +
      c.powerCompute * (flops / (peak * step)) +
      c.powerMemory * (bytes / (device.bandwidth * step)),
  );
  const watts = count * boardLimit * share;
  return { step, tokensPerSecond: batch / step, watts, joulesPerToken: (watts * step) / batch };
}

/** Of one accelerator in one step. */
export interface ServingWork {
  readonly denseBytes: number;
  readonly expertBytes: number;
  readonly cacheBytes: number;
  readonly bytes: number;
  readonly decodeFlops: number;
  /** Decoding, and the share of the prompts' prefill that falls to one step. */
  readonly flops: number;
  /** FLOP/s of the arithmetic that the weights need, as far as anybody reached it. */
  readonly peak: number;
}

/** A batch of b tokens touches 1 - (1 - k/E)^b of the experts. */
export function servingWork(model: LanguageModel, serving: Serving, device: Device): ServingWork {
  const { count, batch, promptTokens, outputTokens, weightBytes } = serving;
  const { dense, experts } = parametersOf(model);
  const touched = model.experts === 0 ? 0 : 1 - (1 - model.activeExperts / model.experts) ** batch;
  const denseBytes = (dense * weightBytes) / count;
  const expertBytes = (experts * touched * weightBytes) / count;
  const cacheBytes =
    (batch * (promptTokens + outputTokens / 2) * cacheBytesPerToken(model, serving.cacheBytes)) / count;
  const decodeFlops = (2 * model.activeParameters * batch) / count;
  return {
    denseBytes,
    expertBytes,
    cacheBytes,
    bytes: denseBytes + expertBytes + cacheBytes,
    decodeFlops,
    flops: decodeFlops * (1 + promptTokens / outputTokens),
    peak: device.peak[weightBytes <= 1 ? "fp8" : "bf16"] * Math.min(1, device.ceiling),
  };
}

/** Bytes of keys and values of one token, all layers. */
const cacheBytesPerToken = (model: LanguageModel, bytesPerElement: number): number =>
  2 * model.attentionLayers * model.keyValueHeads * model.headSize * bytesPerElement;

/** Experts from `total = dense + experts` and `active = dense + experts * k/E`. */
function parametersOf(model: LanguageModel): { readonly dense: number; readonly experts: number } {
  const { parameters, activeParameters, experts, activeExperts } = model;
  if (experts === 0) return { dense: parameters, experts: 0 };
  const inExperts = (parameters - activeParameters) / (1 - activeExperts / experts);
  return { dense: parameters - inExperts, experts: inExperts };
}

function splitSeconds(split: Serving["split"], count: number, c: ServingCoefficients): number {
  if (split === "none") return 0;
  return (split === "tensor" ? c.tensorSplit : c.expertSplit) * Math.log2(count);
}
