import { add, type Dim, type Partition, product, sub, sum } from "../graph/dim.ts";
import { countOf, type Elements, rowsOf, setElements } from "../graph/elements.ts";
import { dataOf, Tensor } from "../graph/tensor.ts";
import { asInt } from "./_args.ts";
import { reducedDims } from "./_reduce.ts";
import { all, inputOf, knownOf, set, shapeOf, type Transfer } from "./_routing-facts.ts";
import { wrapDim } from "./_shape.ts";
import type { Value } from "./_value.ts";

const allRows = (of: Partition, classes: Dim): readonly Dim[] =>
  typeof classes === "number" ? Array.from({ length: classes }, (_, i) => rowsOf(of, i)) : [];

/** Sums and `any` of ones and zeros count rows. */
const counts =
  (isTest: boolean): Transfer =>
  (args) => {
    const input = inputOf(args);
    const known = knownOf(input);
    if (input === undefined || known === undefined) return undefined;
    const shape = shapeOf(input);
    const given = args.raw("dim");
    if (given?.kind === "unknown") return undefined;
    const dims = reducedDims(args, shape.length);
    const done = (values: readonly Dim[]): Elements =>
      isTest ? { kind: "test", values, relation: ">", right: 0 } : { kind: "sizes", values };
    const after = (axis: number): number => axis - dims.filter((d) => d < axis).length;
    const onlyDistinct = (distinct: number | undefined): boolean =>
      dims.length === 1 && dims[0] === distinct && !args.bool("keepdim", false);
    const all = dims.length === shape.length;
    let what: Elements | undefined;
    if (known.kind === "sizes") what = all ? done([sum(known.values)]) : undefined;
    else if (known.kind === "shuffled") {
      const count = countOf(input.meta);
      if (all && count !== undefined && known.values.every((x) => x === 0 || x === 1)) what = done([count]);
    } else if (known.kind === "members") {
      if (onlyDistinct(known.distinct)) what = { ...known, distinct: undefined };
      else if (all) what = done([rowsOf(known.of, known.index)]);
    } else if (known.kind === "membership") {
      const classes = shape[known.axis] ?? 1;
      if (onlyDistinct(known.distinct)) what = { ...known, axis: after(known.axis), distinct: undefined };
      else if (all) what = done([known.of.total]);
      else if (!dims.includes(known.axis) && dims.length === shape.length - 1)
        what = done(allRows(known.of, classes));
    }
    return what === undefined ? undefined : (made) => set(made, what);
  };

/** Running sums of ones and zeros stay below their number; those of sizes are known. */
const accumulates: Transfer = (args) => {
  const input = inputOf(args);
  const known = knownOf(input);
  const dim = asInt(args.raw("dim") ?? { kind: "int", value: 0 });
  if (input === undefined || typeof dim !== "number") return undefined;
  const shape = shapeOf(input);
  if (known?.kind === "membership" || known?.kind === "members") {
    const most = shape[wrapDim(dim, shape.length)] ?? 1;
    return (made) => set(made, { kind: "bounded", most });
  }
  if (known?.kind !== "sizes" || shape.length !== 1) return undefined;
  let total: Dim = 0;
  const values = known.values.map((value) => {
    total = add(total, value);
    return total;
  });
  return (made) => set(made, { kind: "sizes", values });
};

/** Sizes plus or minus sizes, or a number. */
const adds =
  (sign: 1 | -1, isReflected = false): Transfer =>
  (args) => {
    if (args.has("alpha")) return undefined;
    const operands = [args.raw("input"), args.raw("other")].map((each) =>
      each === undefined ? undefined : numbersIn(each),
    );
    const [a, b] = isReflected ? operands.toReversed() : operands;
    const isSize = [args.raw("input"), args.raw("other")].some(
      (each) => each instanceof Tensor && knownOf(each)?.kind === "sizes",
    );
    if (!isSize || a === undefined || b === undefined) return undefined;
    const [most, fewest] = [Math.max(a.length, b.length), Math.min(a.length, b.length)];
    if (fewest !== 1 && fewest !== most) return undefined;
    const values = Array.from({ length: most }, (_, i) => {
      const [x, y] = [a[a.length === 1 ? 0 : i] ?? 0, b[b.length === 1 ? 0 : i] ?? 0];
      return sign === 1 ? add(x, y) : sub(x, y);
    });
    return (made) => set(made, { kind: "sizes", values });
  };

function numbersIn(value: Value): readonly Dim[] | undefined {
  if (!(value instanceof Tensor)) {
    const one = asInt(value);
    return one === undefined ? undefined : [one];
  }
  const known = knownOf(value);
  if (known?.kind === "sizes") return known.values;
  return shapeOf(value).length <= 1 ? dataOf(value.meta) : undefined;
}

/** Known numbers beside sizes, `cat([zeros(1), ends])`; or first choices beside second ones. */
const joins: Transfer = (args, ctx) => {
  const parts = args.allTensors();
  const chosen = parts.map(knownOf);
  const classes = chosen.map((each) => (each?.kind === "assignment" ? each.of.classes : undefined));
  const [each] = classes;
  if (each !== undefined && classes.every((other) => other === each))
    return (made) => {
      if (!(made instanceof Tensor)) return;
      const of = ctx.graph.partition(each, product(shapeOf(made)));
      setElements(made, { kind: "assignment", of, distinct: undefined });
    };
  if (!parts.some((part) => knownOf(part)?.kind === "sizes")) return undefined;
  const values = parts.map((part) => (shapeOf(part).length === 1 ? numbersIn(part) : undefined));
  if (values.includes(undefined)) return undefined;
  const all = values.flatMap((each) => each ?? []);
  return (made) => set(made, { kind: "sizes", values: all });
};

/** `bincount`, and `histc` with one bin for each class. */
const tallies: Transfer = (args) => {
  const known = knownOf(inputOf(args));
  if (known?.kind !== "assignment" || args.has("weights")) return undefined;
  if (args.raw("bins") !== undefined) {
    const [low, high] = [args.number("min", 0), args.number("max", 0)];
    const bins = args.index("bins", 100);
    if (low !== 0 || bins !== known.of.classes || (high !== bins && high !== bins - 1)) return undefined;
  }
  return (made) => {
    const [classes] = made instanceof Tensor ? shapeOf(made) : [];
    if (typeof classes === "number" && classes >= known.of.classes)
      set(made, { kind: "sizes", values: allRows(known.of, classes) });
  };
};

export const sizeTransfers: readonly (readonly [string, Transfer])[] = [
  ...all(["torch.sum", "torch.count_nonzero"], counts(false)),
  ["torch.any", counts(true)],
  ["torch.cumsum", accumulates],
  ["torch.add", adds(1)],
  ["torch.Tensor.__radd__", adds(1)],
  ["torch.sub", adds(-1)],
  ["torch.Tensor.__rsub__", adds(-1, true)],
  ["torch.cat", joins],
  ...all(["torch.bincount", "torch.histc"], tallies),
];
