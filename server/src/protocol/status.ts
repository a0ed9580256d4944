/** Server to client, whenever a field changes. */
export const statusMethod = "ecocompute/status";

type ServerState = "starting" | "ready" | "analyzing" | "error";

export interface StatusParams {
  readonly state: ServerState;
  /** Rules that are switched on for the document in `uri`, or for the workspace when there is none. */
  readonly rulesActive: number;
  readonly uri?: string;
  /** The torch version that gates rules, and where it was read: "2.4 (pyproject.toml)". Absent when nothing says. */
  readonly torchVersion?: string;
  /** URI of the configuration file in force. Absent when there is none. */
  readonly configPath?: string;
  /** Why the state is `error`, or what is being analyzed. */
  readonly message?: string;
}
