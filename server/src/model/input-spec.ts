import { type Dim, product, symbol } from "../graph/dim.ts";
import { type DType, dtypeNamed } from "../graph/dtype.ts";

/** One tensor that the model is called with: `x = float16[8, 3, 224, 224]`, `lengths = int64[3] = [12, 9, 5]`. */
export interface InputSpec {
  /** `undefined` for a positional input. */
  readonly name: string | undefined;
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  /** Its elements in row-major order, booleans as 0 and 1; `undefined` when only the run knows them. */
  readonly values?: readonly number[];
}

const form =
  /^\s*(?:([A-Za-z_]\w*)\s*=\s*)?([a-z]\w*)\s*\[([^\]]*)\]\s*(?:=\s*(?:\[([^\]]*)\]|([^\s[\]]+))\s*)?$/;

/**
 * Reads `[NAME=]dtype[dims][=values]`. A dimension is a number, or `B=8`: a symbol with the size it stands for here. Values, one for
 * each element, are asked for where sizes or branches depend on them: the lengths of padded sequences. `undefined` when the text is
 * something else.
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
  const said = found[4] ?? found[5];
  if (said === undefined) return { name: found[1], dtype, shape };
  const values = said.split(",").map((each) => numberOf(each.trim()));
  const known = values.flatMap((each) => each ?? []);
  return known.length === values.length && known.length === product(shape)
    ? { name: found[1], dtype, shape, values: known }
    : undefined;
}

function numberOf(text: string): number | undefined {
  if (text === "True" || text === "False") return Number(text === "True");
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined;
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
