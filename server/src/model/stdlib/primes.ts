import { asInt } from "../builtins/args.ts";
import { list, native, type PyNative } from "../values.ts";

/** The largest number that is asked: a sieve of it takes a byte each. */
const most = 20_000_000;

/** Primes from a number up to, but not including, another: sizes of hash tables are chosen so. */
export const primesBetween: readonly [string, PyNative] = [
  "primes_between",
  native("primes_between", (m, [from, to]) => {
    const low = asInt(m, from);
    const high = asInt(m, to);
    if (low === undefined || high === undefined) return m.unknown("primes between unknown numbers");
    if (high > most) return m.unknown(`primes above ${most}`);
    return list(primesBelow(high).filter((each) => each >= low));
  }),
];

/** Sieve of Eratosthenes. */
function primesBelow(high: number): readonly number[] {
  const isComposite = new Uint8Array(Math.max(high, 0));
  const found: number[] = [];
  for (let each = 2; each < high; each++) {
    if (isComposite[each] === 1) continue;
    found.push(each);
    for (let multiple = each * each; multiple < high; multiple += each) isComposite[multiple] = 1;
  }
  return found;
}
