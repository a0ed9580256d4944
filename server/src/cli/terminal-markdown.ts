import type { Paint } from "../report/render-text.ts";

/** Markdown as the pages of rules use it, for a terminal: headings, code, bold, links and lists stand out. */
export function terminalMarkdown(markdown: string, paint: Paint): string {
  let inCode = false;
  const lines = markdown.split("\n").flatMap((line) => {
    if (line.startsWith("```")) {
      inCode = !inCode;
      return [];
    }
    if (inCode) return [line === "" ? "" : `    ${paint.green(line)}`];
    const heading = /^#{1,6} (.*)$/.exec(line)?.[1];
    return [heading === undefined ? inline(line, paint) : paint.bold(heading)];
  });
  return lines.join("\n");
}

const marks = /`([^`\n]+)`|\*\*([^*\n]+)\*\*|\[((?:[^\]`]|`[^`]*`)+)\]\(([^)\s]+)\)/g;

const inline = (line: string, paint: Paint): string =>
  line.replace(marks, (_, code?: string, bold?: string, label?: string, address?: string) => {
    if (code !== undefined) return paint.cyan(code);
    if (bold !== undefined) return paint.bold(bold);
    return `${inline(label ?? "", paint)} ${paint.dim(`<${address}>`)}`;
  });
