import type { Table } from "./tables.ts";

const [width, height, left, bottom, top] = [640, 260, 46, 34, 26] as const;
const right = width - 10;

/** Errors beyond a factor of two are drawn at the edge. */
const limit = Math.LN2;

/** Predicted by measured against what was measured, a point per row: SVG, the 90 % interval shaded. */
export function residualPlot({ name, leftOut, errors, measured, halfWidth }: Table): string {
  const logs = measured.map(Math.log10);
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const x = (log: number): number => left + ((log - low) / Math.max(1e-9, high - low)) * (right - left);
  const y = (error: number): number =>
    top + ((limit - Math.max(-limit, Math.min(limit, error))) / (2 * limit)) * (height - bottom - top);
  const points = errors.map((e, i) => `M${x(logs[i] ?? 0).toFixed(0)} ${y(e).toFixed(0)}h0`).join("");
  const lines = [1 / 1.5, 1, 1.5].map((ratio) => {
    const at = y(Math.log(ratio)).toFixed(1);
    return `<path d="M${left} ${at}H${right}" stroke="#8884"/><text x="4" y="${at}">x${ratio.toFixed(2)}</text>`;
  });
  const ends = [low, high].map(
    (log, i) =>
      `<text x="${i === 0 ? left : right}" y="${height - 16}" text-anchor="${i === 0 ? "start" : "end"}">${(10 ** log).toPrecision(2)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" fill="#888">`,
    `<title>${name}: predicted by measured, ${leftOut} left out</title>`,
    `<text x="${left}" y="16" font-size="13">${name} (${errors.length} rows, ${leftOut} left out)</text>`,
    `<rect x="${left}" y="${y(halfWidth).toFixed(1)}" width="${right - left}" height="${(y(-halfWidth) - y(halfWidth)).toFixed(1)}" fill="#3b82f622"/>`,
    ...lines,
    `<path d="${points}" stroke="#3b82f6" stroke-width="2.5" stroke-linecap="round" opacity="0.55"/>`,
    ...ends,
    `<text x="${(left + right) / 2}" y="${height - 4}" text-anchor="middle">measured (s, J or W, logarithmic)</text>`,
    "</svg>",
    "",
  ].join("\n");
}
