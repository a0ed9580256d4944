import type { ReportProblem } from "../../server/src/report/report.ts";
import type { PanelReport, PanelScope } from "../src/panel/messages.ts";
import { button, element, prose } from "./dom.ts";
import { plural } from "./group-findings.ts";

/** A message in the place of the tree. */
const notice = (title: string, text: string, ...actions: readonly HTMLElement[]): HTMLElement =>
  element(
    "div",
    { class: "notice" },
    element("h2", {}, title),
    element("p", {}, text),
    element("div", { class: "actions" }, ...actions),
  );

export const nothingOpen = (scope: PanelScope): HTMLElement =>
  scope === "file"
    ? notice(
        "No Python file is open",
        "Open a file that defines or trains a PyTorch model to see what it costs.",
      )
    : notice("No folder is open", "Open a folder to check all of its Python files at once.");

export const loading = (subject: string): HTMLElement =>
  notice(`Reading ${subject}`, "Findings appear as soon as the files are read.");

export const failed = (message: string, retry: () => void, logs: () => void): HTMLElement =>
  notice(
    "The report could not be made",
    message,
    button("Try Again", "primary", retry),
    button("Show Logs", "secondary", logs),
  );

export const noFindings = (report: PanelReport, subject: string): HTMLElement =>
  notice(
    `No findings in ${subject}`,
    report.filesChecked === 0
      ? "No Python file was checked."
      : `${plural(report.filesChecked, "file")} checked. EcoCompute says only what it can show: code that it cannot follow stays without findings.`,
  );

export const allFiltered = (total: number, clear: () => void): HTMLElement =>
  notice(
    "Nothing matches the filter",
    `${plural(total, "finding")} hidden by the filter.`,
    button("Clear Filter", "secondary", clear),
  );

/** Files and parts of the configuration that could not be used; empty when all went well. */
export function problemList(
  report: PanelReport,
  open: (problem: ReportProblem) => void,
): readonly HTMLElement[] {
  if (report.problems.length === 0) return [];
  const rows = report.problems.map((problem) => {
    const label = report.labels[problem.file] ?? problem.file;
    const link = button(label, "link", () => open(problem));
    return element("li", {}, link, " ", element("span", {}, ...prose(problem.message)));
  });
  return [
    element(
      "section",
      { class: "problems", "aria-labelledby": "problems" },
      element("h2", { id: "problems" }, `Not checked or not used (${rows.length})`),
      element("ul", {}, ...rows),
    ),
  ];
}
