import { createHash } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** What was computed before, by a hash of everything that it was computed from. */
export interface ContentCache {
  /** A value that was stored as it is; `undefined` where there is none or it was damaged. */
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  /** Drops what nobody asked for in a month. */
  prune(): void;
}

export const noCache: ContentCache = { get: () => undefined, set: () => undefined, prune: () => undefined };

const month = 30 * 24 * 3600 * 1000;

/** Where caches lie by the custom of each system. */
export function cacheFolder(
  environment: Readonly<Record<string, string | undefined>>,
  platform: string,
): string {
  const named = platform === "win32" ? environment["LOCALAPPDATA"] : environment["XDG_CACHE_HOME"];
  const usual = platform === "darwin" ? "Library/Caches" : ".cache";
  return join(named === undefined || named === "" ? join(homedir(), usual) : named, "ecocompute");
}

export const hashOf = (...parts: readonly string[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest("hex");
};

/**
 * One file for each value, written beside its place and moved there: two programs at once, or one that is killed, leave
 * whole files. A file whose text does not have the hash that its first line names is as good as none. A folder that
 * cannot be written keeps nothing and stops nothing.
 */
export function openCache(folder: string): ContentCache {
  const pathOf = (key: string): string => join(folder, key.slice(0, 2), `${key.slice(2)}.json`);
  return {
    get(key) {
      try {
        const path = pathOf(key);
        const text = readFileSync(path, "utf8");
        const end = text.indexOf("\n");
        const body = text.slice(end + 1);
        if (text.slice(0, end) !== hashOf(body)) return undefined;
        const value: unknown = JSON.parse(body);
        const now = new Date();
        if (now.getTime() - statSync(path).mtimeMs > month / 30) utimesSync(path, now, now);
        return value;
      } catch {
        return undefined;
      }
    },
    set(key, value) {
      const path = pathOf(key);
      const body = JSON.stringify(value);
      const beside = `${path}.${process.pid}.tmp`;
      try {
        mkdirSync(join(path, ".."), { recursive: true });
        writeFileSync(beside, `${hashOf(body)}\n${body}`, { mode: 0o600 });
        renameSync(beside, path);
      } catch {
        removeIfThere(beside);
      }
    },
    prune() {
      try {
        for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
          if (!/\.(?:json|tmp)$/.test(name)) continue;
          const path = join(folder, name);
          if (Date.now() - statSync(path).mtimeMs > month) rmSync(path, { force: true });
        }
      } catch {
        // Another program is pruning too, or the folder is not there.
      }
    },
  };
}

function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What could not be written there need not be taken away.
  }
}
