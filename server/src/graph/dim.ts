/**
 * A dimension: a number, or a polynomial over named symbols that carries a concrete hint (concolic).
 *
 * Symbols are integers of at least 1. What is no polynomial (`T // 2`, `T % 3`) becomes an atom of its own,
 * named by its text. A symbol without a hint is a size that only the run knows (`nonzero`): comparing it gives
 * `undefined`.
 */
export type Dim = number | Poly;

export interface Poly {
  readonly kind: "poly";
  /** Never empty, never one constant: such a polynomial is a plain number. Sorted by `key`. */
  readonly terms: readonly Term[];
  readonly hint: number | undefined;
}

export interface Term {
  readonly coefficient: number;
  /** The printed monomial, `B*T^2`; empty for the constant. */
  readonly key: string;
  readonly factors: readonly Factor[];
}

export interface Factor {
  readonly atom: Atom;
  readonly power: number;
}

export interface Atom {
  readonly name: string;
  readonly hint: number | undefined;
  /** One part of a known total. All parts together, each as often, are that total again. */
  readonly share?: Share;
  /** Absent for a symbol. */
  readonly operation?: { readonly kind: Operation; readonly left: Dim; readonly right: Dim };
}

/** A total that is split over classes in a way that only the run tells: routed tokens over experts. */
export interface Partition {
  /** Equal for equal totals and classes, or unique. */
  readonly key: string;
  readonly classes: number;
  readonly total: Dim;
  /** What chooses: the first of two classes is what a mask, or a bound that only the run knows, picks out of the total. */
  readonly chosenBy?: Chooser;
}

export interface Chooser {
  readonly what: string;
  readonly why: string;
}

export interface Share {
  readonly of: Partition;
  /** Below `of.classes`. */
  readonly index: number;
}

type Operation = "//" | "%" | "max" | "min";

const compute: Readonly<Record<Operation, (a: number, b: number) => number>> = {
  "//": (a, b) => Math.floor(a / b),
  "%": (a, b) => ((a % b) + b) % b,
  max: Math.max,
  min: Math.min,
};

export function symbol(name: string, hint: number | undefined): Poly {
  return atomDim({ name, hint });
}

/** The part of a total that falls to one class: known only at run time. */
export const shareOf = (of: Partition, index: number): Dim =>
  of.classes === 1
    ? of.total
    : atomDim({
        name: of.chosenBy !== undefined && index === 0 ? of.key : `${of.key}.${index}`,
        hint: undefined,
        share: { of, index },
      });

/**
 * The part of a class when all parts are as equal as whole numbers allow, the first ones the larger: they sum up to
 * the total.
 */
export function evenShare({ classes, total }: Partition, index: number): Dim {
  if (typeof total === "number") return Math.floor((total + classes - 1 - index) / classes);
  const whole = fromTerms(total.terms.filter((t) => t.coefficient % classes === 0));
  const rest = sub(total, whole);
  const quotient = exactDiv(whole, classes) ?? 0;
  if (typeof rest === "number") return add(quotient, Math.floor((rest + classes - 1 - index) / classes));
  const made = operation("//", add(rest, classes - 1 - index), classes);
  const key = `${printDim(rest)} // ${classes}`;
  const [term] = made.terms;
  const [factor] = term?.factors ?? [];
  if (factor === undefined) return add(quotient, made);
  return add(quotient, atomDim({ ...factor.atom, share: { of: { key, classes, total: rest }, index } }));
}

/** The shares that a size depends on. */
export function sharesIn(dim: Dim): readonly Share[] {
  if (typeof dim === "number") return [];
  return dim.terms.flatMap((term) =>
    term.factors.flatMap(({ atom }) =>
      atom.share !== undefined
        ? [atom.share]
        : atom.operation === undefined
          ? []
          : [...sharesIn(atom.operation.left), ...sharesIn(atom.operation.right)],
    ),
  );
}

/** The same size with other values for shares. */
export function replaceShares(dim: Dim, by: (share: Share) => Dim): Dim {
  if (typeof dim === "number" || sharesIn(dim).length === 0) return dim;
  return sum(
    dim.terms.map((term) =>
      product([
        term.coefficient,
        ...term.factors.flatMap((factor) => new Array<Dim>(factor.power).fill(replaceAtom(factor.atom, by))),
      ]),
    ),
  );
}

