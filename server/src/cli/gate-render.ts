import pc from "picocolors";
import type { GateResult } from "../gate/gate-result.ts";
import { renderAnnotations } from "../gate/render-annotations.ts";
import { renderCodeQuality } from "../gate/render-gitlab.ts";
import { renderJunit } from "../gate/render-junit.ts";
import { renderMarkdown } from "../gate/render-markdown.ts";
import { renderGateSarif } from "../gate/render-sarif.ts";
import { renderGateText } from "../gate/render-text.ts";
import { absolutePath, uriOfPath } from "../host/paths.ts";

export const formats = ["text", "json", "markdown", "junit", "sarif", "github", "gitlab"] as const;
export type Format = (typeof formats)[number];

/** @param isShown on a terminal, where there may be colors. */
export function render(result: GateResult, format: Format, isShown: boolean): string {
  switch (format) {
    case "text":
      return renderGateText(result, isShown ? pc : pc.createColors(false));
    case "json":
      return `${JSON.stringify(result, null, 1)}\n`;
    case "markdown":
      return renderMarkdown(result);
    case "junit":
      return renderJunit(result);
    case "sarif":
      return `${JSON.stringify(renderGateSarif(result, `${uriOfPath(absolutePath("."))}/`), null, 1)}\n`;
    case "github":
      return renderAnnotations(result);
    case "gitlab":
      return `${JSON.stringify(renderCodeQuality(result), null, 1)}\n`;
  }
}
