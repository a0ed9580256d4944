import { type Dim, product, sameDim, sub } from "../graph/dim.ts";
import { type Elements, elementsOf, presentOf, setElements } from "../graph/elements.ts";
import { compare, type Relation } from "../graph/guard.ts";
import { dataOf, isKnownShape, type Shape, Tensor } from "../graph/tensor.ts";
import { type Args, asInt } from "./_args.ts";
import { roundAll } from "./_data.ts";
import { chosenFrom } from "./_index.ts";
import type { OpContext } from "./_op.ts";
import { classAxisOfIndex, movedAxis, sameElements } from "./_routing-axes.ts";
import { all, inputOf, knownOf, set, shapeOf, type Transfer } from "./_routing-facts.ts";
import { firstOf, ordersCompared, ordersInverted, ordersTaken, orderTransfers } from "./_routing-orders.ts";
import { sizeTransfers } from "./_routing-sizes.ts";
import { wrapDim } from "./_shape.ts";
import type { Value } from "./_value.ts";

/** Told of every op; most say nothing of routing. */
export const routingOf = (name: string, args: Args, ctx: OpContext): ((made: Value) => void) | undefined =>
  transfers.get(name)?.(args, ctx);

/** `topk`, `sort`, `argmax`: numbers of places along a dimension, no two equal in one row. */
const chooses: Transfer = (args, ctx) => {
  const input = inputOf(args);
  if (input === undefined || dataOf(input.meta) !== undefined) return undefined;
  const rank = shapeOf(input).length;
  const dims = args.has("dim") ? args.raw("dim") : undefined;
  // `max(a, b)` takes another tensor in that place.
  const given = dims === undefined ? -1 : dims instanceof Tensor ? undefined : asInt(dims);
  if (
    rank === 0 ||
    typeof given !== "number" ||
    (dims === undefined && rank > 1 && args.raw("k") === undefined)
  )
    return undefined;
  const axis = wrapDim(given, rank);
  const classes = shapeOf(input)[axis];
  if (typeof classes !== "number" || classes < 2) return undefined;
  return (made) => {
    const indices = made.kind === "tuple" ? made.items[1] : made;
    if (!(indices instanceof Tensor) || indices.dtype !== "int64") return;
    const distinct = shapeOf(indices).length === rank ? axis : undefined;
    const of = ctx.graph.partition(classes, product(shapeOf(indices)));
    setElements(indices, { kind: "assignment", of, distinct });
  };
};

/** Ops that move no element away from the others: views, casts, copies. */
const keeps: Transfer = (args) => {
  const input = inputOf(args);
  const known = knownOf(input);
  if (input === undefined || known === undefined) return undefined;
  return (made) => {
    if (made instanceof Tensor && made !== input && sameElements(input, made)) {
      setElements(made, moved(known, args, input, made));
    }
  };
};

function moved(known: Elements, args: Args, from: Tensor, to: Tensor): Elements | undefined {
  const shift = (axis: number | undefined): number | undefined =>
    axis === undefined ? undefined : movedAxis(args, shapeOf(from), shapeOf(to), axis);
  switch (known.kind) {
    case "assignment":
    case "members":
      return { ...known, distinct: shift(known.distinct) };
    case "membership": {
      const axis = shift(known.axis);
      return axis === undefined ? undefined : { ...known, axis, distinct: shift(known.distinct) };
    }
    case "shuffled":
      return from.dtype === to.dtype ? known : { ...known, values: roundAll(known.values, to.dtype) };
    default:
      return known;
  }
}

/** `t` of a matrix. */
const transposes: Transfer = (args) => {
  const input = inputOf(args);
  const known = knownOf(input);
  const rank = input === undefined ? 0 : shapeOf(input).length;
  if (known?.kind !== "membership" || rank !== 2) return undefined;
  return (made) => set(made, { ...known, axis: 1 - known.axis, distinct: undefined });
};

