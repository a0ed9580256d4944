import type { FunctionCall, Part } from "@google/genai";
import { type AuditEvent, AuditProblem } from "./audit-event.ts";
import { redact } from "./redact.ts";
import { maxToolTokens } from "./router.ts";
import type { Toolbox } from "./tools.ts";

/** Calls of one audit; a model that needs more is not getting anywhere. */
const mostCalls = 32;
/** Of all calls of one audit together. */
const mostMilliseconds = 90_000;

/** Answers calls of functions within limits on their number, their time and the room that their results take. */
export interface FunctionCaller {
  /** One answer for every call of `parts`, in the same order: the API counts them. @throws AuditProblem when cancelled */
  answer(parts: readonly Part[]): Promise<readonly Part[]>;
}

export interface FunctionCallerOptions {
  readonly toolbox: Toolbox;
  readonly signal: AbortSignal;
  /** Milliseconds since whenever. */
  readonly now: () => number;
  onEvent(event: AuditEvent): void;
}

type Result = Readonly<Record<string, unknown>>;

export function createFunctionCaller({
  toolbox,
  signal,
  now,
  onEvent,
}: FunctionCallerOptions): FunctionCaller {
  let calls = 0;
  let milliseconds = 0;
  let tokens = 0;

  const resultOf = (name: string, args: FunctionCall["args"]): Result => {
    calls++;
    if (calls > mostCalls || milliseconds > mostMilliseconds)
      return { error: "no further calls are answered: come to your conclusions" };
    const began = now();
    const full = withoutSecrets(toolbox.call(name, args ?? {}));
    milliseconds += now() - began;
    const length = Math.ceil(JSON.stringify(full).length / 3);
    if (tokens + length > maxToolTokens)
      return { error: "no room is left for further results: come to your conclusions" };
    tokens += length;
    return full;
  };

  return {
    async answer(parts) {
      const answers: Part[] = [];
      for (const { functionCall: call } of parts) {
        if (call === undefined) continue;
        // The engine computes without a pause; in between a cancel may arrive.
        await new Promise((resolve) => setTimeout(resolve, 0));
        if (signal.aborted) throw new AuditProblem("cancelled", "The audit was cancelled.");
        const name = nameOf(call);
        const result = resultOf(name, call.args);
        onEvent({ kind: "call-result", name, result });
        answers.push({
          functionResponse: { ...(call.id !== undefined && { id: call.id }), name, response: { ...result } },
        });
      }
      return answers;
    },
  };
}

/** What the engine says may quote the code, and is sent like it: without what was taken out of that. */
function withoutSecrets(value: Result): Result {
  const clean = (inner: unknown): unknown => {
    if (typeof inner === "string") return redact(inner).text;
    if (Array.isArray(inner)) return inner.map(clean);
    return typeof inner === "object" && inner !== null ? cleanAll(inner) : inner;
  };
  const cleanAll = (record: object): Result =>
    Object.fromEntries(Object.entries(record).map(([key, inner]) => [key, clean(inner)]));
  return cleanAll(value);
}

/** The service may send anything in its place. */
const nameOf = ({ name }: FunctionCall): string => (typeof name === "string" ? name : "");
