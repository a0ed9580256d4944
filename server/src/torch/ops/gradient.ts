/** Backward passes inside a program: `torch.autograd.grad`, `backward()`. Their work is that of the ops that they run. */
import { Tensor } from "../../graph/tensor.ts";
import type { Args } from "../_args.ts";
import { shapeOf } from "../_emit.ts";
import { runBackward } from "../_gradient.ts";
import { defineOp, NotKnown, type Op, type OpContext, TorchError } from "../_op.ts";
import { isOne } from "../_shape.ts";
import { none, tuple, type Value } from "../_value.ts";

/** The gradients that a program gives, ones where it gives none. @throws TorchError as torch does */
function given(ctx: OpContext, outputs: readonly Tensor[], values: readonly Value[]): readonly Tensor[] {
  return outputs.map((output, i) => {
    if (!output.meta.requiresGrad)
      throw new TorchError(`element ${i} of tensors does not require grad and does not have a grad_fn`);
    const value = values[i] ?? none;
    if (value instanceof Tensor) return value;
    if (value.kind === "unknown") throw new NotKnown(value);
    if (!shapeOf(output).every((size) => isOne(size, ctx)))
      throw new TorchError("grad can be implicitly created only for scalar outputs");
    const made = ctx.call("torch.ones_like", [output]);
    if (made instanceof Tensor) return made;
    throw new TorchError("ones_like failed");
  });
}

const itemsOf = (args: Args, name: string): readonly Value[] => (args.has(name) ? args.items(name) : []);

/** What is not known of a pass is told; its gradients are as large as what they are gradients of all the same. */
function guarded<T>(ctx: OpContext, what: string, body: () => T, otherwise: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof NotKnown)) throw error;
    if (!ctx.graph.isPreparing)
      ctx.graph.uncounted(what, `the backward pass that it runs is not counted: ${error.unknown.why}`);
    return otherwise();
  }
}

const likeOf = (ctx: OpContext, input: Tensor): Value => ctx.call("torch.empty_like", [input]);

function gradients(args: Args, ctx: OpContext): Value {
  const [outputs, inputs] = [args.tensors("outputs"), args.tensors("inputs")];
  const unused = args.bool("allow_unused", false);
  const made = guarded(
    ctx,
    "`torch.autograd.grad`",
    () => {
      if (args.bool("is_grads_batched", false)) throw new NotKnown(batched);
      const ones = given(ctx, outputs, itemsOf(args, "grad_outputs"));
      if (inputs.some(({ meta }) => !meta.requiresGrad))
        throw new TorchError("One of the differentiated Tensors does not require grad");
      const all = runBackward(ctx, {
        outputs,
        gradients: ones,
        inputs,
        createGraph: args.bool("create_graph", false),
      });
      if (!unused && all.includes(undefined)) throw new NotKnown(notReached);
      return all;
    },
    () => undefined,
  );
  return tuple(inputs.map((each, i) => (made === undefined ? likeOf(ctx, each) : (made[i] ?? none))));
}

const batched = { kind: "unknown", why: "it takes a batch of gradients", where: undefined } as const;
const notReached = {
  kind: "unknown",
  why: "how an output depends on one of its inputs is not found",
  where: undefined,
} as const;

function backward(args: Args, ctx: OpContext): Value {
  const outputs = args.tensors("tensors");
  const inputs = args.has("inputs") ? args.tensors("inputs") : undefined;
  ctx.modes.hasGradients = true;
  if (ctx.graph.isPreparing) return none;
  guarded(
    ctx,
    "`backward()`",
    () => {
      runBackward(ctx, {
        outputs,
        gradients: given(ctx, outputs, itemsOf(args, "gradient")),
        inputs,
        createGraph: args.bool("create_graph", false),
      });
    },
    () => undefined,
  );
  return none;
}

export const ops: readonly Op[] = [
  defineOp({
    names: ["torch.autograd.grad", "torch._C._gradients"],
    params:
      "(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, only_inputs=True, allow_unused=None, is_grads_batched=False)",
    run: gradients,
  }),
  defineOp({
    names: ["torch.Tensor.backward", "torch._C._backward"],
    params: "(tensors, gradient=None, retain_graph=None, create_graph=False, inputs=None)",
    run: backward,
  }),
];
