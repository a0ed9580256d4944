import type { Machine } from "../machine.ts";
import { isPlainUnknown } from "../plain-unknown.ts";
import { isUnknown, noKwargs, type Value } from "../values.ts";

/** A stable sort; `undefined` when the order depends on something unknown. */
export function sorted(
  m: Machine,
  items: readonly Value[],
  key: Value | undefined,
  reverse: Value | undefined,
): readonly Value[] | undefined {
  const down = reverse === undefined ? false : m.truth(reverse);
  if (down === undefined) return undefined;
  // In whatever order: each of them may be any.
  if (key === undefined && items.every((item) => isUnknown(item) && isPlainUnknown(item))) return items;
  const keyed = items.map((item) => ({
    item,
    key: key === undefined ? item : m.call(key, [item], noKwargs),
  }));
  let known = true;
  const less = (a: Value, b: Value): boolean => {
    const answer = m.truth(m.compare("<", a, b));
    known &&= answer !== undefined;
    return answer === true;
  };
  const ordered = keyed.sort((a, b) => {
    const [x, y] = down ? [b.key, a.key] : [a.key, b.key];
    return less(x, y) ? -1 : less(y, x) ? 1 : 0;
  });
  return known ? ordered.map((each) => each.item) : undefined;
}
