import type { ModelView } from "../analysis/model-view.ts";
import type { CostRequest } from "../analysis/scenario.ts";

/** To the worker: estimate the models of one file. */
export interface EstimateMessage {
  readonly kind: "estimate";
  readonly id: number;
  readonly path: string;
  readonly text: string;
  /** Folders that hold packages, the project's first. */
  readonly roots: readonly string[];
  /** After this time the result is partial and says so. */
  readonly milliseconds: number;
  /** The folder whose other files may tell how the models are built and called; without it none is looked for. */
  readonly project?: string | undefined;
  /** Where and how they run. */
  readonly request: CostRequest;
}

/** To the worker: what an editor holds unsaved; without a text the file on disk speaks again. */
export interface FileMessage {
  readonly kind: "file";
  readonly path: string;
  readonly text?: string | undefined;
}

/** To the worker: models of a file with these packages will be asked for. */
export interface PrepareMessage extends Pick<EstimateMessage, "roots" | "milliseconds"> {
  readonly kind: "prepare";
}

export type ToWorker = EstimateMessage | FileMessage | PrepareMessage;

/**
 * The answer to a request; the models of it that are known already; or a second answer that says more: `refined` of the
 * cost, `anew` of other models, or of models that are built or called in another way.
 */
export type AnswerKind = "answer" | "part" | "refined" | "anew";

export interface FromWorker {
  readonly id: number;
  /** `undefined` when the estimate failed by a fault of ours. */
  readonly views: readonly ModelView[] | undefined;
  readonly kind: AnswerKind;
  /** What went wrong by a fault of ours; some of the answer may be there all the same. */
  readonly error: string | undefined;
}

export interface WorkerSettings {
  /** Holds the id of the latest request, at which an older one stops at its next look, and how often the thread looked. */
  readonly latest: Int32Array<SharedArrayBuffer>;
}
