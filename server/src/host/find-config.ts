import { readdirSync } from "node:fs";
import {
  type Config,
  type ConfigProblem,
  configFileOf,
  emptyConfig,
  loadConfig,
  type NamedPath,
} from "../analysis/config.ts";
import { readFactors } from "../analysis/factors-file.ts";
import { inheritConfig } from "../analysis/merge-config.ts";
import { mayNameTorchVersion, torchVersionOf } from "../analysis/torch-version.ts";
import type { NamedRule, Version } from "../rules/_rule.ts";
import { type BaselineFile, readBaseline, uselessBaseline } from "./baseline-file.ts";
import { absolutePath, folderOf } from "./paths.ts";
import { readTextIfThere } from "./read-file.ts";

export interface TorchRequirement {
  readonly version: Version;
  /** The file that says so, without folders. */
  readonly source: string;
}

/** What the files around a Python file say about how to check it. */
export interface FoundConfig {
  /** `undefined` when there is no configuration file. */
  readonly path: string | undefined;
  /** What the patterns in it are relative to. */
  readonly folder: string;
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
  /** Findings that are known and not shown. */
  readonly baseline: BaselineFile | undefined;
  /** Where the configuration wants them written down; absolute. */
  readonly baselinePath: string | undefined;
  readonly torch: TorchRequirement | undefined;
}

/** Looks things up once per folder and remembers them; the same answer is the same object. */
export interface ConfigFinder {
  forFile(path: string): FoundConfig;
  /** The answer as if `configPath` were the configuration of the files below `folder`. */
  withFile(configPath: string, folder: string): FoundConfig;
}

interface ConfigFile {
  readonly path: string;
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
  readonly baseline: BaselineFile | undefined;
  readonly baselinePath: string | undefined;
}

export interface SearchLimits {
  /** The folder to search last for a file; the root of the disk when `undefined`. */
  ceilingOf(path: string): string | undefined;
  /** What stands in for the folder of a configuration where there is none. */
  fallbackOf(path: string): string;
}

/** Where configuration files lie; the disk unless a state of a repository is read. */
export interface ConfigFiles {
  readText(path: string): string | undefined;
  namesIn(folder: string): readonly string[];
}

const onDisk: ConfigFiles = { readText: readTextIfThere, namesIn };

