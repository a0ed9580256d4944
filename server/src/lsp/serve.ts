import {
  type Connection,
  type InitializeParams,
  PositionEncodingKind,
  type ServerCapabilities,
} from "vscode-languageserver/node";
import { version } from "../base/version.ts";
import { pathOfUri } from "../host/paths.ts";
import { type StatusParams, statusMethod } from "../protocol/status.ts";
import type { NamedRule } from "../rules/_rule.ts";
import type { Syntax } from "../syntax/source-file.ts";
import { type ClientFeatures, clientFeatures } from "./client-features.ts";
import { createEvents } from "./events.ts";
import type { Handler, ServerContext } from "./handler.ts";
import { codeAction } from "./handlers/code-action.ts";
import { debugInformation } from "./handlers/debug-information.ts";
import { hover } from "./handlers/hover.ts";
import { openRulePage } from "./handlers/open-rule-page.ts";
import { report } from "./handlers/report.ts";
import { sync } from "./handlers/sync.ts";
import { watch } from "./handlers/watch.ts";
import { createLog, type Log } from "./log.ts";
import { createSession, type Session } from "./session.ts";
import { createSettingsSource } from "./settings-source.ts";
import { createStatus, type Status } from "./status.ts";

const handlers: readonly Handler[] = [sync, watch, hover, codeAction, openRulePage, report, debugInformation];

export interface ServerOptions {
  readonly rules: readonly NamedRule[];
  readonly syntax: Promise<Syntax>;
}

/** Serves one client until it says good-bye. */
export function serve(connection: Connection, { rules, syntax }: ServerOptions): void {
  const log = createLog(connection.console);
  // A failure is told when the session starts; until then nobody is there to hear it.
  syntax.catch(() => undefined);
  let context: ServerContext | undefined;
  let folders: readonly string[] = [];

  connection.onInitialize((params: InitializeParams) => {
    const features = clientFeatures(params.capabilities);
    folders = foldersOf(params);
    const settings = createSettingsSource(connection, features, params.initializationOptions, log);
    const status = createStatus((state: StatusParams) => {
      connection
        .sendNotification(statusMethod, state)
        .catch((error: unknown) => log.error("sending the status failed", error));
    });
    const session = createSession({
      syntax,
      rules,
      log,
      loadSettings: (of) => settings.load(of),
      events: createEvents(connection, features, status, log),
    });
    context = { connection, session, features, rules, settings, log, status };
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

  connection.onShutdown(() => context?.session.dispose());
  connection.listen();
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
  const uris = workspaceFolders?.map((folder) => folder.uri) ?? (rootUri === null ? [] : [rootUri]);
  return uris.map(pathOfUri);
}
