/**
 * RNN, LSTM, GRU and their cells, as torch computes them outside cuDNN: per layer and direction one product of the
 * whole input with `w_ih` and, per step, one of the state with `w_hh`. MACs = T B gates H (I + H); with a projection
 * (LSTM) T B P H more. Recorded as one op per call; FLOPs per gate element: 4 (activation, products, sums).
 */
import { add, type Dim, mul, product } from "../../graph/dim.ts";
import { isFloating } from "../../graph/dtype.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { bytesFor, bytesRead, computed, record, shapeOf } from "../_emit.ts";
import { mm } from "../_matmul.ts";
import { defineOp, type Op, type OpContext, TorchError } from "../_op.ts";
import { scalarName } from "../_pointwise.ts";
import { equal, isOne, printHint } from "../_shape.ts";
import { tuple, type Value } from "../_value.ts";
import { transpose } from "../_view.ts";

const gatesOf: Readonly<Record<string, number>> = { rnn_tanh: 1, rnn_relu: 1, gru: 3, lstm: 4 };

/** MACs of one layer and direction over all steps, from its weights. */
function layerMacs(weights: readonly Tensor[], steps: Dim): Dim {
  const matrices = weights.filter((w) => shapeOf(w).length === 2);
  return matrices.map((w) => mul(steps, product(shapeOf(w)))).reduce<Dim>(add, 0);
}

function checkInput(input: Tensor, weight: Tensor, ctx: OpContext): void {
  const [size = 1, wanted = 1] = [shapeOf(input)[shapeOf(input).length - 1], shapeOf(weight)[1]];
  if (!equal(size, wanted, ctx))
    throw new TorchError(
      `input.size(-1) must be equal to input_size. Expected ${printHint(wanted)}, got ${printHint(size)}`,
    );
}

/** `torch.lstm(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)`. */
function sequence(args: Args, ctx: OpContext, name: string): Value {
  const input = args.tensor("input");
  const states = name === "lstm" ? args.tensors("hx") : [args.tensor("hx")];
  const weights = args.tensors("params");
  const [first] = weights;
  if (first === undefined) throw new TorchError(`${name}(): expected weights`);
  checkInput(input, first, ctx);
  if (input.dtype !== first.dtype && isFloating(input.dtype))
    throw new TorchError(
      `expected scalar type ${scalarName(input.dtype)} but found ${scalarName(first.dtype)}`,
    );
  const shape = shapeOf(input);
  const directions = args.bool("bidirectional") ? 2 : 1;
  const layers = args.index("num_layers");
  const perLayer = Math.max(1, weights.length / (layers * directions));
  const steps = product(shape.slice(0, -1));
  let macs: Dim = 0;
  let gateElements: Dim = 0;
  for (let i = 0; i < layers * directions; i++) {
    const own = weights.slice(i * perLayer, (i + 1) * perLayer);
    macs = add(macs, layerMacs(own, steps));
    gateElements = add(gateElements, mul(steps, shapeOf(own[0] ?? first)[0] ?? 1));
  }
  const hidden = shapeOf(states[0] ?? input).at(-1) ?? 1;
  const inputs = [input, ...states, ...weights];
  const wide = mul(hidden, directions);
  const [batch = 1, length = 1] = shape;
  // Steps are computed one after another; with the batch first the result is seen transposed.
  const swapped = args.bool("batch_first", false) && shape.length === 3;
  // A batch of one is row-major whichever way it is seen: a product of it needs no copy.
  if (swapped) isOne(batch, ctx);
  const output = computed(ctx, inputs, {
    shape: [...shape.slice(0, -1), wide],
    dtype: input.dtype,
    ...(swapped && !isOne(length, ctx) ? { strides: [wide, mul(batch, wide), 1] } : {}),
  });
  const finals = states.map((s) => computed(ctx, inputs, { shape: shapeOf(s), dtype: input.dtype }));
  record(ctx, name, inputs, [output, ...finals], {
    macs,
    flops: mul(4, gateElements),
    factors: [0, ...weights.map((_, i) => 1 + states.length + i)],
    bytesRead: bytesRead(inputs),
    saved: output.meta.requiresGrad ? [input, ...weights, output] : [],
    savedExtra: bytesFor([gateElements], input.dtype),
    attributes: { layers, directions, hidden, gates: gatesOf[name] ?? 1, steps: swapped ? length : batch },
  });
  return tuple([output, ...finals]);
}

/** One step: two products and the gates. */
function cell(args: Args, ctx: OpContext, name: string): Value {
  const input = args.tensor("input");
  const states = name === "lstm_cell" ? args.tensors("hx") : [args.tensor("hx")];
  const [hidden = input] = states;
  const [wIh, wHh] = [args.tensor("w_ih"), args.tensor("w_hh")];
  checkInput(input, wIh, ctx);
  const products = [
    mm(ctx, input, transpose(ctx, wIh, 0, 1), args.optionalTensor("b_ih")),
    mm(ctx, hidden, transpose(ctx, wHh, 0, 1), args.optionalTensor("b_hh")),
  ];
  const inputs = [...products, ...states];
  const outputs = states.map((s) => computed(ctx, inputs, { shape: shapeOf(s), dtype: input.dtype }));
  record(ctx, name, inputs, outputs, {
    flops: mul(4, product(shapeOf(products[0] ?? input))),
    saved: products,
  });
  const [only = input] = outputs;
  return outputs.length === 1 ? only : tuple(outputs);
}

const sequenceParams =
  "(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)";

export const ops: readonly Op[] = [
  ...Object.keys(gatesOf).flatMap((name) => [
    defineOp({
      names: [`torch.${name}`, `torch._VF.${name}`],
      params: sequenceParams,
      autocast: "lower",
      run: (args, ctx) => sequence(args, ctx, name),
    }),
    defineOp({
      names: [`torch.${name}_cell`, `torch._VF.${name}_cell`],
      params: "(input, hx, w_ih, w_hh, b_ih=None, b_hh=None)",
      autocast: "lower",
      run: (args, ctx) => cell(args, ctx, `${name}_cell`),
    }),
  ]),
];
