/** Counts what a run does against its limits. */
import type { Place } from "../base/known.ts";
import { type Limits, type Machine, type MachineState, mostItems, OutOfTime, Stopped } from "./machine.ts";

/** The models of one file may take so many times as long as one. */
const together = 5;

export interface Counter extends Pick<Machine, "step" | "spend"> {
  /** Starts the models of a file. */
  readonly begin: () => void;
  /** Starts one of them. */
  readonly restart: () => void;
  /** Why no other model of the file is started: they have used up their time together. */
  readonly whyOver: () => string | undefined;
  /** @throws Stopped when the model, or those of the file together, have used up their time. */
  readonly checkTime: () => void;
}

/** @param now milliseconds from any origin. */
export function makeCounter(
  state: MachineState,
  { milliseconds }: Limits,
  now: () => number,
  userPlace: () => Place | undefined,
): Counter {
  let deadline = now() + milliseconds;
  let end = Number.POSITIVE_INFINITY;
  const stop = (why: string): never => {
    throw new Stopped(why, userPlace());
  };
  const tooLong = `the models of the file take longer than ${milliseconds * together} ms`;
  const checkTime = (): void => {
    const at = now();
    if (at > deadline) throw new OutOfTime(`it takes longer than ${milliseconds} ms`, userPlace());
    if (at > end) throw new OutOfTime(tooLong, userPlace());
  };
  return {
    checkTime,
    whyOver: () =>
      now() > end ? `${tooLong}; the comment \`# ecocompute: model = ...\` counts one alone` : undefined,
    begin: () => {
      end = now() + milliseconds * together;
    },
    restart: () => {
      deadline = now() + milliseconds;
    },
    step: () => {
      state.steps += 1;
      if (state.steps > state.budget) stop(`more than ${state.budget} steps`);
      if ((state.steps & 1023) === 0) checkTime();
    },
    spend: (items) => {
      // Also what is not a number.
      if (!(items <= mostItems)) stop(`more than ${mostItems} items at once`);
      const before = state.steps;
      state.steps += items >> 4;
      if (state.steps > state.budget) stop(`more than ${state.budget} steps`);
      if ((before ^ state.steps) > 1023) checkTime();
    },
  };
}
