import type { Place, Unknown } from "../base/known.ts";
import { type Machine, Stopped } from "./machine.ts";
import { carriedSoFar } from "./open-models.ts";
import type { Observed, Run } from "./run-state.ts";

/** A statement ends with the call that it was run for, or because it goes in circles. */
export class LookedAt extends Stopped {}

/** Turns of a loop that calls a model: a table of settings is gone through, training is not. */
const maxTurns = 16;
/** Steps that a program may go on after the first call of a model. */
export const stepsBehind = 400_000;

/**
 * The program calls a model while its file is read: that is written down and the program goes on with an unknown result.
 * @returns `undefined` when the model has to run, because what it gives goes into the call that is asked for.
 * @throws LookedAt
 */
export function lookAt(m: Machine, run: Run, call: Omit<Observed, "place" | "doubts">): Unknown | undefined {
  const { state } = m;
  const why = "a call of a model is looked at, not run, while the file is read";
  const place = m.userPlace();
  const before = run.observed.filter(
    (each) => each.model.cls === call.model.cls && isSamePlace(each.place, place),
  );
  if (run.observed.length === 0 && !state.follows)
    state.budget = Math.min(state.budget, state.steps + stepsBehind);
  run.observed.push({ ...call, place, doubts: carriedSoFar(m) });
  state.looks += 1;
  state.ranOn ||= state.frame?.kind !== "module";
  state.isOver ||= run.observed.length > state.lastLook;
  if (state.isOver || before.length >= maxTurns) throw new LookedAt(why, place);
  return state.follows ? undefined : m.unknown(why);
}

const isSamePlace = (one: Place | undefined, other: Place | undefined): boolean =>
  one?.file === other?.file && one?.span.start === other?.span.start && one?.span.end === other?.span.end;

/**
 * The user's own file calls a model: no forward pass is on the stack, nor is a model being made that tries its parts, nor
 * a file being imported that tries what it defines.
 */
export function isTopCall(m: Machine): boolean {
  for (let frame = m.state.frame; frame !== undefined; frame = frame.caller) {
    if (frame.kind === "module" && frame.code.module.name !== "__main__") return false;
    // A function of autograd has a `forward`, too.
    if (frame.name.endsWith(".forward") && frame.owner?.cls?.isModule !== false) return false;
    if (frame.name.endsWith(".__init__") && frame.owner?.cls?.isModule === true) return false;
    if (frame.caller === undefined) return frame.code.module.name === "__main__";
  }
  return false;
}
