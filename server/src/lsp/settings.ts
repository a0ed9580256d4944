import { presets } from "../analysis/presets.ts";
import { readScenarioSetting } from "../analysis/scenario-config.ts";
import { parseVersion } from "../analysis/torch-version.ts";
import type { ConfigurationPreference, LogLevel, RulePreset, Settings } from "../protocol/settings.ts";
import { type Severity, severities } from "../report/report.ts";

export const defaultSettings: Settings = {
  enable: true,
  configurationPreference: "editorFirst",
  configuration: null,
  torchVersion: null,
  preset: null,
  select: null,
  ignore: [],
  rules: {},
  models: true,
  shapeHints: true,
  codeLens: true,
  auditLens: false,
  pythonPath: [],
  pythonEnvironment: null,
  readsPackages: true,
  modelTimeLimit: 2,
  scenario: {},
  logLevel: "info",
};

export interface ReadSettings {
  readonly settings: Settings;
  /** What was of a wrong type; its default holds. */
  readonly problems: readonly string[];
}

const preferences: readonly ConfigurationPreference[] = ["editorFirst", "filesystemFirst", "editorOnly"];
const logLevels: readonly LogLevel[] = ["error", "warning", "info", "debug"];
const levels: readonly (Severity | "off")[] = ["off", ...severities];

/** Reads what an editor sent for the section `ecocompute`; nothing in it can do harm. */
export function readSettings(sent: unknown): ReadSettings {
  const problems: string[] = [];
  const section = isRecord(sent) ? sent : {};
  const wrong = (name: string, wanted: string): void => {
    problems.push(`The setting \`ecocompute.${name}\` must be ${wanted}; its default is used.`);
  };
  /** The value when it is one, its default otherwise. */
  const read = <T>(
    name: string,
    standard: T,
    wanted: string,
    parse: (value: unknown) => T | undefined,
  ): T => {
    const value = section[name];
    if (value === undefined || value === null || value === "") return standard;
    const parsed = parse(value);
    if (parsed === undefined) wrong(name, wanted);
    return parsed ?? standard;
  };
  const rules: Record<string, Severity | "off"> = {};
  for (const [rule, level] of Object.entries(
    read("rules", {}, "an object", (value) => (isRecord(value) ? value : undefined)),
  )) {
    const known = levels.find((each) => each === level);
    if (known === undefined) wrong(`rules.${rule}`, `one of ${levels.join(", ")}`);
    else rules[rule] = known;
  }
  return {
    settings: {
      enable: read("enable", defaultSettings.enable, "true or false", yesOrNo),
      configurationPreference: read(
        "configurationPreference",
        defaultSettings.configurationPreference,
        `one of ${preferences.join(", ")}`,
        (value) => preferences.find((each) => each === value),
      ),
      configuration: read<string | null>("configuration", null, "a path", nonEmptyText),
      torchVersion: read<string | null>("torchVersion", null, 'a version such as "2.4"', (value) => {
        const text = nonEmptyText(value);
        return text !== undefined && parseVersion(text) !== undefined ? text : undefined;
      }),
      preset: read<RulePreset | null>("preset", null, `one of ${presets.join(", ")}`, (value) =>
        presets.find((each) => each === value),
      ),
      select: read<readonly string[] | null>("select", null, "a list of rule names", textList),
      ignore: read<readonly string[]>("ignore", [], "a list of rule names", textList),
      rules,
      models: read("models", defaultSettings.models, "true or false", yesOrNo),
      shapeHints: read("shapeHints", defaultSettings.shapeHints, "true or false", yesOrNo),
      codeLens: read("codeLens", defaultSettings.codeLens, "true or false", yesOrNo),
      auditLens: read("auditLens", defaultSettings.auditLens, "true or false", yesOrNo),
      pythonPath: read<readonly string[]>("pythonPath", [], "a list of paths", textList),
      pythonEnvironment: read<string | null>("pythonEnvironment", null, "a path", nonEmptyText),
      readsPackages: read("readsPackages", defaultSettings.readsPackages, "true or false", yesOrNo),
      modelTimeLimit: read(
        "modelTimeLimit",
        defaultSettings.modelTimeLimit,
        "a number of seconds above 0",
        (value) => (typeof value === "number" && value > 0 ? value : undefined),
      ),
      scenario: read("scenario", defaultSettings.scenario, "an object", (value) =>
        isRecord(value) ? scenarioIn(value, problems) : undefined,
      ),
      logLevel: read("logLevel", defaultSettings.logLevel, `one of ${logLevels.join(", ")}`, (value) =>
        logLevels.find((each) => each === value),
      ),
    },
    problems,
  };
}

/** What can be used of it; the rest is told. */
function scenarioIn(value: Readonly<Record<string, unknown>>, problems: string[]): Settings["scenario"] {
  const wrong = new Set<string>();
  readScenarioSetting(value, (message, path) => {
    const [, key] = path;
    if (key !== undefined) wrong.add(key);
    problems.push(`The setting \`ecocompute.scenario\`: ${message}`);
  });
  return Object.fromEntries(Object.entries(value).filter(([key]) => !wrong.has(key)));
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const yesOrNo = (value: unknown): boolean | undefined => (typeof value === "boolean" ? value : undefined);

const nonEmptyText = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;

function textList(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts: readonly unknown[] = value;
  return texts.every((each) => typeof each === "string") ? texts : undefined;
}
