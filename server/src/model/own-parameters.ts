import { method } from "./bind.ts";
import { collect } from "./iterate.ts";
import type { Machine } from "./machine.ts";
import { stateOf } from "./nn-tree.ts";
import { noKwargs, type PyInstance } from "./values.ts";

/**
 * A model may say itself what its parameters are, as learners of meta-learning do. Counted are those that are registered:
 * where it gives others, there is a doubt.
 */
export function doubtOwnParameters(m: Machine, model: PyInstance): void {
  const own = method(model, "parameters");
  if (typeof own !== "object" || own.kind !== "function" || own.code.prelude) return;
  const given = new Set(collect(m, m.call(own, [model], noKwargs)));
  const registered = stateOf(model).filter(({ role }) => role === "parameter");
  const isSame =
    given.size === registered.length &&
    [...given].every(
      (each) =>
        typeof each === "object" &&
        each.kind === "tensor" &&
        registered.some(({ tensor }) => tensor.id === each.id),
    );
  if (!isSame)
    m.note(`\`${model.cls.name}.parameters\``, "it gives others than are registered, and those are counted");
}
