import { boundOf } from "../analysis/why-unknown.ts";
import { amount, digits } from "../base/amount.ts";
import type { AuditReport, CheckedCitation, CheckedRecommendation } from "./audit-report.ts";
import type { CheckedClaim } from "./check-claims.ts";
import type { Verdict } from "./check-recommendation.ts";
import type { EngineModel, Figure } from "./engine.ts";
import { inertMarkdown, visibleText } from "./inert.ts";
import { dollars } from "./ledger.ts";

/** A report as Markdown. What the model wrote is shown and does nothing: no links but those of searches. */
export function renderAudit(report: AuditReport): string {
  const sections = [
    `# Audit of ${cell(report.file)}`,
    `${report.at.slice(0, 10)}, level ${report.level} (\`${report.model}\`), ${dollars(report.spentUsd)} spent. ${cell(report.scenario)}.`,
    ...report.notes.map((note) => `> ${cell(note)}`),
    prose(report.summary),
    ...figures(report),
    ...listed("Recommendations", report.recommendations.map(recommendation)),
    ...listed("Critical bugs", report.criticalBugs.map(bug)),
    ...claims(report.claims),
    ...breakdown(report),
    ...benchmark(report),
    ...listed(
      "Sources",
      report.citations.map((each) => `- ${citation(each)}: ${cell(each.supports)}`),
    ),
    ...listed(
      "Assumptions",
      report.assumptions.map((each) => `- ${cell(each)}`),
    ),
    `## How the model reasoned\n\n${prose(report.energyModel)}`,
  ];
  return `${sections.join("\n\n")}\n`;
}

const prose = (text: string): string => inertMarkdown(text).trim();
/** One line that cannot leave its place in a table or a list. */
const cell = (text: string): string =>
  prose(text.replace(/\s+/g, " ")).replaceAll("|", "\\|").replaceAll("`", "'");

const listed = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`## ${title}\n\n${lines.join("\n")}`];

function figures({ original, optimized, saving }: AuditReport): readonly string[] {
  if (original === null) return ["The engine found no model in this file: there are no computed figures."];
  const row = (name: string, pick: (model: EngineModel) => string): string =>
    `| ${name} | ${pick(original)} | ${optimized === null ? "" : pick(optimized)} |`;
  const lines = [
    `## \`${cell(original.name)}\`, by the engine`,
    "",
    "| | as it is | with the changes that hold |",
    "| --- | ---: | ---: |",
    row("parameters", (model) => least(model, count(model.parameters))),
    row("MACs", (model) => least(model, count(model.macs))),
    row(`time of a batch of ${original.batch}`, (model) => least(model, figure(model.latency))),
    row(`energy of a batch of ${original.batch}`, (model) => least(model, figure(model.energy))),
    row("cost of a million inferences", (model) => least(model, figure(model.costPerMillion))),
    row("CO2e of a million inferences", (model) => least(model, figure(model.co2ePerMillion))),
  ];
  const incomplete = original.complete ? [] : ["", "Some of it could not be counted."];
  const saved =
    saving === null
      ? ["", "No change was found that the engine computes a saving from."]
      : [
          "",
          `**Saves ${saving.percent.toFixed(1)} % of the energy (${saving.low.toFixed(1)} to ${saving.high.toFixed(1)} %), computed.**`,
        ];
  return [[...lines, ...incomplete, ...saved].join("\n")];
}

/** What was counted of a model that could not be counted in full is the least that it may be, unless it may do otherwise. */
const least = (model: EngineModel, counted: string): string =>
  counted === "unknown" ? counted : `${boundOf(model)}${counted}`;

const count = (value: number | null): string => (value === null ? "unknown" : value.toLocaleString("en-US"));

function figure({ value, low, high, unit }: Figure): string {
  if (value === null || low === null || high === null) return "unknown";
  return `${amount(value, unit)} (${amount(low, unit)} to ${amount(high, unit)})`;
}

function recommendation(each: CheckedRecommendation): string {
  const risk =
    each.accuracyRisk === "none"
      ? ""
      : ` Risk for accuracy: ${each.accuracyRisk}${each.accuracyDropPercent === null ? "" : `, ${digits(each.accuracyDropPercent)} % as the model estimates`}.`;
  return `- **${cell(each.title)}** (${each.category}): ${cell(each.why)} ${gain(each)}${risk}${edits(each)}`;
}

