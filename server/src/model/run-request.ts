import type { SourceFile } from "../syntax/chunk.ts";
import type { Callers } from "./construction.ts";
import type { InputSpec } from "./input-spec.ts";
import type { Serving } from "./serving.ts";
import type { PassWatch } from "./watch.ts";

/** How one model of a file is run. */
export interface RunRequest {
  readonly source: SourceFile;
  readonly inputs?: readonly InputSpec[];
  /** `model.train()` before the call; otherwise `model.eval()`, unless only training runs. */
  readonly training?: boolean;
  /** One phase of generation instead of a call of `forward` as it is. */
  readonly serving?: Serving;
  /** What code elsewhere says of the models of the file. */
  readonly callers?: Callers | undefined;
  /** Asked before the forward pass whether it has to run. */
  readonly pass?: PassWatch | undefined;
}