const oneHot: Transfer = (args) => {
  const input = inputOf(args);
  const known = knownOf(input);
  if (known?.kind !== "assignment") return undefined;
  return (made) => {
    if (!(made instanceof Tensor)) return;
    const axis = shapeOf(made).length - 1;
    const classes = shapeOf(made)[axis];
    if (typeof classes === "number" && classes >= known.of.classes)
      setElements(made, { kind: "membership", of: known.of, axis, distinct: known.distinct });
  };
};

/** `zeros.scatter(dim, chosen, 1)`, of choices that differ along that dimension. */
const scatters: Transfer = (args) => {
  const index = args.raw("index");
  const target = inputOf(args);
  if (!(index instanceof Tensor) || target === undefined) return undefined;
  const known = knownOf(index);
  const dim = asInt(args.raw("dim") ?? index);
  const value = args.raw("value") ?? args.raw("src");
  if (known?.kind !== "assignment" || typeof dim !== "number" || value === undefined) return undefined;
  const axis = wrapDim(dim, shapeOf(target).length);
  const isOne = (value.kind === "float" && value.value === 1) || asInt(value) === 1;
  const classes = shapeOf(target)[axis];
  if (!isOne || !isZero(target) || known.distinct !== axis || args.has("reduce")) return undefined;
  if (typeof classes !== "number" || classes < known.of.classes) return undefined;
  return (made) => set(made, { kind: "membership", of: known.of, axis, distinct: undefined });
};

const isZero = (tensor: Tensor): boolean => {
  const known = elementsOf(tensor.meta);
  if (known !== undefined) return known.kind === "uniform" && known.value === 0;
  return dataOf(tensor.meta)?.every((x) => x === 0) === true;
};

const uniform =
  (value: number): Transfer =>
  () =>
  (made) =>
    set(made, { kind: "uniform", value });

const compares =
  (relation: Relation): Transfer =>
  (args, ctx) => {
    const input = inputOf(args);
    const known = knownOf(input);
    const other = args.raw("other");
    if (input === undefined || other === undefined) return undefined;
    if (known === undefined) {
      const theirs = other instanceof Tensor ? knownOf(other) : undefined;
      return theirs?.kind === "assignment" && relation === "==" && other instanceof Tensor
        ? equals(other, theirs, input)
        : undefined;
    }
    const right = other.kind === "float" ? other.value : asInt(other);
    switch (known.kind) {
      case "assignment":
        return relation === "==" ? equals(input, known, other) : undefined;
      case "membership":
      case "members":
        return (right === 0 && (relation === ">" || relation === "!=")) || (right === 1 && relation === "==")
          ? (made) => set(made, known)
          : undefined;
      case "sizes":
        return right === undefined ? undefined : (made) => set(made, tested(known.values, relation, right));
      case "bounded":
        return (relation === "<=" || relation === "<") &&
          right !== undefined &&
          compare(known.most, relation, right, ctx.graph) === true
          ? (made) => set(made, { kind: "uniform", value: 1 })
          : undefined;
      default:
        return undefined;
    }
  };

const tested = (values: readonly Dim[], relation: Relation, right: Dim): Elements =>
  typeof right === "number"
    ? { kind: "test", values, relation, right }
    : { kind: "test", values: values.map((value) => sub(value, right)), relation, right: 0 };

/** `chosen == 3` picks one class; `chosen[..., None] == arange(classes)` tells all of them along an axis. */
function equals(
  chosen: Tensor,
  known: Elements & { kind: "assignment" },
  other: Value,
): ((made: Value) => void) | undefined {
  const one = asInt(other);
  if (typeof one === "number")
    return (made) => {
      if (made instanceof Tensor && sameElements(chosen, made))
        setElements(made, { kind: "members", of: known.of, index: one, distinct: known.distinct });
    };
  if (!(other instanceof Tensor)) return undefined;
  const data = dataOf(other.meta);
  if (data === undefined || data.length < known.of.classes || data.some((x, i) => x !== i)) return undefined;
  return (made) => {
    if (!(made instanceof Tensor)) return;
    const wide = shapeOf(made);
    const [lead, ahead] = [wide.length - shapeOf(chosen).length, wide.length - shapeOf(other).length];
    const axis = ahead + shapeOf(other).findIndex((d) => d !== 1);
    const fits = wide.every((d, i) => {
      const own = shapeOf(chosen)[i - lead] ?? 1;
      return i === axis ? own === 1 && d === data.length : sameDim(own, d);
    });
    if (!fits) return;
    const distinct = known.distinct === undefined ? undefined : known.distinct + lead;
    setElements(made, { kind: "membership", of: known.of, axis, distinct });
  };
}

