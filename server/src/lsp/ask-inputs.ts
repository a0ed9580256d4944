import type { Edit } from "../base/text.ts";
import type { Snapshot } from "./documents.ts";
import type { EstimatedModels } from "./models.ts";
import { movedText } from "./moved-text.ts";

export interface InputQuestion {
  readonly title: string;
  /** Offset of the class whose input is not known. */
  readonly at: number;
  readonly edit: Edit;
}

/** A start for the user to correct: what inputs of such a name mostly are. */
const likelyInput = (name: string): string =>
  /(?:^|_)(?:ids?|idx|tokens?)$/.test(name) ? "int64[1, 128]" : "float32[1, 3, 224, 224]";

/** Where the shape of an input is not known: the comment that says it, to be written above the class. */
export function inputQuestions(
  snapshot: Snapshot,
  estimated: EstimatedModels | undefined,
): readonly InputQuestion[] {
  if (estimated === undefined) return [];
  const { text } = snapshot.file;
  const moved = movedText(estimated.text, text);
  return estimated.views.flatMap(({ definedAt, estimate }): readonly InputQuestion[] => {
    const at = definedAt === undefined ? undefined : moved.offset(definedAt);
    if (at === undefined || estimate.missingInputs.length === 0) return [];
    const lineStart = text.lastIndexOf("\n", at - 1) + 1;
    const indent = /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? "";
    const newline = text.includes("\r\n") ? "\r\n" : "\n";
    const inputs = estimate.missingInputs.map((name) => `${name} = ${likelyInput(name)}`).join("; ");
    return [
      {
        title: `Say the shape of ${estimate.missingInputs.join(", ")} for ${estimate.name}`,
        at,
        edit: {
          span: { start: lineStart, end: lineStart },
          text: `${indent}# ecocompute: input ${inputs}${newline}`,
        },
      },
    ];
  });
}