export function createConfigFinder(
  rules: readonly Pick<NamedRule, "id">[],
  { ceilingOf, fallbackOf }: SearchLimits,
  files = onDisk,
): ConfigFinder {
  const configs = new Map<string, ConfigFile | undefined>();
  /** Files that the user named, by path. */
  const named = new Map<string, ConfigFile>();
  const torches = new Map<string, TorchRequirement | undefined>();
  const answers = new Map<string, FoundConfig>();

  const upward = <T>(
    memo: Map<string, T | undefined>,
    folder: string,
    ceiling: string | undefined,
    look: (folder: string) => T | undefined,
  ): T | undefined => {
    const key = `${ceiling ?? ""}\n${folder}`;
    if (memo.has(key)) return memo.get(key);
    const above = folderOf(folder);
    const found =
      look(folder) ??
      (folder === ceiling || above === folder ? undefined : upward(memo, above, ceiling, look));
    memo.set(key, found);
    return found;
  };

  const configIn = (folder: string): ConfigFile | undefined => {
    for (const name of ["ecocompute.toml", "pyproject.toml"]) {
      const found = read(`${folder}/${name}`);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  const read = (path: string, extending: readonly string[] = []): ConfigFile | undefined => {
    const kind = configFileOf(path.slice(path.lastIndexOf("/") + 1)) ?? "own";
    const text = files.readText(path);
    if (text === undefined) return undefined;
    const { config, problems } = loadConfig(text, kind, rules);
    if (config === undefined && problems.length === 0) return undefined;
    const own = withFactors(
      withBaseline({ path, config: config ?? emptyConfig, problems, ...noBaseline }),
      files,
    );
    const { extends: named } = own.config;
    if (named === undefined) return own;
    const above = absolutePath(named.path, folderOf(path));
    const isCircle = above === path || extending.includes(above);
    const base = isCircle ? undefined : read(above, [...extending, path]);
    if (base === undefined) {
      const why = isCircle ? "it extends this one" : "it cannot be read or says nothing about EcoCompute";
      const message = `\`${named.path}\` cannot be extended: ${why}.`;
      return { ...own, problems: [...own.problems, { message, range: named.range }] };
    }
    return {
      ...own,
      problems: [...own.problems, ...inheritedProblems(named, base.problems)],
      config: inheritConfig(own.config, base.config, folderOf(above)),
      baseline: own.baseline ?? base.baseline,
      baselinePath: own.baselinePath ?? base.baselinePath,
    };
  };

  const answer = (
    file: ConfigFile | undefined,
    folder: string,
    from: string,
    ceiling: string | undefined,
  ) => {
    const torch = upward(torches, from, ceiling, (at) => torchRequirementIn(at, files));
    const key = [file?.path, folder, torch?.source, torch?.version.join(".")].join("\n");
    const known = answers.get(key);
    if (known !== undefined) return known;
    const found: FoundConfig = {
      path: file?.path,
      folder,
      config: file?.config ?? emptyConfig,
      problems: file?.problems ?? [],
      baseline: file?.baseline,
      baselinePath: file?.baselinePath,
      torch,
    };
    answers.set(key, found);
    return found;
  };

  return {
    forFile(path) {
      const ceiling = ceilingOf(path);
      const folder = folderOf(path);
      const file = upward(configs, folder, ceiling, configIn);
      return answer(file, file === undefined ? fallbackOf(path) : folderOf(file.path), folder, ceiling);
    },
    withFile(configPath, folder) {
      const file = named.get(configPath) ?? read(configPath) ?? useless(configPath);
      named.set(configPath, file);
      return answer(file, folder, folder, folder);
    },
  };
}

/** What is wrong in a file that is extended, told where it is named: that file may lie anywhere. */
const inheritedProblems = (
  { path, range }: NamedPath,
  problems: readonly ConfigProblem[],
): readonly ConfigProblem[] =>
  problems.map((problem) => ({
    ...problem,
    message: `\`${path}\`, line ${problem.range.start.line + 1}: ${problem.message}`,
    range,
  }));

const noBaseline = { baseline: undefined, baselinePath: undefined };

function withBaseline(file: ConfigFile): ConfigFile {
  const { baseline: named } = file.config;
  if (named === undefined) return file;
  const baselinePath = absolutePath(named.path, folderOf(file.path));
  const read = readBaseline(baselinePath);
  return read.kind === "baseline"
    ? { ...file, baselinePath, baseline: read.file }
    : { ...file, baselinePath, problems: [...file.problems, uselessBaseline(named, read.why)] };
}

/** What `ecocompute calibrate` learned becomes part of the scenario. */
function withFactors(file: ConfigFile, { readText }: ConfigFiles): ConfigFile {
  const { factors: named, scenario } = file.config;
  if (named === undefined) return file;
  const text = readText(absolutePath(named.path, folderOf(file.path)));
  const factors = text === undefined ? "there is no such file" : readFactors(text);
  if (typeof factors !== "string")
    return { ...file, config: { ...file.config, scenario: { ...scenario, factors } } };
  const message = `The factors \`${named.path}\` are not used: ${factors}. \`ecocompute calibrate\` writes them.`;
  return { ...file, problems: [...file.problems, { message, range: named.range }] };
}

const useless = (path: string): ConfigFile => ({
  path,
  config: emptyConfig,
  ...noBaseline,
  problems: [
    {
      message: `The configuration file ${path} cannot be read or says nothing about EcoCompute.`,
      range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
    },
  ],
});

/** The oldest torch that the project files in this very folder ask for. */
function torchRequirementIn(folder: string, disk: ConfigFiles): TorchRequirement | undefined {
  const files = disk
    .namesIn(folder)
    .filter(mayNameTorchVersion)
    .sort()
    .flatMap((name) => {
      const text = disk.readText(`${folder}/${name}`);
      return text === undefined ? [] : [{ name, text }];
    });
  const version = torchVersionOf(files);
  if (version === undefined) return undefined;
  const said = files.find((file) => torchVersionOf([file])?.join(".") === version.join("."));
  return { version, source: said?.name ?? "project files" };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
