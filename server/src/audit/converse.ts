import type { Content, FunctionCall, Part } from "@google/genai";
import { type AuditEvent, AuditProblem } from "./audit-event.ts";
import type { AuditEngine } from "./engine.ts";
import type { Prompt } from "./prompt.ts";
import type { Provider, Turn, TurnRequest } from "./provider.ts";
import { type RetryOptions, withRetries } from "./retry.ts";
import { maxToolTokens, type Route } from "./router.ts";
import { costUsd, noUsage, type Usage } from "./spending.ts";
import { createToolbox, type Toolbox } from "./tools.ts";

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
  onPhase(phase: Phase, detail: string): void;
  onEvent(event: AuditEvent): void;
}

/** With fewer tokens than this no answer is worth asking for. */
const leastTokens = 256;

export interface Meter {
  readonly notes: string[];
  /** Runs one request and counts it, also when it fails. */
  turn(request: TurnRequest, onEvent: (event: AuditEvent) => void): Promise<Turn>;
  usd(): number;
  isUpperBound(): boolean;
}

export function createMeter(run: Asking, day: string): Meter {
  const { provider, signal, sleep } = run;
  const notes: string[] = [];
  let spent = 0;
  let isUpperBound = false;
  const count = (request: TurnRequest, usage: Usage, searches: number): void => {
    spent += costUsd(request.model, day, usage, searches);
  };
  return {
    notes,
    usd: () => spent,
    isUpperBound: () => isUpperBound,
    async turn(request, onEvent) {
      let touched = false;
      const attempt = async (): Promise<Turn> => {
        try {
          const turn = await provider.turn(
            request,
            (event) => {
              touched = true;
              onEvent(event);
            },
            signal,
          );
          count(request, turn.usage, turn.searches);
          return turn;
        } catch (error) {
          // A stream that broke before its last event was billed for more than it told.
          if (error instanceof AuditProblem && touched) {
            count(request, error.usage ?? noUsage, 0);
            isUpperBound = isUpperBound || error.kind === "cancelled" || error.kind === "cut-off";
          }
          throw error;
        }
      };
      return withRetries(attempt, () => !touched, {
        signal,
        sleep,
        onWait: (seconds, problem) => run.onPhase("waiting", `${problem.message} (${Math.ceil(seconds)} s)`),
      });
    },
  };
}

/**
 * The model thinks, searches, computes and calls our functions until it has said what it has to say. What comes back is
 * the whole conversation, the opening included.
 */
export async function think(
  run: Asking,
  opening: readonly Content[],
  meter: Meter,
  onEvent: (event: AuditEvent) => void,
): Promise<readonly Content[]> {
  const { route, prompt, engine } = run;
  const toolbox = createToolbox(prompt.text, engine);
  // Where built-in tools and functions exclude each other, ours win: they compute what the report needs.
  const builtIn = route.level === 3 && route.model.combinesTools;
  let contents = opening;
  let told = 0;
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
      },
      (event) => {
        if (event.kind === "search") run.onPhase("searching", event.queries.join("; "));
        if (event.kind === "code" || event.kind === "call")
          run.onPhase("computing", event.kind === "call" ? event.name : "");
        onEvent(event);
      },
    );
    contents = [...contents, turn.content];
    left -= turn.usage.answerTokens + turn.usage.thoughtTokens;
    if (turn.finish !== "calls") {
      if (turn.finish === "out-of-tokens") meter.notes.push("The answer was cut off at its limit of tokens.");
      return contents;
    }
    const answers = answerCalls(turn.content.parts ?? [], toolbox, onEvent, maxToolTokens - told);
    told += answers.tokens;
    if (left < leastTokens)
      throw new AuditProblem(
        "out-of-tokens",
        "Gemini used up its tokens with thinking and calls before it came to an end. Select less code.",
      );
    contents = [...contents, { role: "user", parts: [...answers.parts] }];
    run.onPhase("thinking", route.model.id);
  }
  throw new AuditProblem(
    "too-many-turns",
    "Gemini called functions without coming to an end. Ask about a smaller part.",
  );
}

/** One answer for every call, in the same order: the API counts them. */
function answerCalls(
  parts: readonly Part[],
  toolbox: Toolbox,
  onEvent: (event: AuditEvent) => void,
  tokensLeft: number,
): { readonly parts: readonly Part[]; readonly tokens: number } {
  let tokens = 0;
  const answer = (call: FunctionCall): Part => {
    const name = call.name ?? "";
    const full = toolbox.call(name, call.args ?? {});
    const length = Math.ceil(JSON.stringify(full).length / 3);
    const fits = tokens + length <= tokensLeft;
    tokens += fits ? length : 20;
    const result = fits ? full : { error: "no room is left for further results: come to your conclusions" };
    onEvent({ kind: "call-result", name, result });
    return {
      functionResponse: { ...(call.id !== undefined && { id: call.id }), name, response: { ...result } },
    };
  };
  const calls = parts.flatMap(({ functionCall }) => (functionCall === undefined ? [] : [functionCall]));
  return { parts: calls.map(answer), tokens };
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

function partAsText(part: Part): string {
  if (part.functionCall !== undefined)
    return `[called ${part.functionCall.name} with ${JSON.stringify(part.functionCall.args ?? {})}]`;
  if (part.functionResponse !== undefined)
    return `[${part.functionResponse.name} returned ${JSON.stringify(part.functionResponse.response ?? {})}]`;
  if (part.executableCode !== undefined) return `[ran]\n${part.executableCode.code ?? ""}`;
  if (part.codeExecutionResult !== undefined) return `[output]\n${part.codeExecutionResult.output ?? ""}`;
  return part.text ?? "";
}
