/**
 * einops: `rearrange`, `repeat`, `reduce`, `einsum`, `pack`, `unpack`, `parse_shape`. Each becomes what einops makes of
 * it: reshape, permute, expand, a reduction, reshape; the copies are those that the memory layout forces.
 * Source: einops documentation.
 */
import { add, type Dim, exactDiv, floorDiv, mod, mul, product } from "../../graph/dim.ts";
import { isFloating } from "../../graph/dtype.ts";
import { Tensor } from "../../graph/tensor.ts";
import { type Args, dimOf, tensorsOf } from "../_args.ts";
import { contract, type Labeled } from "../_contract.ts";
import { allTogether, anonymous, bad, parsePattern, parseSide, type Side } from "../_einops.ts";
import { shapeOf } from "../_emit.ts";
import { defineOp, NotKnown, type Op, type OpContext, TorchError } from "../_op.ts";
import { reduce } from "../_reduce.ts";
import { equal, printHint, printShape } from "../_shape.ts";
import { int, list, tuple, type Value } from "../_value.ts";
import { expand, permute, reshape, unsqueeze } from "../_view.ts";

type Sizes = ReadonlyMap<string, Dim>;

/** Lists of tensors are stacked first. */
function inputOf(args: Args, ctx: OpContext): Tensor {
  const value = args.value("tensor");
  const made = value.kind === "list" || value.kind === "tuple" ? ctx.call("torch.stack", [value]) : value;
  if (made.kind === "unknown") throw new NotKnown(made);
  if (made instanceof Tensor) return made;
  throw new TorchError(`Tensor type unknown to einops ${made.kind}`, "RuntimeError");
}

function givenSizes(args: Args, known: readonly string[]): Sizes {
  const sizes = new Map<string, Dim>();
  for (const [name, value] of args.others(known)) {
    if (value.kind === "unknown") throw new NotKnown(value);
    sizes.set(name, dimOf(value, "einops"));
  }
  return sizes;
}

/** Names of the axes that `...` stands for. */
const dots = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `...${i}`);

const spread = (side: Side, hidden: readonly string[]): readonly (readonly string[])[] =>
  side.groups.flatMap((group) => {
    if (group.length === 1 && group[0] === "...") return hidden.map((name) => [name]);
    return [group.flatMap((name) => (name === "..." || name === allTogether ? hidden : [name]))];
  });

/** The length of every axis on the left, worked out from the shape and what is given. */
/** For error messages. */
interface Task {
  readonly pattern: string;
  /** `rearrange`, `repeat`, or the reduction. */
  readonly operation: string;
}

function solve(
  ctx: OpContext,
  shape: readonly Dim[],
  groups: readonly (readonly string[])[],
  given: Sizes,
  task: Task,
): Map<string, Dim> {
  const sizes = new Map(given);
  for (const [i, group] of groups.entries()) {
    const size = shape[i] ?? 1;
    const open = group.filter((name) => !sizes.has(name) && anonymous(name) === undefined);
    const known = product(
      group.filter((name) => !open.includes(name)).map((name) => sizes.get(name) ?? anonymous(name) ?? 1),
    );
    if (open.length > 1) throw bad(`Could not infer sizes for ${open.join(", ")}`, task.pattern);
    const [name] = open;
    if (name === undefined) {
      if (!equal(size, known, ctx))
        throw mismatch(`Shape mismatch, ${printHint(size)} != ${printHint(known)}`, shape, task);
    } else {
      const quotient = known === 0 ? undefined : exactDiv(size, known);
      if (quotient === undefined && (known === 0 || !equal(mod(size, known), 0, ctx)))
        throw mismatch(
          `Shape mismatch, can't divide axis of length ${printHint(size)} in chunks of ${printHint(known)}`,
          shape,
          task,
        );
      sizes.set(name, quotient ?? floorDiv(size, known));
    }
  }
  return sizes;
}

const mismatch = (why: string, shape: readonly Dim[], { pattern, operation }: Task): TorchError =>
  new TorchError(
    ` Error while processing ${operation}-reduction pattern "${pattern}".\n Input tensor shape: torch.Size(${printShape(shape)}). \n ${why}`,
    "EinopsError",
  );

