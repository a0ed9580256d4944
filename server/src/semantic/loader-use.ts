import type { Call, Expr, For } from "../syntax/ast.ts";
import { nodesOf } from "../syntax/visit.ts";
import { loaderPath, loopsOver } from "./data-loaders.ts";
import { isManagedByFramework, speaksOfCuda } from "./device-evidence.ts";
import { type Loop, loopsAround } from "./loops.ts";
import type { Module } from "./module.ts";
import { definitionOf } from "./names.ts";
import { namesIn, pathOf, rootName } from "./paths.ts";
import { argumentOf, callsIn, enclosingDef, walkOwn } from "./structure.ts";

/** How the batches of a loader get to the GPU. */
export interface GpuFeed {
  readonly loops: readonly For[];
  /** The copies that the host waits for: `.to(device)` without `non_blocking`. */
  readonly waits: readonly Call[];
}

/** The loops of this file that copy the batches of a loader to the GPU; `undefined` when none does, or a framework does it. */
export function gpuFeed(loader: Call, module: Module): GpuFeed | undefined {
  const path = loaderPath(loader);
  if (path === undefined || !speaksOfCuda(module) || isManagedByFramework(module)) return undefined;
  const loops = loopsOver(path, module).filter((loop) => movesOf(loop).length > 0);
  if (loops.length === 0) return undefined;
  const waits = loops
    .flatMap(movesOf)
    .filter((move) => move.args.length < 2 && !move.keywords.some((each) => each.name !== "device"));
  return { loops, waits };
}

/** Whether a loop over epochs passes over a loader again and again while its dataset stays as it is. */
export function restartsInEveryEpoch(loader: Call, module: Module): boolean {
  const path = loaderPath(loader);
  const dataset = argumentOf(loader, "dataset", 0);
  if (path === undefined || dataset === undefined || dataset === "unknown") return false;
  if (loopsAround(loader).length > 0) return false;
  const repeated = loopsOver(path, module).filter((loop) => runsInEveryEpoch(loop, module));
  return repeated.length > 0 && !repeated.some((loop) => changes(dataset, loop));
}

/** `x = x.to(device)` for something that the loader gave. */
function movesOf(loop: For): readonly Call[] {
  const given = new Set(namesIn(loop.target));
  for (const stmt of loop.body)
    if (stmt.kind === "Assign" && given.has(rootName(stmt.value) ?? ""))
      for (const target of stmt.targets) for (const name of namesIn(target)) given.add(name);
  walkOwn(loop.body, (node) => {
    if (node.kind === "Comprehension" && given.has(rootName(node.iter) ?? ""))
      for (const name of namesIn(node.target)) given.add(name);
  });
  return callsIn(loop.body).filter(
    (call) =>
      call.func.kind === "Attribute" &&
      (call.func.attr === "cuda" || (call.func.attr === "to" && !isDtype(call.args[0]))) &&
      given.has(rootName(call.func.value) ?? ""),
  );
}

const isDtype = (arg: Expr | undefined): boolean =>
  arg === undefined ||
  (arg.kind === "Attribute" && /^(?:u?int|float|bfloat|double|half|long|bool)\d*$/.test(arg.attr));

/** The loop stands in a loop over epochs, or in a function that one calls. */
function runsInEveryEpoch(loop: For, module: Module): boolean {
  if (loopsAround(loop).some(countsEpochs)) return true;
  const def = enclosingDef(loop);
  if (def === undefined) return false;
  return module
    .mentions(def.name)
    .some((chunk) =>
      nodesOf(chunk.nodes, "Call").some(
        (call) =>
          call.func.kind === "Name" &&
          call.func.id === def.name &&
          loopsAround(call).some(countsEpochs) &&
          definitionOf(call.func, module)?.node === def,
      ),
    );
}

const countsEpochs = (loop: Loop): boolean =>
  loop.kind === "For" &&
  namesIn(loop.target).some((name) => /epoch|^e$|^ep$/i.test(name)) &&
  !isOnce(loop.iter);

const isOnce = (iter: Expr): boolean =>
  iter.kind === "Call" && iter.args.length === 1 && iter.args[0]?.kind === "Int" && iter.args[0].value === 1;

/** The loop over epochs calls a method of the dataset: a copy that workers keep would not see what it does. */
const changes = (dataset: Expr, loop: For): boolean => {
  const path = pathOf(dataset);
  const outer = loopsAround(loop).filter(countsEpochs);
  return callsIn(outer.flatMap((each) => each.body)).some(
    (call) => path !== undefined && call.func.kind === "Attribute" && pathOf(call.func.value) === path,
  );
};
