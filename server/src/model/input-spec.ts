import { type Dim, product, symbol } from "../graph/dim.ts";
import { type DType, dtypeNamed } from "../graph/dtype.ts";

/** A tensor by its dtype and shape: `float16[8, 3, 224, 224]`, `int64[3] = [12, 9, 5]`. */
export interface TensorSpec {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  /** Its elements in row-major order, booleans as 0 and 1; `undefined` when only the run knows them. */
  readonly values?: readonly number[];
}

/** What a model is called with, as it is written: tensors, plain values, and lists, tuples and dicts of them. */
export type GivenValue =
  | { readonly kind: "tensor"; readonly spec: TensorSpec }
  | { readonly kind: "int" | "float"; readonly value: number }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "str"; readonly value: string }
  | { readonly kind: "none" }
  | { readonly kind: "list" | "tuple"; readonly items: readonly GivenValue[] }
  | { readonly kind: "dict"; readonly entries: ReadonlyMap<string, GivenValue> };

/** One argument of a call. */
export interface InputSpec {
  /** `undefined` for a positional one. */
  readonly name: string | undefined;
  readonly value: GivenValue;
}

export const tensorInput = ({ name, ...spec }: TensorSpec & Pick<InputSpec, "name">): InputSpec => ({
  name,
  value: { kind: "tensor", spec },
});

/**
 * Reads `[NAME=]VALUE`. A value is `dtype[dims][=elements]`, a number, a string, `True`, `False` or `None`, or a list, a tuple or a
 * dict with names of such values. A dimension is a number, or `B=8`: a symbol with the size it stands for here. Elements, one for
 * each and in one list or nested as the dimensions are, are asked for where sizes or branches depend on them: the lengths of padded
 * sequences. `undefined` when the text is something else.
 */
export function parseInputSpec(text: string): InputSpec | undefined {
  const inputs = parseInputSpecs(text);
  return inputs?.length === 1 ? inputs[0] : undefined;
}

/** Several inputs in one directive, separated by `;` or `,`. */
export function parseInputSpecs(text: string): readonly InputSpec[] | undefined {
  const reader = new Reader(text);
  try {
    return reader.inputs();
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

class Malformed extends Error {}

/** How deep lists may be nested. */
const maxDepth = 32;

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  inputs(): readonly InputSpec[] {
    const made: InputSpec[] = [];
    do {
      if (this.#isAtEnd()) break;
      const name = this.#take(/([A-Za-z_]\w*)\s*=/y)?.[1];
      made.push({ name, value: this.#value() });
    } while (this.#take(/[,;]/y) !== undefined);
    if (!this.#isAtEnd()) throw new Malformed();
    return made;
  }

  #isAtEnd(): boolean {
    this.#take(/\s*/y);
    return this.#at === this.#text.length;
  }

  /** What comes next, blanks before it and behind it left out; `undefined` when it is something else. */
  #take(pattern: RegExp): RegExpExecArray | undefined {
    const blanks = /\s*/y;
    blanks.lastIndex = this.#at;
    blanks.test(this.#text);
    pattern.lastIndex = blanks.lastIndex;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }

  #expect(pattern: RegExp): RegExpExecArray {
    const found = this.#take(pattern);
    if (found === undefined) throw new Malformed();
    return found;
  }

  #value(): GivenValue {
    const dtype = this.#take(/([a-z]\w*)\s*\[/y)?.[1];
    return dtype === undefined ? this.#plain(() => this.#value()) : this.#tensor(dtype);
  }

  #tensor(name: string): GivenValue {
    const dtype = dtypeNamed(name);
    if (dtype === undefined) throw new Malformed();
    const shape = this.#until(/\]/y, () => this.#dim());
    if (this.#take(/=/y) === undefined) return { kind: "tensor", spec: { dtype, shape } };
    const values = flattened(this.#elements(), shape);
    if (values === undefined) throw new Malformed();
    return { kind: "tensor", spec: { dtype, shape, values } };
  }

  #dim(): Dim {
    const [, name, size] = this.#expect(/(?:([A-Za-z_]\w*)\s*=\s*)?(\d+)/y);
    return name === undefined ? Number(size) : symbol(name, Number(size));
  }

  #elements(): GivenValue {
    return this.#plain(() => this.#elements());
  }

  /** A value that is no tensor. */
  #plain(item: () => GivenValue): GivenValue {
    if (this.#take(/\[/y) !== undefined) return { kind: "list", items: this.#until(/\]/y, item) };
    if (this.#take(/\(/y) !== undefined) return this.#parenthesized(item);
    if (this.#take(/\{/y) !== undefined) return this.#dict(item);
    const text = this.#take(/"([^"\\]*)"|'([^'\\]*)'/y);
    if (text !== undefined) return { kind: "str", value: text[1] ?? text[2] ?? "" };
    const word = this.#take(/(True|False|None)\b/y)?.[1];
    if (word === "None") return { kind: "none" };
    if (word !== undefined) return { kind: "bool", value: word === "True" };
    const [number] = this.#expect(/[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?![\w.])/iy);
    return { kind: /^[-+]?\d+$/.test(number) ? "int" : "float", value: Number(number) };
  }

  /** `(1)` is 1, `(1,)` is a tuple. */
  #parenthesized(item: () => GivenValue): GivenValue {
    const from = this.#at;
    const items = this.#until(/\)/y, item);
    const isTuple = items.length !== 1 || /,\s*\)$/.test(this.#text.slice(from, this.#at));
    return isTuple ? { kind: "tuple", items } : (items[0] ?? { kind: "tuple", items });
  }

  #dict(item: () => GivenValue): GivenValue {
    const pairs = this.#until(/\}/y, () => {
      const key = this.#expect(/"([^"\\]*)"|'([^'\\]*)'/y);
      this.#expect(/:/y);
      return [key[1] ?? key[2] ?? "", item()] as const;
    });
    return { kind: "dict", entries: new Map(pairs) };
  }

  #until<Item>(close: RegExp, item: () => Item): readonly Item[] {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw new Malformed();
    const items: Item[] = [];
    while (this.#take(close) === undefined) {
      items.push(item());
      if (this.#take(/,/y) !== undefined) continue;
      this.#expect(close);
      break;
    }
    this.#depth -= 1;
    return items;
  }
}

/** Row-major elements of a list that is nested as the shape says, or that has no lists in it. */
function flattened(written: GivenValue, shape: readonly Dim[]): readonly number[] | undefined {
  const flat = written.kind === "list" || written.kind === "tuple" ? written.items : [written];
  const numbers = flat.flatMap(numberOf);
  if (numbers.length === flat.length) return flat.length === product(shape) ? numbers : undefined;
  const [rows, ...rest] = shape;
  const each = flat.map((row) => (numberOf(row).length > 0 ? undefined : flattened(row, rest)));
  const known = each.flatMap((row) => (row === undefined ? [] : [row]));
  return known.length === flat.length && rows === flat.length ? known.flat() : undefined;
}

function numberOf(value: GivenValue): readonly number[] {
  switch (value.kind) {
    case "int":
    case "float":
      return [value.value];
    case "bool":
      return [Number(value.value)];
    default:
      return [];
  }
}
