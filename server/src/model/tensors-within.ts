import type { Tensor } from "../graph/tensor.ts";
import { storeOf } from "./nn-state.ts";
import { namedModules } from "./nn-tree.ts";
import type { PyInstance, Value } from "./values.ts";

/** Every tensor inside lists, dictionaries and objects that are no modules. */
export function tensorsWithin(value: Value): readonly Tensor[] {
  const found: Tensor[] = [];
  const seen = new Set<object>();
  const visit = (each: Value): void => {
    if (typeof each !== "object" || seen.has(each)) return;
    seen.add(each);
    switch (each.kind) {
      case "tensor":
        found.push(each);
        return;
      case "list":
      case "tuple":
        each.items.forEach(visit);
        return;
      case "dict":
        for (const entry of each.entries.values()) visit(entry.value);
        return;
      case "instance":
        if (each.cls.isModule) return;
        if (each.payload !== undefined) visit(each.payload);
        for (const inner of each.attrs.values()) visit(inner);
        return;
      default:
        return;
    }
  };
  visit(value);
  return found;
}

/**
 * Tensors that modules hold, no parameters, and that the ops from `start` on made or wrote out of what the model was
 * called with.
 */
export function statesOf(
  model: PyInstance,
  start: number,
  written: ReadonlyMap<number, unknown>,
): readonly Tensor[] {
  const found = new Set<Tensor>();
  for (const module of namedModules(model).keys()) {
    const buffers = storeOf(module, "_buffers");
    const held = [
      ...[...module.attrs].flatMap(([name, value]) =>
        /^_(parameters|buffers|modules)$/.test(name) ? [] : [value],
      ),
      ...(buffers === undefined ? [] : [buffers]),
    ];
    for (const tensor of held.flatMap(tensorsWithin)) {
      const { producer, storage, varies, role } = tensor.meta;
      const isMade = producer !== undefined && producer >= start && varies;
      if (role !== "parameter" && (isMade || written.has(storage.id))) found.add(tensor);
    }
  }
  return [...found];
}
