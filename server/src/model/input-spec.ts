import { type Dim, symbol } from "../graph/dim.ts";
import { type DType, dtypeNamed } from "../graph/dtype.ts";

/** One tensor that the model is called with: `x = float16[8, 3, 224, 224]`. */
export interface InputSpec {
  /** `undefined` for a positional input. */
  readonly name: string | undefined;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

const form = /^\s*(?:([A-Za-z_]\w*)\s*=\s*)?([a-z]\w*)\s*\[([^\]]*)\]\s*$/;

/**
 * Reads `[NAME=]dtype[dims]`. A dimension is a number, or `B=8`: a symbol with the size it stands for here.
 * `undefined` when the text is something else.
 */
export function parseInputSpec(text: string): InputSpec | undefined {
  const found = form.exec(text);
  const dtype = dtypeNamed(found?.[2] ?? "");
  if (found === null || dtype === undefined) return undefined;
  const shape: Dim[] = [];
  for (const part of (found[3] ?? "").split(",")) {
    if (part.trim() === "") continue;
    const dim = parseDim(part.trim());
    if (dim === undefined) return undefined;
    shape.push(dim);
  }
  return { name: found[1], dtype, shape };
}

function parseDim(text: string): Dim | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const named = /^([A-Za-z_]\w*)\s*=\s*(\d+)$/.exec(text);
  return named === null || named[1] === undefined ? undefined : symbol(named[1], Number(named[2]));
}

/** Several specs in one directive, separated by `;` or by a comma after `]`. */
export function parseInputSpecs(text: string): readonly InputSpec[] | undefined {
  const specs = text
    .split(/;|(?<=\])\s*,/)
    .filter((part) => part.trim() !== "")
    .map(parseInputSpec);
  return specs.some((spec) => spec === undefined)
    ? undefined
    : specs.flatMap((spec) => (spec === undefined ? [] : [spec]));
}
