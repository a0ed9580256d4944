/** What a step is. */
export const [ofOp, ofMove, ofBias, ofParts] = [0, 1, 2, 3] as const;

/**
 * What the numbers of lowered steps are made of, so that they can be made again at another batch. By step: the index of its op, and
 * what it is: the op itself, a cast or copy before it, the bias behind it, or a part of its attention.
 */
export class Origins {
  readonly ops: number[] = [];
  readonly kinds: number[] = [];
  /** By access: whose memory it is, as an index into the table of tensors, and bytes by those of that tensor. -1 for parts of attention. */
  readonly tensors: number[] = [];
  readonly widths: number[] = [];

  addStep(op: number, kind: number): void {
    this.ops.push(op);
    this.kinds.push(kind);
  }

  addAccess(tensor: number, width: number): void {
    this.tensors.push(tensor);
    this.widths.push(width);
  }
}
