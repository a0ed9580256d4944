import type { FileSystem } from "../semantic/file-system.ts";

/**
 * Modules of a project that change others when they are imported: `@MODELS.register()` above a class fills a registry
 * that somebody else looks into, and so does a class whose base is told of it. An import of such a module, direct or through
 * others, runs it at once, as in Python; all others wait until a name of theirs is read.
 */
export interface Registrations {
  readonly within: (module: string) => boolean;
  /** Only by decorators that say so. */
  readonly byName: (module: string) => boolean;
  /** Files that changed, or `undefined` for all of them. */
  readonly forget: (changed: ReadonlySet<string> | undefined) => void;
}

export interface ModuleFile {
  readonly path: string;
  readonly isPackage: boolean;
}

interface Scanned {
  readonly registers: boolean;
  readonly saysSo: boolean;
  /** A class of it is told of the classes that derive from it. */
  readonly isTold: boolean;
  readonly derives: boolean;
  /** Modules that are imported, and names out of modules that may be modules themselves. */
  readonly imports: readonly string[];
}

const decoratorOfLibrary =
  "(?:torch|nn|jit|typing|functools|pytest|unittest|click|hydra|app|numba|triton|dataclasses?|contextlib|property|staticmethod|classmethod)\\b";
const callOfLibrary =
  "(?:print|assert|super|parser|torch|np|random|os|sys|logging|logger|log|warnings|matplotlib|plt|sns|gc|locale)\\b";
/** Decorators, calls and assignments to parts of something at the top level: rather too many than too few. */
const registering = new RegExp(
  `^@[\\w.]*regist|^@(?!${decoratorOfLibrary})[\\w.]+|^[\\w.]*regist\\w*\\(|` +
    `^(?!${callOfLibrary})[\\w.]+\\(|^\\w[\\w.]*\\[[^\\]\\n]*\\][ \\t]*=[^=]|^for[ \\t]`,
  "im",
);
const telling = /\b__init_subclass__\b|\bmetaclass[ \t]*=(?![ \t]*(?:abc\.)?ABCMeta\b)/;
const deriving = /^class[ \t]+\w+[ \t]*\([^)]*\w/m;
const importing = /^(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n]+)|import[ \t]+([^\n]+))/gm;

export function makeRegistrations(
  files: FileSystem,
  fileOf: (module: string) => ModuleFile | undefined,
): Registrations {
  const scans = new Map<string, Scanned>();

  const scanned = (module: string): Scanned | undefined => {
    const file = fileOf(module);
    if (file === undefined || /\/(?:site|dist)-packages\//.test(file.path)) return undefined;
    const before = scans.get(file.path);
    if (before !== undefined) return before;
    const text = files.readText(file.path);
    if (text === undefined) return undefined;
    const made: Scanned = {
      registers: registering.test(text),
      saysSo: /^@[\w.]*regist/im.test(text),
      isTold: telling.test(text),
      derives: deriving.test(text),
      imports: importsOf(text, file.isPackage ? module : module.replace(/\.?[^.]*$/, "")),
    };
    scans.set(file.path, made);
    return made;
  };

  /** Whether a module is so, or one that it imports, directly or through others. */
  const reaching =
    (known: Map<string, boolean>, isSo: (scan: Scanned, name: string) => boolean) =>
    (module: string): boolean => {
      const seen = new Set([module]);
      for (const name of seen) {
        const before = known.get(name);
        if (before === false) continue;
        const scan = before === true ? undefined : scanned(name);
        if (before === true || (scan !== undefined && isSo(scan, name))) {
          known.set(module, true);
          return true;
        }
        for (const each of scan?.imports ?? []) seen.add(each);
      }
      for (const name of seen) known.set(name, false);
      return false;
    };
  const known = new Map<string, boolean>();
  const named = new Map<string, boolean>();
  const told = new Map<string, boolean>();
  const reachesTold = reaching(told, ({ isTold }) => isTold);

  return {
    byName: reaching(named, ({ saysSo }) => saysSo),
    within: reaching(known, ({ registers, derives }, name) => registers || (derives && reachesTold(name))),
    forget: (changed) => {
      if (changed?.size === 0) return;
      known.clear();
      named.clear();
      told.clear();
      for (const path of changed ?? scans.keys()) scans.delete(path);
    },
  };
}

function importsOf(text: string, pkg: string): readonly string[] {
  const found = new Set<string>();
  for (const [, dots = "", from = "", names = "", plain] of text.matchAll(importing)) {
    if (plain !== undefined) {
      for (const part of plain.replace(/#.*$/, "").split(",")) {
        const name = /^[\w.]+/.exec(part.trim())?.[0];
        if (name !== undefined) found.add(name);
      }
      continue;
    }
    const above = pkg.split(".");
    const base = dots === "" ? "" : above.slice(0, above.length - dots.length + 1).join(".");
    const source = [base, from].filter((each) => each !== "").join(".");
    if (source !== "") found.add(source);
    for (const name of names.replace(/#.*$/gm, "").matchAll(/(?:^|[,(])\s*(\w+)/g))
      found.add(source === "" ? (name[1] ?? "") : `${source}.${name[1] ?? ""}`);
  }
  return [...found];
}
