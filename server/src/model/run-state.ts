import type { OpContext } from "../torch/_op.ts";
import type { Note } from "./machine.ts";
import type { PyInstance } from "./values.ts";

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
}
