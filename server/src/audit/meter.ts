import { type AuditEvent, AuditProblem } from "./audit-event.ts";
import type { Provider, Turn, TurnRequest } from "./provider.ts";
import { type RetryOptions, withRetries } from "./retry.ts";
import { costUsd, mostTokens, type Usage } from "./spending.ts";

/** Counts what the requests of one audit use, whatever becomes of them. */
export interface Meter {
  /** What a reader of the answer should know of how it came about. */
  readonly notes: string[];
  /** Runs one request and counts it, also when it fails. @throws AuditProblem */
  turn(request: TurnRequest, onEvent: (event: AuditEvent) => void): Promise<Turn>;
  usd(): number;
  /** The service did not say of every request what it used: `usd` is what they can have cost at most. */
  isUpperBound(): boolean;
}

export interface MeterOptions {
  readonly provider: Provider;
  readonly signal: AbortSignal;
  readonly sleep: RetryOptions["sleep"];
  onPhase(phase: "waiting", detail: string): void;
}

/** @param day ISO date, by which prices are taken. */
export function createMeter({ provider, signal, sleep, onPhase }: MeterOptions, day: string): Meter {
  const notes: string[] = [];
  let spent = 0;
  let isUpperBound = false;
  const count = (request: TurnRequest, told: Usage, searches: number, isWhole: boolean): void => {
    // An answer without a word on its prompt was not told in full, however it ended.
    const isTold = isWhole && told.promptTokens > 0;
    if (!isTold) isUpperBound = true;
    spent += costUsd(request.model, day, isTold ? told : atMost(request, told), searches);
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
          count(request, turn.usage, turn.searches, true);
          return turn;
        } catch (error) {
          if (error instanceof AuditProblem && error.used !== undefined)
            count(request, error.used.usage, error.used.searches, error.used.isWhole);
          throw error;
        }
      };
      return withRetries(attempt, () => !touched, {
        signal,
        sleep,
        onWait: (seconds, problem) => onPhase("waiting", `${problem.message} (${Math.ceil(seconds)} s)`),
      });
    },
  };
}

/** What a request can have used at most, given what the service told of it: all of its prompt and of its answer. */
function atMost({ system, contents, functions, schema, maxOutputTokens }: TurnRequest, told: Usage): Usage {
  const sent = mostTokens(JSON.stringify([system, contents, functions, schema ?? null]));
  const output = Math.max(maxOutputTokens, told.answerTokens + told.thoughtTokens);
  return {
    ...told,
    promptTokens: Math.max(sent, told.promptTokens),
    answerTokens: output - told.thoughtTokens,
  };
}
