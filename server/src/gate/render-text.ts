import { count } from "../report/count.ts";
import { logLine } from "../report/escape.ts";
import type { Paint } from "../report/render-text.ts";
import type { FigureName, GateModel, GateResult, Reason } from "./gate-result.ts";
import { changeText, deltaText } from "./quantity-text.ts";
import { verdictText } from "./verdict-text.ts";

const labels: readonly (readonly [FigureName, string])[] = [
  ["parameters", "parameters"],
  ["macs", "MACs"],
  ["latency", "time per call"],
  ["energy", "energy per inference"],
  ["costPerMonth", "cost per month"],
  ["co2ePerMonth", "CO2e per month"],
  ["memory", "memory"],
];

/** What a person reads on a terminal: the verdict, what decided it, and each model that differs. */
export function renderGateText(result: GateResult, paint: Paint): string {
  const { models, findings, reasons, notes, overrides } = result;
  const differing = models.filter(({ status }) => status !== "unchanged");
  const line = (text: string): string => logLine(text);
  const parts = [
    [headline(result, paint), line(comparedText(result))],
    reasons.map((reason) => reasonLine(reason, paint)),
    ...differing.map((model) => modelLines(model, paint)),
    findings.new.map((each) =>
      line(`new ${each.severity} ${each.rule} at ${each.file}:${each.range.start.line + 1}: ${each.message}`),
    ),
    findings.fixed.map((each) => line(`fixed ${each.rule} in ${each.file}`)),
    overrides.map((each) => line(`allowed by ${each.kind} ${each.name}: ${each.reason}`)),
    notes.map((each) => line(`note: ${each.file === null ? "" : `${each.file}: `}${each.message}`)),
    [line(summary(result, differing.length))],
  ];
  return `${parts
    .filter((each) => each.length > 0)
    .map((each) => each.join("\n"))
    .join("\n\n")}\n`;
}

function headline(result: GateResult, paint: Paint): string {
  const text = verdictText(result);
  switch (result.verdict) {
    case "pass":
      return paint.green(paint.bold(text));
    case "warn":
      return paint.yellow(paint.bold(text));
    case "block":
      return paint.red(paint.bold(text));
  }
}

function comparedText({ base, head, scenario }: GateResult): string {
  const at = (side: GateResult["base"]): string =>
    side.commit === null || side.commit.startsWith(side.name)
      ? side.name
      : `${side.name} (${side.commit.slice(0, 10)})`;
  return `${at(head)} against ${at(base)}, on ${scenario.acceleratorName}, ${scenario.volume.toLocaleString("en-US")} inferences per month`;
}

function reasonLine({ level, decision, allowed }: Reason, paint: Paint): string {
  const word =
    allowed !== null ? paint.dim("allowed") : level === "block" ? paint.red("block") : paint.yellow("warn");
  return `${word} ${logLine(decision)}`;
}

function modelLines(model: GateModel, paint: Paint): readonly string[] {
  const { name, baseName, status, file, line, figures, causes, fit } = model;
  const was = baseName === null || baseName === name ? "" : `, before ${baseName}`;
  const head = `${paint.bold(logLine(name))} ${status}${logLine(was)} ${paint.dim(logLine(`${file}${line === null ? "" : `:${line}`}`))}`;
  if (status === "renamed") return [head];
  const rows = labels.flatMap(([key, label]) => {
    const change = figures[key];
    const known = [change.before, change.after].some((each) => each !== null && each.value !== null);
    return known ? [`  ${label}: ${changeText(change)}`] : [];
  });
  return [
    head,
    ...rows.map(logLine),
    ...(fit.after === "too-large" ? [`  ${paint.red("does not fit into memory")}`] : []),
    ...(model.notCounted.length === 0 ? [] : [logLine(`  not counted: ${notCountedText(model)}`)]),
    ...causes.map((cause) =>
      logLine(
        `  ${cause.side === "base" ? "removed " : ""}${cause.file}:${cause.line} ${cause.text}  (${cause.what})`,
      ),
    ),
  ];
}

function notCountedText({ notCounted }: GateModel): string {
  const shown = notCounted.slice(0, 3).map(({ what, why }) => `${what} (${why})`);
  const rest = notCounted.length - shown.length;
  return `${shown.join(", ")}${rest === 0 ? "" : ` and ${rest} more`}`;
}

function summary({ totals, files, models, findings }: GateResult, differing: number): string {
  const { delta } = totals.costPerMonth;
  const money = differing === 0 ? "" : ` All together: ${deltaText(delta)} per month.`;
  return `${count(files.changed, "file")} changed, ${count(models.length, "model")} compared, ${differing} of them differ; ${count(findings.new.length, "new finding")}, ${findings.fixed.length} fixed.${money}`;
}
