import { type Dim, evaluate } from "../graph/dim.ts";
import type { OpRecord } from "../graph/ir.ts";
import { bytesOf, type TensorRef } from "../graph/tensor.ts";

const noSizes: ReadonlyMap<string, number> = new Map();

/** A size at the hints of its symbols; 0 where the run alone knows it, which never makes a rule speak. */
export const sizeOf = (dim: Dim): number => evaluate(dim, noSizes) ?? 0;

export const bytesIn = (ref: TensorRef): number => sizeOf(bytesOf(ref.meta));

/** A number among the attributes of an op; 0 where there is none. */
export function attributeSize(op: OpRecord, name: string): number {
  const value = op.attributes[name];
  if (typeof value === "number") return value;
  return typeof value === "object" && "kind" in value ? sizeOf(value) : 0;
}

/** `31 %` */
export const percent = (share: number): string => `${Math.round(100 * share)} %`;
