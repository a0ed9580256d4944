import type { SourceFile } from "../syntax/chunk.ts";
import type { Syntax } from "../syntax/source-file.ts";
import type { FileSystem } from "./file-system.ts";
import { createModule, type Module } from "./module.ts";

/** The files around the one being read: finds what an import names. */
export interface Project {
  /** Changes whenever a file that was read changes; what was concluded from other files holds for one revision. */
  readonly revision: number;
  /**
   * The module and the name in it that a qualified name (relative ones with leading dots) refers to,
   * `undefined` when it lies outside the project.
   */
  find(qualified: string, fromPath: string): { readonly module: Module; readonly name: string } | undefined;
  /** A file changed on disk or in the editor. */
  invalidate(path: string): void;
}

/** @param roots folders from which absolute imports start, nearest first. */
export function createProject(syntax: Syntax, files: FileSystem, roots: readonly string[]): Project {
  const modules = new Map<string, Module | undefined>();
  let revision = 0;

  const load = (path: string): Module | undefined => {
    if (modules.has(path)) return modules.get(path);
    const text = files.isFile(path) ? files.readText(path) : undefined;
    const source: SourceFile | undefined = text === undefined ? undefined : syntax.parse(text);
    const module = source === undefined ? undefined : createModule(path, source);
    modules.set(path, module);
    return module;
  };

  const moduleAt = (base: string): Module | undefined => load(`${base}.py`) ?? load(`${base}/__init__.py`);

  return {
    get revision() {
      return revision;
    },
    find(qualified, fromPath) {
      const level = /^\.*/.exec(qualified)?.[0].length ?? 0;
      const parts = qualified.slice(level).split(".");
      const name = parts[parts.length - 1];
      if (name === undefined || name === "") return undefined;
      const inner = parts.slice(0, -1);
      const bases = level > 0 ? [ancestor(fromPath, level)] : [ancestor(fromPath, 1), ...roots];
      for (const base of bases) {
        const module = moduleAt([base, ...inner].join("/"));
        if (module !== undefined && module.path !== fromPath) return { module, name };
      }
      return undefined;
    },
    invalidate(path) {
      if (!modules.has(path)) return;
      modules.delete(path);
      revision++;
    },
  };
}

/** The folder `level` steps above a file. */
function ancestor(path: string, level: number): string {
  return path.split("/").slice(0, -level).join("/");
}
