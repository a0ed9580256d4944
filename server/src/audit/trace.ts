import type { AuditEvent } from "./audit-event.ts";

/** How the answer came about: summaries of thoughts, searches, code and its output, calls of our functions. */
export interface Trace {
  readonly steps: readonly AuditEvent[];
}

/** Longer traces are of no use to a reader. */
const mostSteps = 400;

/** Collects events; pieces of one thought or text become one step. */
export function createTrace(): { add(event: AuditEvent): void; readonly trace: Trace } {
  const steps: AuditEvent[] = [];
  return {
    add(event) {
      const last = steps[steps.length - 1];
      if ((event.kind === "thought" || event.kind === "text") && last?.kind === event.kind)
        steps[steps.length - 1] = { kind: event.kind, text: last.text + event.text };
      else if (steps.length < mostSteps) steps.push(event);
    },
    get trace() {
      return { steps: [...steps] };
    },
  };
}
