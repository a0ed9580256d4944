import * as vscode from "vscode";
import type { TextStore } from "./audit-history.ts";

/** Texts in a folder of the editor's own; in memory where there is none, as in a window without a workspace. */
export const createFolderStore = (folder: vscode.Uri | undefined): TextStore =>
  folder === undefined ? inMemory() : inFolder(folder);

function inFolder(folder: vscode.Uri): TextStore {
  const { fs } = vscode.workspace;
  const at = (name: string): vscode.Uri => vscode.Uri.joinPath(folder, name);
  return {
    list: async () => {
      const entries = await fs.readDirectory(folder).then(
        (found) => found,
        () => [],
      );
      return entries.flatMap(([name, type]) => (type === vscode.FileType.File ? [name] : []));
    },
    read: async (name) => new TextDecoder().decode(await fs.readFile(at(name))),
    write: async (name, text) => {
      await fs.createDirectory(folder);
      await fs.writeFile(at(name), new TextEncoder().encode(text));
    },
    remove: async (name) => {
      await fs.delete(at(name)).then(undefined, (error: unknown) => {
        if (!(error instanceof vscode.FileSystemError && error.code === "FileNotFound")) throw error;
      });
    },
  };
}

function inMemory(): TextStore {
  const texts = new Map<string, string>();
  return {
    list: async () => [...texts.keys()],
    read: async (name) => texts.get(name) ?? "",
    write: async (name, text) => void texts.set(name, text),
    remove: async (name) => void texts.delete(name),
  };
}
