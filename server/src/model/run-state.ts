import type { Place } from "../base/known.ts";
import type { ModuleCall } from "../graph/ir.ts";
import type { TensorRef } from "../graph/tensor.ts";
import type { OpContext } from "../torch/_op.ts";
import type { Note } from "./machine.ts";
import type { Kwargs, PyInstance, Value } from "./values.ts";

/** What belongs to one estimate: a new one for each run of a model. */
export interface Run {
  readonly context: OpContext;
  /** Qualified names of the modules of the model that is being run. */
  readonly paths: Map<PyInstance, string>;
  modulePath: string;
  /** The innermost call of a module that is being run. */
  call: ModuleCall | undefined;
  /** Number of the checkpointed region being run. */
  checkpoint: number | undefined;
  nextCheckpoint: number;
  readonly notes: Note[];
  /** What was taken for granted because the code does not say it. */
  readonly assumed: Set<string>;
  /** Calls of models that the user's file makes while it is run. */
  readonly observed: Observed[];
  /** Names as they are bound to tensors. */
  readonly bound: Bound[];
  /** The user's lines from the outermost call to what runs. */
  readonly trace: () => readonly Place[];
}

/** The tensors that one name of the program held when it was bound; a loop may bind different ones. */
export interface Binding {
  readonly place: Place;
  readonly tensors: readonly TensorRef[];
}

/** A name was bound to a tensor. */
export interface Bound {
  readonly place: Place;
  readonly tensor: TensorRef;
}

/** Enough to tell whether a loop binds tensors of different shapes to a name. */
const maxTensorsOfName = 16;

/** By place, in the order of the first binding. */
export function bindingsOf({ bound }: Run): readonly Binding[] {
  const files = new Map<string, Map<number, TensorRef[]>>();
  const found: Binding[] = [];
  for (const { place, tensor } of bound) {
    const { file, span } = place;
    let ofFile = files.get(file);
    if (ofFile === undefined) {
      ofFile = new Map();
      files.set(file, ofFile);
    }
    const known = ofFile.get(span.start);
    if (known === undefined) {
      const tensors = [tensor];
      ofFile.set(span.start, tensors);
      found.push({ place, tensors });
    } else if (known.length < maxTensorsOfName) known.push(tensor);
  }
  return found;
}

export interface Observed {
  readonly model: PyInstance;
  readonly args: readonly Value[];
  readonly kwargs: Kwargs;
  readonly place: Place | undefined;
  /** What it rests on. */
  readonly doubts: readonly Note[];
}

/** @returns what takes back all that was told since. */
export function savepoint({ notes, bound, assumed, context: { graph } }: Run): () => void {
  const [doubts, bindings, ops] = [notes.length, bound.length, graph.opCount];
  const taken = new Set(assumed);
  return () => {
    notes.length = doubts;
    bound.length = bindings;
    for (const each of assumed) if (!taken.has(each)) assumed.delete(each);
    graph.takeBack(ops);
  };
}