interface Plan {
  readonly left: readonly (readonly string[])[];
  readonly right: readonly (readonly string[])[];
  readonly sizes: Sizes;
}

/** Parameters that are no lengths of axes. */
const ofArranging = ["tensor", "pattern"];
const ofReducing = [...ofArranging, "reduction"];

function plan(args: Args, ctx: OpContext, input: Tensor, operation: string, known: readonly string[]): Plan {
  const pattern = args.string("pattern");
  const [left, right] = parsePattern(pattern);
  const shape = shapeOf(input);
  const hiddenCount = shape.length - (left.groups.length - (left.hasEllipsis ? 1 : 0));
  if (hiddenCount < 0 || (hiddenCount > 0 && !left.hasEllipsis))
    throw mismatch(
      `Wrong shape: expected ${left.hasEllipsis ? ">=" : ""}${left.groups.length - (left.hasEllipsis ? 1 : 0)} dims. Received ${shape.length}-dim tensor.`,
      shape,
      { pattern, operation },
    );
  if (right.hasEllipsis && !left.hasEllipsis)
    throw bad("Ellipsis found in right side, but not left side of a pattern", pattern);
  const hidden = dots(hiddenCount);
  const groups = spread(left, hidden);
  return {
    left: groups,
    right: spread(right, hidden),
    sizes: solve(ctx, shape, groups, givenSizes(args, known), { pattern, operation }),
  };
}

const lengths = (names: readonly string[], sizes: Sizes): readonly Dim[] =>
  names.map((name) => sizes.get(name) ?? anonymous(name) ?? missing(name));

function missing(name: string): never {
  throw new TorchError(`Specify sizes for new axes in repeat: ${name}`, "EinopsError");
}

const splitAxes = (ctx: OpContext, input: Tensor, { left, sizes }: Plan): Tensor =>
  left.every((g) => g.length === 1) ? input : reshape(ctx, input, lengths(left.flat(), sizes));

const joinAxes = (ctx: OpContext, input: Tensor, { right, sizes }: Plan): Tensor =>
  right.every((g) => g.length === 1)
    ? input
    : reshape(
        ctx,
        input,
        right.map((g) => product(lengths(g, sizes))),
      );

const reorder = (ctx: OpContext, input: Tensor, order: readonly number[]): Tensor =>
  order.every((d, i) => d === i) ? input : permute(ctx, input, order);

function rearrange(args: Args, ctx: OpContext, known = ofArranging): Tensor {
  const input = inputOf(args, ctx);
  const p = plan(args, ctx, input, "rearrange", known);
  const [from, to] = [p.left.flat(), p.right.flat()];
  const lost = [...from.filter((n) => !to.includes(n)), ...to.filter((n) => !from.includes(n))];
  if (lost.length > 0)
    throw bad(
      `Identifiers only on one side of expression (should be on both): {${lost.map((n) => `'${n}'`).join(", ")}}`,
      args.string("pattern"),
    );
  const split = splitAxes(ctx, input, p);
  return joinAxes(
    ctx,
    reorder(
      ctx,
      split,
      to.map((n) => from.indexOf(n)),
    ),
    p,
  );
}

function repeat(args: Args, ctx: OpContext, known = ofArranging): Tensor {
  const input = inputOf(args, ctx);
  const p = plan(args, ctx, input, "repeat", known);
  const [from, to] = [p.left.flat(), p.right.flat()];
  const lost = from.find((n) => !to.includes(n));
  if (lost !== undefined)
    throw bad(`Unexpected identifiers on the left side of repeat: {'${lost}'}`, args.string("pattern"));
  const kept = to.filter((n) => from.includes(n));
  let made = reorder(
    ctx,
    splitAxes(ctx, input, p),
    kept.map((n) => from.indexOf(n)),
  );
  if (kept.length < to.length) {
    for (const [i, name] of to.entries()) if (!from.includes(name)) made = unsqueeze(ctx, made, i);
    made = expand(ctx, made, lengths(to, p.sizes));
  }
  return joinAxes(ctx, made, p);
}

const reductions: ReadonlySet<string> = new Set(["min", "max", "sum", "mean", "prod", "any", "all"]);

