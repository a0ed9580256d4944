import type { Machine } from "./machine.ts";
import { moduleVariable } from "./module-attribute.ts";
import type { Waiting } from "./modules.ts";
import { native, type PyModule, type Value } from "./values.ts";

/**
 * timm finds a model in a registry that fills while every model file is imported. Asking for a name first runs the
 * file that defines it, so that the other files need not run.
 */
export function patchTimmRegistry(
  m: Machine,
  registry: PyModule,
  waiting: (parent: PyModule) => readonly Waiting[],
): void {
  const ensure = (name: string): void => {
    const models = m.findModule(registry.name.replace(/\._registry$/, ""));
    if (models === undefined) return;
    m.load(models);
    if (models.lazy.has(name)) {
      moduleVariable(models, name);
      return;
    }
    for (const { module, text } of waiting(models))
      if (text.includes(`'${name}'`) || text.includes(`"${name}"`)) m.load(module);
  };
  for (const name of [
    "is_model",
    "model_entrypoint",
    "is_deprecated_model",
    "get_deprecated_models",
    "is_model_pretrained",
  ]) {
    const original = registry.vars.get(name);
    if (original === undefined) continue;
    registry.vars.set(
      name,
      native(name, (machine, args, kwargs): Value => {
        const [model] = args;
        if (typeof model === "string") ensure(model.replace(/\..*$/, ""));
        return machine.call(original, args, kwargs);
      }),
    );
  }
}
