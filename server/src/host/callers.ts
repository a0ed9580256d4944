import type { CallerFiles } from "../model/program.ts";
import type { FileSystem } from "../semantic/file-system.ts";
import type { Syntax } from "../syntax/source-file.ts";
import { folderOf, isInside, nameOf, relativeTo } from "./paths.ts";
import { pythonFilesIn } from "./walk.ts";

/** Limits to what is looked through: a folder that holds more than this is no one project. */
const maxFiles = 4000;
const maxLength = 300_000;
const maxTotal = 40_000_000;

/** The Python files of a project, and which of them hold a word. */
export interface CallerIndex {
  /** Lists the files, once. */
  prepare(): Promise<void>;
  /** The project as seen from one of its files. @param milliseconds after which the search is to end. */
  around(file: string, milliseconds: number): CallerFiles;
  /** A file was changed, made or deleted. @returns whether it names now what it did not name, or no longer does. */
  changed(path: string): boolean;
}

export interface CallerIndexOptions {
  readonly folder: string;
  readonly files: FileSystem;
  readonly syntax: Syntax;
  /** Milliseconds from any origin. */
  readonly now: () => number;
}

export function createCallerIndex({ folder, files, syntax, now }: CallerIndexOptions): CallerIndex {
  let listing: Promise<void> | undefined;
  let paths: string[] = [];
  /** By word, the files that hold it. Nothing else is remembered of their texts. */
  const holders = new Map<string, Set<string>>();

  const list = async (): Promise<void> => {
    for await (const path of pythonFilesIn(folder)) {
      paths.push(path);
      if (paths.length >= maxFiles) break;
    }
  };

  const look = (words: readonly string[], end: number): void => {
    const unknown = words.filter((word) => !holders.has(word));
    if (unknown.length === 0) return;
    const made = new Map(unknown.map((word) => [word, new Set<string>()]));
    let total = 0;
    for (const path of paths) {
      if (total > maxTotal || now() > end) break;
      const text = files.readText(path);
      if (text === undefined || text.length > maxLength) continue;
      total += text.length;
      for (const [word, within] of made) if (holds(text, word)) within.add(path);
    }
    for (const [word, within] of made) holders.set(word, within);
  };

  return {
    prepare() {
      listing ??= list();
      return listing;
    },
    around(file, milliseconds) {
      const end = now() + milliseconds;
      return {
        naming(words) {
          look(words, end);
          const found = new Set([file, ...words.flatMap((word) => [...(holders.get(word) ?? [])])]);
          return [...found].sort((a, b) => rank(a, file) - rank(b, file) || (a < b ? -1 : 1));
        },
        sourceOf(path) {
          const text = files.readText(path);
          return text === undefined || text.length > maxLength ? undefined : syntax.parse(text);
        },
        isOver: () => now() > end,
      };
    },
    changed(path) {
      if (!path.endsWith(".py") || !isInside(path, folder)) return false;
      const text = files.readText(path);
      const isKnown = paths.includes(path);
      if (text !== undefined && !isKnown && paths.length < maxFiles) paths = [...paths, path].sort();
      if (text === undefined) paths = paths.filter((each) => each !== path);
      let isNews = false;
      for (const [word, within] of holders) {
        const isNamed = text !== undefined && text.length <= maxLength && holds(text, word);
        isNews ||= isNamed !== within.has(path);
        if (isNamed) within.add(path);
        else within.delete(path);
      }
      return isNews;
    },
  };
}

function holds(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
    if (!isWord(text[at - 1]) && !isWord(text[at + word.length])) return true;
  return false;
}

const isWord = (character: string | undefined): boolean => character !== undefined && /\w/.test(character);

/** The file itself, then its package, programs, other code, and tests and examples last. */
function rank(path: string, file: string): number {
  if (path === file) return 0;
  const near = folderOf(file);
  if (
    /(?:^|\/)(?:tests?|examples?|demos?|benchmarks?)\/|(?:^|\/)(?:test_\w*|\w*_test|demo\w*)\.py$/.test(
      relativeTo(near, path),
    )
  )
    return 4;
  if (path === `${near}/__init__.py`) return 1;
  if (/^(?:train|main|run|fit|solver)/i.test(nameOf(path))) return 2;
  return 3;
}
