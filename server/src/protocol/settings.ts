import type { Severity } from "../report/report.ts";

/** The section the server asks for with `workspace/configuration`, scoped to each document. */
export const settingsSection = "ecocompute";

/** What a client may send with `initialize`, so that the first findings wait for no further answer. */
export interface EarlySettings {
  readonly earlySettings: readonly EarlySection[];
}

export interface EarlySection {
  /** A workspace folder; null for what holds outside of all. */
  readonly uri: string | null;
  readonly section: unknown;
}

/**
 * `editorFirst`: a setting wins over the configuration file. `filesystemFirst`: the file wins where it says anything.
 * `editorOnly`: files are not read.
 */
export type ConfigurationPreference = "editorFirst" | "filesystemFirst" | "editorOnly";

export type RulePreset = "recommended" | "strict" | "bugs-only";

export type LogLevel = "error" | "warning" | "info" | "debug";

/** The settings of an editor as the server wants them; a value of a wrong type is reported and its default used. */
export interface Settings {
  readonly enable: boolean;
  readonly configurationPreference: ConfigurationPreference;
  /** Path of a `pyproject.toml` or `ecocompute.toml` that replaces the discovered one; relative to the workspace folder. */
  readonly configuration: string | null;
  /** Such as "2.4"; null reads it from the project. */
  readonly torchVersion: string | null;
  /** The rules that run and how sure they must be; null leaves it to the configuration file. */
  readonly preset: RulePreset | null;
  /** Names of rules, categories or topics that run; null runs the preset. */
  readonly select: readonly string[] | null;
  readonly ignore: readonly string[];
  /** Severity by rule; `off` silences it. */
  readonly rules: Readonly<Record<string, "off" | Severity>>;
  /** Interpret the models of open files, without running them. */
  readonly models: boolean;
  /** Shapes behind the names that a forward pass binds. */
  readonly shapeHints: boolean;
  /** Parameters and multiply-accumulates above each model. */
  readonly codeLens: boolean;
  /** A link above each model that starts an audit; only an editor with the command `ecocompute.auditModel` sets it. */
  readonly auditLens: boolean;
  /** Python interpreters, environments or folders whose packages models may import; empty looks for a virtual environment. */
  readonly pythonPath: readonly string[];
  /** The interpreter or environment that the user chose elsewhere in the editor: the client adds it to the section. */
  readonly pythonEnvironment: string | null;
  /** False in a restricted workspace, whose folders could name any path: the client adds it as well. */
  readonly readsPackages: boolean;
  /** Seconds after which the estimate of a model is cut short. */
  readonly modelTimeLimit: number;
  /** Where and how models run, by the keys of the configuration's table `scenario`; wins over the file. */
  readonly scenario: Readonly<Record<string, unknown>>;
  readonly logLevel: LogLevel;
}
