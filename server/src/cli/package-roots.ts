import { absolutePath } from "../host/paths.ts";
import { packageFolders } from "../host/python-packages.ts";

/**
 * Folders of packages for files of `projects`: those that are named, otherwise of the environment that is active in
 * the shell, otherwise of one that lies in a project's folder.
 */
export function packageRoots(named: readonly string[], projects: readonly string[]): readonly string[] {
  const { VIRTUAL_ENV, CONDA_PREFIX } = process.env;
  const active = [VIRTUAL_ENV, CONDA_PREFIX].flatMap((path) =>
    path === undefined || path === "" ? [] : [absolutePath(path)],
  );
  const [first] = active;
  return packageFolders(named.length > 0 ? named : first === undefined ? [] : [first], projects);
}
