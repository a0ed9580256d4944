import { sameDim } from "../graph/dim.ts";
import { type Elements, setElements } from "../graph/elements.ts";
import type { Relation } from "../graph/guard.ts";
import { dataOf, Tensor } from "../graph/tensor.ts";
import { type Args, asInt } from "./_args.ts";
import { inputOf, knownOf, set, shapeOf, type Transfer } from "./_routing-facts.ts";
import type { Value } from "./_value.ts";

/**
 * Numbers in an order that only the run knows: a permutation, what it picks out of known numbers, and the masks that
 * comparisons make of them. How many elements of such a mask are true is known.
 */

/** As many numbers are kept. */
const most = 4096;

type Shuffled = Extract<Elements, { kind: "shuffled" }>;

const shuffledOf = (tensor: Tensor | undefined): Shuffled | undefined => {
  const known = knownOf(tensor);
  return known?.kind === "shuffled" ? known : undefined;
};

const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

/** `randperm`. */
const permutes: Transfer = (args) => {
  const n = asInt(args.raw("n") ?? { kind: "none" });
  if (typeof n !== "number" || n < 1 || n > most) return undefined;
  return (made) => set(made, { kind: "shuffled", values: upTo(n) });
};

const relations: Readonly<Record<Relation, (a: number, b: number) => boolean>> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** The order of all places along a dimension, as `argsort` gives it, or other shuffled numbers. */
function numbersIn(input: Tensor): readonly number[] | undefined {
  const known = knownOf(input);
  if (known?.kind === "shuffled") return known.values;
  if (known?.kind !== "assignment" || known.distinct === undefined) return undefined;
  const { classes } = known.of;
  return shapeOf(input)[known.distinct] === classes && classes <= most ? upTo(classes) : undefined;
}

/** What `argsort(noise) < kept` says of each element. */
export const ordersCompared =
  (relation: Relation): Transfer =>
  (args) => {
    const input = inputOf(args);
    const other = args.raw("other");
    const values = input === undefined ? undefined : numbersIn(input);
    const right = other?.kind === "float" ? other.value : other === undefined ? undefined : asInt(other);
    if (input === undefined || values === undefined || typeof right !== "number") return undefined;
    const truths = values.map((x) => Number(relations[relation](x, right)));
    return (made) => {
      if (made instanceof Tensor && isAlike(input, made))
        setElements(made, { kind: "shuffled", values: truths });
    };
  };

const isAlike = (a: Tensor, b: Tensor): boolean => {
  const [x, y] = [shapeOf(a), shapeOf(b)];
  return x.length === y.length && x.every((size, i) => sameDim(size, y[i] ?? 1));
};

export const ordersInverted: Transfer = (args) => {
  const known = shuffledOf(inputOf(args));
  if (known === undefined) return undefined;
  const values = known.values.map((x) => Number(x === 0));
  return (made) => {
    if (made instanceof Tensor && made.dtype === "bool") set(made, { kind: "shuffled", values });
  };
};

/** Tensors of the same shuffled numbers beside each other. */
const ordersJoined: Transfer = (args) => {
  const [first, ...others] = args.allTensors().map(shuffledOf);
  if (first === undefined || !others.every((other) => other !== undefined && isSame(first, other)))
    return undefined;
  return (made) => set(made, first);
};

const isSame = (a: Shuffled, b: Shuffled): boolean =>
  a.values.length === b.values.length && a.values.every((x, i) => x === b.values[i]);

/** An index; out of a tuple where it is alone in one. */
const indexIn = (args: Args): Value | undefined => {
  const index = args.raw("index");
  return index?.kind === "tuple" && index.items.length === 1 ? index.items[0] : index;
};

/** `known[randperm(n)]`: each of the known numbers once. */
export const ordersTaken: Transfer = (args) => {
  const input = inputOf(args);
  const index = indexIn(args);
  const order = index instanceof Tensor ? shuffledOf(index)?.values : undefined;
  if (input === undefined || order === undefined || shapeOf(input).length !== 1) return undefined;
  const values = dataOf(input.meta);
  const places = new Set(order);
  if (values === undefined || order.length !== values.length) return undefined;
  if (!values.every((_, i) => places.has(i))) return undefined;
  return (made) => {
    if (made instanceof Tensor && isAlike(input, made)) setElements(made, { kind: "shuffled", values });
  };
};

/** `x[...] = shuffled`, all of it. */
const written: Transfer = (args) => {
  const input = inputOf(args);
  const value = args.raw("value");
  const known = value instanceof Tensor ? shuffledOf(value) : undefined;
  if (input === undefined || !(value instanceof Tensor) || known === undefined) return undefined;
  if (!isWhole(indexIn(args)) || !isAlike(input, value) || input.dtype !== value.dtype) return undefined;
  return () => setElements(input, known);
};

const isWhole = (index: Value | undefined): boolean =>
  index?.kind === "ellipsis" ||
  (index?.kind === "slice" && [index.lower, index.upper, index.step].every((each) => each.kind === "none"));

/** The first of them that says something. */
export const firstOf =
  (...each: readonly Transfer[]): Transfer =>
  (args, ctx) => {
    for (const transfer of each) {
      const follow = transfer(args, ctx);
      if (follow !== undefined) return follow;
    }
    return undefined;
  };

export const orderTransfers: readonly (readonly [string, Transfer])[] = [
  ["torch.randperm", permutes],
  ["torch.stack", ordersJoined],
  ["torch.Tensor.__setitem__", written],
];
