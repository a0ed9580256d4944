import type { Call, Expr, For, FunctionDef } from "../syntax/ast.ts";
import { nodesOf } from "../syntax/visit.ts";
import type { Module } from "./module.ts";
import { bindingsOf, definitionOf, qualifiedName } from "./names.ts";
import { lastName, pathOf } from "./paths.ts";
import { argumentOf } from "./structure.ts";

const loaders = new Set([
  "torch.utils.data.DataLoader",
  "torch_geometric.loader.DataLoader",
  "torch_geometric.data.DataLoader",
]);

/** Whether a call makes a `torch.utils.data.DataLoader`, or a subclass with the same parameters. */
export const isDataLoader = (call: Call, module: Module): boolean => {
  // `import DataLoader as DL` hides the name; everything longer than a few letters and unlike it is something else.
  const last = lastName(call.func);
  if (last === undefined || (!/loader/i.test(last) && last.length > 3)) return false;
  const name = qualifiedName(call.func, module);
  return name !== undefined && loaders.has(name);
};

/** Positions of the parameters of `DataLoader` that rules ask for. */
export const loaderPosition = { shuffle: 2, sampler: 3, numWorkers: 5, pinMemory: 7 } as const;

/** Whether a loader has worker processes: a number that is written as 0, also through a name, means none. */
export function hasWorkers(call: Call, module: Module): boolean {
  const workers = argumentOf(call, "num_workers", loaderPosition.numWorkers);
  if (workers === undefined || workers === "unknown") return false;
  const values =
    workers.kind === "Name"
      ? bindingsOf(workers, module).map((binding) => (binding.kind === "assign" ? binding.value : undefined))
      : [workers];
  return !values.some((value) => value?.kind === "Int" && value.value === 0);
}

/** Where a loader is kept: `train_loader`, `self.loader`; `undefined` when it goes elsewhere. */
export function loaderPath(call: Call): string | undefined {
  const parent = call.parent;
  const target = parent?.kind === "Assign" && parent.targets.length === 1 ? parent.targets[0] : undefined;
  return target === undefined ? undefined : pathOf(target);
}

/**
 * The `for` loops of a file that iterate over what `path` holds, also through `enumerate`, `tqdm` and the like, and
 * in functions of the file that it is handed to.
 */
export function loopsOver(path: string, module: Module): readonly For[] {
  const last = path.slice(path.lastIndexOf(".") + 1);
  const found = new Set<For>();
  for (const chunk of module.mentions(last)) {
    for (const loop of nodesOf(chunk.nodes, "For")) if (iterates(loop.iter, path)) found.add(loop);
    for (const call of nodesOf(chunk.nodes, "Call")) {
      const position = call.args.findIndex((arg) => pathOf(arg) === path);
      const keyword = call.keywords.find((each) => pathOf(each.value) === path)?.name;
      if (position < 0 && keyword === undefined) continue;
      const callee = definitionOf(call.func, module)?.node;
      if (callee?.kind !== "FunctionDef") continue;
      const name = keyword ?? callee.params[position]?.name;
      if (name !== undefined) for (const loop of loopsIn(callee, name)) found.add(loop);
    }
  }
  return [...found];
}

/** The loops of a function over one of its parameters. */
function loopsIn(def: FunctionDef, name: string): readonly For[] {
  const found: For[] = [];
  const enter = (body: FunctionDef["body"]): void => {
    for (const stmt of body) {
      if (stmt.kind === "For" && iterates(stmt.iter, name)) found.push(stmt);
      if (stmt.kind === "For" || stmt.kind === "While" || stmt.kind === "With" || stmt.kind === "If")
        enter(stmt.body);
    }
  };
  enter(def.body);
  return found;
}

const wrappers =
  /^(?:enumerate|tqdm|trange|zip|iter|islice|track|progress_bar|log_every|rank_zero_tqdm|cycle)$/;

/** `loader`, `enumerate(tqdm(loader))`, `metric_logger.log_every(loader, 10)`. */
function iterates(iter: Expr, path: string): boolean {
  if (pathOf(iter) === path) return true;
  return (
    iter.kind === "Call" &&
    wrappers.test(lastName(iter.func) ?? "") &&
    iter.args.some((arg) => iterates(arg, path))
  );
}
