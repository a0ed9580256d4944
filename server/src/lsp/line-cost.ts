import { costTable, partWords, scenarioWords } from "../analysis/cost-words.ts";
import { lineCost } from "../analysis/model-words.ts";
import { boundOf } from "../analysis/why-unknown.ts";
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
  const isHere = (each: { readonly file: string; readonly line: number }): boolean =>
    each.file === snapshot.path && moved.offset(before[each.line - 1] ?? -1) === after;
  const end = snapshot.starts[line + 1] ?? Number.POSITIVE_INFINITY;
  const isOnLine = (offset: number | undefined): boolean =>
    offset !== undefined && after !== undefined && offset >= after && offset < end;
  return estimated.views.flatMap(({ estimate, cost, definedAt, hints }) => {
    const shapes = hints
      .filter((hint) => isOnLine(moved.offset(hint.offset)))
      .map((hint) => `${hint.name}: ${hint.detail}`);
    const part = cost?.cost.byLine.find(isHere);
    const at = definedAt === undefined ? undefined : moved.offset(definedAt);
    const isHead = isOnLine(at);
    return [
      ...(isHead && cost !== undefined && cost.cost.latency.value !== null
        ? [costTable(estimate.name, cost.cost, boundOf(estimate))]
        : []),
      ...estimate.lines.filter(isHere).map((each) => {
        const counted = lineCost(each, estimate, shapes);
        return part === undefined || cost === undefined
          ? counted
          : `${counted}\n\nOn ${scenarioWords(cost.cost)}: ${partWords(part)}.`;
      }),
    ];
  });
}
