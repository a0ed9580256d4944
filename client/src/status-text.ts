import type { StatusParams } from "../../server/src/protocol/status.ts";

/** What the language status item shows: data only, so that it can be read without an editor. */
export interface StatusText {
  readonly text: string;
  readonly detail: string;
  readonly busy: boolean;
  readonly severity: "information" | "error";
}

export function statusText(status: StatusParams): StatusText {
  const facts = [
    rules(status.rulesActive),
    status.torchVersion === undefined ? "torch version unknown" : `torch ${status.torchVersion}`,
    ...(status.configPath === undefined ? [] : [fileName(status.configPath)]),
  ].join(" · ");
  switch (status.state) {
    case "starting":
      return { text: "EcoCompute", detail: "starting", busy: true, severity: "information" };
    case "analyzing":
      return {
        text: "EcoCompute",
        detail: status.message ?? "analyzing",
        busy: true,
        severity: "information",
      };
    case "ready":
      return { text: "EcoCompute", detail: facts, busy: false, severity: "information" };
    case "error":
      return {
        text: "EcoCompute has a problem",
        detail: status.message ?? "see the logs",
        busy: false,
        severity: "error",
      };
  }
}

const rules = (count: number): string => (count === 1 ? "1 rule" : `${count} rules`);

const fileName = (uri: string): string => decodeURIComponent(uri.slice(uri.lastIndexOf("/") + 1));
