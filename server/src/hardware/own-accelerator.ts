import { type Accelerator, type AcceleratorKind, acceleratorOf, type Rate } from "./accelerator.ts";

/** An accelerator as a user describes it in configuration. */
export interface OwnAccelerator {
  readonly name: string;
  readonly kind?: AcceleratorKind;
  /** Dense TFLOP/s by arithmetic type. */
  readonly tflops: Readonly<Partial<Record<Rate, number>>>;
  /** GiB. */
  readonly memory: number;
  /** GB/s. */
  readonly bandwidth: number;
  /** W. */
  readonly boardLimit?: number;
  readonly idle?: number;
}

export function ownAccelerator(own: OwnAccelerator, readOn: string): Accelerator {
  const { name, kind = "gpu", tflops, memory, bandwidth, boardLimit, idle } = own;
  return acceleratorOf({
    id: name,
    name,
    aliases: [],
    vendor: "",
    kind,
    architecture: "",
    year: Number(readOn.slice(0, 4)),
    rates: tflops,
    memory,
    bandwidth,
    ...(boardLimit === undefined ? {} : { boardLimit }),
    ...(idle === undefined ? {} : { idle }),
    readOn,
    confidence: "medium",
    source: "your configuration",
  });
}
