import type { Content, Part } from "@google/genai";
import { type AuditEvent, AuditProblem } from "./audit-event.ts";
import { createFunctionCaller } from "./call-functions.ts";
import type { AuditEngine } from "./engine.ts";
import type { GeminiModel } from "./gemini-models.ts";
import type { Meter } from "./meter.ts";
import type { Prompt } from "./prompt.ts";
import type { Provider, TurnRequest } from "./provider.ts";
import type { RetryOptions } from "./retry.ts";
import type { Route } from "./router.ts";
import { createToolbox } from "./tools.ts";

export type Phase = "thinking" | "searching" | "computing" | "correcting" | "writing" | "waiting";

/** What a conversation with a model needs, whether it ends in a report or in an answer. */
export interface Asking {
  readonly prompt: Prompt;
  readonly route: Extract<Route, { readonly level: 2 | 3 }>;
  readonly provider: Provider;
  readonly engine: AuditEngine;
  /** ISO date and time. */
  readonly now: string;
  readonly signal: AbortSignal;
  readonly sleep: RetryOptions["sleep"];
  /** What a reader of the answer should know beforehand of who answers. */
  readonly notes?: readonly string[];
  onPhase(phase: Phase, detail: string): void;
  onEvent(event: AuditEvent): void;
}

/** With fewer tokens than this no answer is worth asking for. */
const leastTokens = 256;

/**
 * The model thinks, searches, computes and calls our functions until it has said what it has to say. What comes back is
 * the whole conversation, the opening included. With a schema its last words are JSON.
 */
export async function think(
  run: Asking,
  opening: readonly Content[],
  meter: Meter,
  onEvent: (event: AuditEvent) => void,
  schema?: TurnRequest["schema"],
): Promise<readonly Content[]> {
  const { route, prompt, engine } = run;
  const toolbox = createToolbox(prompt.text, engine);
  const now = (): number => performance.now();
  const caller = createFunctionCaller({ toolbox, signal: run.signal, now, onEvent });
  // Where built-in tools and functions exclude each other, ours win: they compute what the report needs.
  const builtIn = route.level === 3 && route.model.combinesTools;
  let contents = opening;
  let left = route.maxOutputTokens;
  run.onPhase("thinking", route.model.id);
  for (let i = 0; i < route.maxTurns; i++) {
    const isLast = i === route.maxTurns - 1 || left < route.maxOutputTokens / 4;
    const turn = await meter.turn(
      {
        model: route.model,
        system: prompt.system,
        contents,
        search: builtIn && route.maxSearches > 0,
        codeExecution: builtIn,
        functions: isLast ? [] : toolbox.declarations,
        maxOutputTokens: left,
        ...(schema !== undefined && { schema }),
      },
      (event) => {
        // JSON is no step that a person reads.
        if (schema !== undefined && event.kind === "text") return;
        if (event.kind === "search") run.onPhase("searching", event.queries.join("; "));
        if (event.kind === "code" || event.kind === "call")
          run.onPhase("computing", event.kind === "call" ? event.name : "");
        onEvent(event);
      },
    );
    contents = [...contents, withSignature(turn.content, route.model)];
    left -= turn.usage.answerTokens + turn.usage.thoughtTokens;
    if (turn.finish !== "calls") {
      if (turn.finish === "out-of-tokens") meter.notes.push("The answer was cut off at its limit of tokens.");
      return contents;
    }
    const answers = await caller.answer(turn.content.parts ?? []);
    if (left < leastTokens)
      throw new AuditProblem(
        "out-of-tokens",
        "Gemini used up its tokens with thinking and calls before it came to an end. Select less code.",
      );
    contents = [...contents, { role: "user", parts: [...answers] }];
    run.onPhase("thinking", route.model.id);
  }
  throw new AuditProblem(
    "too-many-turns",
    "Gemini called functions without coming to an end. Ask about a smaller part.",
  );
}

/** Stands where a signature is missing, so that the API takes the call back: https://ai.google.dev/gemini-api/docs/thought-signatures */
const noSignature = "skip_thought_signature_validator";

/** The first call of a turn has to carry a signature where models think by levels; gateways lose it at times. */
function withSignature({ role, parts }: Content, { thinking }: GeminiModel): Content {
  if (thinking.kind === "budget") return { ...(role !== undefined && { role }), parts: [...(parts ?? [])] };
  const first = parts?.findIndex(({ functionCall }) => functionCall !== undefined) ?? -1;
  const signed = (parts ?? []).map((part, i) =>
    i === first && part.thoughtSignature === undefined ? { ...part, thoughtSignature: noSignature } : part,
  );
  return { ...(role !== undefined && { role }), parts: signed };
}

export const userSays = (text: string): Content => ({ role: "user", parts: [{ text }] });

/**
 * The conversation as text for another model: signatures of thoughts are bound to the model that made them, and calls
 * without them are refused.
 */
export function asTranscript(conversation: readonly Content[]): readonly Content[] {
  return conversation.flatMap(({ role, parts }): readonly Content[] => {
    const text = (parts ?? [])
      .filter((part) => part.thought !== true)
      .map(partAsText)
      .filter((line) => line !== "")
      .join("\n");
    return text === "" ? [] : [{ role: role ?? "user", parts: [{ text }] }];
  });
}

function partAsText({
  functionCall,
  functionResponse,
  executableCode,
  codeExecutionResult,
  text,
}: Part): string {
  if (functionCall !== undefined)
    return `[called ${functionCall.name} with ${JSON.stringify(functionCall.args ?? {})}]`;
  if (functionResponse !== undefined)
    return `[${functionResponse.name} returned ${JSON.stringify(functionResponse.response ?? {})}]`;
  if (executableCode !== undefined) return `[ran]\n${executableCode.code ?? ""}`;
  if (codeExecutionResult !== undefined) return `[output]\n${codeExecutionResult.output ?? ""}`;
  return typeof text === "string" ? text : "";
}
