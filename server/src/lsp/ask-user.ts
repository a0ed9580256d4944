import type { Edit } from "../base/text.ts";
import type { Snapshot } from "./documents.ts";
import type { EstimatedModels } from "./models.ts";
import { movedText } from "./moved-text.ts";

export interface Question {
  readonly title: string;
  /** Offset of the class in question. */
  readonly at: number;
  readonly edit: Edit;
}

/** A start for the user to correct: what inputs of such a name mostly are. */
const likelyInput = (name: string): string =>
  /(?:^|_)(?:ids?|idx|tokens?)$/.test(name) ? "int64[1, 128]" : "float32[1, 3, 224, 224]";

/** Values to start from, by what parameters of such names mostly are. */
const likelyArguments: readonly (readonly [name: RegExp, text: string])[] = [
  [/in_?(?:ch|dim_?ch|planes|plane$)|n_?channels|num_channels|^ch(?:annels)?$/, "3"],
  [/class|n_?out$|num_labels|categories/, "10"],
  [/vocab|n_?(?:tokens?|words?|embed(?:dings)?)$|num_embeddings/, "30000"],
  [/head/, "8"],
  [/drop|rate$|prob|ratio|momentum|alpha|eps/, "0.1"],
  [/n_?layers?|num_layers?|depth|blocks?$|repeat|stages?$/, "2"],
  [/kernel|^k$|ksize/, "3"],
  [/stride|dilation|groups|padding/, "1"],
  [/^(?:is|use|with|has|do)_|bias$|bidirectional|pretrained|norm$/, "False"],
  [/image_?size|img_?size|resolution|input_?size/, "224"],
];

/** What can be guessed of no name: `...` is left for the user. */
const likelyArgument = (name: string): string =>
  /^(?:config|cfg|args|opts?|hparams|hps?)$/.test(name)
    ? "..."
    : (likelyArguments.find(([pattern]) => pattern.test(name.toLowerCase()))?.[1] ?? "64");

/** What the file does not say: the comments that say it, to be written above the class. */
export function questions(snapshot: Snapshot, estimated: EstimatedModels | undefined): readonly Question[] {
  if (estimated === undefined) return [];
  const { text } = snapshot.file;
  const moved = movedText(estimated.text, text);
  return estimated.views.flatMap(({ definedAt, estimate }): readonly Question[] => {
    const at = definedAt === undefined ? undefined : moved.offset(definedAt);
    if (at === undefined) return [];
    const lineStart = text.lastIndexOf("\n", at - 1) + 1;
    const indent = /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? "";
    const newline = text.includes("\r\n") ? "\r\n" : "\n";
    const { name, missingArguments, missingInputs } = estimate;
    const above = (title: string, directive: string): Question => ({
      title,
      at,
      edit: {
        span: { start: lineStart, end: lineStart },
        text: `${indent}# ecocompute: ${directive}${newline}`,
      },
    });
    const given = missingArguments.map((each) => `${each}=${likelyArgument(each)}`).join(", ");
    const inputs = missingInputs.map((each) => `${each} = ${likelyInput(each)}`).join("; ");
    return [
      ...(missingArguments.length === 0
        ? []
        : [above(`Say ${missingArguments.join(", ")} of ${name}`, `model = ${name}(${given})`)]),
      ...(missingInputs.length === 0
        ? []
        : [above(`Say the shape of ${missingInputs.join(", ")} for ${name}`, `input ${inputs}`)]),
    ];
  });
}
