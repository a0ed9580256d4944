import { parse, TomlDate, TomlError } from "smol-toml";
import * as z from "zod";
import { meant, unknownRule } from "../base/did-you-mean.ts";
import { lineStarts, positionAt, type Span } from "../base/text.ts";
import { type Range, type Severity, severities } from "../report/report.ts";
import type { NamedRule, Version } from "../rules/_rule.ts";
import { type GateConfig, readGate } from "./gate-config.ts";
import { type Preset, presets } from "./presets.ts";
import { type PartialRequest, readScenario } from "./scenario-config.ts";
import { selectorNames } from "./selectors.ts";
import { tomlKeys } from "./toml-position.ts";
import { parseVersion } from "./torch-version.ts";

export type RuleSeverity = Severity | "off";

export interface PerFileIgnore {
  /** In the manner of .gitignore, relative to the folder of the configuration file. */
  readonly pattern: string;
  /** Names of rules, categories or topics, or `all`. */
  readonly rules: readonly string[];
}

/** A path as the file writes it, relative to the folder of the file, and where it stands there. */
export interface NamedPath {
  readonly path: string;
  readonly range: Range;
}

/** What a configuration file says; `undefined` where it says nothing, so that other sources can speak. */
export interface Config {
  readonly torchVersion: Version | undefined;
  readonly preset: Preset | undefined;
  /** Names of rules, categories or topics, or `all`. */
  readonly select: readonly string[] | undefined;
  readonly ignore: readonly string[] | undefined;
  readonly severity: ReadonlyMap<string, RuleSeverity>;
  /** Patterns in the manner of .gitignore, relative to the folder of the configuration file. */
  readonly exclude: readonly string[] | undefined;
  readonly perFileIgnores: readonly PerFileIgnore[];
  /** A configuration file that holds where this one says nothing. */
  readonly extends: NamedPath | undefined;
  /** The file of findings that are known and not shown. */
  readonly baseline: NamedPath | undefined;
  /** What `ecocompute calibrate` learned from measurements of one's own. */
  readonly factors: NamedPath | undefined;
  /** What a model is estimated for, as far as the file says. */
  readonly scenario: PartialRequest;
  /** What a change may cost before it is merged. */
  readonly gate: GateConfig;
  /** The patterns of the files that this one extends, each with the folder they are relative to. */
  readonly inherited: readonly InheritedPatterns[];
}

export interface InheritedPatterns extends Pick<Config, "exclude" | "perFileIgnores"> {
  readonly folder: string;
}

/** Something in the file that could not be used: the rest of it holds. */
export interface ConfigProblem {
  readonly message: string;
  readonly range: Range;
  /** Of no account where no baseline is asked for. */
  readonly isAboutBaseline?: true;
}

export interface LoadedConfig {
  /** `undefined` when the file has no section for EcoCompute: look further up. */
  readonly config: Config | undefined;
  readonly problems: readonly ConfigProblem[];
}

/** `pyproject`: the section `[tool.ecocompute]` of pyproject.toml. `own`: the whole of ecocompute.toml. */
export type ConfigFile = "pyproject" | "own";

type RuleName = Pick<NamedRule, "id">;

export const emptyConfig: Config = {
  torchVersion: undefined,
  preset: undefined,
  select: undefined,
  ignore: undefined,
  severity: new Map(),
  exclude: undefined,
  perFileIgnores: [],
  extends: undefined,
  baseline: undefined,
  factors: undefined,
  scenario: {},
  gate: {},
  inherited: [],
};

export const configFileOf = (fileName: string): ConfigFile | undefined =>
  fileName === "pyproject.toml" ? "pyproject" : fileName === "ecocompute.toml" ? "own" : undefined;

/** Reads a configuration file. Whatever is wrong in it becomes a problem on its line; nothing throws. */
export function loadConfig(text: string, file: ConfigFile, rules: readonly RuleName[]): LoadedConfig {
  // A pyproject.toml that never names EcoCompute is none of our business, well-formed or not.
  if (file === "pyproject" && !text.includes("ecocompute")) return { config: undefined, problems: [] };
  const reader = createReader(text, file, rules);
  const table = reader.table();
  return { config: table === undefined ? undefined : reader.config(table), problems: reader.problems };
}