function replaceAtom(atom: Atom, by: (share: Share) => Dim): Dim {
  if (atom.share !== undefined) return by(atom.share);
  if (atom.operation === undefined) return atomDim(atom);
  const left = replaceShares(atom.operation.left, by);
  const right = replaceShares(atom.operation.right, by);
  const { kind } = atom.operation;
  if (kind === "//" || kind === "%") {
    if (right === 0) return 0;
    return kind === "//" ? floorDiv(left, right) : mod(left, right);
  }
  return kind === "max" ? max(left, right) : min(left, right);
}

export const hintOf = (dim: Dim): number | undefined => (typeof dim === "number" ? dim : dim.hint);

/** Equal whatever the symbols are. */
export function sameDim(a: Dim, b: Dim): boolean {
  if (typeof a === "number" || typeof b === "number") return a === b;
  if (a === b) return true;
  return (
    a.terms.length === b.terms.length &&
    a.terms.every((t, i) => t.key === b.terms[i]?.key && t.coefficient === b.terms[i]?.coefficient)
  );
}

/**
 * Equal at the hints. For questions of memory layout, which are asked of every view: they leave no guard, so for other
 * sizes a copy may be where the hints had a view.
 */
export function alike(a: Dim, b: Dim): boolean {
  if (sameDim(a, b)) return true;
  const hint = hintOf(a);
  return hint !== undefined && hint === hintOf(b);
}

export function add(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a + b;
  return fromTerms([...termsOf(a), ...termsOf(b)]);
}

export function sub(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return add(a, mul(-1, b));
}

export function mul(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a * b;
  const terms: Term[] = [];
  for (const x of termsOf(a)) for (const y of termsOf(b)) terms.push(mulTerm(x, y));
  return fromTerms(terms);
}

export const sum = (dims: readonly Dim[]): Dim => {
  let numbers = 0;
  const terms: Term[] = [];
  for (const dim of dims) {
    if (typeof dim === "number") numbers += dim;
    else terms.push(...dim.terms);
  }
  return terms.length === 0 ? numbers : fromTerms([...terms, ...termsOf(numbers)]);
};

export const product = (dims: readonly Dim[]): Dim => dims.reduce<Dim>(mul, 1);

/** Thrown where Python raises `ZeroDivisionError`. */
export class ZeroDivision extends Error {}

/** Python's `//`. @throws ZeroDivision */
export function floorDiv(a: Dim, b: Dim): Dim {
  if (b === 0) throw new ZeroDivision("integer division or modulo by zero");
  if (typeof a === "number" && typeof b === "number") return Math.floor(a / b);
  const exact = exactDiv(a, b);
  if (exact !== undefined) return exact;
  if (typeof b === "number" && typeof a !== "number") {
    const whole = a.terms.filter((t) => t.coefficient % b === 0);
    const rest = fromTerms(a.terms.filter((t) => t.coefficient % b !== 0));
    const quotient = fromTerms(whole.map((t) => ({ ...t, coefficient: t.coefficient / b })));
    if (typeof rest === "number") return add(quotient, Math.floor(rest / b));
    if (whole.length > 0) return add(quotient, floorDiv(rest, b));
  }
  return operation("//", a, b);
}

/** Python's `%`: the sign of the divisor. @throws ZeroDivision */
export function mod(a: Dim, b: Dim): Dim {
  if (b === 0) throw new ZeroDivision("integer division or modulo by zero");
  if (typeof a === "number" && typeof b === "number") return ((a % b) + b) % b;
  if (exactDiv(a, b) !== undefined) return 0;
  if (typeof b === "number" && typeof a !== "number") {
    const rest = fromTerms(a.terms.filter((t) => t.coefficient % b !== 0));
    if (typeof rest === "number") return ((rest % b) + b) % b;
    return operation("%", rest, b);
  }
  return operation("%", a, b);
}

