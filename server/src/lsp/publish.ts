import {
  type Diagnostic,
  DiagnosticSeverity,
  type PublishDiagnosticsParams,
} from "vscode-languageserver/node";
import { suppressionProblems } from "../analysis/directives.ts";
import type { FoundConfig } from "../host/find-config.ts";
import { uriOfPath } from "../host/paths.ts";
import type { ClientFeatures } from "./client-features.ts";
import { diagnosticOf, rangeOf, source } from "./convert.ts";
import type { Snapshot } from "./documents.ts";

const fileStart = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/** What the editor underlines in a document. */
export function diagnosticsOf(snapshot: Snapshot, features: ClientFeatures): Diagnostic[] {
  if (snapshot.skipped?.kind === "tooLarge")
    return [
      {
        range: fileStart,
        severity: DiagnosticSeverity.Information,
        source,
        code: "file-too-large",
        message: snapshot.skipped.why,
      },
    ];
  const { uri, starts } = snapshot;
  const { findings, source: code } = snapshot.file;
  const comments = code === undefined ? [] : suppressionProblems(code, snapshot.scope.linter.ruleIds);
  return [
    ...findings.map((finding) => diagnosticOf(finding, uri, starts, features.diagnostics)),
    ...comments.map(({ span, message }) => ({
      range: rangeOf(starts, span),
      severity: DiagnosticSeverity.Information,
      source,
      code: "comment-without-effect",
      message,
    })),
  ];
}

/** Underlines what is wrong in configuration files, and takes it back once it is right. */
export interface ConfigDiagnostics {
  show(found: readonly FoundConfig[]): void;
}

export function createConfigDiagnostics(
  publish: (params: PublishDiagnosticsParams) => void,
): ConfigDiagnostics {
  let shown: ReadonlySet<string> = new Set();
  return {
    show(found) {
      const byPath = new Map(found.flatMap((each) => (each.path === undefined ? [] : [[each.path, each]])));
      const now = new Set<string>();
      for (const [path, { problems }] of byPath) {
        if (problems.length === 0) continue;
        now.add(path);
        publish({
          uri: uriOfPath(path),
          diagnostics: problems.map(({ message, range }) => ({
            range,
            severity: DiagnosticSeverity.Error,
            source,
            code: "configuration",
            message,
          })),
        });
      }
      for (const path of shown) if (!now.has(path)) publish({ uri: uriOfPath(path), diagnostics: [] });
      shown = now;
    },
  };
}