const tableSchema = z.record(z.string(), z.unknown());
const listSchema = z.array(z.string());
const severitySchema = z.enum(["off", ...severities]);
const presetSchema = z.enum(presets);
/** A file with more is not read by anyone who would mend it. */
const maxProblems = 50;

const keys = [
  "torch-version",
  "extends",
  "preset",
  "select",
  "ignore",
  "severity",
  "exclude",
  "per-file-ignores",
  "baseline",
  "factors",
  "scenario",
  "accelerators",
  "gate",
] as const;

function createReader(text: string, file: ConfigFile, rules: readonly RuleName[]) {
  const problems: ConfigProblem[] = [];
  const prefix = file === "pyproject" ? ["tool", "ecocompute"] : [];
  const at = tomlKeys(text);
  const starts = lineStarts(text);
  const ruleIds = rules.map((rule) => rule.id);
  const known = selectorNames(rules);

  const rangeOf = (span: Span | undefined): Range => {
    const { start, end } = span ?? { start: 0, end: 0 };
    return { start: positionAt(starts, start), end: positionAt(starts, end) };
  };
  const report = (message: string, span: Span | undefined): void => {
    if (!isFull()) problems.push({ message, range: rangeOf(span) });
  };
  /** Asked before words are looked for, which takes time. */
  const isFull = (): boolean => problems.length >= maxProblems;
  const keyAt = (...path: readonly string[]): Span | undefined => at.spanOf([...prefix, ...path]);

  const table = (): Readonly<Record<string, unknown>> | undefined => {
    try {
      const root = parse(text);
      if (file === "own") return root;
      const tool = tableSchema.safeParse(root["tool"]);
      const section = tool.success ? tool.data["ecocompute"] : undefined;
      if (section === undefined) return undefined;
      const own = tableSchema.safeParse(section);
      if (own.success) return own.data;
      report("`tool.ecocompute` must be a table.", keyAt());
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      const line = Math.max(0, error.line - 1);
      const start = starts[line] ?? text.length;
      const end = Math.max(start, (starts[line + 1] ?? text.length + 1) - 1);
      report(`Not valid TOML: ${firstLine(error.message)}`, { start, end });
    }
    return undefined;
  };

  const strings = (value: unknown, key: string): readonly string[] | undefined => {
    if (value === undefined) return undefined;
    const list = listSchema.safeParse(value);
    if (list.success) return list.data;
    report(`\`${key}\` must be a list of strings, not ${describe(value)}.`, keyAt(key));
    return undefined;
  };

  /** Names of rules and categories; those that name nothing are reported and left out. */
  const selectors = (names: readonly string[], path: readonly string[]): readonly string[] =>
    names.filter((name) => {
      if (known.includes(name)) return true;
      if (isFull()) return false;
      report(unknownRule(name, known), at.spanOfValue([...prefix, ...path], name));
      return false;
    });

  const selectorsOf = (value: unknown, key: string): readonly string[] | undefined => {
    const names = strings(value, key);
    return names === undefined ? undefined : selectors(names, [key]);
  };

  /** A selection of nothing but words that are no rules is a mistake: the default goes on. */
  const selection = (value: unknown): readonly string[] | undefined => {
    const names = selectorsOf(value, "select");
    return names?.length === 0 && Array.isArray(value) && value.length > 0 ? undefined : names;
  };

  const entries = (value: unknown, key: string): readonly (readonly [string, unknown])[] => {
    if (value === undefined) return [];
    const own = tableSchema.safeParse(value);
    if (own.success) return Object.entries(own.data);
    report(`\`${key}\` must be a table, not ${describe(value)}.`, keyAt(key));
    return [];
  };

  const severity = (value: unknown): ReadonlyMap<string, RuleSeverity> => {
    const found = new Map<string, RuleSeverity>();
    for (const [rule, level] of entries(value, "severity")) {
      const parsed = severitySchema.safeParse(level);
      const isRule = ruleIds.includes(rule);
      if (isRule && parsed.success) found.set(rule, parsed.data);
      else if (isFull()) continue;
      else if (!isRule) report(unknownRule(rule, ruleIds), keyAt("severity", rule));
      else {
        const levels = severitySchema.options;
        const hint = typeof level === "string" ? meant(level, levels) : "";
        report(
          `The severity of \`${rule}\` must be one of ${levels.map((each) => `\`${each}\``).join(", ")}, not ${describe(level)}.${hint}`,
          keyAt("severity", rule),
        );
      }
    }
    return found;
  };

  const perFileIgnores = (value: unknown): readonly PerFileIgnore[] =>
    entries(value, "per-file-ignores").flatMap(([pattern, names]) => {
      const list = listSchema.safeParse(names);
      if (list.success) return [{ pattern, rules: selectors(list.data, ["per-file-ignores", pattern]) }];
      report(
        `The rules to ignore in \`${pattern}\` must be a list of strings, not ${describe(names)}.`,
        keyAt("per-file-ignores", pattern),
      );
      return [];
    });

  const oneOf = <T extends string>(
    value: unknown,
    key: string,
    schema: z.ZodType<T>,
    choices: readonly T[],
  ): T | undefined => {
    const parsed = schema.safeParse(value);
    if (value === undefined || parsed.success) return parsed.data;
    const listed = choices.map((each) => `\`${each}\``).join(", ");
    const hint = typeof value === "string" ? meant(value, choices) : "";
    report(`\`${key}\` must be one of ${listed}, not ${describe(value)}.${hint}`, keyAt(key));
    return undefined;
  };

  const path = (value: unknown, key: string, ending: string): NamedPath | undefined => {
    if (value === undefined) return undefined;
    if (typeof value === "string" && value.endsWith(ending))
      return { path: value, range: rangeOf(at.spanOfValue([...prefix, key], value)) };
    report(`\`${key}\` must be the path of a ${ending} file, not ${describe(value)}.`, keyAt(key));
    return undefined;
  };

  const torchVersion = (value: unknown): Version | undefined => {
    if (value === undefined) return undefined;
    const version = typeof value === "string" ? parseVersion(value) : undefined;
    // Unquoted, 2.10 would read as 2.1.
    if (version === undefined)
      report(
        `\`torch-version\` must be a version in quotes, such as "2.4", not ${describe(value)}.`,
        keyAt("torch-version"),
      );
    return version;
  };

  const config = (section: Readonly<Record<string, unknown>>): Config => {
    for (const name of Object.keys(section))
      if (!isFull() && !keys.some((each) => each === name))
        report(`Unknown key \`${name}\`.${meant(name, keys)}`, keyAt(name));
    return {
      torchVersion: torchVersion(section["torch-version"]),
      extends: path(section["extends"], "extends", ".toml"),
      preset: oneOf(section["preset"], "preset", presetSchema, presets),
      select: selection(section["select"]),
      ignore: selectorsOf(section["ignore"], "ignore"),
      severity: severity(section["severity"]),
      exclude: strings(section["exclude"], "exclude"),
      perFileIgnores: perFileIgnores(section["per-file-ignores"]),
      baseline: path(section["baseline"], "baseline", ".json"),
      factors: path(section["factors"], "factors", ".json"),
      scenario: readScenario(section["scenario"], section["accelerators"], (message, path) =>
        report(message, keyAt(...path)),
      ),
      gate: readGate(section["gate"], (message, path) => report(message, keyAt(...path))),
      inherited: [],
    };
  };

  return { table, config, problems };
}

const firstLine = (message: string): string =>
  (message.split("\n")[0] ?? message).replace(/^Invalid TOML document: /, "");

function describe(value: unknown): string {
  if (typeof value === "string") return `the string ${JSON.stringify(value)}`;
  if (typeof value === "number" || typeof value === "bigint") return `the number ${value}`;
  if (typeof value === "boolean") return `\`${value}\``;
  if (Array.isArray(value)) {
    const odd = value.find((each) => typeof each !== "string");
    return odd === undefined ? "a list" : `a list with ${describe(odd)} in it`;
  }
  return value instanceof TomlDate ? "a date" : "a table";
}
