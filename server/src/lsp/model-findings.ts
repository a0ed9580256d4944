import type { AnalyzedFile } from "../analysis/analyzer.ts";
import { costedModel, withSavings } from "../analysis/finding-savings.ts";
import { withFindings } from "../analysis/place-model-findings.ts";
import { type ModelFinding, onceEach } from "../analysis/run-model-rules.ts";
import { lineStarts } from "../base/text.ts";
import type { Linter } from "../host/linter.ts";
import type { Snapshot } from "./documents.ts";
import type { EstimatedModels, Models } from "./models.ts";
import { movedText } from "./moved-text.ts";

/**
 * The file with what rules found in its models, in the order of the text. Findings follow the text that they were found
 * in; what was edited since tells nothing until the models are interpreted again.
 */
export function withModelFindings(
  file: AnalyzedFile,
  estimated: EstimatedModels | undefined,
  linter: Linter,
): AnalyzedFile {
  const found = onceEach(estimated?.views.flatMap((view) => view.findings) ?? []);
  if (estimated === undefined || found.length === 0) return file;
  const moved = movedText(estimated.text, file.text);
  const here = found.flatMap((each): readonly ModelFinding[] => {
    const span = moved.span(each.span);
    if (span === undefined) return [];
    const related = each.related.flatMap(({ span: before, message }) => {
      const after = moved.span(before);
      return after === undefined ? [] : [{ span: after, message }];
    });
    return [{ ...each, span, related }];
  });
  return withFindings(file, linter.modelFindings(file, here));
}

/** A document with what is known of its models: findings of their own, and savings of all findings. */
export function withModels(snapshot: Snapshot, models: Models): Snapshot {
  const estimated = models.of(snapshot.uri);
  const file = withModelFindings(snapshot.file, estimated, snapshot.scope.linter);
  if (estimated === undefined) return { ...snapshot, file };
  const costed = estimated.views.flatMap(({ estimate, cost }) =>
    cost === undefined ? [] : [costedModel(estimate, cost.optimizations, cost.cost)],
  );
  const back = movedText(file.text, estimated.text);
  const there = { file: file.path, starts: lineStarts(estimated.text), spanIn: back.span };
  return { ...snapshot, file: { ...file, findings: withSavings(file.findings, costed, there) } };
}
