import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** A folder of files for one test. */
export interface TestFolder {
  readonly path: string;
  readonly uri: string;
  write(name: string, text: string | Uint8Array): void;
  uriOf(name: string): string;
  remove(): void;
}

export function testFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): TestFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "ecocompute-test-")));
  const write = (name: string, text: string | Uint8Array): void => {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    path,
    uri: pathToFileURL(path).href,
    write,
    uriOf: (name) => pathToFileURL(join(path, name)).href,
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
