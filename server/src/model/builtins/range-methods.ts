/** `range.index`, `range.count`, `slice.indices`. */
import { contains } from "../operators.ts";
import { raise } from "../raise.ts";
import { repr } from "../text.ts";
import { nativeMethod, none, type PyNative, type PySlice, tuple } from "../values.ts";
import { asInt } from "./args.ts";

export const rangeMethods: readonly PyNative[] = [
  nativeMethod("index", (m, [self = none, item = none]) => {
    const at = asInt(m, item);
    if (typeof self !== "object" || self.kind !== "range" || at === undefined)
      return m.unknown("`range.index` of something unknown");
    return contains(m, self, at) === true
      ? (at - self.start) / self.step
      : raise(m, "ValueError", `${repr(m, item) ?? "the value"} is not in range`);
  }),
  nativeMethod("count", (m, [self = none, item = none]) => {
    const found = contains(m, self, item);
    return found === undefined ? m.unknown("`range.count` of something unknown") : Number(found);
  }),
];

export const sliceMethods: readonly PyNative[] = [
  nativeMethod("indices", (m, [self = none, length]) => {
    const size = asInt(m, length);
    if (typeof self !== "object" || self.kind !== "slice" || size === undefined)
      return m.unknown("`slice.indices` of something unknown");
    const bounds = boundsOf((value) => (value === none ? undefined : asInt(m, value)), self, size);
    if (bounds === undefined) return raise(m, "ValueError", "slice step cannot be zero");
    return tuple([...bounds]);
  }),
];

/** Start, stop and step over a sequence of `size` items. Source: CPython `PySlice_AdjustIndices`. */
function boundsOf(
  read: (value: PySlice["lower"]) => number | undefined,
  { lower, upper, step }: PySlice,
  size: number,
): readonly [number, number, number] | undefined {
  const by = read(step) ?? 1;
  if (by === 0) return undefined;
  const [least, most] = by < 0 ? [-1, size - 1] : [0, size];
  const clip = (value: number | undefined, fallback: number): number =>
    value === undefined
      ? fallback
      : Math.min(Math.max(value < 0 ? value + size : value, value < 0 ? least : by < 0 ? -1 : 0), most);
  return [clip(read(lower), by < 0 ? most : least), clip(read(upper), by < 0 ? least : most), by];
}