/** einops does all three by one function: the layer `Reduce("b ... -> (b s) ...", "repeat", s=4)` repeats. */
function reduceAxes(args: Args, ctx: OpContext): Value {
  const kind = args.value("reduction");
  const operation = kind.kind === "string" ? kind.value : "reduce";
  if (operation === "repeat") return repeat(args, ctx, ofReducing);
  if (operation === "rearrange") return rearrange(args, ctx, ofReducing);
  const input = inputOf(args, ctx);
  const p = plan(args, ctx, input, operation, ofReducing);
  const [from, to] = [p.left.flat(), p.right.flat()];
  const added = to.find((n) => !from.includes(n));
  if (added !== undefined)
    throw bad(`Unexpected identifiers on the right side of reduce: {'${added}'}`, args.string("pattern"));
  if (kind.kind !== "string")
    throw new NotKnown({
      kind: "unknown",
      why: "einops.reduce() with a function is not modelled",
      where: undefined,
    });
  if (!reductions.has(kind.value)) throw new TorchError(`Unknown reduction ${kind.value}`, "EinopsError");
  const dims = from.flatMap((n, i) => (to.includes(n) ? [] : [i]));
  let made = splitAxes(ctx, input, p);
  if (kind.value === "mean" && !isFloating(made.dtype))
    throw new TorchError("reduce_mean is not available for non-floating tensors", "NotImplementedError");
  if (dims.length > 0) {
    const name = kind.value === "min" ? "amin" : kind.value === "max" ? "amax" : kind.value;
    const dtype = kind.value === "any" || kind.value === "all" ? "bool" : made.dtype;
    made = reduce(ctx, made, {
      name,
      dims,
      keep: false,
      dtype,
      saved: name === "sum" || name === "mean" ? [] : [made],
    });
  }
  const kept = from.filter((n) => to.includes(n));
  return joinAxes(
    ctx,
    reorder(
      ctx,
      made,
      to.map((n) => kept.indexOf(n)),
    ),
    p,
  );
}

/** `einops.einsum(a, b, "b i j, b j k -> b i k")`: names instead of letters, the pattern last. */
function einsum(args: Args, ctx: OpContext): Tensor {
  const items = args.items("operands");
  const last = items[items.length - 1];
  const tensors = tensorsOf(items.slice(0, -1), "einsum");
  if (last?.kind !== "string")
    throw new TorchError(
      "The last argument passed to `einops.einsum` must be a string, representing the einsum pattern.",
      "ValueError",
    );
  const [left = "", right] = last.value.split("->");
  if (right === undefined) throw new TorchError("Einsum pattern must contain '->'.", "ValueError");
  const sides = left.split(",").map((text) => parseSide(text, last.value, true));
  if (sides.length !== tensors.length)
    throw new TorchError("Number of tensors does not match the pattern", "ValueError");
  const hiddenCounts = sides.map(
    (side, i) =>
      shapeOf(tensors[i] ?? missing("tensor")).length - side.groups.filter((g) => g[0] !== "...").length,
  );
  const widest = dots(Math.max(0, ...hiddenCounts));
  const operands = tensors.map((tensor, i): Labeled => {
    const side = sides[i] ?? { groups: [], hasEllipsis: false };
    const labels = spread(side, widest.slice(widest.length - (hiddenCounts[i] ?? 0))).flat();
    if (labels.length !== shapeOf(tensor).length)
      throw new TorchError(
        `einsum(): the number of subscripts in the equation (${labels.length}) does not match the number of dimensions (${shapeOf(tensor).length}) for operand ${i}`,
      );
    return { tensor, labels };
  });
  const output = spread(parseSide(right, last.value), widest).flat();
  const rest = [...new Set(operands.flatMap((o) => o.labels))].filter((l) => !output.includes(l));
  return contract(ctx, operands, output, rest);
}

/** Where `*` stands in `pack`'s pattern: how many axes lie before and after it. */
function packed(pattern: string): { before: number; after: number } {
  const names = pattern.trim().split(/\s+/);
  const at = names.indexOf("*");
  if (at < 0) throw new TorchError(`No *-axis in pattern="${pattern}"`, "EinopsError");
  return { before: at, after: names.length - at - 1 };
}

