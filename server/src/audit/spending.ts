import { type GeminiModel, type Price, priceOn } from "./gemini-models.ts";

/** Tokens as the API reports them. */
export interface Usage {
  /** Cached ones included. */
  readonly promptTokens: number;
  readonly cachedTokens: number;
  /** What tools gave back to the model: billed as prompt. */
  readonly toolTokens: number;
  readonly answerTokens: number;
  /** Billed as output. */
  readonly thoughtTokens: number;
}

export const noUsage: Usage = {
  promptTokens: 0,
  cachedTokens: 0,
  toolTokens: 0,
  answerTokens: 0,
  thoughtTokens: 0,
};

const perMillion = 1e-6;

/** USD of a request, searches at the price of the day included. */
export function costUsd(model: GeminiModel, day: string, usage: Usage, searches: number): number {
  const price = priceOn(model, day);
  if (price === undefined) return 0;
  const prompt = usage.promptTokens + usage.toolTokens;
  const { inputUsd, outputUsd } = rates(price, prompt);
  const fresh = Math.max(0, prompt - usage.cachedTokens);
  const output = usage.answerTokens + usage.thoughtTokens;
  return (
    (fresh * inputUsd + usage.cachedTokens * price.cachedUsd + output * outputUsd) * perMillion +
    searches * usdPerSearch
  );
}

/** $14 for 1,000 queries beyond the free ones of a month, which we do not count on. */
const usdPerSearch = 0.014;

const rates = (price: Price, promptTokens: number): { inputUsd: number; outputUsd: number } =>
  price.long !== undefined && promptTokens > price.long.aboveTokens ? price.long : price;

/** No tokenizer makes more tokens of a text than it has bytes; of code and prose they make about a third of that. */
export const mostTokens = (text: string): number => Math.ceil(new TextEncoder().encode(text).length / 2);

/** What one turn can cost at most: every token of output used, nothing cached. */
export function mostUsd(
  model: GeminiModel,
  day: string,
  promptTokens: number,
  outputTokens: number,
  searches: number,
): number {
  const usage = { ...noUsage, promptTokens, answerTokens: outputTokens };
  return costUsd(model, day, usage, searches);
}
