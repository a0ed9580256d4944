import { lineCost } from "../analysis/model-words.ts";
import { lineStarts } from "../base/text.ts";
import type { Snapshot } from "./documents.ts";
import type { EstimatedModels } from "./models.ts";
import { movedText } from "./moved-text.ts";

/** What the line costs in each model that runs it, as Markdown; empty when it costs nothing that is known. */
export function lineCosts(
  snapshot: Snapshot,
  estimated: EstimatedModels | undefined,
  line: number,
): readonly string[] {
  if (estimated === undefined) return [];
  const moved = movedText(estimated.text, snapshot.file.text);
  const before = lineStarts(estimated.text);
  const after = snapshot.starts[line];
  return estimated.views.flatMap(({ estimate }) =>
    estimate.lines
      .filter((each) => each.file === snapshot.path && moved.offset(before[each.line - 1] ?? -1) === after)
      .map((each) => lineCost(each, estimate)),
  );
}