function gain({ verdict, gainBasis, gainPercent, citation: cited }: CheckedRecommendation): string {
  const said = verdictText(verdict);
  if (gainBasis === "computed" || gainPercent === null) return said;
  const basis =
    gainBasis === "cited" && cited !== null
      ? `cited, ${citation(cited)}`
      : "claimed by the model, not checked";
  return `${said} Gain: ${digits(gainPercent)} % (${basis}).`.trim();
}

export function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case "holds":
      return `Saves ${verdict.savingPercent.toFixed(1)} % (${verdict.low.toFixed(1)} to ${verdict.high.toFixed(1)} %), computed.${lessText(verdict.less)}`;
    case "unproven":
      return `Not proven: ${cell(verdict.why)}.`;
    case "dropped":
      return `Not offered: ${cell(verdict.why)}.`;
    case "advice":
      return "";
  }
}

/** The engine counts; it does not prove that two programs give the same results. */
const lessText = (less: string): string =>
  less === "" ? "" : ` It runs less: ${cell(less)}; whether the results stay the same is yours to judge.`;

/** Only changes that were not dropped are shown as code. */
function edits({ edits: all, verdict }: Pick<CheckedRecommendation, "edits" | "verdict">): string {
  if (verdict.kind !== "holds" && verdict.kind !== "unproven") return "";
  return all.map(({ find, replace }) => `\n\n${indented(diff(find, replace))}\n`).join("");
}

const diff = (find: string, replace: string): string =>
  [
    "````diff",
    ...lines(find).map((line) => `-${line}`),
    ...lines(replace).map((line) => `+${line}`),
    "````",
  ].join("\n");

/** Four backticks would end the block that shows them. */
const lines = (text: string): readonly string[] => visibleText(text).replaceAll("````", "'''' ").split("\n");

const indented = (text: string): string => text.replace(/^/gm, "  ");

function bug({ line, what, fix, edits: changes, verdict }: AuditReport["criticalBugs"][number]): string {
  const where = line === null ? "" : `line ${line}: `;
  return `- ${where}${cell(what)} ${cell(fix)} ${verdictText(verdict)}${edits({ edits: changes, verdict })}`;
}

function claims(all: readonly CheckedClaim[]): readonly string[] {
  if (all.length === 0) return [];
  const rows = all.map(
    ({ name, unit, claimed, computed, verdict, comment }) =>
      `| ${words(name)} | ${digits(claimed)} ${unit} | ${computed === null ? "" : `${digits(computed)} ${unit}`} | ${verdict}${comment === "" ? "" : `: ${cell(comment)}`} |`,
  );
  return [
    [
      "## What the model claimed",
      "",
      "| | claimed | computed | |",
      "| --- | ---: | ---: | --- |",
      ...rows,
    ].join("\n"),
  ];
}

const words = (name: string): string => name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);

function breakdown({ breakdown: parts, comments }: AuditReport): readonly string[] {
  const computed = parts
    .slice(0, 15)
    .map(({ component, share }) => `- \`${cell(component)}\`: ${(share * 100).toFixed(1)} %, computed`);
  const said = comments.map(
    ({ component, comment, sharePercent, computedPercent, verdict }) =>
      `- ${cell(component)}: ${cell(comment)}${verdict === "disagrees" ? ` (claimed ${digits(sharePercent ?? 0)} %, computed ${digits(computedPercent ?? 0)} %)` : ""}`,
  );
  return listed("Where it goes", [...computed, ...said]);
}

function benchmark({ benchmark: found }: AuditReport): readonly string[] {
  if (found === null) return [];
  const source = found.citation === null ? "no source given" : citation(found.citation);
  return [`## A published measurement\n\n${cell(found.name)}: ${cell(found.figure)} (${source})`];
}

/** Only what a search returned becomes a link. */
const citation = ({ title, uri, isGrounded }: CheckedCitation): string =>
  isGrounded && /^https:\/\/[^\s<>()]+$/.test(uri)
    ? `[${cell(title).replace(/[[\]]/g, "")}](<${uri}>)`
    : `${cell(title)} (uncited)`;
