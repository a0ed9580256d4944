import type { ShownEdit } from "../../server/src/report/shown-audit.ts";
import { block } from "./audit-trace.ts";
import { type DiffLine, diffLines } from "./diff-lines.ts";
import { element } from "./dom.ts";

const signs: Readonly<Record<DiffLine["kind"], string>> = { same: "  ", removed: "- ", added: "+ " };

/** Edits as a diff whose signs are text, not color alone. */
export const diff = (title: string, edits: readonly ShownEdit[]): readonly HTMLElement[] =>
  edits.map((edit) =>
    block(
      `Change: ${title}`,
      "",
      ...diffLines(edit).map(({ kind, text }) => element("span", { class: kind }, `${signs[kind]}${text}\n`)),
    ),
  );
