import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { folderOf } from "./paths.ts";

/** Where a program keeps what it has to remember of a user, by the custom of each system. */
export function stateFolder(
  environment: Readonly<Record<string, string | undefined>>,
  platform: string,
): string {
  const named = platform === "win32" ? environment["LOCALAPPDATA"] : environment["XDG_STATE_HOME"];
  const usual = platform === "darwin" ? "Library/Application Support" : ".local/state";
  return join(named ?? join(homedir(), usual), "ecocompute");
}

/** What a JSON file holds; `undefined` when it is not there. @throws SyntaxError when it is no JSON. */
export function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  return JSON.parse(text);
}

/** Writes a JSON file as a whole or not at all; only its owner can read it. */
export function writeJson(path: string, value: unknown): void {
  mkdirSync(folderOf(path), { recursive: true });
  const beside = `${path}.${process.pid}.tmp`;
  writeFileSync(beside, `${JSON.stringify(value, null, 1)}\n`, { mode: 0o600 });
  renameSync(beside, path);
}
