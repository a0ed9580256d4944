import { uriOfPath } from "../host/paths.ts";
import type { StatusParams } from "../protocol/status.ts";
import type { Scope } from "./scopes.ts";

/** What the client shows about the server; told only when something in it changed. */
export interface Status {
  /** @param uri the document that the facts are about. */
  show(scope: Scope, uri: string | undefined): void;
  analyzing(message: string): void;
  ready(): void;
  failed(message: string): void;
}

export function createStatus(send: (status: StatusParams) => void): Status {
  let facts: Omit<StatusParams, "state" | "message"> = { rulesActive: 0 };
  let last = "";
  const tell = (status: StatusParams): void => {
    const text = JSON.stringify(status);
    if (text === last) return;
    last = text;
    send(status);
  };
  return {
    show({ linter, enabled, torch, found }, uri) {
      facts = {
        rulesActive: enabled ? linter.activeRules.length : 0,
        ...(uri === undefined ? {} : { uri }),
        ...(torch === undefined ? {} : { torchVersion: torch }),
        ...(found.path === undefined ? {} : { configPath: uriOfPath(found.path) }),
      };
      tell({ state: "ready", ...facts });
    },
    analyzing: (message) => tell({ state: "analyzing", ...facts, message }),
    ready: () => tell({ state: "ready", ...facts }),
    failed: (message) => tell({ state: "error", ...facts, message }),
  };
}
