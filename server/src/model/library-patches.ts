import type { Machine } from "./machine.ts";
import { moduleVariable } from "./module-attribute.ts";
import type { Waiting } from "./modules.ts";
import { raise } from "./raise.ts";
import { native, none, type PyModule, type Value } from "./values.ts";

/**
 * The module of transformers that defines a name. Model folders are tried by the likeness of their names first; then
 * every one that the package lists.
 */
export function transformersModule(
  name: string,
  read: (module: string) => string | undefined,
): string | undefined {
  const root = "transformers";
  const own = moduleInInit(name, read(root));
  if (own !== undefined) return `${root}.${own}`;
  const folders = modelFolders(root, read);
  const plain = (text: string): string => text.toLowerCase().replaceAll("_", "");
  const wanted = plain(name);
  const alike = folders
    .filter((folder) => wanted.startsWith(plain(folder.replace("deprecated.", ""))))
    .sort((a, b) => b.length - a.length);
  for (const folder of [...alike, ...folders.filter((each) => !alike.includes(each))]) {
    const listed = [...(read(`${root}.models.${folder}`) ?? "").matchAll(/from \.(\w+) import/g)].flatMap(
      (found) => found[1] ?? [],
    );
    const own = folder.replace(/^.*\./, "");
    const files = new Set([...listed, `modeling_${own}`, `configuration_${own}`]);
    for (const file of [...files].filter((each) =>
      /^(modeling|configuration|modular)_(?!flax|tf_)/.test(each),
    )) {
      const module = `${root}.models.${folder}.${file}`;
      if (new RegExp(`^(?:class|def) ${name}\\b|^${name} =`, "m").test(read(module) ?? "")) return module;
    }
  }
  return undefined;
}

/** Folders of models: those that the package lists, those of configurations by model type, those put aside. */
function modelFolders(root: string, read: (module: string) => string | undefined): readonly string[] {
  const imported = (module: string): readonly string[] =>
    [...(read(module) ?? "").matchAll(/^\s+from \.(\w+) import/gm)].flatMap((found) => found[1] ?? []);
  const types = [
    ...(read(`${root}.models.auto.configuration_auto`) ?? "").matchAll(/^\s+\("([\w-]+)", "\w+Config"/gm),
  ].flatMap((found) => found[1]?.replaceAll("-", "_") ?? []);
  const aside = imported(`${root}.models.deprecated`).map((name) => `deprecated.${name}`);
  return [...new Set([...imported(`${root}.models`), ...types, ...aside])];
}

/** `from .modeling_utils import PreTrainedModel as PreTrainedModel` in the package's own list. */
function moduleInInit(name: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : new RegExp(`from \\.([\\w.]+) import ${name}\\b`).exec(text)?.[1];
}

/** `create_model(..., pretrained=True)`: the weights of a checkpoint change no shape, so none are loaded. */
export function patchTimmBuilder(builder: PyModule): void {
  for (const name of ["load_pretrained", "load_custom_pretrained"])
    if (builder.vars.has(name))
      builder.vars.set(
        name,
        native(name, () => none),
      );
}

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

/** What every module of torchvision calls to be counted in logs: it does nothing unless a logger is set up for it. */
export function patchTorchvisionUtils(utils: PyModule): void {
  const name = "_log_api_usage_once";
  if (utils.vars.has(name))
    utils.vars.set(
      name,
      native(name, () => none),
    );
}

/**
 * torch_geometric writes code for TorchScript from the type hints of a layer's methods; where that fails, the methods
 * themselves run, which compute the same.
 */
export function patchGeometric(module: PyModule): void {
  const stands: Readonly<Record<string, Value>> = {
    module_from_template: native("module_from_template", (m) =>
      raise(m, "NotImplementedError", "no code is written"),
    ),
    type_repr: native("type_repr", () => "Any"),
    eval_type: native("eval_type", () => none),
  };
  for (const [name, value] of Object.entries(stands)) if (module.vars.has(name)) module.vars.set(name, value);
}
