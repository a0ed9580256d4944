import type { Expr, For } from "../syntax/ast.ts";
import { isMadeBy } from "./constructors.ts";
import { backwardCallsIn, type Loop } from "./loops.ts";
import type { Module } from "./module.ts";
import { lastName } from "./paths.ts";
import { enclosingLoop } from "./structure.ts";

/** Functions whose result gives the elements of their first argument, with or without company. */
const passesOn =
  /^(?:enumerate|tqdm|trange|zip|iter|islice|cycle|progress_bar|track|wrap_loader|log_every|list|reversed|ProgressBar|Tqdm)$/;

const loaderName = /loader|(?:^|_)(?:dl|batches|train_iter|trainiter|valid_iter|test_iter)(?:$|_)/i;

/** What a `for` goes through, without `enumerate`, `tqdm` and the like around it. */
export function iteratedBy(loop: For): Expr {
  let at = loop.iter;
  for (;;) {
    const first = at.kind === "Call" ? at.args[0] : undefined;
    if (at.kind !== "Call" || first === undefined || !passesOn.test(lastName(at.func) ?? "")) return at;
    at = first.kind === "Starred" ? first.value : first;
  }
}

/** Whether the turns of a loop are the batches of a loader: by what made it, or by its name. */
export function iteratesLoader(loop: Loop, module: Module): boolean {
  if (loop.kind !== "For") return false;
  const iterated = iteratedBy(loop);
  // `range(len(train_loader))`
  const counted =
    iterated.kind === "Call" && lastName(iterated.func) === "range" ? iterated.args[0] : undefined;
  const counts = counted?.kind === "Call" && lastName(counted.func) === "len" ? counted.args[0] : undefined;
  const source = counts ?? iterated;
  const named = source.kind === "Call" ? undefined : lastName(source);
  if (named !== undefined && loaderName.test(named)) return true;
  return isMadeBy(source, module, (made) => made === "torch.utils.data.DataLoader") === "yes";
}

/** Whether each turn of a loop is one step of training: a backward pass runs in it, and in no loop inside it. */
export const isTrainingStep = (loop: Loop): boolean =>
  backwardCallsIn(loop).some((backward) => enclosingLoop(backward) === loop);

/** A loop over batches or steps, where anything it does is done again and again. */
export const isStepLoop = (loop: Loop, module: Module): boolean =>
  isTrainingStep(loop) || iteratesLoader(loop, module);
