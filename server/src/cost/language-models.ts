import { didYouMean } from "../base/did-you-mean.ts";
import { modelRows, modelSources } from "./language-models.gen.ts";
import type { LanguageModel } from "./serving.ts";

/** One line of the table; the columns of `server/data/models/language-models.csv`, the source by its index. */
export type ModelRow = readonly [
  id: string,
  layers: number,
  hidden: number,
  heads: number,
  keyValueHeads: number,
  headSize: number,
  intermediate: number,
  gated: number,
  vocabulary: number,
  positions: number,
  tied: number,
  experts: number,
  activeExperts: number,
  source: number,
];

/** What the configuration of a decoder says of its size. */
export interface ModelConfig {
  readonly name: string;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** Of one expert, where there are experts. */
  readonly intermediate: number;
  /** Three matrices in the feed-forward part, not two. */
  readonly isGated: boolean;
  readonly vocabulary: number;
  /** Learned position embeddings; 0 without. */
  readonly positions: number;
  /** Input embedding and output layer are one matrix. */
  readonly isTied: boolean;
  /** 0 for a dense model. */
  readonly experts: number;
  readonly activeExperts: number;
  readonly source: string;
}

/** When the table was written. */
const tableDate = "2026-11-22";

/** The configuration of an open model by its name on the Hugging Face hub; case does not matter. */
export function findModel(name: string): ModelConfig | undefined {
  const wanted = name.toLowerCase();
  const row = modelRows.find(([id]) => id.toLowerCase() === wanted);
  return row === undefined ? undefined : configOf(row);
}

export const nearestModel = (name: string): string | undefined =>
  didYouMean(
    name,
    modelRows.map(([id]) => id),
  );

function configOf(row: ModelRow): ModelConfig {
  const [name, layers, hidden, heads, keyValueHeads, headSize, intermediate, gated] = row;
  const [, , , , , , , , vocabulary, positions, tied, experts, activeExperts, source] = row;
  return {
    name,
    layers,
    hidden,
    heads,
    keyValueHeads,
    headSize,
    intermediate,
    isGated: gated === 1,
    vocabulary,
    positions,
    isTied: tied === 1,
    experts,
    activeExperts,
    source: `${modelSources[source] ?? ""}, read ${tableDate}`,
  };
}

/** Parameters of the matrices; norms and biases, less than a thousandth, are left out. */
export function languageModelOf(config: ModelConfig): LanguageModel {
  const { layers, hidden, heads, keyValueHeads, headSize, intermediate, experts, activeExperts } = config;
  const attention = 2 * hidden * heads * headSize + 2 * hidden * keyValueHeads * headSize;
  const feedForward = (config.isGated ? 3 : 2) * hidden * intermediate;
  const router = experts * hidden;
  const embeddings = config.vocabulary * hidden * (config.isTied ? 1 : 2) + config.positions * hidden;
  const withExperts = (count: number): number =>
    embeddings + layers * (attention + (experts === 0 ? feedForward : count * feedForward + router));
  return {
    layers,
    attentionLayers: layers,
    hidden,
    keyValueHeads,
    headSize,
    parameters: withExperts(experts),
    activeParameters: withExperts(activeExperts),
    experts,
    activeExperts,
    isStateSpace: false,
  };
}
