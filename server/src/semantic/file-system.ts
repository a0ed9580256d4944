/** How the core sees files: synchronous, read only, given by the rim. Paths use `/` and are absolute. */
export interface FileSystem {
  /** The text of a file, `undefined` when it does not exist or cannot be read. */
  readText(path: string): string | undefined;
  isFile(path: string): boolean;
  /**
   * The names in a folder, sorted, those of folders with `/` behind; `undefined` where there is no such folder. A world
   * that cannot tell has no such function.
   */
  list?(path: string): readonly string[] | undefined;
}
