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

const form = /^\s*(?:([A-Za-z_]\w*)\s*=\s*)?([a-z]\w*)\s*\[([^\]]*)\]\s*(?:=\s*(\[.*\]|[^\s[\]]+)\s*)?$/s;

/**
 * Reads `[NAME=]dtype[dims][=values]`. A dimension is a number, or `B=8`: a symbol with the size it stands for here. Values, one for
 * each element and in one list or nested as the dimensions are, are asked for where sizes or branches depend on them: the lengths of
 * padded sequences. `undefined` when the text is something else.
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
  const said = found[4];
  if (said === undefined) return { name: found[1], dtype, shape };
  const values = flattened(listOf(said), shape);
  return values === undefined ? undefined : { name: found[1], dtype, shape, values };
}

/** A number, or a list of such, as deep as its brackets. */
type Written = number | readonly Written[];

/** `[[1, 0], [2, 3]]`, `True`; `undefined` when the text is something else. */
function listOf(text: string): Written | undefined {
  const inner = /^\s*\[(.*)\]\s*$/s.exec(text)?.[1];
  if (inner === undefined) return numberOf(text.trim());
  const items = inner.trim() === "" ? [] : partsOf(inner, () => true).map(listOf);
  const known = items.flatMap((each) => (each === undefined ? [] : [each]));
  return known.length === items.length ? known : undefined;
}

/** Row-major elements of a list that is nested as the shape says, or that has no lists in it. */
function flattened(written: Written | undefined, shape: readonly Dim[]): readonly number[] | undefined {
  if (written === undefined) return undefined;
  const flat = typeof written === "number" ? [written] : written;
  const numbers = flat.flatMap((each) => (typeof each === "number" ? [each] : []));
  if (numbers.length === flat.length) return flat.length === product(shape) ? numbers : undefined;
  const [rows, ...rest] = shape;
  const each = flat.map((row) => (typeof row === "number" ? undefined : flattened(row, rest)));
  const known = each.flatMap((row) => (row === undefined ? [] : [row]));
  return known.length === flat.length && rows === flat.length ? known.flat() : undefined;
}

/** The text between separators that stand in no bracket. */
function partsOf(text: string, separates: (separator: string, before: string) => boolean): readonly string[] {
  const parts: string[] = [];
  let [start, depth] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "[") depth += 1;
    else if (character === "]") depth -= 1;
    else if (depth === 0 && /[,;]/.test(character) && separates(character, text.slice(start, at))) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
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
  const specs = partsOf(text, (separator, before) => separator === ";" || /\]\s*$/.test(before))
    .filter((part) => part.trim() !== "")
    .map(parseInputSpec);
  return specs.some((spec) => spec === undefined)
    ? undefined
    : specs.flatMap((spec) => (spec === undefined ? [] : [spec]));
}
