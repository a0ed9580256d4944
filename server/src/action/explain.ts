import { randomBytes } from "node:crypto";
import { AuditProblem } from "../audit/audit-event.ts";
import { modelTable } from "../audit/gemini-models.ts";
import { createGeminiProvider } from "../audit/gemini-provider.ts";
import { inertMarkdown } from "../audit/inert.ts";
import { dollars } from "../audit/ledger.ts";
import { redact } from "../audit/redact.ts";
import { googleBaseUrl } from "../audit/service.ts";
import { mostTokens, mostUsd } from "../audit/spending.ts";
import { explainPrompt } from "../gate/explain-prompt.ts";
import type { GateResult } from "../gate/gate-result.ts";
import { safeAddress } from "../publish/address.ts";
import { shortened } from "../report/escape.ts";

export interface ExplainSettings {
  readonly apiKey: string;
  /** A private gateway in place of Google's address. */
  readonly baseUrl: string | undefined;
  /** What it may cost at most. */
  readonly maxUsd: number;
  readonly fetch: typeof globalThis.fetch;
  /** ISO date: prices change. */
  readonly day: string;
}

export type Explanation =
  | { readonly kind: "explained"; readonly markdown: string }
  | { readonly kind: "none"; readonly why: string };

const maxOutputTokens = 2048;
const mostCharacters = 4000;
const timeoutMilliseconds = 60_000;

/**
 * What a light model of Gemini says of the change. It reads the result, secrets taken out, and nothing else of the
 * code. Its words are shown as text that does nothing, marked as what they are, and decide nothing.
 */
export async function explain(result: GateResult, settings: ExplainSettings): Promise<Explanation> {
  const { apiKey, maxUsd, fetch, day } = settings;
  const model = modelTable([]).find(({ level }) => level === 2);
  const baseUrl = safeAddress(settings.baseUrl ?? googleBaseUrl);
  if (model === undefined || baseUrl === undefined)
    return { kind: "none", why: "there is no model or no https address to ask" };
  const prompt = explainPrompt(result, randomBytes(8).toString("hex"));
  const user = redact(prompt.user).text;
  const most = mostUsd(model, day, mostTokens(prompt.system + user), maxOutputTokens, 0);
  if (most > maxUsd)
    return { kind: "none", why: `it can cost up to ${dollars(most)} and \`max_usd\` is ${dollars(maxUsd)}` };
  const provider = createGeminiProvider({ apiKey, baseUrl, fetch, idleMilliseconds: timeoutMilliseconds });
  try {
    const { text } = await provider.turn(
      {
        model,
        system: prompt.system,
        contents: [{ role: "user", parts: [{ text: user }] }],
        search: false,
        codeExecution: false,
        functions: [],
        maxOutputTokens,
      },
      () => undefined,
      AbortSignal.timeout(timeoutMilliseconds),
    );
    const said = quotedWords(text);
    if (said === "") return { kind: "none", why: "Gemini said nothing" };
    return {
      kind: "explained",
      markdown: `**In the words of a language model** (\`${model.id}\`, at most ${dollars(most)}; not checked, and no part of the verdict):\n\n${said}\n`,
    };
  } catch (error) {
    if (error instanceof AuditProblem) return { kind: "none", why: error.message };
    throw error;
  }
}

/** Prose of a model as a quotation that does nothing: no links, HTML, mentions or references. */
export function quotedWords(text: string): string {
  const said = inertMarkdown(shortened(text.trim(), mostCharacters)).replace(
    /[@!](?=\w)|(?<!&)#(?=\w)|\/(?=\/)|\b(?:www(?=\.|&#46;)|mailto(?=:))/gi,
    "$&\u200b",
  );
  return said === "" ? "" : said.replace(/^/gm, "> ");
}
