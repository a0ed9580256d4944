import type { FileSystem } from "../semantic/file-system.ts";
import type { SourceFile } from "../syntax/chunk.ts";
import type { ReadOnce, Statements } from "../syntax/read-once.ts";
import type { Machine } from "./machine.ts";
import { standardUnknown } from "./plain-unknown.ts";
import { type Prelude, statementsOf, substituted } from "./prelude.ts";
import { makeRegistrations } from "./registrations.ts";
import { runModule } from "./run-module.ts";
import { starNames } from "./star-names.ts";
import { standardLibrary } from "./stdlib/names.ts";
import { none, type PyModule, type Value } from "./values.ts";

export interface World {
  readonly files: FileSystem;
  /** Folders that hold packages, the project's first. */
  readonly roots: readonly string[];
  /** Parses the text of a module other than the user's. */
  readonly read: ReadOnce;
  readonly prelude: Prelude;
  /** Packages of which nothing but the prelude is ever read. */
  readonly closed: ReadonlySet<string>;
  /** Finds names that a prelude module does not bind itself. */
  readonly resolver: (module: string) => ((name: string) => Value | undefined) | undefined;
  /** A module without code of its own, whose names the resolver finds. */
  readonly isNamespace: (module: string) => boolean;
  /** Puts native functions in the place of what a loaded module defines. */
  readonly patch: (module: PyModule) => void;
}

/** A package that imports its parts on demand lists them for type checkers: that list is what it binds. */
const withLazyImports = (text: string): string =>
  text.includes("_LazyModule(")
    ? text.replace(/^if TYPE_CHECKING(?: or \w+)?:/gm, (line) => `${"if True".padEnd(line.length - 1)}:`)
    : text;

/** A module that waits to be run, with its text. */
export interface Waiting {
  readonly module: PyModule;
  readonly text: string;
}

export interface Modules {
  /** The text of an installed module, whatever stands in for it. */
  readonly fileText: (name: string) => string | undefined;
  /** Names that a star import binds, without running the module; `undefined` when it has to run. */
  readonly starNames: (module: PyModule) => readonly string[] | undefined;
  /** Modules inside a package that have not run yet. */
  readonly waiting: (parent: PyModule) => readonly Waiting[];
  readonly find: (name: string) => PyModule | undefined;
  readonly load: (module: PyModule) => void;
  /** Runs a module that fills registries of others when it is imported. */
  readonly register: (module: PyModule) => void;
  readonly namespace: (name: string) => PyModule;
  readonly submodule: (module: PyModule, name: string) => Value | undefined;
  /** A module that holds nothing. */
  readonly none: PyModule;
  /** Puts back what the program has set on objects of libraries. */
  readonly putBack: () => void;
  /** Makes a module of the user's own text and runs it. */
  readonly run: (name: string, file: string, source: SourceFile) => PyModule;
  /** Drops what was imported from files, so that it runs anew: code may have changed its state. */
  readonly forget: () => boolean;
  /** Remembers that the running module looks for a file of data, or at the names in a folder. */
  readonly asksData: (path: string, names?: readonly string[]) => void;
  /**
   * Drops what was imported from files that changed or read them as data, and every module that imports it.
   * @returns whether any was, or the program itself reads one of them.
   */
  readonly forgetFiles: (changed: ReadonlySet<string>) => boolean;
}

