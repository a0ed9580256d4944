/**
 * How parameters are updated: passes over the memory of a parameter, launch by launch, of what each reads and writes. With `foreach`,
 * torch's default on GPUs since 2.0, one launch serves many parameters.
 */
export type Passes = readonly number[];

/** Of torch 2: gradients are made anew in each step. Source: `torch/optim`, `_multi_tensor_sgd`, `_multi_tensor_adam`, `_multi_tensor_rmsprop`. */
export const passesOf = {
  sgd: [3],
  momentum: [2, 3, 3],
  nesterov: [2, 3, 3, 3],
  adam: [3, 2, 3, 2, 2, 2, 4],
  rmsprop: [2, 3, 2, 2, 4],
  /** `fused=True`, and apex: reads parameter, gradient and two moments, writes all but the gradient. */
  fusedAdam: [7],
  /** Reads parameter and gradient, writes the parameter; the moments are a byte each. */
  eightBitAdam: [4],
} as const satisfies Readonly<Record<string, Passes>>;

/** A decay of weights that is added to the gradient, and AdamW's, which shrinks the parameter. */
export const decayPasses = { added: [3], decoupled: [2] } as const satisfies Readonly<Record<string, Passes>>;

/** `zero_grad` writes a gradient, the backward pass adds to it. Source: torch 1.x, `Optimizer.zero_grad` and `AccumulateGrad`. */
export const keptGradientPasses: Passes = [1, 3];
