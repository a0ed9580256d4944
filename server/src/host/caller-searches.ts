import { type Callers, noCallers } from "../model/construction.ts";
import type { OpenQuestions } from "../model/open-questions.ts";
import { runsTheSame } from "../model/same-run.ts";
import type { FileSystem } from "../semantic/file-system.ts";
import type { FunctionDef, Stmt } from "../syntax/ast.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import type { Syntax } from "../syntax/source-file.ts";
import { walk } from "../syntax/visit.ts";
import { type CallerIndex, createCallerIndex } from "./callers.ts";
import { lookForCallers } from "./look-for-callers.ts";

/** Files for which it is remembered what others say of their models. */
const maxFiles = 24;

export interface SearchRequest {
  readonly path: string;
  readonly text: string;
  /** The folder that is looked through. */
  readonly project: string;
  readonly roots: readonly string[];
}

/** What the project says of the models of files, looked for when there is time. */
export interface CallerSearches {
  /** As last found. */
  of(path: string): Callers | undefined;
  /** What a file leaves open, as it was last run. */
  leavesOpen(path: string, questions: OpenQuestions | undefined): void;
  /** A file was changed, made or deleted. */
  fileChanged(path: string): void;
  /** Looks anew where something has changed. @returns whether something else was found than before. */
  search(request: SearchRequest): Promise<boolean>;
}

interface Known {
  readonly callers: Callers;
  readonly source: SourceFile;
  readonly questions: string;
  /** Files that were read; the search is repeated when one of them changes, or a new one names the models. */
  readonly read: ReadonlySet<string>;
  isOutOfDate: boolean;
}

export interface CallerSearchOptions {
  readonly syntax: Syntax;
  readonly files: FileSystem;
  /** Milliseconds from any origin; infinite when something else is waiting. */
  readonly now: () => number;
}

export function createCallerSearches({ syntax, files, now }: CallerSearchOptions): CallerSearches {
  const known = new Map<string, Known>();
  const open = new Map<string, OpenQuestions>();
  let index: CallerIndex | undefined;
  let folder = "";

  const indexOf = (project: string): CallerIndex => {
    if (index === undefined || folder !== project) {
      folder = project;
      index = createCallerIndex({ folder, files, syntax, now });
    }
    return index;
  };

  const isCurrent = (before: Known | undefined, questions: string, text: string): boolean => {
    if (before === undefined || before.isOutOfDate || before.questions !== questions) return false;
    if (before.source.text === text) return true;
    return runsTheSame(before.source, syntax.parse(text), thoseThatBuild(before.source));
  };

  return {
    of: (path) => known.get(path)?.callers,
    leavesOpen(path, questions) {
      open.delete(path);
      if (questions === undefined) return;
      open.set(path, questions);
      for (const oldest of open.keys()) {
        if (open.size <= maxFiles) break;
        open.delete(oldest);
        known.delete(oldest);
      }
    },
    fileChanged(path) {
      const isNews = index?.changed(path) === true;
      for (const [file, each] of known)
        if (file !== path && (each.read.has(path) || isNews)) each.isOutOfDate = true;
    },
    async search({ path, text, project, roots }) {
      const questions = open.get(path);
      if (questions === undefined) return false;
      const asked = JSON.stringify(questions);
      const before = known.get(path);
      if (isCurrent(before, asked, text)) return false;
      const around = indexOf(project);
      await around.prepare();
      const read = new Set<string>();
      const watched: FileSystem = {
        ...files,
        readText: (each) => {
          read.add(each);
          return files.readText(each);
        },
      };
      const source = syntax.parse(text);
      const noting: Pick<CallerIndex, "around"> = {
        around(file, milliseconds) {
          const found = around.around(file, milliseconds);
          return {
            ...found,
            sourceOf(each) {
              read.add(each);
              return found.sourceOf(each);
            },
          };
        },
      };
      const search = { file: path, source, questions, index: noting, syntax, files: watched, roots, now };
      const callers = lookForCallers(search);
      // A search that something else cut short says less than there is.
      if (now() === Number.POSITIVE_INFINITY || open.get(path) !== questions) return false;
      known.set(path, { callers, source, questions: asked, read, isOutOfDate: false });
      return JSON.stringify(before?.callers ?? noCallers) !== JSON.stringify(callers);
    },
  };
}

/** Functions that may run when a caller builds a model: all but what models themselves do. */
function thoseThatBuild(source: SourceFile): ReadonlySet<FunctionDef> {
  const found = new Set<FunctionDef>();
  const isModel = (body: readonly Stmt[]): boolean =>
    body.some((each) => each.kind === "FunctionDef" && each.name === "forward");
  for (const { chunk } of source.chunks)
    for (const statement of chunk.body)
      walk(statement, (node) => {
        if (node.kind === "FunctionDef") found.add(node);
        return node.kind !== "ClassDef" || !isModel(node.body);
      });
  return found;
}
