import { type Count, numberAt } from "../../analysis/count.ts";
import type { EstimateJson } from "../../analysis/estimate-report.ts";
import { modelHeadline } from "../../analysis/model-words.ts";
import { uriOfPath } from "../../host/paths.ts";
import { type ModelSummary, type ModelsAnswer, modelsMethod } from "../../protocol/models-request.ts";
import { answering, type Handler } from "../handler.ts";

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
          models: estimated.views.map(({ estimate }) => summaryOf(estimate, estimated.isStale)),
          isStale: estimated.isStale,
        };
      }),
    );
  },
};

function uriIn(params: unknown): string | undefined {
  if (typeof params !== "object" || params === null || !("uri" in params)) return undefined;
  return typeof params.uri === "string" ? params.uri : undefined;
}

function summaryOf(estimate: EstimateJson, isStale: boolean): ModelSummary {
  return {
    name: estimate.name,
    headline: modelHeadline(estimate, isStale),
    complete: estimate.complete,
    notCounted: estimate.notCounted.map(({ what, why, file, line }) => ({ what, why, ...where(file, line) })),
    assumptions: estimate.assumptions,
    modules: estimate.modules.map(({ path, parameters, macs, file, line }) => ({
      path,
      parameters: numberOf(parameters),
      macs: numberOf(macs),
      ...where(file, line),
    })),
  };
}

const numberOf = (count: Count): number | null => numberAt(count) ?? null;

const where = (
  file: string | null,
  line: number | null,
): { readonly uri: string | null; readonly line: number | null } => ({
  uri: file === null ? null : uriOfPath(file),
  line: line === null ? null : line - 1,
});
