import type { Entry } from "./entries.ts";
import type { Interpreter } from "./interpreter.ts";
import { type Load, type Ran, runEntry } from "./run-entry.ts";
import type { RunRequest } from "./run-request.ts";

/** Steps that guesses at the inputs may take together. */
const maxGuessSteps = 2_000_000;

/** `assert self.training`, losses that are there in training alone. */
const onlyTraining = "training mode, in which the file calls it: its forward pass fails in any other";

/** Whether there is a GPU nobody knows who reads a program; one that fails without is for machines that have one. */
const onlyAccelerator = "a GPU: `torch.cuda.is_available()` is true, since without one the program fails";

/** A program that fails without a GPU is run as one for machines that have one. */
export function runOnAnyDevice(interpreter: Interpreter, load: Load, entry: Entry, request: RunRequest): Ran {
  const { state } = interpreter.machine;
  const first = runGuesses(interpreter, load, entry, request);
  if (!first.isRaised || !state.askedForAccelerator) return first;
  request.pass?.drop();
  state.hasAccelerator = true;
  try {
    const made = runGuesses(interpreter, load, entry, request);
    return made.isRaised || made.output === undefined
      ? first
      : { ...made, assumptions: [...made.assumptions, onlyAccelerator] };
  } finally {
    state.hasAccelerator = false;
  }
}

/** Guesses at the inputs until one fits; when none does, the first one tells what went wrong. */
function runGuesses(interpreter: Interpreter, load: Load, entry: Entry, request: RunRequest): Ran {
  const first = runEntry(interpreter, load, entry, request, 0);
  if (first.failure !== undefined && first.isTrained && request.training !== true) {
    request.pass?.drop();
    const made = runEntry(interpreter, load, entry, { ...request, training: true }, 0);
    if (made.failure === undefined && made.output !== undefined)
      return { ...made, assumptions: [...made.assumptions, onlyTraining] };
  }
  if (first.complaint !== undefined || first.misfit) request.pass?.drop();
  if (first.complaint !== undefined) {
    const made = runEntry(interpreter, load, entry, request, 0, first.complaint);
    if (made.failure === undefined && made.output !== undefined) return made;
  }
  let steps = 0;
  for (let last = first, guess = 1; last.misfit && steps < maxGuessSteps; guess++) {
    last = runEntry(interpreter, load, entry, request, guess);
    if (last.failure === undefined && last.output !== undefined) return last;
    steps += interpreter.machine.state.steps;
  }
  return first;
}
