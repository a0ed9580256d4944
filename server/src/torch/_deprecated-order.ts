import { Tensor } from "../graph/tensor.ts";
import type { Keywords } from "./_op.ts";
import type { Value } from "./_value.ts";

interface Given {
  readonly positional: readonly Value[];
  readonly keywords: Keywords;
}

/** The number before the other tensors: `torch.add(x, 2, y)` is `torch.add(x, y, alpha=2)`. */
const factors: ReadonlyMap<string, string> = new Map([
  ["add", "alpha"],
  ["sub", "alpha"],
  ["addcmul", "value"],
  ["addcdiv", "value"],
]);
/** `torch.addmm(beta, x, alpha, a, b)`, `x.addmm(beta, alpha, a, b)`, and both without `alpha`. */
const products: ReadonlySet<string> = new Set(["addmm", "addmv", "addr", "addbmm", "baddbmm"]);

const isNumber = (value: Value | undefined): value is Value =>
  value?.kind === "int" || value?.kind === "float";

/**
 * Arguments in an order that torch takes from programs of its first versions, in today's order; `undefined` when they
 * are. Source: PyTorch `tools/autograd/deprecated.yaml`.
 */
export function fromOldOrder(
  op: string,
  positional: readonly Value[],
  keywords: Keywords,
): Given | undefined {
  const name = op.replace(/_$/, "");
  const [first, second, third] = positional;
  const factor = factors.get(name);
  if (factor !== undefined)
    return isNumber(second) && third instanceof Tensor && first !== undefined
      ? { positional: [first, ...positional.slice(2)], keywords: { ...keywords, [factor]: second } }
      : undefined;
  if (!products.has(name)) return undefined;
  const isFunction = isNumber(first) && second instanceof Tensor;
  const [x, beta] = isFunction ? [second, first] : [first, second];
  if (x === undefined || !isNumber(beta)) return undefined;
  const rest = positional.slice(2);
  const [alpha] = rest;
  return isNumber(alpha)
    ? { positional: [x, ...rest.slice(1)], keywords: { ...keywords, beta, alpha } }
    : { positional: [x, ...rest], keywords: { ...keywords, beta } };
}
