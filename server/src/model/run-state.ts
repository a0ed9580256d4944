import type { OpContext } from "../torch/_op.ts";
import type { Note } from "./machine.ts";
import type { Kwargs, PyInstance, Value } from "./values.ts";

/** What belongs to one estimate: a new one for each run of a model. */
export interface Run {
  readonly context: OpContext;
  /** Qualified names of the modules of the model that is being run. */
  readonly paths: Map<PyInstance, string>;
  modulePath: string;
  /** Number of the checkpointed region being run. */
  checkpoint: number | undefined;
  nextCheckpoint: number;
  readonly notes: Note[];
  /** Calls of models that the user's file makes while it is run. */
  readonly observed: Observed[];
}

export interface Observed {
  readonly model: PyInstance;
  readonly args: readonly Value[];
  readonly kwargs: Kwargs;
}
