import { AuditProblem } from "./audit-event.ts";

const attempts = 3;
/** Longer than this nobody watches a progress bar: the problem is shown with the time instead. */
const longestWait = 60;
const worthRepeating: ReadonlySet<string> = new Set(["too-many-requests", "overloaded", "server-error"]);

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** Seconds; ends at once when the signal does. */
  readonly sleep: (seconds: number, signal: AbortSignal) => Promise<void>;
  /** Told before each wait. */
  readonly onWait: (seconds: number, problem: AuditProblem) => void;
}

/**
 * Runs `attempt` again after passing problems, as long after as the service asks, else after 2 s and 8 s.
 * `isUntouched` says whether nothing was shown of the last attempt: half an answer is never asked for twice.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  isUntouched: () => boolean,
  { signal, sleep, onWait }: RetryOptions,
): Promise<T> {
  for (let i = 1; ; i++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof AuditProblem) || !worthRepeating.has(error.kind)) throw error;
      const wait = error.retryAfter ?? 2 * 4 ** (i - 1);
      if (i === attempts || wait > longestWait || !isUntouched()) throw error;
      onWait(wait, error);
      await sleep(wait, signal);
      if (signal.aborted) throw new AuditProblem("cancelled", "The audit was cancelled.");
    }
  }
}

export const sleep: RetryOptions["sleep"] = (seconds, signal) =>
  new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    signal.addEventListener("abort", done);
  });
