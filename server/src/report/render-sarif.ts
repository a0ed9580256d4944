import type {
  Artifact,
  Log,
  Notification,
  PhysicalLocation,
  Region,
  ReportingDescriptor,
  Result,
} from "sarif";
import type { DetailedFinding, DetailedReport } from "./detailed-report.ts";
import type { Range, ReportProblem, Severity } from "./report.ts";

/** What SARIF says of a rule, whether it found anything or not. */
export interface SarifRule {
  readonly id: string;
  readonly summary: string;
  /** The page, in Markdown and as plain text. */
  readonly markdown: string;
  readonly text: string;
  readonly page: string;
  readonly category: string;
  readonly severity: Severity | "off";
}

export interface SarifOptions {
  readonly version: string;
  readonly rules: readonly SarifRule[];
  /** Everything that was asked for could be checked. */
  readonly complete: boolean;
  /** URI of the folder that relative paths start from, with `/` at its end. */
  readonly root: string;
}

/** SARIF 2.1.0, as code scanning services read it. */
export function renderSarif(report: DetailedReport, { version, rules, complete, root }: SarifOptions): Log {
  const indices = new Map(rules.map((rule, i) => [rule.id, i]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "EcoCompute",
            version,
            semanticVersion: version,
            informationUri: "https://github.com/ecocompute/ecocompute",
            rules: rules.map(descriptor),
          },
        },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { "%SRCROOT%": { uri: root } },
        invocations: [
          {
            executionSuccessful: complete,
            ...(report.problems.length === 0
              ? {}
              : { toolExecutionNotifications: report.problems.map(notification) }),
          },
        ],
        artifacts: artifacts(report),
        results: report.findings.map((finding) => result(finding, indices.get(finding.rule))),
      },
    ],
  };
}

const descriptor = (rule: SarifRule): ReportingDescriptor => ({
  id: rule.id,
  name: rule.id,
  shortDescription: { text: rule.summary },
  fullDescription: { text: rule.summary },
  help: { text: rule.text, markdown: rule.markdown },
  helpUri: rule.page,
  defaultConfiguration: { level: rule.severity === "off" ? "none" : levelOf(rule.severity) },
  properties: { tags: [rule.category] },
});

const artifacts = (report: DetailedReport): Artifact[] =>
  [...new Set(report.findings.map((finding) => finding.file))].map((file) => ({
    location: artifactAt(file),
  }));

function result(finding: DetailedFinding, ruleIndex: number | undefined): Result {
  return {
    ruleId: finding.rule,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: levelOf(finding.severity),
    message: { text: finding.message },
    locations: [{ physicalLocation: locationOf(finding.file, finding.range) }],
    ...(finding.related.length === 0
      ? {}
      : {
          relatedLocations: finding.related.map(({ file, range, message }, id) => ({
            id,
            physicalLocation: locationOf(file, range),
            message: { text: message },
          })),
        }),
    // GitHub goes by the second name and works out one of its own where it is missing.
    partialFingerprints: {
      "ecocompute/v1": finding.fingerprint,
      primaryLocationLineHash: finding.fingerprint,
    },
    ...(finding.fixes.length === 0
      ? {}
      : {
          fixes: finding.fixes.map((fix) => ({
            description: { text: fix.title },
            artifactChanges: [
              {
                artifactLocation: artifactAt(finding.file),
                replacements: fix.edits.map(({ range, text }) => ({
                  deletedRegion: regionOf(range),
                  insertedContent: { text },
                })),
              },
            ],
          })),
        }),
    properties: {
      category: finding.category,
      severity: finding.severity,
      fix: finding.fix,
      ...(finding.saving === undefined ? {} : { saving: finding.saving }),
    },
  };
}

function notification({ file, range, message }: ReportProblem): Notification {
  return {
    level: "warning",
    message: { text: message },
    ...(file === ""
      ? {}
      : {
          locations: [
            {
              physicalLocation:
                range === undefined ? { artifactLocation: artifactAt(file) } : locationOf(file, range),
            },
          ],
        }),
  };
}

function levelOf(severity: Severity): "error" | "warning" | "note" {
  switch (severity) {
    case "critical":
    case "error":
      return "error";
    case "warning":
      return "warning";
    case "info":
    case "hint":
      return "note";
  }
}

const locationOf = (file: string, range: Range): PhysicalLocation => ({
  artifactLocation: artifactAt(file),
  region: regionOf(range),
});

/** A path below the root becomes a relative reference; anything else is named in full. */
function artifactAt(file: string): { readonly uri: string; readonly uriBaseId?: string } {
  const encoded = file
    .replace(/\p{Cs}/gu, "\ufffd")
    .split("/")
    .map(encodeURIComponent)
    .join("/");
  if (file.startsWith("/")) return { uri: `file://${encoded}` };
  if (/^[A-Za-z]:\//.test(file)) return { uri: `file:///${encoded.replace("%3A", ":")}` };
  return { uri: encoded, uriBaseId: "%SRCROOT%" };
}

/** Lines and columns count from one; the end column is the one behind the last character. */
const regionOf = ({ start, end }: Range): Region => ({
  startLine: start.line + 1,
  startColumn: start.character + 1,
  endLine: end.line + 1,
  endColumn: end.character + 1,
});
