import { printAmount, printBytes, printCount } from "../graph/print.ts";
import { type Count, numberAt, type Total } from "./count.ts";
import type { EstimateJson, OutputJson, WorkJson } from "./estimate-report.ts";
import { boundOf, boundOfState } from "./why-unknown.ts";

const amount = (count: Total, unit: string): string => {
  const value = numberAt(count);
  return value === undefined ? `unknown ${unit}` : printAmount(value, unit);
};

/** One line above a class: what the model costs, or what is missing to tell. */
export function modelHeadline(model: EstimateJson, isStale: boolean): string {
  if (model.missingArguments.length > 0 && !model.isBuilt)
    return `how is it built? ${model.missingArguments.map((name) => `\`${name}\``).join(", ")}`;
  const elements = numberAt(model.parameters);
  const atLeast = elements === undefined ? "" : boundOfState(model);
  const parameters = `${elements === undefined ? "unknown" : `${atLeast}${printCount(elements)}`} params`;
  if (model.missingInputs.length > 0)
    return `${parameters} · shape of ${model.missingInputs.map((name) => `\`${name}\``).join(", ")}?`;
  if (model.failure !== null) return `${parameters} · fails: ${model.failure.message}`;
  const least = (counted: string, isKnown: boolean): string =>
    isKnown ? `${boundOf(model)}${counted}` : counted;
  const built = model.builtAt === null ? "" : ` · built as in ${callerName(model.builtAt)}`;
  const size = model.inputs.length === 0 ? "" : ` at ${model.inputs.map(shapeText).join(", ")}`;
  const doubt =
    model.complete || model.notCounted.length === 0
      ? ""
      : typeof model.macs === "object" && "unknown" in model.macs
        ? `: ${model.macs.unknown}`
        : ` · ${model.notCounted.length} not counted`;
  const macs = least(amount(model.macs, "MACs"), numberAt(model.macs) !== undefined);
  return `${parameters} · ${macs}${size}${built}${doubt}${isStale ? " · before the last edits" : ""}`;
}

/** Sizes of the inputs and who says them: `1×3×224×224, as the file calls it`. */
export function inputWords(model: EstimateJson): string | undefined {
  if (model.inputs.length === 0) return undefined;
  const said = whoSays(model);
  const sizes = model.inputs.map(shapeText).join(", ");
  return said === undefined ? sizes : `${sizes}, ${said}${positionsOf(model.serving)}`;
}

function whoSays({ inputSource, inputSources }: EstimateJson): string | undefined {
  switch (inputSource) {
    case "directive":
      return "as a directive in the file says";
    case "call":
      return `as ${callers(inputSources)}`;
    case "annotations":
      return "as the annotations say";
    case "guess":
      return `a guess after ${[...new Set(inputSources.map(({ from }) => from ?? "nothing"))].join(" and ")}`;
    case "given":
    case "none":
      return undefined;
  }
}

/** A phase of generation says itself how many positions are read. */
const positionsOf = (serving: EstimateJson["serving"]): string =>
  serving === null ? "" : `, with as many positions as ${serving.phase} reads`;

/** A call elsewhere is told by its line. */
function callers(sources: EstimateJson["inputSources"]): string {
  const places = [...new Set(sources.flatMap(({ from }) => from ?? []))];
  return places.length === 0 ? "the file calls it" : `called in ${places.join(" and ")}`;
}

const callerName = ({ file, line }: NonNullable<EstimateJson["builtAt"]>): string =>
  `${file.slice(file.lastIndexOf("/") + 1)}:${line}`;

/** `1×3×224×224`, `(…)` for what is no plain tensor. */
function shapeText(output: OutputJson): string {
  if (output === null || !Array.isArray(output)) return "(…)";
  const sizes: readonly Count[] = output;
  return sizes.map((size) => (typeof size === "number" ? size : size.formula)).join("×") || "scalar";
}

type Line = EstimateJson["lines"][number];

/**
 * What a line of the program costs, as Markdown: shapes, ops, work, traffic and share of the model; a line that calls
 * others also with all that they do.
 *
 * @param shapes of the names that the line binds: `x: float32[1, 8]`.
 */
export function lineCost(line: Line, model: EstimateJson, shapes: readonly string[]): string {
  const calls = line.total.ops > line.ops;
  const columns = calls ? [line, line.total] : [line];
  const row = (name: string, cell: (of: WorkJson) => string): string =>
    `| ${[name, ...columns.map(cell)].join(" | ")} |`;
  const share = (of: WorkJson): string => {
    const part = shareOf(of.macs, model.macs);
    return part === undefined ? "" : `, ${part} of the model`;
  };
  const rows = [
    `**${model.name}**, this line${model.complete ? "" : " (the model is not counted in full)"}`,
    ...(shapes.length === 0 ? [] : ["", shapes.map((shape) => `\`${shape}\``).join(", ")]),
    "",
    calls ? "| | by itself | with what it calls |" : "| | |",
    calls ? "| --- | --- | --- |" : "| --- | --- |",
    row("ops", (of) => printCount(of.ops)),
    row("MACs", (of) => `${amount(of.macs, "MACs")}${share(of)}`),
    row("other FLOPs", (of) => amount(of.flops, "FLOPs")),
    row("bytes read", (of) => bytes(of.bytesRead)),
    row("bytes written", (of) => bytes(of.bytesWritten)),
  ];
  const inputs = inputWords(model);
  const at = inputs === undefined ? "" : `, for inputs of ${inputs}`;
  return `${rows.join("\n")}\n\nComputed from the code${at}; MACs are multiply-accumulates of matrix products and convolutions, FLOPs everything else.`;
}

const bytes = (count: Total): string => {
  const value = numberAt(count);
  return value === undefined ? "unknown" : printBytes(value);
};

function shareOf(part: Total, whole: Total): string | undefined {
  const [some, all] = [numberAt(part), numberAt(whole)];
  if (some === undefined || some === 0 || all === undefined || all === 0) return undefined;
  const percent = (100 * some) / all;
  return `${percent >= 10 ? Math.round(percent) : percent.toPrecision(2)} %`;
}
