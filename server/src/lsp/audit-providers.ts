import { AuditProblem } from "../audit/audit-event.ts";
import { type Chat, createEditorProvider, editorModels, editorNote } from "../audit/editor-provider.ts";
import type { GeminiModel } from "../audit/gemini-models.ts";
import { createGeminiProvider } from "../audit/gemini-provider.ts";
import type { Provider } from "../audit/provider.ts";
import { addressOf, modelsOn, type Service, serviceWords } from "../audit/service.ts";
import type { AuditChatAnswer, AuditProvider } from "../protocol/audit.ts";

type Fetch = typeof globalThis.fetch;

const idleMilliseconds = 120_000;

/** Who answers an audit, and what that means for it. */
export interface Chosen {
  readonly provider: Provider;
  readonly models: readonly GeminiModel[];
  /** As shown before consent. */
  readonly service: string;
  /** What a reader of the report should know of it. */
  readonly notes: readonly string[];
}

/** @param chat asks the client for an answer of a language model of the editor. */
export function chooseProvider(
  asked: { readonly provider?: AuditProvider; readonly baseUrl: string },
  models: readonly GeminiModel[],
  fetch: Fetch,
  chat: Chat,
): Chosen {
  const { provider = { kind: "gemini" } } = asked;
  if (provider.kind === "editor") {
    const { model } = provider;
    const notes = [editorNote(model)];
    const words = `the editor's own language model ${model}`;
    return {
      provider: createEditorProvider(model, chat),
      models: editorModels(model),
      service: words,
      notes,
    };
  }
  return {
    provider: geminiFor(provider, asked.baseUrl, fetch),
    models: modelsOn(provider, models),
    service: serviceWords(provider),
    notes: [],
  };
}

/** The client of the editor puts the key or the credentials in. */
export const geminiFor = (service: Service, baseUrl: string, fetch: Fetch) =>
  createGeminiProvider({
    service,
    apiKey: "held-by-the-editor",
    baseUrl: addressOf(service, baseUrl),
    fetch,
    idleMilliseconds,
  });

const chatProblems: Readonly<
  Record<
    Extract<AuditChatAnswer, { readonly kind: "failed" }>["why"],
    readonly [AuditProblem["kind"], string]
  >
> = {
  "no-model": [
    "no-model",
    "The language model of the editor is no longer there. Choose another, or set a key of Gemini.",
  ],
  "no-permission": [
    "no-permission",
    "The language model of the editor was not allowed to answer. Allow it, or set a key of Gemini.",
  ],
  blocked: [
    "blocked",
    "The language model of the editor refused the text, or its quota is used up. Set a key of Gemini, or try later.",
  ],
  cancelled: ["cancelled", "The audit was cancelled."],
  failed: ["server-error", "The language model of the editor failed. Try again, or set a key of Gemini."],
};

/** @throws AuditProblem when the client got no answer. */
export function textOf(answer: AuditChatAnswer): string {
  if (answer.kind === "said") return answer.text;
  const [kind, message] = chatProblems[answer.why];
  throw new AuditProblem(kind, message);
}
