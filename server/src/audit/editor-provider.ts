import type { Content } from "@google/genai";
import { AuditProblem } from "./audit-event.ts";
import { asTranscript } from "./converse.ts";
import type { GeminiModel } from "./gemini-models.ts";
import type { Provider, TurnRequest } from "./provider.ts";
import { mostTokens, noUsage } from "./spending.ts";

export interface ChatMessage {
  readonly role: "user" | "model";
  readonly text: string;
}

/** Asks a language model of the editor. @throws AuditProblem */
export type Chat = (messages: readonly ChatMessage[], signal: AbortSignal) => Promise<string>;

/** What a reader of an audit by such a model has to know. */
export const editorNote = (model: string): string =>
  `A lesser audit: asked through the editor's own language model ${model}, which could not search, call functions of the engine or run code. What it costs is a matter of your subscription with its vendor and is not counted here. Figures were checked as always.`;

/** A model of the editor in the table's terms, for both levels: its price is not ours to know. */
export const editorModels = (name: string): readonly GeminiModel[] =>
  ([2, 3] as const).map((level) => ({
    id: name,
    level,
    thinking: { kind: "level", level: "MEDIUM" },
    combinesTools: false,
    combinesSchema: false,
    contextTokens: 128_000,
    outputTokens: 16_000,
    prices: [{ from: "2000-01-01", inputUsd: 0, outputUsd: 0, cachedUsd: 0 }],
    source: "the editor",
    readOn: "2026-11-22",
  }));

/** A language model of the editor: words in, words out. Roles beside `user` and `model`, tools and schemas it has not. */
export const createEditorProvider = (name: string, chat: Chat): Provider => ({
  host: name,
  async turn(request, onEvent, signal) {
    const messages = messagesOf(request);
    const text = await chat(messages, signal);
    if (text.trim() === "")
      throw new AuditProblem(
        "empty",
        "The language model answered nothing. Try again, or set a key of Gemini.",
      );
    if (request.schema === undefined) onEvent({ kind: "text", text });
    const content: Content = { role: "model", parts: [{ text }] };
    const promptTokens = mostTokens(messages.map((message) => message.text).join("\n"));
    const usage = { ...noUsage, promptTokens, answerTokens: mostTokens(text) };
    return { finish: "complete", usage, searches: 0, text, content };
  },
});

function messagesOf({ system, contents, schema }: TurnRequest): readonly ChatMessage[] {
  const conversation = asTranscript(contents).map(
    ({ role, parts }): ChatMessage => ({
      role: role === "model" ? "model" : "user",
      text: (parts ?? []).map(({ text }) => text ?? "").join("\n"),
    }),
  );
  const form: readonly ChatMessage[] =
    schema === undefined
      ? []
      : [
          {
            role: "user",
            text: `Answer with JSON alone, no words around it, that fits this JSON schema:\n${JSON.stringify(schema)}`,
          },
        ];
  const rules = `${system}\nNo functions can be called in this conversation: say what you could not check.`;
  return [{ role: "user", text: rules }, ...conversation, ...form];
}
