import {
  type Connection,
  type InitializeParams,
  PositionEncodingKind,
  type ServerCapabilities,
} from "vscode-languageserver/node";
import { version } from "../base/version.ts";
import { absolutePath, folderOf } from "../host/paths.ts";
import { packageFolders } from "../host/python-packages.ts";
import {
  type AuditAbort,
  type AuditChatAnswer,
  type AuditFetchAnswer,
  type AuditProgress,
  type AuditStep,
  auditAbortMethod,
  auditChatMethod,
  auditFetchMethod,
  auditProgressMethod,
  auditStepMethod,
} from "../protocol/audit.ts";
import { type ModelsChangedParams, modelsChangedMethod } from "../protocol/models-request.ts";
import { type ReportChangedParams, reportChangedMethod } from "../protocol/report-request.ts";
import { type StatusParams, statusMethod } from "../protocol/status.ts";
import type { NamedRule } from "../rules/_rule.ts";
import type { Syntax } from "../syntax/source-file.ts";
import { type AuditOptions, createAudits } from "./audits.ts";
import { type ClientFeatures, clientFeatures } from "./client-features.ts";
import type { Snapshot } from "./documents.ts";
import { allDiagnostics, createEvents } from "./events.ts";
import type { Handler, ServerContext } from "./handler.ts";
import { audit } from "./handlers/audit.ts";
import { auditSpending } from "./handlers/audit-spending.ts";
import { codeAction } from "./handlers/code-action.ts";
import { codeLens } from "./handlers/code-lens.ts";
import { debugInformation } from "./handlers/debug-information.ts";
import { heat } from "./handlers/heat.ts";
import { hover } from "./handlers/hover.ts";
import { inlayHint } from "./handlers/inlay-hint.ts";
import { models as modelsHandler } from "./handlers/models.ts";
import { openRulePage } from "./handlers/open-rule-page.ts";
import { report } from "./handlers/report.ts";
import { scenario } from "./handlers/scenario.ts";
import { sync } from "./handlers/sync.ts";
import { watch } from "./handlers/watch.ts";
import { createLog, type Log } from "./log.ts";
import { createModels, type Models } from "./models.ts";
import { requestOfScope } from "./scenario-of.ts";
import type { Scope } from "./scopes.ts";
import { createSession, type Session } from "./session.ts";
import { createSettingsSource } from "./settings-source.ts";
import { createStatus, type Status } from "./status.ts";
import { pathsIn } from "./uri-in.ts";

const handlers: readonly Handler[] = [
  sync,
  watch,
  hover,
  codeAction,
  inlayHint,
  codeLens,
  openRulePage,
  report,
  modelsHandler,
  scenario,
  heat,
  audit,
  auditSpending,
  debugInformation,
];

export interface ServerOptions {
  readonly rules: readonly NamedRule[];
  readonly syntax: Promise<Syntax>;
  /** The script of the thread that estimates models. */
  readonly modelWorker: URL;
  /** The script of the thread that audits. */
  readonly auditWorker: URL;
}

/** Serves one client until it says good-bye. */
export function serve(
  connection: Connection,
  { rules, syntax, modelWorker, auditWorker }: ServerOptions,
): void {
  const log = createLog(connection.console);
  // A failure is told when the session starts; until then nobody is there to hear it.
  syntax.catch(() => undefined);
  let context: ServerContext | undefined;
  let folders: readonly string[] = [];

  connection.onInitialize((params: InitializeParams) => {
    const features = clientFeatures(params.capabilities);
    folders = foldersOf(params);
    const settings = createSettingsSource(connection, features, params.initializationOptions, log, () => {
      session.reload().catch((error: unknown) => log.error("reading the settings failed", error));
    });
    const status = createStatus((state: StatusParams) => {
      connection
        .sendNotification(statusMethod, state)
        .catch((error: unknown) => log.error("sending the status failed", error));
    });
    const models = createModels({
      script: modelWorker,
      log,
      rootsOf,
      projectOf: ({ scope }) => scope.workspaceFolder,
      milliseconds: ({ scope }) => scope.settings.modelTimeLimit * 1000,
      requestOf: ({ scope }) => requestOfScope(scope, new Date().toISOString().slice(0, 10)),
      isWanted: ({ scope, skipped }) => scope.settings.models && skipped === undefined,
      onRefined: (uri) => tellModelsChanged(connection, uri, log),
      onEstimated: (uri) => {
        const snapshot = session.snapshot(uri);
        if (snapshot !== undefined) showModels(connection, features, snapshot, models, log);
      },
    });
    const session = createSession({
      syntax,
      rules,
      log,
      loadSettings: (of) => settings.load(of),
      events: createEvents(connection, features, status, models, log),
    });
    const audits = createAudits({ script: auditWorker, log, ...auditClient(connection, log) });
    context = {
      connection,
      session,
      models,
      audits,
      packagesOf: rootsOf,
      features,
      rules,
      settings,
      log,
      status,
    };
    for (const handler of handlers) handler.register(context);
    return {
      serverInfo: { name: "EcoCompute", version },
      capabilities: capabilitiesFor(features),
    };
  });

  connection.onInitialized(() => {
    if (context === undefined) return;
    for (const handler of handlers) handler.initialized?.(context);
    start(context.session, folders, context.status, log);
  });

  connection.onShutdown(() => {
    context?.session.dispose();
    context?.models.dispose();
    context?.audits.dispose();
  });
  connection.listen();
}

