/** Client to server: `DebugInformationParams` in, `DebugInformation` out. For bug reports: it holds no source text. */
export const debugInformationMethod = "ecocompute/debugInformation";

export interface DebugInformationParams {
  /** The document in front, when there is one. */
  readonly uri?: string;
}

export interface DebugInformation {
  /** Plain text, one fact a line: versions, configuration in force, active rules, open documents, cache sizes. */
  readonly text: string;
}
