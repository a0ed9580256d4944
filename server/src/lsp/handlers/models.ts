import { numberAt, type Total } from "../../analysis/count.ts";
import type { ModelView } from "../../analysis/model-view.ts";
import { inputWords, modelHeadline } from "../../analysis/model-words.ts";
import { uriOfPath } from "../../host/paths.ts";
import { type ModelSummary, type ModelsAnswer, modelsMethod } from "../../protocol/models-request.ts";
import { costSummary } from "../cost-summary.ts";
import { answering, type Handler } from "../handler.ts";
import { uriIn } from "../uri-in.ts";

const nothing: ModelsAnswer = { models: [], isStale: false };

/** The models of a document for the report panel. */
export const models: Handler = {
  capabilities: () => ({}),
  register(context) {
    context.connection.onRequest(
      modelsMethod,
      answering("models", context, nothing, (params: unknown): ModelsAnswer => {
        const uri = uriIn(params);
        const estimated = uri === undefined ? undefined : context.models.of(uri);
        if (estimated === undefined) return nothing;
        return {
          models: estimated.views.map((view) => summaryOf(view, estimated.isStale)),
          isStale: estimated.isStale,
        };
      }),
    );
  },
};

function summaryOf({ estimate, cost }: ModelView, isStale: boolean): ModelSummary {
  return {
    name: estimate.name,
    headline: modelHeadline(estimate, isStale),
    complete: estimate.complete,
    notCounted: estimate.notCounted.map(({ what, why, file, line }) => ({ what, why, ...where(file, line) })),
    inputs: inputWords(estimate) ?? null,
    assumptions: estimate.assumptions,
    cost: cost === undefined ? null : costSummary(cost),
    modules: estimate.modules.map(({ path, parameters, macs, file, line }) => ({
      path,
      parameters: numberOf(parameters),
      macs: numberOf(macs),
      ...where(file, line),
    })),
  };
}

const numberOf = (count: Total): number | null => numberAt(count) ?? null;

const where = (
  file: string | null,
  line: number | null,
): { readonly uri: string | null; readonly line: number | null } => ({
  uri: file === null ? null : uriOfPath(file),
  line: line === null ? null : line - 1,
});