/** The quotient when `b` divides `a` whatever the symbols are. */
export function exactDiv(a: Dim, b: Dim): Dim | undefined {
  if (a === 0) return 0;
  if (typeof a === "number" && typeof b === "number") return a % b === 0 ? a / b : undefined;
  const divisor = termsOf(b);
  const lead = leading(divisor);
  if (lead === undefined) return undefined;
  let rest: Dim = a;
  const quotient: Term[] = [];
  for (let step = 0; step < 64; step++) {
    if (rest === 0) return fromTerms(quotient);
    const top = leading(termsOf(rest));
    const part = top === undefined ? undefined : divTerm(top, lead);
    if (part === undefined) return undefined;
    quotient.push(part);
    rest = sub(rest, mul(fromTerms([part]), b));
  }
  return undefined;
}

export function max(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return Math.max(a, b);
  return sameDim(a, b) ? a : operation("max", a, b);
}

export function min(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return Math.min(a, b);
  return sameDim(a, b) ? a : operation("min", a, b);
}

/** The value for other sizes of the symbols; `undefined` when a needed symbol has neither size nor hint. */
export function evaluate(dim: Dim, sizes: ReadonlyMap<string, number>): number | undefined {
  if (typeof dim === "number") return dim;
  let total = 0;
  for (const term of dim.terms) {
    let value = term.coefficient;
    for (const { atom, power } of term.factors) {
      const size = evaluateAtom(atom, sizes);
      if (size === undefined) return undefined;
      value *= size ** power;
    }
    total += value;
  }
  return total;
}

/** `84934656*B*T + 18432*B*T^2`; the constant comes last. */
export function printDim(dim: Dim): string {
  if (typeof dim === "number") return String(dim);
  const ordered = [...dim.terms].sort((a, b) => Number(a.key === "") - Number(b.key === ""));
  return ordered
    .map((term, i) => {
      const size = Math.abs(term.coefficient);
      const body = term.key === "" ? String(size) : size === 1 ? term.key : `${size}*${term.key}`;
      const sign = term.coefficient < 0 ? "-" : "+";
      return i > 0 ? ` ${sign} ${body}` : sign === "-" ? `-${body}` : body;
    })
    .join("");
}

function evaluateAtom(atom: Atom, sizes: ReadonlyMap<string, number>): number | undefined {
  const { operation: of } = atom;
  if (of === undefined) return sizes.get(atom.name) ?? atom.hint;
  const left = evaluate(of.left, sizes);
  const right = evaluate(of.right, sizes);
  return left === undefined || right === undefined ? undefined : compute[of.kind](left, right);
}

/** A size that takes a longer text comes of a loop that makes it of itself: twice as long each time. */
const longestText = 20_000;

/** @throws RangeError when the text of the size is too long */
function operation(kind: Operation, left: Dim, right: Dim): Poly {
  const [a, b] = [hintOf(left), hintOf(right)];
  const hint = a === undefined || b === undefined ? undefined : compute[kind](a, b);
  const isInfix = kind === "//" || kind === "%";
  const name = isInfix
    ? `(${inner(left)} ${kind} ${inner(right)})`
    : `${kind}(${printDim(left)}, ${printDim(right)})`;
  if (name.length > longestText) throw new RangeError("a size is told by too long a text");
  return atomDim({ name, hint, operation: { kind, left, right } });
}

const inner = (dim: Dim): string =>
  typeof dim === "number" || dim.terms.length === 1 ? printDim(dim) : `(${printDim(dim)})`;

const atomDim = (atom: Atom): Poly => ({
  kind: "poly",
  terms: [{ coefficient: 1, key: atom.name, factors: [{ atom, power: 1 }] }],
  hint: atom.hint,
});

const termsOf = (dim: Dim): readonly Term[] =>
  typeof dim === "number" ? (dim === 0 ? [] : [{ coefficient: dim, key: "", factors: [] }]) : dim.terms;

