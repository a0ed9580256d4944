/** How the core sees files: synchronous, read only, given by the rim. Paths use `/` and are absolute. */
export interface FileSystem {
  /** The text of a file, `undefined` when it does not exist or cannot be read. */
  readText(path: string): string | undefined;
  isFile(path: string): boolean;
}
