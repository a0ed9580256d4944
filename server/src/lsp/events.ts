import type { Connection, PublishDiagnosticsParams } from "vscode-languageserver/node";
import { type ReportChangedParams, reportChangedMethod } from "../protocol/report-request.ts";
import type { ClientFeatures } from "./client-features.ts";
import type { Snapshot } from "./documents.ts";
import type { Log } from "./log.ts";
import { modelDiagnostics } from "./model-diagnostics.ts";
import { withModels } from "./model-findings.ts";
import type { Models } from "./models.ts";
import { createConfigDiagnostics, diagnosticsOf } from "./publish.ts";
import type { SessionEvents } from "./session.ts";
import type { Status } from "./status.ts";

/** Milliseconds after which a report on screen learns of changes. */
const settle = 100;

/** Passes on to the client what happens in the session. */
export function createEvents(
  connection: Connection,
  features: ClientFeatures,
  status: Status,
  models: Models,
  log: Log,
): SessionEvents {
  const send = (work: Promise<void>): void => {
    work.catch((error: unknown) => log.error("sending to the client failed", error));
  };
  const reports = createReportNews((news) => send(connection.sendNotification(reportChangedMethod, news)));
  const configDiagnostics = createConfigDiagnostics((params) => send(connection.sendDiagnostics(params)));
  return {
    analyzed(snapshot) {
      models.analyzed(snapshot);
      send(connection.sendDiagnostics(allDiagnostics(snapshot, features, models)));
      reports.changed(snapshot.uri);
    },
    opened: (snapshot) => status.show(snapshot.scope, snapshot.uri),
    closed(uri, path) {
      models.closed(uri, path);
      send(connection.sendDiagnostics({ uri, diagnostics: [] }));
      reports.changed(uri);
    },
    filesChanged(paths) {
      models.filesChanged(paths);
      reports.everythingChanged();
    },
    reconfigured(scopes, shown) {
      configDiagnostics.show(scopes.map((scope) => scope.found));
      if (shown !== undefined) status.show(shown.scope, shown.uri);
      else if (scopes[0] !== undefined) status.show(scopes[0], undefined);
      else status.ready();
      reports.everythingChanged();
    },
  };
}

/** What the rules found in a document and what its models would raise. */
export function allDiagnostics(
  snapshot: Snapshot,
  features: ClientFeatures,
  models: Models,
): PublishDiagnosticsParams {
  const { uri, version } = snapshot;
  const found = diagnosticsOf(withModels(snapshot, models), features);
  const diagnostics = [...found, ...modelDiagnostics(snapshot, models.of(uri))];
  return { uri, version, diagnostics };
}

/** Collects what changed until it has been quiet for a moment. */
function createReportNews(tell: (news: ReportChangedParams) => void) {
  const uris = new Set<string>();
  let everything = false;
  let timer: NodeJS.Timeout | undefined;
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      tell({ uris: everything ? [] : [...uris] });
      uris.clear();
      everything = false;
    }, settle);
  };
  return {
    changed(uri: string) {
      uris.add(uri);
      later();
    },
    everythingChanged() {
      everything = true;
      later();
    },
  };
}
