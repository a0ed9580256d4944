import type { Span } from "../base/text.ts";
import { printDim } from "../graph/dim.ts";
import { isKnownShape, type TensorRef } from "../graph/tensor.ts";
import type { ModelEstimate } from "../model/estimate-model.ts";
import type { Binding } from "../model/run-state.ts";
import { type EstimateJson, estimateJson, type Lines } from "./estimate-report.ts";
import { type ModelCost, modelCost } from "./model-cost.ts";
import type { OptimizerChoice } from "./optimizer-choice.ts";
import { type ModelFinding, type ModelRuleSettings, runModelRules } from "./run-model-rules.ts";
import type { Scene } from "./scenario.ts";

/** A shape to be shown behind a name that the forward pass binds. */
export interface ShapeHint {
  /** Offset behind the name. */
  readonly offset: number;
  readonly name: string;
  /** `[1, 64, 56, 56]`; ends with an ellipsis when a loop binds tensors of other shapes too. */
  readonly label: string;
  /** Every tensor seen, with its dtype. */
  readonly detail: string;
}

/** One model as an editor shows it in one file: plain data, offsets into the text that was estimated. */
export interface ModelView {
  readonly estimate: EstimateJson;
  /** Offset of the name of its class, or of the call that makes it, when that stands in this file. */
  readonly definedAt: number | undefined;
  readonly hints: readonly ShapeHint[];
  /** What real PyTorch would raise, when that is certain and happens in this file. */
  readonly failure: { readonly span: Span; readonly message: string } | undefined;
  /** What rules say of it in this file. */
  readonly findings: readonly ModelFinding[];
  /** In the scenario of the file; `undefined` where nothing was counted. */
  readonly cost: ModelCost | undefined;
}

/** Where and how the models of a file run. */
export interface ViewScenario {
  readonly scene: Scene;
  readonly optimizer: OptimizerChoice;
}

/** @param file path of the file, as the interpreter was given it. */
export function modelView(
  estimate: ModelEstimate,
  file: string,
  text: string,
  lines: Lines,
  rules: ModelRuleSettings,
  scenario?: ViewScenario,
): ModelView {
  const { failure, madeAt } = estimate;
  const place = madeAt ?? estimate.place;
  const findings = runModelRules(estimate, { file, text }, rules);
  return {
    estimate: estimateJson(estimate, lines),
    definedAt: place?.file === file ? place.span.start : undefined,
    hints: estimate.bindings
      .filter((binding) => binding.place.file === file)
      .flatMap((binding) => hintOf(binding, text)),
    failure:
      failure?.place?.file === file && !findings.some((each) => isAbout(each, failure.place?.span))
        ? { span: failure.place.span, message: failure.message }
        : undefined,
    findings,
    cost:
      scenario === undefined || estimate.graph.ops.length === 0
        ? undefined
        : modelCost(estimate, scenario.scene, lines, scenario.optimizer),
  };
}

/** A rule that names the line of a failure says all there is to say. */
const isAbout = (finding: ModelFinding, failed: Span | undefined): boolean =>
  failed !== undefined && finding.span.start === failed.start && finding.span.end === failed.end;

function hintOf({ place, tensors }: Binding, text: string): readonly ShapeHint[] {
  const shapes = [...new Set(tensors.map(shapeText))];
  const [first, ...others] = shapes;
  if (first === undefined || first === "") return [];
  return [
    {
      offset: place.span.end,
      name: text.slice(place.span.start, place.span.end),
      label: others.length > 0 ? `${first} …` : first,
      detail: [...new Set(tensors.map((tensor) => `${tensor.meta.dtype}${shapeText(tensor)}`))].join(", "),
    },
  ];
}

/** Empty when the shape is not known. */
function shapeText({ meta }: TensorRef): string {
  return isKnownShape(meta.shape) ? `[${meta.shape.map(printDim).join(", ")}]` : "";
}
