import { parse } from "smol-toml";
import type { Version } from "../rules/_rule.ts";

/** A file of a project that may say which torch it wants. */
export interface ProjectFile {
  /** Without folders. */
  readonly name: string;
  readonly text: string;
}

/** Which files say it, those that declare before those that lock. */
const readers: readonly (readonly [RegExp, (text: string) => readonly string[]])[] = [
  [/^pyproject\.toml$/, fromPyproject],
  [/^setup\.cfg$/, fromLines],
  [/^setup\.py$/, fromStrings],
  [/^(?:requirements[^/]*\.(?:txt|in)|constraints[^/]*\.txt)$/, fromLines],
  [/^(?:environment[^/]*|conda[^/]*)\.ya?ml$/, fromConda],
  [/^(?:uv|poetry|pdm)\.lock$/, fromLock],
];

export const mayNameTorchVersion = (fileName: string): boolean =>
  readers.some(([pattern]) => pattern.test(fileName));

/**
 * The oldest torch that a project says it works with: the lower bound of its requirement, from the first file that
 * has one. `undefined` when nothing says so; never the newest version or a guess.
 */
export function torchVersionOf(files: readonly ProjectFile[]): Version | undefined {
  for (const [pattern, requirementsIn] of readers) {
    const bounds = files
      .filter((file) => pattern.test(file.name) && /torch/i.test(file.text))
      .flatMap((file) => requirementsIn(file.text))
      .map(lowerBound);
    const known = bounds.filter((bound) => bound !== undefined);
    // Alternatives by platform or extra: one of them without a bound leaves the oldest unknown only if none has one.
    if (known.length > 0) return known.reduce((a, b) => (compare(a, b) <= 0 ? a : b));
  }
  return undefined;
}

/** `2.4.1+cu121` -> `[2, 4, 1]`; `undefined` when it does not start like a version. */
export function parseVersion(text: string): Version | undefined {
  const match = /^\s*v?(\d+(?:\.\d+)*)(?:\.\*|(?:\.?(?:a|b|rc|dev|post)\d*)*(?:\+[\w.]+)?)?\s*$/i.exec(text);
  return match?.[1]?.split(".").map(Number);
}

/**
 * The lower bound of a version specifier of pip, Poetry or conda, `undefined` when there is none:
 * `>=2.0,<3` -> 2.0, `^2.1`, `~=2.1`, `==2.1.*`, `2.1`, `>=1.13 || >=2.1` -> 1.13.
 */
export function lowerBound(specifier: string): Version | undefined {
  const alternatives = specifier.split("||").map((alternative) => {
    const bounds = alternative
      .split(/,|\s(?=[<>=!~^])/)
      .map((clause) => clause.trim())
      .flatMap((clause) => {
        const match = /^(?:===?|>=|>|~=|~|\^|=)?\s*([\w.*+]+)(?:=[\w.*]+)?$/.exec(clause);
        const version = match?.[1] === undefined ? undefined : parseVersion(match[1]);
        return version === undefined ? [] : [version];
      });
    return bounds.length === 0 ? undefined : bounds.reduce((a, b) => (compare(a, b) >= 0 ? a : b));
  });
  let lowest: Version | undefined;
  for (const bound of alternatives) {
    if (bound === undefined) return undefined;
    if (lowest === undefined || compare(bound, lowest) < 0) lowest = bound;
  }
  return lowest;
}

function compare(a: Version, b: Version): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The specifier of a PEP 508 requirement when it is one of torch: `torch[opt]>=2.0; marker` -> `>=2.0`. */
function torchSpecifier(requirement: string): string | undefined {
  const match = /^\s*torch\s*(?:\[[^\]]*\])?\s*(.*?)\s*(?:;.*)?$/i.exec(requirement);
  const rest = match?.[1];
  if (rest === undefined || rest === "") return undefined;
  if (rest.startsWith("@")) return /\btorch-(\d[\w.]*)/.exec(rest)?.[1];
  return /^[(<>=!~]/.test(rest) ? rest.replace(/^\(|\)$/g, "") : undefined;
}

const specifiersOf = (requirements: readonly unknown[]): readonly string[] =>
  requirements.flatMap((each) => {
    const specifier = typeof each === "string" ? torchSpecifier(each) : undefined;
    return specifier === undefined ? [] : [specifier];
  });

/** Lines of requirements.txt and of the lists in setup.cfg. */
function fromLines(text: string): readonly string[] {
  return specifiersOf(
    text
      .replace(/\\\r?\n/g, " ")
      .split(/\r?\n/)
      .map((line) =>
        line
          .replace(/(?:^|\s)#.*$/, "")
          .replace(/\s--hash.*$/, "")
          .replace(/^\s*\w+\s*=\s*(?=torch\b)/, ""),
      ),
  );
}

/** Quoted requirements of a setup.py, which is read and not run. */
function fromStrings(text: string): readonly string[] {
  return specifiersOf([...text.matchAll(/(["'])(torch\b[^"'\n]*)\1/g)].map((match) => match[2]));
}

/** `- pytorch=2.1=py3.10_cuda`, `- conda-forge::pytorch>=2.0`, and pip's own list below. */
function fromConda(text: string): readonly string[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const entry =
      /^\s*-\s*["']?(?:[\w.-]+::)?(?:pytorch(?:-gpu|-cpu)?|torch)\s*([<>=!~\d][^"'#]*?)\s*["']?\s*(?:#.*)?$/.exec(
        line,
      );
    return entry?.[1] === undefined ? [] : [entry[1]];
  });
}

type Table = Readonly<Record<string, unknown>>;

const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const tableAt = (root: unknown, ...path: readonly string[]): Table =>
  path.reduce<Table>(
    (table, key) => {
      const next = table[key];
      return isTable(next) ? next : {};
    },
    isTable(root) ? root : {},
  );

const listsIn = (table: Table): readonly unknown[] => Object.values(table).flatMap((each) => listOf(each));
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function parseToml(text: string): Table {
  try {
    return parse(text);
  } catch {
    // A file that is being edited says nothing for the moment; the configuration reports its syntax.
    return {};
  }
}

function fromPyproject(text: string): readonly string[] {
  const root = parseToml(text);
  const project = tableAt(root, "project");
  const poetry = tableAt(root, "tool", "poetry");
  const groups = Object.values(tableAt(poetry, "group")).map((group) => tableAt(group, "dependencies"));
  const first = [
    ...specifiersOf(listOf(project["dependencies"])),
    ...poetrySpecifiers(tableAt(poetry, "dependencies")),
  ];
  if (first.length > 0) return first;
  return [
    ...specifiersOf(listsIn(tableAt(project, "optional-dependencies"))),
    ...specifiersOf(listsIn(tableAt(root, "dependency-groups"))),
    ...specifiersOf(listOf(tableAt(root, "tool", "uv")["dev-dependencies"])),
    ...groups.flatMap(poetrySpecifiers),
    ...poetrySpecifiers(tableAt(poetry, "dev-dependencies")),
  ];
}

/** `torch = "^2.1"`, `torch = {version = "2.1", ...}`, or a list of those by platform. */
const poetrySpecifiers = (dependencies: Table): readonly string[] =>
  [dependencies["torch"]].flat().flatMap((each) => {
    const version = isTable(each) ? each["version"] : each;
    return typeof version === "string" ? [version] : [];
  });

function fromLock(text: string): readonly string[] {
  // Lock files are large: the entries of torch are cut out rather than the whole parsed.
  return [...text.matchAll(/^name = "torch"\r?\nversion = "([^"]+)"/gm)].map((match) => match[1] ?? "");
}
