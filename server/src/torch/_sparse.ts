import { type Unknown, unknown } from "../base/known.ts";
import { add, type Dim, product } from "../graph/dim.ts";
import type { DType } from "../graph/dtype.ts";
import { bytesOf, dataOf, type Shape, type Sparse, Tensor } from "../graph/tensor.ts";
import { bytesRead, computed, shapeOf } from "./_emit.ts";
import { NotKnown, type OpContext } from "./_op.ts";
import type { Value } from "./_value.ts";

export const sparseOf = (tensor: Tensor): Sparse | undefined => tensor.meta.storage.sparse;

/** The first tensor among the arguments that is not dense, or that lies in one of its lists. */
export function sparseAmong(
  positional: readonly Value[],
  keywords: Readonly<Record<string, Value>>,
): Tensor | undefined {
  for (const value of positional) {
    const found = sparseIn(value);
    if (found !== undefined) return found;
  }
  for (const name in keywords) {
    const found = sparseIn(keywords[name]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function sparseIn(value: Value | undefined): Tensor | undefined {
  if (value instanceof Tensor) return sparseOf(value) === undefined ? undefined : value;
  if (value?.kind !== "list" && value?.kind !== "tuple") return undefined;
  for (const item of value.items) if (item instanceof Tensor && sparseOf(item) !== undefined) return item;
  return undefined;
}

export const isCount = (nonzeros: Dim | Unknown): nonzeros is Dim =>
  typeof nonzeros === "number" || nonzeros.kind !== "unknown";

/** A whole number that only the run knows. */
export const openCount = (why: string): Unknown => ({ ...unknown(why), number: "int" });

/** Elements that are kept, as a size: one that only the run knows where they depend on values. */
export const countOf = ({ nonzeros }: Sparse, ctx: OpContext): Dim =>
  isCount(nonzeros) ? nonzeros : ctx.graph.sizeOf(nonzeros, "the elements of a sparse tensor");

/** The same places with other values. */
export const samePlaces = (sparse: Sparse): Sparse => ({ ...sparse, values: undefined });

/** Says how the memory lies of what an op has just made. */
export function layOut(made: Value, sparse: Sparse): Value {
  if (made instanceof Tensor && sparseOf(made) === undefined) made.meta.storage.sparse = sparse;
  return made;
}

/** A sparse tensor that an op computes, which reads and writes no more than the elements that are kept. */
export function emitSparse(
  ctx: OpContext,
  name: string,
  inputs: readonly Tensor[],
  result: { readonly shape: Shape; readonly dtype: DType; readonly sparse: Sparse },
): Tensor {
  const output = computed(ctx, inputs, result);
  output.meta.storage.sparse = result.sparse;
  const written = isCount(result.sparse.nonzeros) ? result.sparse.nonzeros : 0;
  ctx.graph.emit({
    name,
    inputs,
    outputs: [output],
    work: { macs: 0, flops: written, bytesRead: bytesRead(inputs), bytesWritten: bytesOf(output.meta) },
    saved: output.meta.requiresGrad ? inputs : [],
  });
  return output;
}

/** How many places are different ones; only the run knows it unless the indices are known. */
export function distinctPlaces(sparse: Sparse): Dim | Unknown {
  const data = sparse.indices === undefined ? undefined : dataOf(sparse.indices.meta);
  const why = "how many places of a sparse tensor are different ones depends on its indices";
  if (!isCount(sparse.nonzeros) || typeof sparse.nonzeros !== "number") return openCount(why);
  const count = sparse.nonzeros;
  if (count < 2) return count;
  if (data === undefined) return openCount(why);
  const places = Array.from({ length: count }, (_, i) =>
    Array.from({ length: sparse.dimensions }, (__, d) => data[d * count + i]).join(),
  );
  return new Set(places).size;
}

/** As many as both have, at most. */
export function together(all: readonly Sparse[]): Dim | Unknown {
  let count: Dim = 0;
  for (const { nonzeros } of all) {
    if (!isCount(nonzeros)) return nonzeros;
    count = add(count, nonzeros);
  }
  return count;
}

/** @throws NotKnown for what is modelled only of sparse tensors */
export function needSparse(tensor: Tensor, what: string): Sparse {
  const sparse = sparseOf(tensor);
  if (sparse !== undefined) return sparse;
  throw new NotKnown(unknown(`\`${what}\` of a tensor that is not known to be sparse`));
}

export const denseElements = (tensor: Tensor): Dim => product(shapeOf(tensor));
