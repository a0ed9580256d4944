import { asInt, asNumber } from "../builtins/args.ts";
import { collect } from "../iterate.ts";
import type { Machine } from "../machine.ts";
import { unknownNumber } from "../plain-unknown.ts";
import { power } from "../power.ts";
import { raise } from "../raise.ts";
import { typeName } from "../types.ts";
import { float, isUnknown, native, noKwargs, none, type PyModule, tuple, type Value } from "../values.ts";
import { makeNativeModule } from "./native-module.ts";

/** What a tensor of one element, or an object, is as a float. */
function asFloat(m: Machine, value: Value): Value {
  if (typeof value !== "object" || asNumber(m, value) !== undefined) return value;
  if (value.kind === "poly") return unknownNumber(m, "`math` of a size that only the run knows", "float");
  if (value.kind !== "tensor" && value.kind !== "instance") return value;
  const own = m.getAttribute(value, "__float__");
  return own === undefined ? value : m.call(own, [], noKwargs);
}

/** The function on floats, with Python's domain errors. */
const onFloat =
  (compute: (...numbers: readonly number[]) => number) =>
  (m: Machine, given: readonly Value[]): Value => {
    const args = given.map((each) => asFloat(m, each));
    const open = args.find(isUnknown);
    if (open !== undefined) return unknownNumber(m, open.why, "float");
    const numbers = args.map((each) => asNumber(m, each));
    const other = args.find((_, i) => numbers[i] === undefined);
    if (other !== undefined)
      return m.unknown(`\`math\` of a value that is no number: \`${typeName(other)}\``);
    const result = compute(...numbers.map((each) => each ?? 0));
    return Number.isNaN(result) && !numbers.some(Number.isNaN)
      ? raise(m, "ValueError", "math domain error")
      : float(result);
  };

/** The same of one that raises where a finite number has no finite result. */
const onFinite = (compute: (...numbers: readonly number[]) => number) => {
  const run = onFloat(compute);
  return (m: Machine, args: readonly Value[]): Value => {
    const made = run(m, args);
    const isBeyond = (value: Value): boolean =>
      typeof value === "object" && value.kind === "float" && !Number.isFinite(value.value);
    return isBeyond(made) && !args.some(isBeyond) ? raise(m, "OverflowError", "math range error") : made;
  };
};

/** Infinite at the end of what it takes, which is an error as beyond it. */
const inside =
  (compute: (x: number) => number) =>
  (x = 0): number => {
    const made = compute(x);
    return Number.isFinite(made) || !Number.isFinite(x) ? made : Number.NaN;
  };

const rounding =
  (compute: (value: number) => number, dunder: string) =>
  (m: Machine, args: readonly Value[]): Value => {
    const [value = 0] = args;
    if (isUnknown(value)) return unknownNumber(m, value.why, "int");
    if (typeof value === "number" || (typeof value === "object" && value.kind === "poly")) return value;
    const own =
      typeof value === "object" && value.kind === "instance" ? m.getAttribute(value, dunder) : undefined;
    if (own !== undefined) return m.call(own, [], noKwargs);
    const number = asNumber(m, value);
    return number === undefined ? m.unknown("a rounding of something unknown") : compute(number) || 0;
  };

/** Zero has no logarithm. */
const above =
  (compute: (x: number) => number) =>
  (x = 0): number =>
    x <= 0 ? Number.NaN : compute(x);

const halfToEven = (x: number): number => {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
};

/** A square as two numbers whose sum it is. Source: Dekker's product. */
function exactSquare(x: number): readonly [number, number] {
  const c = 134217729 * x;
  const high = c - (c - x);
  const low = x - high;
  const square = x * x;
  return [square, high * high - square + 2 * high * low + low * low];
}

/** The root of a sum of squares, corrected once: as exact as CPython's `vector_norm` where nothing overflows. */
function length(all: readonly number[]): number {
  const rough = Math.hypot(...all);
  if (rough === 0 || rough > 1e150 || rough < 1e-140 || !Number.isFinite(rough)) return rough;
  const [minus, minusLow] = exactSquare(rough);
  const rest = exactSum([...all.flatMap(exactSquare), -minus, -minusLow]);
  return rough + rest / (2 * rough);
}