export function makeModules(m: Machine, world: World): Modules {
  const pending = new Map<PyModule, () => void>();
  const missing = new Set<string>();
  /** What runs, and nothing else of a syntax tree: a program reads hundreds of files. */
  const parsed = new Map<string, { readonly text: string; readonly statements: readonly Statements[] }>();
  const parse = (text: string, file: string): readonly Statements[] => {
    const known = parsed.get(file);
    if (known?.text === text) return known.statements;
    const statements = world.read(text);
    parsed.set(file, { text, statements });
    return statements;
  };
  const packages = new Set([...world.prelude.names].map((name) => name.replace(/\.[^.]*$/, "")));

  /** By name, who asked for the module, whether there is one or not. */
  const askers = new Map<string, Set<string>>();
  const ask = (name: string): void => {
    const asker = m.state.frame?.code.module.name;
    if (asker === undefined || asker === name) return;
    const known = askers.get(name);
    if (known === undefined) askers.set(name, new Set([asker]));
    else known.add(asker);
  };

  /** By path, the modules that looked for a file of data or into a folder; and what was in the folders. */
  const readers = new Map<string, Set<string>>();
  const folders = new Map<string, ReadonlySet<string>>();
  const asksData = (path: string, names?: readonly string[]): void => {
    if (names !== undefined) folders.set(path, new Set(names));
    let frame = m.state.frame;
    while (frame?.code.prelude === true) frame = frame.caller;
    const reader = frame?.code.module.name ?? "__main__";
    const known = readers.get(path);
    if (known === undefined) readers.set(path, new Set([reader]));
    else known.add(reader);
  };

  /** Folders that were looked into and that hold something else since a file came or went. */
  const otherFolders = (file: string): readonly string[] => {
    const found: string[] = [];
    const isThere = world.files.isFile(file);
    for (let slash = file.lastIndexOf("/"); slash > 0; slash = file.lastIndexOf("/", slash - 1)) {
      const name = /^[^/]*\/?/.exec(file.slice(slash + 1))?.[0] ?? "";
      const known = folders.get(file.slice(0, slash));
      if (known !== undefined && known.has(name) !== isThere) found.push(file.slice(0, slash));
    }
    return found;
  };

  /** Folders that the program adds to `sys.path`: a relative one starts where programs are run. */
  const addedRoots = (): readonly string[] => {
    const path = m.modules.get("sys")?.vars.get("path");
    if (typeof path !== "object" || path.kind !== "list" || path.items.length === 0) return [];
    const texts = path.items.flatMap((each) => (typeof each === "string" ? [each.replace(/\/+$/, "")] : []));
    return texts.flatMap((each) =>
      each.startsWith("/") ? [each] : world.roots.map((root) => `${root}/${each.replace(/^\.\//, "")}`),
    );
  };
  let searched = "";

  const find = (name: string): PyModule | undefined => {
    ask(name);
    const known = m.modules.get(name);
    if (known !== undefined) return known;
    const path = addedRoots().join("\n");
    if (path !== searched) missing.clear();
    searched = path;
    if (missing.has(name)) return undefined;
    const made = substituted.has(name.split(".")[0] ?? name) ? fromEither(name) : fromAny(name);
    if (made === undefined) missing.add(name);
    else m.modules.set(name, made);
    return made;
  };

  const fromAny = (name: string): PyModule | undefined => {
    // A package of which the prelude replaces only some modules is the installed one.
    const own = world.prelude.names.has(name) ? fromPrelude(name) : undefined;
    return own ?? fromFiles(name) ?? fromPrelude(name) ?? fromStandardLibrary(m, name);
  };

  /** Either the installed package or what stands in for it: modules of both do not mix. */
  const fromEither = (name: string): PyModule | undefined =>
    fileOf(name.split(".")[0] ?? name) === undefined ? fromPrelude(name) : fromFiles(name);

  const fromPrelude = (name: string): PyModule | undefined => {
    const hasCode = world.prelude.names.has(name);
    const top = name.split(".")[0] ?? name;
    const hasChildren = packages.has(name);
    if (!hasCode && !hasChildren && !world.isNamespace(name)) return undefined;
    const resolve = world.resolver(name);
    const module = makeModule(name, `<${name}>`, hasChildren || top === name, resolve);
    if (hasCode) pending.set(module, () => runPrelude(module));
    return module;
  };

  /** Classes and functions of the prelude are read and made when they are asked for: a model needs few of them. */
  const runPrelude = (module: PyModule): void => {
    for (const { name, read } of world.prelude.definitions(module.name)) {
      const run = (): void => runModule(m, module, read(), true);
      if (name === undefined) run();
      else
        module.lazy.set(name, () => {
          run();
          return module.vars.get(name) ?? none;
        });
    }
  };

  /** The folder of the program that runs comes first, be the file that is estimated in another; below the first root it keeps its place. */
  let home: readonly string[] = [];
  const startIn = (file: string): void => {
    const folder = file.slice(0, Math.max(0, file.lastIndexOf("/")));
    const [top] = world.roots;
    const isPlaced = folder === top || (world.roots.includes(folder) && folder.startsWith(`${top ?? ""}/`));
    const first = folder === "" || isPlaced ? [] : [folder];
    if (first[0] !== home[0]) missing.clear();
    home = first;
  };

  const fileOf = (name: string): { readonly path: string; readonly isPackage: boolean } | undefined => {
    const relative = name.replaceAll(".", "/");
    for (const root of [...home, ...world.roots, ...addedRoots()]) {
      const base = root === "" ? relative : `${root}/${relative}`;
      if (world.files.isFile(`${base}/__init__.py`)) return { path: `${base}/__init__.py`, isPackage: true };
      if (world.files.isFile(`${base}.py`)) return { path: `${base}.py`, isPackage: false };
    }
    return undefined;
  };

  const fromFiles = (name: string): PyModule | undefined => {
    if (world.closed.has(name.split(".")[0] ?? name)) return undefined;
    const file = fileOf(name);
    if (file === undefined) return undefined;
    const { path, isPackage } = file;
    const module = makeModule(name, path, isPackage, world.resolver(name));
    pending.set(module, () => {
      const text = world.files.readText(path);
      if (text === undefined) module.doubt = `\`${path}\` could not be read`;
      else runModule(m, module, parse(withLazyImports(text), path), false);
      world.patch(module);
    });
    return module;
  };

  const load = (module: PyModule): void => {
    const run = pending.get(module);
    if (run === undefined) return;
    pending.delete(module);
    m.libraries.whileLoading(run);
  };

  const registrations = makeRegistrations(world.files, fileOf);
  const register = (module: PyModule): void => {
    const top = module.name.split(".")[0] ?? module.name;
    if (!pending.has(module) || world.closed.has(top) || substituted.has(top)) return;
    if (module.file?.endsWith(".py") !== true) return;
    const isOwn = registrations.within(module.name);
    const comesFromOutside = m.state.frame?.code.module.pkg.split(".")[0] !== top;
    if (!isOwn && !comesFromOutside) return;
    // Packages run before what is in them: they may hold what the module registers with, or fill what it looks into.
    const has = isOwn ? registrations.within : registrations.byName;
    for (let dot = module.name.indexOf("."); dot > 0; dot = module.name.indexOf(".", dot + 1)) {
      const above = find(module.name.slice(0, dot));
      if (above?.file?.endsWith(".py") === true && has(above.name)) load(above);
    }
    if (isOwn) load(module);
  };

  const textOf = (module: PyModule): string | undefined =>
    module.file === undefined ? undefined : world.files.readText(module.file);

  return {
    none: makeModule("", undefined, false, undefined),
    find,
    load,
    register,
    fileText: (name) => {
      const relative = name.replaceAll(".", "/");
      for (const root of world.roots)
        for (const file of [`${root}/${relative}/__init__.py`, `${root}/${relative}.py`]) {
          const text = world.files.readText(file);
          if (text !== undefined) return text;
        }
      return undefined;
    },
    starNames: (module) => {
      if (!pending.has(module)) return undefined;
      if (module.file?.startsWith("<") === true && world.prelude.names.has(module.name))
        return world.prelude.starNames(module.name);
      const text = textOf(module);
      return text === undefined ? undefined : starNames(text);
    },
    waiting: (parent) =>
      [...pending.keys()]
        .filter((module) => module.name.startsWith(`${parent.name}.`))
        .map((module) => ({ module, text: textOf(module) ?? "" })),
    namespace: (name) => {
      const made = makeModule(name, undefined, true, undefined);
      m.modules.set(name, made);
      return made;
    },
    submodule: (module, name) => {
      // `pickle.load` is a function of a standard module, not a module inside it.
      const full = `${module.name}.${name}`;
      const known = m.modules.get(full);
      if (known !== undefined) return known;
      const isStandard = standardLibrary.has(module.name.replace(/\..*$/, ""));
      if (isStandard && module.file === undefined) return undefined;
      if (!isStandard || module.file?.startsWith("<") !== true || world.prelude.names.has(full))
        return find(full);
      const isAnswered =
        name.startsWith("__") || module.resolve !== undefined || bindsName(module, "__getattr__");
      return isAnswered ? undefined : standardUnknown(m, full, `\`${full}\` is not interpreted`);
    },
    putBack: m.libraries.putBack,
    forget: () => {
      m.libraries.forget();
      const read = [...m.modules].filter(
        ([, module]) => module.file !== undefined && !module.file.startsWith("<"),
      );
      for (const [name] of read) m.modules.delete(name);
      missing.clear();
      registrations.forget(undefined);
      return read.length > 1;
    },
    forgetFiles: (changed) => {
      const bases = [...changed].map((file) => file.replace(/(?:\/__init__)?\.py$/, ""));
      // A new file may be the module that was missing, or stand before the one that was found.
      const mayBe = (name: string): boolean => {
        const path = `/${name.replaceAll(".", "/")}`;
        return bases.some((base) => base.endsWith(path));
      };
      m.libraries.forget();
      const reading = [...changed, ...[...changed].flatMap(otherFolders)].flatMap((path) => [
        ...(readers.get(path) ?? []),
      ]);
      let dropped = reading.length > 0;
      const seen = new Set([...[...missing, ...m.modules.keys()].filter(mayBe), ...reading]);
      for (const name of seen) {
        for (const asker of askers.get(name) ?? []) seen.add(asker);
        const file = m.modules.get(name)?.file;
        if (file === undefined || file.startsWith("<")) continue;
        m.modules.delete(name);
        dropped = true;
      }
      missing.clear();
      registrations.forget(changed);
      return dropped;
    },
    asksData,
    run: (name, file, source) => {
      startIn(file);
      const module = { ...makeModule(name, file, false, undefined), pkg: packageOf(file, world.roots) };
      m.modules.set(name, module);
      runModule(m, module, statementsOf(source), false);
      return module;
    },
  };
}

