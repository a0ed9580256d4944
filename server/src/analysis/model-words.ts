import { printAmount, printBytes, printCount } from "../graph/print.ts";
import { type Count, numberAt } from "./count.ts";
import type { EstimateJson, OutputJson } from "./estimate-report.ts";

const amount = (count: Count, unit: string): string => {
  const value = numberAt(count);
  return value === undefined ? `unknown ${unit}` : printAmount(value, unit);
};

/** One line above a class: what the model costs, or what is missing to tell. */
export function modelHeadline(model: EstimateJson, isStale: boolean): string {
  const elements = numberAt(model.parameters);
  const parameters = `${elements === undefined ? "unknown" : printCount(elements)} params`;
  if (model.missingInputs.length > 0)
    return `${parameters} · shape of ${model.missingInputs.map((name) => `\`${name}\``).join(", ")}?`;
  if (model.failure !== null) return `${parameters} · fails: ${model.failure.message}`;
  const least = model.complete ? "" : "at least ";
  const size = model.inputs.length === 0 ? "" : ` at ${model.inputs.map(shapeText).join(", ")}`;
  const doubt = model.complete ? "" : ` · ${model.notCounted.length} not counted`;
  return `${least}${parameters} · ${least}${amount(model.macs, "MACs")}${size}${doubt}${isStale ? " · before the last edits" : ""}`;
}

/** `1×3×224×224`, `(…)` for what is no plain tensor. */
function shapeText(output: OutputJson): string {
  if (output === null || !Array.isArray(output)) return "(…)";
  const sizes: readonly Count[] = output;
  return sizes.map((size) => (typeof size === "number" ? size : size.formula)).join("×") || "scalar";
}

type Line = EstimateJson["lines"][number];

/** What a line of the program costs, as Markdown: its ops, work, traffic and share of the model. */
export function lineCost(line: Line, model: EstimateJson): string {
  const share = shareOf(line.macs, model.macs);
  const rows = [
    `**${model.name}**, this line${model.complete ? "" : " (the model is not counted in full)"}`,
    "",
    "| | |",
    "| --- | --- |",
    `| ops | ${printCount(line.ops)} |`,
    `| MACs | ${amount(line.macs, "MACs")}${share === undefined ? "" : `, ${share} of the model`} |`,
    `| other FLOPs | ${amount(line.flops, "FLOPs")} |`,
    `| bytes read | ${bytes(line.bytesRead)} |`,
    `| bytes written | ${bytes(line.bytesWritten)} |`,
  ];
  return `${rows.join("\n")}\n\nComputed from the code; MACs are multiply-accumulates of matrix products and convolutions, FLOPs everything else.`;
}

const bytes = (count: Count): string => {
  const value = numberAt(count);
  return value === undefined ? "unknown" : printBytes(value);
};

function shareOf(part: Count, whole: Count): string | undefined {
  const [some, all] = [numberAt(part), numberAt(whole)];
  if (some === undefined || all === undefined || all === 0) return undefined;
  const percent = (100 * some) / all;
  return `${percent >= 10 ? Math.round(percent) : percent.toPrecision(2)} %`;
}