/** Mantissa from 0.5 to 1, and exponent. */
function split(x: number): readonly [number, number] {
  if (x === 0 || !Number.isFinite(x)) return [x, 0];
  let exponent = Math.floor(Math.log2(Math.abs(x))) + 1;
  if (Math.abs(x) / 2 ** exponent >= 1) exponent += 1;
  else if (Math.abs(x) / 2 ** exponent < 0.5) exponent -= 1;
  return [x / 2 ** exponent, exponent];
}

/** A sum without the rounding of its steps. Source: Shewchuk, as in CPython's `math.fsum`. */
function exactSum(numbers: readonly number[]): number {
  const partials: number[] = [];
  for (const number of numbers) {
    let x = number;
    let kept = 0;
    for (const partial of [...partials]) {
      const [big, small] = Math.abs(x) < Math.abs(partial) ? [partial, x] : [x, partial];
      const high = big + small;
      const low = small - (high - big);
      if (low !== 0) partials[kept++] = low;
      x = high;
    }
    partials.length = kept;
    partials.push(x);
  }
  return partials.reduceRight((sum, partial) => sum + partial, 0);
}

function numbersOf(m: Machine, value: Value | undefined): readonly number[] | undefined {
  const all = (value === undefined ? [] : collect(m, value)).map((each) => asNumber(m, each));
  return all.every((each): each is number => each !== undefined) ? all : undefined;
}

const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b));

