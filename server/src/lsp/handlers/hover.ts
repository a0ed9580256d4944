import { type Hover, type HoverParams, MarkupKind } from "vscode-languageserver/node";
import type { Finding } from "../../analysis/finding.ts";
import { languageModelTable } from "../../analysis/language-model-report.ts";
import { plainText, type RuleDocs, readRuleDocs } from "../../analysis/rule-docs.ts";
import { rulePage } from "../../report/rule-page.ts";
import { savingText } from "../../report/saving.ts";
import { offsetAt, rangeOf } from "../convert.ts";
import type { Snapshot } from "../documents.ts";
import { answering, type Handler } from "../handler.ts";
import { lineCosts } from "../line-cost.ts";
import { withModels } from "../model-findings.ts";
import { namedModels } from "../named-models.ts";

export const hover: Handler = {
  capabilities: () => ({ hoverProvider: true }),
  register(context) {
    const { connection, session, models, features } = context;
    connection.onHover(
      answering("hover", context, null, ({ textDocument, position }: HoverParams): Hover | null => {
        const open = session.snapshot(textDocument.uri);
        if (open === undefined) return null;
        const snapshot = withModels(open, models);
        const findings = findingsAt(snapshot, offsetAt(snapshot.file.text, snapshot.starts, position));
        const [first] = findings;
        const costs = lineCosts(snapshot, models.of(textDocument.uri), position.line);
        const named = namedModels(snapshot).filter(({ line }) => line === position.line + 1);
        const sections = [...findings.map(describe), ...costs, ...named.map(languageModelTable)];
        if (sections.length === 0) return null;
        const markdown = sections.join("\n\n---\n\n");
        return {
          contents: {
            kind: features.hover,
            value: features.hover === MarkupKind.Markdown ? markdown : plainText(markdown),
          },
          ...(first === undefined ? {} : { range: rangeOf(snapshot.starts, first.span) }),
        };
      }),
    );
  },
};

/** The findings under an offset, the narrowest first. */
function findingsAt({ file }: Snapshot, offset: number): readonly Finding[] {
  return file.findings
    .filter(({ span }) => span.start <= offset && offset <= span.end)
    .sort((a, b) => a.span.end - a.span.start - (b.span.end - b.span.start));
}

/** What, why, what to do, and on what evidence. The editor shows the message of the finding itself above this. */
function describe(finding: Finding): string {
  const { rule } = finding;
  const docs = readRuleDocs(rule.docs);
  const section = (title: string, heading: string): readonly string[] => {
    const body = docs.sections.get(heading);
    return body === undefined || body === "" ? [] : [`**${title}**\n\n${body}`];
  };
  return [
    `**[${rule.id}](${rulePage(rule.id)})** · ${finding.severity} · ${finding.category}`,
    docs.summary,
    ...(finding.saving === undefined ? [] : [`This change ${savingText(finding.saving)}.`]),
    ...section("Why", "Why is this bad?"),
    `**What to do**\n\n${advice(finding, docs)}`,
    ...section("When not to use it", "When not to use it"),
    ...section("Evidence", "References"),
  ].join("\n\n");
}

function advice(finding: Finding, docs: RuleDocs): string {
  const fixes = finding.fixes.map((fix) =>
    fix.safety === "safe" ? `- Safe quick fix: ${fix.title}` : `- Quick fix to look at first: ${fix.title}`,
  );
  if (fixes.length > 0) return fixes.join("\n");
  const manual = finding.manual === undefined ? [] : [`By hand: ${finding.manual}`];
  const better = /^Use instead[\s\S]*/m.exec(docs.sections.get("Example") ?? "")?.[0];
  return [
    ...manual,
    better ?? `See [the page of the rule](${rulePage(finding.rule.id)}) for code that does better.`,
  ].join("\n\n");
}
