import { hintOf, sum } from "../../server/src/graph/dim.ts";
import type { StateRecord } from "../../server/src/graph/ir.ts";
import { isKnownShape, numelOf } from "../../server/src/graph/tensor.ts";
import type { Output } from "../../server/src/model/output.ts";

/** Elements of parameters or buffers, those of unknown shape as 0. */
export function elements(state: readonly StateRecord[]): number | undefined {
  return hintOf(
    sum(
      state.map(({ tensor }) => {
        const numel = numelOf(tensor.meta);
        return typeof numel === "object" && numel.kind === "unknown" ? 0 : numel;
      }),
    ),
  );
}

/** The nesting that the recorders in `test/models` write: what is no tensor is `null`. */
export function shapes(output: Output | undefined): unknown {
  switch (output?.kind) {
    case "tensor":
      return isKnownShape(output.shape) ? output.shape : "unknown";
    case "sequence":
      return output.items.map(shapes);
    case "mapping":
      return Object.fromEntries(output.entries.map(([name, value]) => [name, shapes(value)]));
    default:
      return null;
  }
}