/** The package that the file is a part of, from which its relative imports start: its folder below the nearest root. */
function packageOf(file: string, roots: readonly string[]): string {
  const folder = file.replace(/\/[^/]*$/, "");
  const above = roots.filter((root) => folder.startsWith(`${root}/`)).map((root) => root.length);
  if (above.length === 0) return "";
  const names = folder.slice(Math.max(...above) + 1).split("/");
  return names.every((each) => /^\w+$/.test(each)) ? names.join(".") : "";
}

const bindsName = ({ vars, lazy }: PyModule, name: string): boolean => vars.has(name) || lazy.has(name);

/** A standard module that is not interpreted: it is there, what it does is unknown. */
function fromStandardLibrary(m: Machine, name: string): PyModule | undefined {
  if (!standardLibrary.has(name.replace(/\..*$/, ""))) return undefined;
  return makeModule(name, undefined, true, (attribute) => {
    const full = `${name}.${attribute}`;
    return attribute.startsWith("__")
      ? undefined
      : standardUnknown(m, full, `\`${full}\` is not interpreted`);
  });
}

function makeModule(
  name: string,
  file: string | undefined,
  isPackage: boolean,
  resolve: ((name: string) => Value | undefined) | undefined,
): PyModule {
  return {
    kind: "module",
    name,
    file,
    pkg: isPackage ? name : name.includes(".") ? name.replace(/\.[^.]*$/, "") : "",
    vars: new Map(),
    lazy: new Map(),
    resolve,
    doubt: undefined,
  };
}