/** Multiplying by ones, or the logical and with them. */
const masks: Transfer = (args) => {
  const [a, b] = [args.raw("input"), args.raw("other")].map((v) => (v instanceof Tensor ? v : undefined));
  const [x, y] = [knownOf(a), knownOf(b)];
  const isOnes = (known: Elements | undefined): boolean => known?.kind === "uniform" && known.value === 1;
  const [kept, from] = isOnes(y) ? [x, a] : isOnes(x) ? [y, b] : [undefined, undefined];
  if (from === undefined || (kept?.kind !== "membership" && kept?.kind !== "members")) return undefined;
  return (made) => {
    if (made instanceof Tensor && shapeOf(made).length === shapeOf(from).length && sameElements(from, made))
      setElements(made, kept);
  };
};

const isOpen = ({ meta }: Tensor): boolean =>
  meta.varies && isKnownShape(meta.shape) && elementsOf(meta) === undefined && dataOf(meta) === undefined;

/** What one of two classes leaves is the other. */
const inverts: Transfer = (args, ctx) => {
  const input = inputOf(args);
  if (input?.dtype !== "bool") return undefined;
  // What it is and what it leaves are told together: either may be asked for first.
  if (isOpen(input)) chosenFrom(ctx, input, "x[mask]");
  const known = knownOf(input);
  if (known?.kind !== "members" || known.of.classes !== 2) return undefined;
  if (known.index > 1 || !sameDim(product(shapeOf(input)), known.of.total)) return undefined;
  return (made) => set(made, { ...known, index: 1 - known.index });
};

const indexes: Transfer = (args) => {
  const input = inputOf(args);
  const known = knownOf(input);
  const index = args.raw("index");
  if (input === undefined || known === undefined || index === undefined) return undefined;
  switch (known.kind) {
    case "sizes":
    case "test": {
      const values = valuesAt(known.values, shapeOf(input), index);
      return values === undefined ? undefined : (made) => set(made, { ...known, values });
    }
    case "membership": {
      const found = classAxisOfIndex(index, shapeOf(input), known.axis, known.distinct);
      return found === undefined
        ? undefined
        : (made) =>
            set(made, { kind: "members", of: known.of, index: found.index, distinct: found.distinct });
    }
    case "present":
    case "members":
      return (made) => {
        if (made instanceof Tensor && sameElements(input, made))
          setElements(made, known.kind === "present" ? known : { ...known, distinct: undefined });
      };
    default:
      return undefined;
  }
};

function valuesAt(values: readonly Dim[], shape: Shape, index: Value): readonly Dim[] | undefined {
  if (shape.length !== 1) return undefined;
  if (index.kind === "slice") {
    const bound = (value: Value): number | undefined => {
      const at = value.kind === "none" ? undefined : asInt(value);
      return typeof at === "number" ? at : undefined;
    };
    const isOpen = [index.lower, index.upper].every((v) => v.kind === "none" || bound(v) !== undefined);
    return isOpen && index.step.kind === "none"
      ? values.slice(bound(index.lower) ?? 0, bound(index.upper))
      : undefined;
  }
  const at = asInt(index);
  if (typeof at !== "number") return undefined;
  const value = values.at(at);
  return value === undefined ? undefined : [value];
}