export const mathModule = (): PyModule =>
  makeNativeModule("math", [
    ["pi", float(Math.PI)],
    ["e", float(Math.E)],
    ["tau", float(2 * Math.PI)],
    ["inf", float(Number.POSITIVE_INFINITY)],
    ["nan", float(Number.NaN)],
    ...Object.entries({
      sqrt: onFloat(Math.sqrt),
      exp: onFinite(Math.exp),
      expm1: onFinite(Math.expm1),
      log2: onFloat(above(Math.log2)),
      log10: onFloat(above(Math.log10)),
      log1p: onFloat(inside(Math.log1p)),
      log: onFloat((x = 0, base) =>
        x <= 0 ? Number.NaN : base === undefined ? Math.log(x) : Math.log(x) / Math.log(base),
      ),
      pow: onFinite((x = 0, y = 0) => (x === 0 && y < 0 ? Number.NaN : power(x, y))),
      sin: onFloat(Math.sin),
      cos: onFloat(Math.cos),
      tan: onFloat(Math.tan),
      asin: onFloat(Math.asin),
      acos: onFloat(Math.acos),
      atan: onFloat(Math.atan),
      atan2: onFloat((y = 0, x = 0) => Math.atan2(y, x)),
      sinh: onFinite(Math.sinh),
      cosh: onFinite(Math.cosh),
      tanh: onFloat(Math.tanh),
      erf: onFloat((x = 0) => erf(x)),
      fabs: onFloat(Math.abs),
      hypot: onFloat((...all) => length(all)),
      degrees: onFloat((x = 0) => (x * 180) / Math.PI),
      radians: onFloat((x = 0) => (x * Math.PI) / 180),
      fmod: onFloat((x = 0, y = 1) => x % y),
      copysign: onFloat((x = 0, y = 0) => Math.abs(x) * (Object.is(Math.sign(y), -0) || y < 0 ? -1 : 1)),
      cbrt: onFloat(Math.cbrt),
      asinh: onFinite(Math.asinh),
      acosh: onFinite(Math.acosh),
      atanh: onFloat(inside(Math.atanh)),
      exp2: onFinite((x = 0) => 2 ** x),
      erfc: onFloat((x = 0) => 1 - erf(x)),
      ldexp: onFinite((x = 0, e = 0) => x * 2 ** e),
      remainder: onFloat((x = 0, y = 1) => x - y * halfToEven(x / y)),
      ceil: rounding(Math.ceil, "__ceil__"),
      floor: rounding(Math.floor, "__floor__"),
      trunc: rounding(Math.trunc, "__trunc__"),
    }).map(([name, run]): [string, Value] => [name, native(name, run)]),
    [
      "prod",
      native("prod", (m, args, kwargs) => {
        let product = kwargs.get("start") ?? 1;
        for (const each of args[0] === undefined ? [] : collect(m, args[0]))
          product = m.binary("*", product, each);
        return product;
      }),
    ],
    [
      "gcd",
      native("gcd", (m, args) => {
        const numbers = args.map((each) => asInt(m, each));
        return numbers.includes(undefined)
          ? m.unknown("`gcd` of something unknown")
          : numbers.reduce<number>((a, b) => gcd(a, b ?? 0), 0);
      }),
    ],
    [
      "lcm",
      native("lcm", (m, args) => {
        const numbers = args.map((each) => asInt(m, each));
        return numbers.includes(undefined)
          ? m.unknown("`lcm` of something unknown")
          : numbers.reduce<number>((a, b = 1) => (a === 0 || b === 0 ? 0 : Math.abs(a * b) / gcd(a, b)), 1);
      }),
    ],
    [
      "modf",
      native("modf", (m, args) => {
        const x = asNumber(m, args[0]);
        if (x === undefined) return m.unknown("`modf` of something unknown");
        return tuple([float(x - Math.trunc(x)), float(Math.trunc(x))]);
      }),
    ],
    [
      "frexp",
      native("frexp", (m, args) => {
        const x = asNumber(m, args[0]);
        if (x === undefined) return m.unknown("`frexp` of something unknown");
        const [mantissa, exponent] = split(x);
        return tuple([float(mantissa), exponent]);
      }),
    ],
    [
      "fsum",
      native("fsum", (m, args) => {
        const numbers = numbersOf(m, args[0]);
        return numbers === undefined ? m.unknown("a sum of something unknown") : float(exactSum(numbers));
      }),
    ],
    [
      "dist",
      native("dist", (m, args) => {
        const [p, q] = [numbersOf(m, args[0]), numbersOf(m, args[1])];
        return p === undefined || q === undefined
          ? m.unknown("a distance of something unknown")
          : float(length(p.map((x, i) => x - (q[i] ?? 0))));
      }),
    ],
    [
      "perm",
      native("perm", (m, args) => {
        const n = asInt(m, args[0]);
        const k = args[1] === undefined || args[1] === none ? n : asInt(m, args[1]);
        if (n === undefined || k === undefined) return m.unknown("`perm` of something unknown");
        return k > n ? 0 : Array.from({ length: k }, (_, i) => n - i).reduce((a, b) => a * b, 1);
      }),
    ],
    ["isnan", native("isnan", (m, args) => Number.isNaN(asNumber(m, args[0]) ?? 0))],
    ["isinf", native("isinf", (m, args) => Math.abs(asNumber(m, args[0]) ?? 0) === Number.POSITIVE_INFINITY)],
    ["isfinite", native("isfinite", (m, args) => Number.isFinite(asNumber(m, args[0]) ?? 0))],
    [
      "isclose",
      native("isclose", (m, args, kwargs) => {
        const [a = 0, b = 0] = [asNumber(m, args[0]), asNumber(m, args[1])];
        const [relative, absolute] = [asNumber(m, kwargs.get("rel_tol")), asNumber(m, kwargs.get("abs_tol"))];
        const scale = (relative ?? 1e-9) * Math.max(Math.abs(a), Math.abs(b));
        return a === b || Math.abs(a - b) <= Math.max(scale, absolute ?? 0);
      }),
    ],
    ["isqrt", native("isqrt", (m, args) => Math.floor(Math.sqrt(asInt(m, args[0]) ?? 0)))],
    [
      "comb",
      native("comb", (m, args) => {
        const [n = 0, k = 0] = [asInt(m, args[0]), asInt(m, args[1])];
        let result = 1;
        for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i;
        return Math.round(result);
      }),
    ],
    [
      "factorial",
      native("factorial", (m, args) => {
        let result = 1;
        for (let i = 2; i <= (asInt(m, args[0]) ?? 0); i++) result *= i;
        return result;
      }),
    ],
  ]);

/** Abramowitz and Stegun 7.1.26: off by at most 1.5e-7. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const poly =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - poly * Math.exp(-x * x));
}
