import { markdownCode, markdownMessage, markdownText, shortened } from "../report/escape.ts";
import { gatePage, rulePage } from "../report/rule-page.ts";
import type {
  Allowance,
  Change,
  FigureName,
  GateFinding,
  GateModel,
  GateResult,
  Note,
  Reason,
} from "./gate-result.ts";
import { changeText, deltaText, quantityText } from "./quantity-text.ts";
import { verdictText } from "./verdict-text.ts";

/** Longer lists are cut, and say by how much. */
const mostRows = 25;
const mostCode = 120;

/** What a gate found, for a comment, a summary or a note: every text of the code escaped, every figure with its interval. */
export function renderMarkdown(result: GateResult): string {
  const differing = result.models.filter(({ status }) => status !== "unchanged");
  const sections = [
    `### EcoCompute: ${verdictText(result)}`,
    ...(differing.length === 0 ? ["No model changes what it costs."] : [totals(result)]),
    ...listed("Budgets", result.reasons.map(reason)),
    ...(differing.length === 0 ? [] : [models(differing)]),
    ...folded("Lines that cause it", causes(differing)),
    ...folded("New findings", result.findings.new.map(finding)),
    ...folded("Fixed findings", result.findings.fixed.map(finding)),
    ...folded("Not counted: figures are at least this", notCounted(differing)),
    ...folded("What this does not cover", result.notes.map(note)),
    footer(result),
  ];
  return `${sections.join("\n\n")}\n`;
}

function totals({ totals: { costPerMonth, co2ePerMonth, of } }: GateResult): string {
  const row = (name: string, change: Change): string =>
    `| ${name} | ${side(change.before)} | ${side(change.after)} | ${markdownMessage(deltaText(change.delta))} |`;
  return [
    `| ${of === "all" ? "all models" : "models that the change reaches"} | before | after | change, with its 90 % interval |`,
    "| --- | ---: | ---: | ---: |",
    row("cost per month", costPerMonth),
    row("CO2e per month", co2ePerMonth),
  ].join("\n");
}

const side = (quantity: Change["before"]): string =>
  quantity === null ? "" : markdownText(quantityText({ ...quantity, low: null, high: null, why: null }));

function reason({ level, decision, allowed }: Reason): string {
  if (allowed !== null) return `- allowed, ${allowance(allowed)}: ${markdownMessage(decision)}`;
  return `- **${level === "block" ? "over" : "close"}**: ${markdownMessage(decision)}`;
}

const allowance = ({ kind, name, reason: why, file, line }: Allowance): string =>
  `by ${kind === "option" ? "an option" : `the ${kind} ${markdownCode(name)}`}${file === null ? "" : ` at ${place(file, line)}`} (${markdownMessage(why)})`;

const columns: readonly (readonly [FigureName, string])[] = [
  ["parameters", "parameters"],
  ["macs", "MACs"],
  ["energy", "energy per inference"],
  ["latency", "time per call"],
  ["costPerMillion", "cost per million"],
  ["costPerMonth", "cost per month"],
  ["co2ePerMonth", "CO2e per month"],
  ["memory", "memory"],
];

function models(all: readonly GateModel[]): string {
  const heads = columns.map(([, title]) => title);
  const shown = all.slice(0, mostRows);
  return [
    `| model | ${heads.join(" | ")} |`,
    `| --- | ${heads.map(() => "---:").join(" | ")} |`,
    ...shown.map(model),
    ...(all.length > shown.length
      ? [`| and ${all.length - shown.length} more |${" |".repeat(heads.length)}`]
      : []),
  ].join("\n");
}

function model(each: GateModel): string {
  const { name, status, file, line, figures, fit, baseName } = each;
  const was = baseName !== null && baseName !== name ? `, was ${markdownCode(baseName)}` : "";
  const cells = columns.map(([figure]) =>
    figure === "memory" && fit.after === "too-large"
      ? `${markdownText(changeText(figures.memory))}, **does not fit**`
      : markdownText(changeText(figures[figure])),
  );
  return `| ${markdownCode(shortened(name, mostCode))} (${status}${was})<br>${place(file, line)} | ${cells.join(" | ")} |`;
}

const causes = (all: readonly GateModel[]): readonly string[] =>
  all.flatMap(({ name, causes: lines }) =>
    lines.map(
      ({ side: where, file, line, text, what }) =>
        `- ${markdownCode(name)} ${where === "base" ? "before, " : ""}${place(file, line)}: ${markdownCode(shortened(text, mostCode))}: ${markdownMessage(what)}`,
    ),
  );

/** The page of a rule by its name alone: an address that the result holds is not followed. */
function finding({ rule, severity, message, file, range }: GateFinding): string {
  const page = /^[a-z][a-z0-9-]{1,60}$/.test(rule) ? `[${rule}](${rulePage(rule)})` : markdownCode(rule);
  return `- ${severity} ${page} ${place(file, range.start.line + 1)}: ${markdownMessage(message)}`;
}

const notCounted = (all: readonly GateModel[]): readonly string[] =>
  all.flatMap(({ name, notCounted: gaps }) =>
    gaps.map(
      ({ what, why, file, line }) =>
        `- ${markdownCode(name)}${file === null ? "" : ` ${place(file, line)}`}: ${markdownMessage(what)}: ${markdownMessage(why)}`,
    ),
  );

const note = ({ message, file, line }: Note): string =>
  `- ${file === null ? "" : `${place(file, line)}: `}${markdownMessage(message)}`;

const place = (file: string, line: number | null): string =>
  markdownCode(line === null ? file : `${file}:${line}`);

function footer({ scenario, base, head, mode, version }: GateResult): string {
  const { acceleratorName, count, precision, region, volume, isStandard, mode: work } = scenario;
  const machine = `${count === 1 ? "" : `${count} x `}${acceleratorName}${isStandard ? " (nobody named one)" : ""}`;
  const where = region === null ? "" : `, region ${region}`;
  const said = `${work}, ${precision} on ${machine}${where}, ${volume.toLocaleString("en-US")} inferences per month`;
  const from = ({ name, commit }: GateResult["base"]): string => markdownCode(commit?.slice(0, 12) ?? name);
  return `<sub>${markdownText(said)}. ${from(base)} to ${from(head)}, mode ${mode}, EcoCompute ${markdownText(version)}. Computed without running the code: [how, how far to trust it, and what to do when blocked](${gatePage}).</sub>`;
}

const listed = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [[`**${title}**`, "", ...limited(lines)].join("\n")];

const folded = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0
    ? []
    : [
        `<details><summary>${title} (${lines.length})</summary>\n\n${limited(lines).join("\n")}\n\n</details>`,
      ];

const limited = (lines: readonly string[]): readonly string[] =>
  lines.length <= mostRows ? lines : [...lines.slice(0, mostRows), `- and ${lines.length - mostRows} more`];
