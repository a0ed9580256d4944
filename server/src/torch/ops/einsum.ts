/** `torch.einsum` in full: ellipsis, repeated labels, implicit output, the sublist form. Its work is that of its `bmm`s. */
import type { Tensor } from "../../graph/tensor.ts";
import { type Args, tensorsOf } from "../_args.ts";
import { contract, type Labeled } from "../_contract.ts";
import { shapeOf } from "../_emit.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import type { Value } from "../_value.ts";

interface Equation {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[] | undefined;
}

const ellipsis = "...";

function parseTerm(text: string): readonly string[] {
  const labels: string[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === " ") continue;
    if (char === ".") {
      if (text.slice(i, i + 3) !== ellipsis || labels.includes(ellipsis))
        throw new TorchError("einsum(): found '.' for operand that is not part of any ellipsis");
      labels.push(ellipsis);
      i += 2;
    } else if (/[A-Za-z]/.test(char)) labels.push(char);
    else
      throw new TorchError(
        `einsum(): invalid subscript given at index ${i} in the equation string, subscripts must be in [a-zA-Z]`,
      );
  }
  return labels;
}

function parse(text: string): Equation {
  const [left = "", right] = text.split("->");
  return {
    inputs: left.split(",").map(parseTerm),
    output: right === undefined ? undefined : parseTerm(right),
  };
}

/** The sublist form: `einsum(a, [0, 1], b, [1, 2], [0, 2])`. */
function fromSublists(items: readonly Value[]): { tensors: readonly Tensor[]; equation: Equation } {
  const tensors: Tensor[] = [];
  const inputs: (readonly string[])[] = [];
  let output: readonly string[] | undefined;
  const labelsOf = (value: Value): readonly string[] =>
    value.kind !== "list" && value.kind !== "tuple"
      ? []
      : value.items.map((v) =>
          v.kind === "ellipsis"
            ? ellipsis
            : v.kind === "int" && typeof v.value === "number"
              ? String.fromCharCode(v.value < 26 ? 65 + v.value : 71 + v.value)
              : "",
        );
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    const next = items[i + 1];
    if (item?.kind === "tensor" && next !== undefined) {
      tensors.push(item);
      inputs.push(labelsOf(next));
      i += 1;
    } else if (item !== undefined) output = labelsOf(item);
  }
  return { tensors, equation: { inputs, output } };
}

function einsum(args: Args, ctx: OpContext): Tensor {
  const items = args
    .items("operands")
    .flatMap((v) =>
      (v.kind === "list" || v.kind === "tuple") && args.raw("equation")?.kind === "string" ? v.items : [v],
    );
  const first = args.value("equation");
  if (first.kind !== "string") {
    const { tensors, equation } = fromSublists([first, ...items]);
    return run(ctx, equation, tensors);
  }
  return run(ctx, parse(first.value), tensorsOf(items, "einsum"));
}

function run(ctx: OpContext, equation: Equation, tensors: readonly Tensor[]): Tensor {
  const { inputs } = equation;
  if (inputs.length < tensors.length)
    throw new TorchError("einsum(): more operands were provided than specified in the equation");
  if (inputs.length > tensors.length)
    throw new TorchError("einsum(): fewer operands were provided than specified in the equation");
  const hidden = inputs.map((labels, i) => {
    const rank = shapeOf(tensors[i] ?? fail()).length;
    const named = labels.filter((l) => l !== ellipsis).length;
    if (named > rank || (named < rank && !labels.includes(ellipsis)))
      throw new TorchError(
        `einsum(): the number of subscripts in the equation (${named}) does not match the number of dimensions (${rank}) for operand ${i}${labels.includes(ellipsis) ? "" : " and no ellipsis was given"}`,
      );
    return labels.includes(ellipsis) ? rank - named : 0;
  });
  const widest = Math.max(0, ...hidden);
  const names = Array.from({ length: widest }, (_, i) => `.${i}`);
  const expand = (labels: readonly string[], count: number): readonly string[] =>
    labels.flatMap((l) => (l === ellipsis ? names.slice(widest - count) : [l]));
  const operands = tensors.map(
    (tensor, i): Labeled => ({ tensor, labels: expand(inputs[i] ?? [], hidden[i] ?? 0) }),
  );
  const output = equation.output === undefined ? implicit(inputs, names) : expand(equation.output, widest);
  const twice = output.find((l, i) => output.indexOf(l) !== i);
  if (twice !== undefined)
    throw new TorchError(`einsum(): output subscript ${twice} appears more than once in the output`);
  const rest = [...new Set(operands.flatMap((o) => o.labels))].filter((l) => !output.includes(l)).sort();
  return contract(ctx, operands, output, rest);
}

/** Without `->`: the ellipsis, then the labels that occur once, in alphabetical order. */
function implicit(inputs: readonly (readonly string[])[], names: readonly string[]): readonly string[] {
  const all = inputs.flat().filter((l) => l !== ellipsis);
  const once = all.filter((l) => all.indexOf(l) === all.lastIndexOf(l));
  return [...names, ...once.sort()];
}

function fail(): never {
  throw new TorchError("einsum(): must provide at least one operand");
}

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.einsum", "torch.functional.einsum"],
    params: "(equation, *operands)",
    autocast: "lower",
    run: einsum,
  }),
];
