import { AuditProblem } from "./audit-event.ts";
import type { Asking } from "./converse.ts";
import type { Ledger } from "./ledger.ts";
import { createMeter, type Meter } from "./meter.ts";
import type { Task } from "./router.ts";

/** A conversation that is paid for. */
export interface Accounted extends Asking {
  readonly task: Task;
  readonly ledger: Ledger;
}

/**
 * Sets aside what the route can cost at most, does the work, and writes down what was used whatever happens.
 * @throws AuditProblem when a cap would be passed, and what the work throws
 */
export async function accounted<T>(run: Accounted, work: (meter: Meter) => Promise<T>): Promise<T> {
  const { ledger, route, task, now } = run;
  const day = now.slice(0, 10);
  const reserved = ledger.reserve(route.mostUsd, day);
  if (reserved.kind === "refused") throw new AuditProblem("no-credit", `Nothing was sent: ${reserved.why}`);
  const meter = createMeter(run, day);
  try {
    return await work(meter);
  } finally {
    reserved.reservation.settle({
      at: now,
      level: route.level,
      task,
      model: route.model.id,
      usd: meter.usd(),
      isUpperBound: meter.isUpperBound(),
    });
  }
}
