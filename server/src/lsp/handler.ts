import type { Connection, ServerCapabilities } from "vscode-languageserver/node";
import type { NamedRule } from "../rules/_rule.ts";
import type { Audits } from "./audits.ts";
import type { ClientFeatures } from "./client-features.ts";
import type { Snapshot } from "./documents.ts";
import type { Log } from "./log.ts";
import type { Models } from "./models.ts";
import type { Session } from "./session.ts";
import type { SettingsSource } from "./settings-source.ts";
import type { Status } from "./status.ts";

/** What a feature needs to answer. */
export interface ServerContext {
  readonly connection: Connection;
  readonly session: Session;
  readonly models: Models;
  readonly audits: Audits;
  /** Folders that hold packages for a document, its own project first. */
  packagesOf(snapshot: Snapshot): readonly string[];
  readonly features: ClientFeatures;
  readonly rules: readonly NamedRule[];
  readonly settings: SettingsSource;
  readonly log: Log;
  readonly status: Status;
}

/** One feature of the server: what it promises the client and how it keeps it. */
export interface Handler {
  capabilities(features: ClientFeatures): Partial<ServerCapabilities>;
  register(context: ServerContext): void;
  /** Called when the client is ready for requests of ours. */
  initialized?(context: ServerContext): void;
}

/** Takes one notification; a fault of ours is logged and costs that one alone. */
export function contained<Params>(
  name: string,
  log: Log,
  take: (params: Params) => void,
): (params: Params) => void {
  return (params) => {
    try {
      take(params);
    } catch (error) {
      log.error(`${name} failed`, error);
    }
  };
}

/** Gives one answer once the session has started; a fault of ours is logged and costs that answer alone. */
export function answering<Params, Answer>(
  name: string,
  { log, session }: Pick<ServerContext, "log" | "session">,
  fallback: Answer,
  answer: (params: Params) => Answer,
): (params: Params) => Promise<Answer> {
  return async (params) => {
    await session.ready;
    try {
      return answer(params);
    } catch (error) {
      log.error(`${name} failed`, error);
      return fallback;
    }
  };
}