/** What an audit needs of the client, which alone speaks to the network. */
const auditClient = (
  connection: Connection,
  log: Log,
): Pick<AuditOptions, "fetch" | "abort" | "chat" | "progress" | "step"> => {
  const tell = (method: string, params: AuditAbort | AuditProgress | AuditStep): void => {
    connection
      .sendNotification(method, params)
      .catch((error: unknown) => log.error(`${method} failed`, error));
  };
  return {
    fetch: (params) => connection.sendRequest<AuditFetchAnswer>(auditFetchMethod, params),
    abort: (fetch) => tell(auditAbortMethod, { fetch }),
    chat: (params) => connection.sendRequest<AuditChatAnswer>(auditChatMethod, params),
    progress: (progress) => tell(auditProgressMethod, progress),
    step: (step) => tell(auditStepMethod, step),
  };
};

/** The project first, then the packages that are installed for it. */
function rootsOf({ path, scope }: Snapshot): readonly string[] {
  const { pythonPath, pythonEnvironment, readsPackages } = scope.settings;
  const named = pythonPath.map((each) => absolutePath(each, scope.found.folder));
  const chosen = named.length === 0 && pythonEnvironment !== null ? [absolutePath(pythonEnvironment)] : named;
  // Looked up once: settings and folders make new scopes.
  const packages = packagesOf.get(scope) ?? (readsPackages ? packageFolders(chosen, scope.roots) : []);
  packagesOf.set(scope, packages);
  return [...new Set([folderOf(path), ...scope.roots, ...packages])];
}

const packagesOf = new WeakMap<Scope, readonly string[]>();

/** Reports hold what rules find in models and what findings save: they are out of date too. */
function tellModelsChanged(connection: Connection, uri: string, log: Log): void {
  const news = [
    connection.sendNotification(modelsChangedMethod, { uri } satisfies ModelsChangedParams),
    connection.sendNotification(reportChangedMethod, { uris: [uri] } satisfies ReportChangedParams),
  ];
  for (const each of news) each.catch((error: unknown) => log.error("showing models failed", error));
}

/** Asks the client to show anew what the estimate of a document's models changed. */
function showModels(
  connection: Connection,
  features: ClientFeatures,
  snapshot: Snapshot,
  models: Models,
  log: Log,
): void {
  const work = [
    connection.sendDiagnostics(allDiagnostics(snapshot, features, models)),
    ...(features.refreshesInlayHints ? [connection.languages.inlayHint.refresh()] : []),
    ...(features.refreshesCodeLenses ? [connection.sendRequest("workspace/codeLens/refresh")] : []),
  ];
  for (const each of work) each.catch((error: unknown) => log.error("showing models failed", error));
  tellModelsChanged(connection, snapshot.uri, log);
}

function capabilitiesFor(features: ClientFeatures): ServerCapabilities {
  const all: ServerCapabilities = { positionEncoding: PositionEncodingKind.UTF16 };
  for (const handler of handlers) Object.assign(all, handler.capabilities(features));
  return all;
}

function start(session: Session, folders: readonly string[], status: Status, log: Log): void {
  session.start(folders).catch((error: unknown) => {
    log.error("the server could not start", error);
    status.failed(error instanceof Error ? error.message : String(error));
  });
}

function foldersOf({ workspaceFolders, rootUri }: InitializeParams): readonly string[] {
  return pathsIn(workspaceFolders ?? [{ uri: rootUri }]);
}
