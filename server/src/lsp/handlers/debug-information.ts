import { pathOfUri } from "../../host/paths.ts";
import { type DebugInformation, debugInformationMethod } from "../../protocol/debug-information.ts";
import type { Handler } from "../handler.ts";

export const debugInformation: Handler = {
  capabilities: () => ({}),
  register({ connection, session, rules }) {
    connection.onRequest(debugInformationMethod, async (params: unknown): Promise<DebugInformation> => {
      await session.ready;
      const uri =
        typeof params === "object" && params !== null && "uri" in params && typeof params.uri === "string"
          ? params.uri
          : undefined;
      const path = uri === undefined ? `${session.folders[0] ?? ""}/untitled.py` : pathOfUri(uri);
      const { linter, found, torch, enabled } = session.scopeFor(path);
      const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MiB`;
      const { rss, external } = process.memoryUsage();
      const facts: readonly (readonly [string, string])[] = [
        ["Node", process.version],
        ["Platform", `${process.platform} ${process.arch}`],
        ["Memory", `${megabytes(rss)} resident, ${megabytes(external)} of it outside of JavaScript`],
        ["Uptime", `${Math.round(process.uptime())} s`],
        ["Workspace folders", session.folders.join(", ") || "none"],
        ["Open documents", String(session.openCount)],
        ["Document", uri ?? "none"],
        ["Enabled", enabled ? "yes" : "no"],
        ["Configuration", found.path ?? "none"],
        ["Configuration problems", found.problems.map((each) => each.message).join(" ") || "none"],
        ["torch", torch ?? "not known"],
        [
          "Active rules",
          `${linter.activeRules.length} of ${rules.length}: ${linter.activeRules.map((rule) => rule.id).join(", ")}`,
        ],
      ];
      return { text: facts.map(([name, value]) => `${name}: ${value}`).join("\n") };
    });
  },
};
