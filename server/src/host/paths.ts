import { resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Absolute, with `/` between folders: how the core names files. */
export const absolutePath = (path: string, from = "."): string => withSlashes(resolve(from, path));

const withSlashes = (path: string): string => (sep === "/" ? path : path.replaceAll(sep, "/"));

/** The path of a `file:` URI; of any other scheme the URI itself, which names nothing on disk. */
export function pathOfUri(uri: string): string {
  if (!uri.startsWith("file:")) return uri;
  try {
    return withSlashes(fileURLToPath(uri));
  } catch {
    return uri;
  }
}

export const uriOfPath = (path: string): string =>
  /^[a-z][a-z0-9+.-]+:/.test(path) ? path : pathToFileURL(path).href;

export const folderOf = (path: string): string => {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
};

export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

export const isInside = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);

/** `path` as seen from `folder` when it lies below it, as it is otherwise. */
export function relativeTo(folder: string, path: string): string {
  const prefix = folder.endsWith("/") ? folder : `${folder}/`;
  return path.startsWith(prefix) && path !== prefix ? path.slice(prefix.length) : path;
}
