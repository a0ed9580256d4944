/** What a step is to its op: the op itself, a cast or copy before it, the bias behind it, or a part of its attention. */
export const [ofOp, ofMove, ofBias, ofParts] = [0, 1, 2, 3] as const;