function fromTerms(terms: readonly Term[]): Dim {
  const merged = new Map<string, Term>();
  for (const term of terms) {
    const seen = merged.get(term.key);
    merged.set(
      term.key,
      seen === undefined ? term : { ...term, coefficient: seen.coefficient + term.coefficient },
    );
  }
  const kept = withWholes([...merged.values()].filter((t) => t.coefficient !== 0));
  const only = kept[0];
  if (only === undefined) return 0;
  if (kept.length === 1 && only.key === "") return only.coefficient;
  kept.sort((a, b) => (a.key < b.key ? -1 : 1));
  return { kind: "poly", terms: kept, hint: hintOfTerms(kept) };
}

/** All parts of a total, each as often, are that often the total. */
function withWholes(terms: readonly Term[]): Term[] {
  const groups = new Map<string, { readonly of: Partition; readonly rest: Term; readonly parts: Term[] }>();
  for (const term of terms) {
    const parts = term.factors.filter((f) => f.atom.share !== undefined);
    const [part] = parts;
    const share = part?.atom.share;
    if (part?.power !== 1 || parts.length > 1 || share === undefined) continue;
    const rest = makeTerm(
      term.coefficient,
      term.factors.filter((f) => f !== part),
    );
    const key = `${term.coefficient}|${share.of.key}|${rest.key}`;
    const group = groups.get(key) ?? { of: share.of, rest, parts: [] };
    group.parts.push(term);
    groups.set(key, group);
  }
  const whole = [...groups.values()].filter((group) => group.parts.length === group.of.classes);
  if (whole.length === 0) return [...terms];
  const gone = new Set(whole.flatMap((group) => group.parts));
  const made = sum([
    fromTerms(terms.filter((t) => !gone.has(t))),
    ...whole.map(({ of, rest }) => mul(fromTerms([rest]), of.total)),
  ]);
  return [...termsOf(made)];
}

function hintOfTerms(terms: readonly Term[]): number | undefined {
  let total = 0;
  for (const term of terms) {
    let value = term.coefficient;
    for (const { atom, power } of term.factors) {
      if (atom.hint === undefined) return undefined;
      value *= atom.hint ** power;
    }
    total += value;
  }
  return total;
}

function mulTerm(a: Term, b: Term): Term {
  if (a.key === "") return { ...b, coefficient: a.coefficient * b.coefficient };
  if (b.key === "") return { ...a, coefficient: a.coefficient * b.coefficient };
  const factors = [...a.factors];
  for (const factor of b.factors) {
    const at = factors.findIndex((f) => f.atom.name === factor.atom.name);
    const seen = factors[at];
    if (seen === undefined) factors.push(factor);
    else factors[at] = { atom: seen.atom, power: seen.power + factor.power };
  }
  return makeTerm(a.coefficient * b.coefficient, factors);
}

function divTerm(a: Term, b: Term): Term | undefined {
  const coefficient = a.coefficient / b.coefficient;
  if (!Number.isInteger(coefficient)) return undefined;
  const factors: Factor[] = [];
  let used = 0;
  for (const factor of a.factors) {
    const by = b.factors.find((f) => f.atom.name === factor.atom.name);
    if (by !== undefined) used += 1;
    const power = factor.power - (by?.power ?? 0);
    if (power < 0) return undefined;
    if (power > 0) factors.push({ atom: factor.atom, power });
  }
  return used === b.factors.length ? makeTerm(coefficient, factors) : undefined;
}

function makeTerm(coefficient: number, factors: readonly Factor[]): Term {
  const ordered = [...factors].sort((a, b) => (a.atom.name < b.atom.name ? -1 : 1));
  const key = ordered.map((f) => (f.power === 1 ? f.atom.name : `${f.atom.name}^${f.power}`)).join("*");
  return { coefficient, key, factors: ordered };
}

/** The leading term in lexicographic order of (atom name, power). */
function leading(terms: readonly Term[]): Term | undefined {
  let best: Term | undefined;
  for (const term of terms) if (best === undefined || precedes(term, best)) best = term;
  return best;
}

function precedes(a: Term, b: Term): boolean {
  for (let i = 0; ; i++) {
    const [x, y] = [a.factors[i], b.factors[i]];
    if (x === undefined) return false;
    if (y === undefined) return true;
    if (x.atom.name !== y.atom.name) return x.atom.name < y.atom.name;
    if (x.power !== y.power) return x.power > y.power;
  }
}
