import type { Machine } from "./machine.ts";
import { noteRead } from "./module-attribute.ts";
import { list, type PyClass, type PyModule, type Value } from "./values.ts";

/**
 * What `cls.__subclasses__()` gives: the classes that modules of the project derive from it. Modules that were imported and
 * have waited run for that, since Python has run them before; the program itself comes last, as it defines its own behind them.
 */
export function subclassesOf(m: Machine, cls: PyClass): Value {
  const from = cls.code?.module;
  if (from === undefined || !isOfProject(from)) return m.unknown("`__subclasses__()`");
  return {
    kind: "native",
    name: "__subclasses__",
    binds: false,
    run: () => {
      // Those that they import in turn come behind them.
      for (const module of m.modules.values()) if (isOfProject(module)) m.load(module);
      const modules = [...m.modules.values()].filter(isOfProject);
      const ordered = [...modules.filter((each) => !isProgram(each)), ...modules.filter(isProgram)];
      return list([...new Set(ordered.flatMap((module) => derivedIn(module, cls)))]);
    },
  };
}

const isProgram = ({ name }: PyModule): boolean => name === "__main__";

const isOfProject = ({ file, name }: PyModule): boolean =>
  name === "__main__" ||
  (file !== undefined && !file.startsWith("<") && !/\/(?:site|dist)-packages\//.test(file));

function derivedIn(module: PyModule, base: PyClass): readonly PyClass[] {
  noteRead(module, "*");
  return [...module.vars.values()].filter(
    (value): value is PyClass =>
      typeof value === "object" &&
      value.kind === "class" &&
      value.code?.module === module &&
      value.bases.includes(base),
  );
}
