import { type Diagnostic, DiagnosticSeverity } from "vscode-languageserver/node";
import { rangeOf, source } from "./convert.ts";
import type { Snapshot } from "./documents.ts";
import type { EstimatedModels } from "./models.ts";
import { movedText } from "./moved-text.ts";

/** What the program would raise at run time, on the line that raises it, in PyTorch's words. */
export function modelDiagnostics(snapshot: Snapshot, estimated: EstimatedModels | undefined): Diagnostic[] {
  if (estimated === undefined) return [];
  const moved = movedText(estimated.text, snapshot.file.text);
  const seen = new Set<string>();
  return estimated.views.flatMap(({ failure, estimate }): Diagnostic[] => {
    const span = failure === undefined ? undefined : moved.span(failure.span);
    if (failure === undefined || span === undefined || seen.has(`${span.start} ${failure.message}`))
      return [];
    seen.add(`${span.start} ${failure.message}`);
    return [
      {
        range: rangeOf(snapshot.starts, span),
        severity: DiagnosticSeverity.Error,
        source,
        code: "fails-at-run-time",
        message: `\`${estimate.entry}\` fails here when it runs. ${failure.message}`,
      },
    ];
  });
}
