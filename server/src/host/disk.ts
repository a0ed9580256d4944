import { readdirSync, statSync } from "node:fs";
import type { FileSystem } from "../semantic/file-system.ts";
import { readPython } from "./read-python.ts";

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

function namesIn(path: string): readonly string[] | undefined {
  try {
    return readdirSync(path, { withFileTypes: true })
      .map((each) => {
        const isInner = each.isSymbolicLink() ? isFolder(`${path}/${each.name}`) : each.isDirectory();
        return isInner ? `${each.name}/` : each.name;
      })
      .sort();
  } catch {
    return undefined;
  }
}

/** The files on disk; `overlay` speaks first, for what an editor holds unsaved. */
export function createDisk(overlay: (path: string) => string | undefined = () => undefined): FileSystem {
  return {
    readText(path) {
      const open = overlay(path);
      if (open !== undefined) return open;
      const read = readPython(path);
      return read.kind === "text" ? read.text : undefined;
    },
    isFile(path) {
      try {
        return overlay(path) !== undefined || isFile(path);
      } catch {
        return false;
      }
    },
    list: namesIn,
  };
}
