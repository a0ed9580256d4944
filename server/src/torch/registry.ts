import type { Op } from "./_op.ts";
import { groups } from "./registry.gen.ts";

let index: ReadonlyMap<string, Op> | undefined;

/** The op with a qualified name: `torch.add`, `torch.Tensor.add_`, `torch.nn.functional.gelu`, `einops.rearrange`. */
export const findOp = (name: string): Op | undefined => allOps().get(name);

/** Every qualified name that resolves to an op; built on first use. */
export function allOps(): ReadonlyMap<string, Op> {
  index ??= new Map(
    groups.flatMap((ops) => ops.flatMap((op) => op.names.map((name) => [name, op] as const))),
  );
  return index;
}
