import { dataFiles, literalEvaluator } from "../data-files.ts";
import type { InterpreterOptions } from "../interpreter.ts";
import { transformersModule } from "../library-patches.ts";
import type { Machine } from "../machine.ts";
import type { Modules } from "../modules.ts";
import { native, none } from "../values.ts";

/** Binds what the interpreted parts of the standard library ask of the files around a program. */
export function bindOwnFunctions(
  m: Machine,
  options: Pick<InterpreterOptions, "parse" | "files" | "roots">,
  modules: Modules,
): void {
  const std = m.modules.get("_ecocompute_std")?.vars;
  std?.set("literal_eval", literalEvaluator(options.parse));
  for (const each of dataFiles(options.files, options.roots, modules.asksData)) std?.set(each.name, each);
  std?.set(
    "package_version",
    native("package_version", (_, args) => {
      const [name] = args;
      const text = typeof name === "string" ? modules.fileText(`${name}.version`) : undefined;
      return /^__version__ = ["']([^"']*)/m.exec(text ?? "")?.[1] ?? none;
    }),
  );
  std?.set(
    "transformers_module",
    native("transformers_module", (_, args) => {
      const [name] = args;
      return typeof name === "string" ? (transformersModule(name, modules.fileText) ?? none) : none;
    }),
  );
}