const selects: Transfer = (args, ctx) => {
  const [dim, index] = [asInt(args.raw("dim") ?? { kind: "int", value: 0 }), args.raw("index")];
  const input = inputOf(args);
  const known = knownOf(input);
  const at = index === undefined ? undefined : asInt(index);
  if (input === undefined || typeof dim !== "number" || typeof at !== "number") return undefined;
  if (known?.kind === "sizes") return indexes(args, ctx);
  if (known?.kind !== "membership" || wrapDim(dim, shapeOf(input).length) !== known.axis || at < 0)
    return undefined;
  return (made) => set(made, { kind: "members", of: known.of, index: at, distinct: undefined });
};

/** The distinct elements of a choice are the classes that were chosen. */
const distinguishes: Transfer = (args) => {
  const known = knownOf(inputOf(args));
  if (known?.kind !== "assignment") return undefined;
  return (made) => {
    if (made instanceof Tensor) setElements(made, { kind: "present", of: known.of });
  };
};

const unbinds: Transfer = (args) => {
  const known = knownOf(inputOf(args));
  if (known?.kind !== "present") return undefined;
  return (made) => {
    if (made.kind === "tuple" && made.items.length === 1) for (const item of made.items) set(item, known);
  };
};

/** The classes that have rows, from where the numbers of rows are not zero. */
const finds: Transfer = (args) => {
  const of = presentOf(knownOf(inputOf(args)));
  if (of === undefined) return undefined;
  return (made) => {
    const items = made.kind === "tuple" ? made.items : [made];
    if (items.length === 1) for (const item of items) set(item, { kind: "present", of });
  };
};

const transfers: ReadonlyMap<string, Transfer> = new Map([
  ...sizeTransfers,
  ...orderTransfers,
  ...all(["torch.topk", "torch.sort", "torch.argsort", "torch.argmax", "torch.argmin", "torch.max"], chooses),
  ...all(
    [
      "torch.Tensor.view",
      "torch.Tensor.reshape",
      "torch.reshape",
      "torch.flatten",
      "torch.ravel",
      "torch.Tensor.permute",
      "torch.permute",
      "torch.transpose",
      "torch.unsqueeze",
      "torch.squeeze",
      "torch.Tensor.contiguous",
      "torch.clone",
      "torch.Tensor.detach",
      "torch.Tensor.data",
      "torch.Tensor.to",
      "torch.Tensor.cpu",
      "torch.Tensor.cuda",
      "torch.Tensor.type",
      "torch.Tensor.type_as",
      ...["float", "double", "half", "bfloat16", "int", "long", "short", "bool"].map(
        (n) => `torch.Tensor.${n}`,
      ),
    ],
    keeps,
  ),
  ...all(["torch.t", "torch.Tensor.T", "torch.Tensor.mT"], transposes),
  ["torch.nn.functional.one_hot", oneHot],
  ...all(["torch.scatter", "torch.Tensor.scatter_"], scatters),
  ...all(["torch.zeros", "torch.zeros_like", "torch.Tensor.new_zeros"], uniform(0)),
  ...all(["torch.ones", "torch.ones_like", "torch.Tensor.new_ones"], uniform(1)),
  ...(
    [
      ["eq", "=="],
      ["ne", "!="],
      ["gt", ">"],
      ["ge", ">="],
      ["lt", "<"],
      ["le", "<="],
    ] as const
  ).map(
    ([name, relation]) => [`torch.${name}`, firstOf(compares(relation), ordersCompared(relation))] as const,
  ),
  ...all(["torch.mul", "torch.logical_and", "torch.bitwise_and"], masks),
  ...all(["torch.bitwise_not", "torch.logical_not"], firstOf(ordersInverted, inverts)),
  ["torch.Tensor.__getitem__", firstOf(indexes, ordersTaken)],
  ["torch.select", selects],
  ["torch.unique", distinguishes],
  ["torch.unbind", unbinds],
  ["torch.nonzero", finds],
]);