function pack(args: Args, ctx: OpContext): Value {
  const { before, after } = packed(args.string("pattern"));
  const shapes: Value[] = [];
  const flat = args.tensors("tensors").map((tensor) => {
    const shape = shapeOf(tensor);
    const middle = shape.slice(before, shape.length - after);
    if (shape.length < before + after)
      throw new TorchError(
        `packed tensor #0 (enumeration starts with 0) has shape ${printShape(shape)}, while pattern="${args.string("pattern")}" assumes at least ${before + after} axes`,
        "EinopsError",
      );
    shapes.push({ kind: "tuple", items: middle.map(int), typeName: "torch.Size" });
    return reshape(ctx, tensor, [
      ...shape.slice(0, before),
      product(middle),
      ...shape.slice(shape.length - after),
    ]);
  });
  return tuple([ctx.call("torch.cat", [list(flat), int(before)]), list(shapes)]);
}

function unpack(args: Args, ctx: OpContext): Value {
  const { before } = packed(args.string("pattern"));
  const input = args.tensor("tensor");
  const shape = shapeOf(input);
  const size = shape[before] ?? 1;
  const shapes = args
    .items("packed_shapes")
    .map((v) => (v.kind === "list" || v.kind === "tuple" ? v.items : [v]))
    .map((items) => items.map((v) => dimOf(v, "unpack")));
  const known = shapes
    .filter((s) => !s.includes(-1))
    .map((s) => product(s))
    .reduce<Dim>((a, b) => add(a, b), 0);
  const counts = shapes.map((s) => (s.includes(-1) ? add(size, mul(-1, known)) : product(s)));
  const total = counts.reduce<Dim>((a, b) => add(a, b), 0);
  if (!equal(total, size, ctx))
    throw new TorchError(
      `Error during unpack(..., "${args.string("pattern")}"): could not split axis of size ${printHint(size)} into requested ${printHint(total)}`,
      "EinopsError",
    );
  const parts = ctx.call("torch.split", [input, list(counts.map(int)), int(before)]);
  if (parts.kind !== "tuple") return parts;
  return list(
    parts.items.map((part, i) =>
      part instanceof Tensor
        ? reshape(ctx, part, [...shape.slice(0, before), ...(shapes[i] ?? []), ...shape.slice(before + 1)])
        : part,
    ),
  );
}

/** Also where it is defined: `from einops.einops import rearrange`. */
const named = (name: string): readonly string[] => [`einops.${name}`, `einops.einops.${name}`];

/** The lengths of named axes; `_` passes over one, an ellipsis over any number. */
function parseShape(args: Args): Value {
  const shape = shapeOf(args.tensor("x"));
  const pattern = args.string("pattern");
  const names = pattern.trim().split(/\s+/);
  const at = names.findIndex((name) => name === "..." || name === "…");
  const passed = at < 0 ? 0 : shape.length - (names.length - 1);
  if (passed < 0 || (at < 0 && names.length !== shape.length)) {
    const what = at < 0 ? "different number of" : "this number of";
    throw new TorchError(
      `Can't parse shape with ${what} dimensions: ${pattern} torch.Size(${printShape(shape)})`,
      "RuntimeError",
    );
  }
  const axes = at < 0 ? names : names.toSpliced(at, 1, ...Array.from({ length: passed }, () => "_"));
  const sizes = axes.map((name, i) => [name, int(shape[i] ?? 1)] as const);
  return {
    kind: "record",
    typeName: "dict",
    fields: new Map(sizes.filter(([name]) => name !== "_")),
  };
}

export const ops: readonly Op[] = [
  defineOp({ names: named("rearrange"), params: "(tensor, pattern, **axes_lengths)", run: rearrange }),
  defineOp({ names: named("repeat"), params: "(tensor, pattern, **axes_lengths)", run: repeat }),
  defineOp({
    names: named("reduce"),
    params: "(tensor, pattern, reduction, **axes_lengths)",
    run: reduceAxes,
  }),
  defineOp({ names: named("einsum"), params: "(*operands)", autocast: "lower", run: einsum }),
  defineOp({ names: ["einops.pack", "einops.packing.pack"], params: "(tensors, pattern)", run: pack }),
  defineOp({
    names: ["einops.unpack", "einops.packing.unpack"],
    params: "(tensor, packed_shapes, pattern)",
    run: unpack,
  }),
  defineOp({
    names: named("parse_shape"),
    params: "(x, pattern)",
    run: parseShape,
  }),
];
