import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname } from "node:path";
import { Script } from "node:vm";

export interface Loaded {
  readonly exports: unknown;
  /** Keeps what is compiled by now for the next start; does nothing where this start found it. Takes some 20 ms. */
  keep(): void;
}

/**
 * Loads the CommonJS bundle `file` with the code that V8 compiled of it at an earlier start, which `cache` holds. Node's
 * own cache keeps of a thread only what is compiled before anything runs, a third of it.
 */
export function loadCompiled(file: string, cache: string): Loaded {
  const source = readFileSync(file, "utf8");
  const kept = readKept(cache, source);
  const script = new Script(Module.wrap(source), {
    filename: file,
    ...(kept === undefined ? {} : { cachedData: kept }),
  });
  const bundle = { exports: {} as unknown };
  const run: unknown = script.runInThisContext();
  if (typeof run !== "function") throw new Error(`${file} is no CommonJS bundle`);
  run(bundle.exports, createRequire(file), bundle, file, dirname(file));
  let isKept = script.cachedDataRejected === false;
  return {
    exports: bundle.exports,
    keep() {
      if (isKept) return;
      isKept = true;
      writeKept(cache, source, script.createCachedData());
    },
  };
}

const digestBytes = 32;

/** V8 itself trusts what it is given: code of another text or a damaged file would end the process. */
const digestOf = (source: string, code: Uint8Array): Buffer =>
  createHash("sha256").update(`${process.versions.v8} ${source.length} ${source}`).update(code).digest();

function readKept(cache: string, source: string): Buffer | undefined {
  try {
    const bytes = readFileSync(cache);
    const code = bytes.subarray(digestBytes);
    return digestOf(source, code).equals(bytes.subarray(0, digestBytes)) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** A folder that cannot be written keeps nothing and stops nothing. */
function writeKept(cache: string, source: string, code: Buffer): void {
  const beside = `${cache}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(cache), { recursive: true });
    writeFileSync(beside, Buffer.concat([digestOf(source, code), code]), { mode: 0o600 });
    renameSync(beside, cache);
  } catch {
    // The next start compiles again.
  }
}
