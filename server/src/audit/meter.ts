import { type AuditEvent, AuditProblem } from "./audit-event.ts";
import type { Provider, Turn, TurnRequest } from "./provider.ts";
import { type RetryOptions, withRetries } from "./retry.ts";
import { costUsd, mostTokens, noUsage, type Usage } from "./spending.ts";

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
  readonly notes?: readonly string[];
  onPhase(phase: "waiting", detail: string): void;
}

/** @param day ISO date, by which prices are taken. */
export function createMeter(
  { provider, signal, sleep, notes: before = [], onPhase }: MeterOptions,
  day: string,
): Meter {
  const notes: string[] = [...before];
  let spent = 0;
  let isUpperBound = false;
  const count = (request: TurnRequest, told: Usage, searches: number, isWhole: boolean): void => {
    // An answer without a word on its prompt was not told in full, however it ended.
    const isTold = isWhole && told.promptTokens > 0 && isPossible(request, told);
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

/** A gateway that miscounts must not use up the money of a day: turns of tools are several prompts, ten at most. */
const isPossible = ({ model }: TurnRequest, told: Usage): boolean =>
  told.promptTokens + told.toolTokens <= 10 * model.contextTokens &&
  told.answerTokens + told.thoughtTokens <= model.outputTokens;

/** What a request can have used at most, given what the service told of it: all of its prompt and of its answer. */
function atMost(request: TurnRequest, told: Usage): Usage {
  const { model, system, contents, functions, schema, maxOutputTokens } = request;
  const sent = mostTokens(JSON.stringify([system, contents, functions, schema ?? null]));
  const least = (count: number, limit: number): number => (count <= limit ? count : 0);
  const prompt = least(told.promptTokens, model.contextTokens);
  const output = least(told.answerTokens + told.thoughtTokens, model.outputTokens);
  return {
    ...noUsage,
    promptTokens: Math.max(sent, prompt) + least(told.toolTokens, model.contextTokens),
    answerTokens: Math.max(maxOutputTokens, output),
  };
}
