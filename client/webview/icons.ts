import type { Severity } from "../../server/src/report/report.ts";

/** A shape of its own for each severity, so that color is never the only sign. Drawn on a grid of 16 by 16. */
const shapes: Readonly<Record<Severity, readonly string[]>> = {
  critical: ["M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z", "M8 4.4v4.4", "M8 10.9v.9"],
  error: ["M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13z", "M5.6 5.6l4.8 4.8", "M10.4 5.6l-4.8 4.8"],
  warning: ["M8 1.9l6.6 11.9H1.4z", "M8 6v3.9", "M8 11.4v.7"],
  info: ["M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13z", "M8 7.2v4.2", "M8 4.6v.7"],
  hint: ["M6 13.9h4", "M6.1 11.6c0-1.6-2-2.3-2-4.9a3.9 3.9 0 0 1 7.8 0c0 2.6-2 3.3-2 4.9z"],
};

const chevron = ["M6 3.6l4.4 4.4L6 12.4"];

export const severityIcon = (severity: Severity): SVGElement => icon(shapes[severity], `icon ${severity}`);

export const chevronIcon = (): SVGElement => icon(chevron, "icon chevron");

function icon(paths: readonly string[], className: string): SVGElement {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  for (const path of paths) {
    const line = document.createElementNS(namespace, "path");
    line.setAttribute("d", path);
    svg.append(line);
  }
  return svg;
}
