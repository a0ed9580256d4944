import { GraphBuilder } from "../../server/src/graph/builder.ts";
import { type Dim, hintOf, printDim, sum, symbol } from "../../server/src/graph/dim.ts";
import type { DType } from "../../server/src/graph/dtype.ts";
import type { OpRecord, Site } from "../../server/src/graph/ir.ts";
import { bytesOf, dataOf, isContiguous, isKnownShape, Tensor } from "../../server/src/graph/tensor.ts";
import type { Expr } from "../../server/src/syntax/ast.ts";
import { initialModes, type Op, type OpContext } from "../../server/src/torch/_op.ts";
import { bool, float, int, list, none, string, tuple, type Value } from "../../server/src/torch/_value.ts";
import { findOp } from "../../server/src/torch/registry.ts";
import { makeContext, runOp } from "../../server/src/torch/run.ts";
import { syntax } from "./syntax.ts";

/** A name that no value stands for yet: `torch.nn.functional`. */
interface Qualified {
  readonly kind: "name";
  readonly path: string;
}
interface Method {
  readonly kind: "method";
  readonly self: Tensor;
  readonly name: string;
}
type Evaluated = Value | Qualified | Method;

/** What the program raises. */
class Raised extends Error {}

const placeholders: Readonly<Record<string, DType>> = {
  f16: "float16",
  bf16: "bfloat16",
  f32: "float32",
  f64: "float64",
  c64: "complex64",
  i64: "int64",
  i32: "int32",
  u8: "uint8",
  b: "bool",
  /** The same as `f32` and `f16`, with a gradient wanted. */
  g32: "float32",
  g16: "float16",
};

const roots: Readonly<Record<string, string>> = { F: "torch.nn.functional" };
const site: Site = { modulePath: "", place: undefined, stack: [], checkpoint: undefined };
const operators: Readonly<Record<string, string>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "truediv",
  "//": "floordiv",
  "%": "mod",
  "**": "pow",
  "@": "matmul",
  "&": "and",
  "|": "or",
  "^": "xor",
};
const comparisons: Readonly<Record<string, string>> = {
  "==": "eq",
  "!=": "ne",
  "<": "lt",
  "<=": "le",
  ">": "gt",
  ">=": "ge",
};

export interface Outcome {
  /** As the fixtures print it. */
  readonly text: string;
  readonly ops: readonly OpRecord[];
  readonly unknowns: readonly string[];
  /** The ops that the expression itself names, not those that they are made of. */
  readonly called: ReadonlySet<Op>;
}

/**
 * Evaluates one Python expression of torch calls; `f32[2, 3]` is a tensor of unknown elements. With symbols its sizes
 * are symbols that have the numbers as hints; what is printed are hints.
 */
export function evaluate(source: string, sizes: "numbers" | "symbols" = "numbers"): Outcome {
  const graph = new GraphBuilder(() => site);
  // The recorder wants gradients only where a placeholder does.
  const ctx = makeContext(graph, { ...initialModes(), gradEnabled: /\bg(?:32|16)\[/.test(source) });
  const evaluator = new Evaluator(ctx, sizes);
  const outcome = (text: string): Outcome => {
    const { ops, unknowns } = graph.graph([], [], []);
    return { text, ops, unknowns: unknowns.map((u) => u.why), called: evaluator.called };
  };
  try {
    const statement = syntax.parse(source).chunks[0]?.chunk.body[0];
    if (statement?.kind !== "ExprStmt") throw new Error(`not an expression: ${source}`);
    const value = evaluator.value(statement.value);
    const isConcrete = !/\b(?:f16|bf16|f32|f64|c64|i64|i32|u8|b|g32|g16)\[|rand|bernoulli|dropout/.test(
      source,
    );
    return outcome(describe(value, isConcrete));
  } catch (error) {
    if (error instanceof Raised) return outcome(error.message);
    throw error;
  }
}

class Evaluator {
  readonly called = new Set<Op>();
  readonly #ctx: OpContext;
  readonly #placeholders = new Map<string, Tensor>();

  readonly #sizes: "numbers" | "symbols";

  constructor(ctx: OpContext, sizes: "numbers" | "symbols") {
    this.#ctx = ctx;
    this.#sizes = sizes;
  }

  value(expr: Expr): Value {
    const made = this.#eval(expr);
    if (made.kind === "method") throw new Error(`a method is no value: ${made.name}`);
    if (made.kind !== "name") return made;
    return constant(made.path);
  }

  #eval(expr: Expr): Evaluated {
    switch (expr.kind) {
      case "Name":
        return { kind: "name", path: roots[expr.id] ?? expr.id };
      case "Attribute":
        return this.#attribute(this.#eval(expr.value), expr.attr);
      case "Call":
        return this.#call(expr);
      case "Subscript":
        return this.#subscript(expr);
      case "Int":
        return int(expr.value);
      case "Float":
        return float(expr.value);
      case "Bool":
        return bool(expr.value);
      case "Str":
        return string(expr.value);
      case "None":
        return none;
      case "Ellipsis":
        return { kind: "ellipsis" };
      case "Tuple":
        return tuple(expr.elts.map((e) => this.value(e)));
      case "List":
        return list(expr.elts.map((e) => this.value(e)));
      case "Slice": {
        const bound = (e: Expr | undefined): Value => (e === undefined ? none : this.value(e));
        return { kind: "slice", lower: bound(expr.lower), upper: bound(expr.upper), step: bound(expr.step) };
      }
      case "UnaryOp":
        return this.#unary(expr.op, this.value(expr.operand));
      case "BinOp":
        return this.#binary(operators[expr.op] ?? "", this.value(expr.left), this.value(expr.right));
      case "Compare":
        return this.#binary(
          comparisons[expr.ops[0] ?? ""] ?? "",
          this.value(expr.left),
          this.#comparator(expr.comparators),
        );
      default:
        throw new Error(`fixtures do not use ${expr.kind}`);
    }
  }

  #comparator(all: readonly Expr[]): Value {
    const [first] = all;
    if (first === undefined) throw new Error("a comparison lacks its right side");
    return this.value(first);
  }

  #attribute(of: Evaluated, name: string): Evaluated {
    if (of.kind === "name") return { kind: "name", path: `${of.path}.${name}` };
    if (of.kind === "tuple") {
      const at = of.fields?.indexOf(name) ?? -1;
      const item = of.items[at];
      if (item !== undefined) return item;
    }
    if (of.kind === "record") {
      const field = of.fields.get(name);
      if (field !== undefined) return field;
    }
    if (!(of instanceof Tensor)) throw new Error(`no attribute ${name} of ${of.kind}`);
    if (findOp(`torch.Tensor.${name}`)?.isProperty === true)
      return this.#run(`torch.Tensor.${name}`, [of], {});
    return { kind: "method", self: of, name };
  }

  #call(expr: Expr & { kind: "Call" }): Value {
    const func = this.#eval(expr.func);
    const positional = expr.args.map((a) => this.value(a));
    const keywords = Object.fromEntries(expr.keywords.map((k) => [k.name ?? "", this.value(k.value)]));
    if (func.kind === "method")
      return this.#run(`torch.Tensor.${func.name}`, [func.self, ...positional], keywords);
    if (func.kind === "name") return this.#run(func.path, positional, keywords);
    throw new Error("not callable");
  }

  #subscript(expr: Expr & { kind: "Subscript" }): Value {
    const { value } = expr;
    const dtype = value.kind === "Name" ? placeholders[value.id] : undefined;
    const index = this.value(expr.index);
    if (dtype !== undefined && value.kind === "Name") return this.#placeholder(value.id, dtype, index);
    const of = this.value(value);
    if (of.kind === "tuple" && index.kind === "int") return of.items.at(hintOf(index.value) ?? 0) ?? none;
    return this.#run("torch.Tensor.__getitem__", [of, index], {});
  }

  /** The same text is the same tensor. */
  #placeholder(name: string, dtype: DType, index: Value): Tensor {
    const items = index.kind === "tuple" ? index.items : [index];
    const numbers = items.map((v) => (v.kind === "int" ? (hintOf(v.value) ?? 0) : 0));
    const shape = this.#sizes === "numbers" ? numbers : numbers.map((n) => (n > 1 ? symbol(`S${n}`, n) : n));
    const key = `${name}${numbers.join()}`;
    const seen = this.#placeholders.get(key);
    const made =
      seen ??
      this.#ctx.graph.tensor({
        shape,
        dtype,
        role: "input",
        varies: true,
        requiresGrad: name.startsWith("g"),
      });
    this.#placeholders.set(key, made);
    return made;
  }

  #unary(op: string, value: Value): Value {
    if (value instanceof Tensor)
      return this.#run(`torch.Tensor.__${op === "-" ? "neg" : "invert"}__`, [value], {});
    if (value.kind === "int" && typeof value.value === "number") return int(-value.value);
    if (value.kind === "float") return float(-value.value);
    throw new Error(`fixtures do not negate ${value.kind}`);
  }

  #binary(name: string, left: Value, right: Value): Value {
    if (left instanceof Tensor) return this.#run(`torch.Tensor.__${name}__`, [left, right], {});
    const flipped: Readonly<Record<string, string>> = {
      lt: "gt",
      gt: "lt",
      le: "ge",
      ge: "le",
      eq: "eq",
      ne: "ne",
    };
    return this.#run(`torch.Tensor.__${flipped[name] ?? `r${name}`}__`, [right, left], {});
  }

  #run(name: string, positional: readonly Value[], keywords: Readonly<Record<string, Value>>): Value {
    const op = findOp(name);
    if (op === undefined) throw new Error(`no op ${name}`);
    this.called.add(op);
    const made = runOp(op, positional, keywords, this.#ctx);
    if (made.kind === "mismatch")
      throw new Raised(`${made.exception}: ${made.message.split("\n")[0]?.trim() ?? ""}`);
    return made;
  }
}

function constant(path: string): Value {
  if (path === "inf" || path === "math.inf") return float(Number.POSITIVE_INFINITY);
  const name = path.replace("torch.", "");
  const known = [
    "float32",
    "float16",
    "bfloat16",
    "float64",
    "int64",
    "int32",
    "int16",
    "int8",
    "uint8",
    "bool",
    "complex64",
  ] as const;
  const aliases: Readonly<Record<string, DType>> = {
    float: "float32",
    half: "float16",
    long: "int64",
    int: "int32",
    double: "float64",
  };
  const dtype = known.find((d) => d === name) ?? aliases[name];
  return dtype === undefined ? { kind: "token", name: path } : { kind: "dtype", dtype };
}

/** Prints a value as `server/tools/record-ops.py` does. */
function describe(value: Value, isConcrete: boolean): string {
  switch (value.kind) {
    case "tensor":
      return describeTensor(value, isConcrete);
    case "tuple":
      if (value.typeName === "torch.Size")
        return `[${value.items.map((v) => describe(v, isConcrete)).join(", ")}]`;
      return `(${value.items.map((v) => describe(v, isConcrete)).join(", ")})`;
    case "list":
      return `(${value.items.map((v) => describe(v, isConcrete)).join(", ")})`;
    case "int":
      return printHint(value.value);
    case "float":
      return printFloat(value.value);
    case "bool":
      return value.value ? "True" : "False";
    case "none":
      return "None";
    case "string":
      return `'${value.value}'`;
    case "dtype":
      return `torch.${value.dtype}`;
    case "device":
      return `device(type='${value.name}')`;
    case "token":
      return value.name;
    case "unknown":
      return `unknown: ${value.why}`;
    default:
      return value.kind;
  }
}

function describeTensor({ meta }: Tensor, isConcrete: boolean): string {
  if (!isKnownShape(meta.shape)) return `${meta.dtype} unknown: ${meta.shape.why}`;
  const text = `${meta.dtype}[${meta.shape.map(printHint).join(", ")}]`;
  const strides = isContiguous(meta) ? "" : ` strides [${(meta.strides ?? []).map(printHint).join(", ")}]`;
  const data = isConcrete ? dataOf(meta) : undefined;
  if (data === undefined || data.length > 24 || meta.dtype.startsWith("complex")) return text + strides;
  const isFloat = meta.dtype.includes("float");
  const shown = data.map((x) =>
    isFloat
      ? printFloat(Math.round(x * 1e5) / 1e5)
      : meta.dtype === "bool"
        ? x === 0
          ? "False"
          : "True"
        : String(x),
  );
  return `${text}${strides} = [${shown.join(", ")}]`;
}

const printFloat = (x: number): string =>
  Number.isNaN(x)
    ? "nan"
    : !Number.isFinite(x)
      ? x > 0
        ? "inf"
        : "-inf"
      : Number.isInteger(x) && Math.abs(x) < 1e16
        ? `${Object.is(x, -0) ? "-0" : x}.0`
        : String(x);

export const macsOf = (ops: readonly OpRecord[]): string => printHint(sum(ops.map((op) => op.work.macs)));

/** Bytes of all storages that autograd keeps, as a decimal number. */
export function savedBytes(ops: readonly OpRecord[]): string {
  const storages = new Map<number, number>();
  for (const op of ops) {
    const kept = [...op.inputs, ...op.outputs].filter((t) => op.saved.includes(t.id));
    for (const { meta } of kept) {
      const bytes = hintOf(bytesOf(meta)) ?? 0;
      storages.set(meta.storage.id, Math.max(bytes, storages.get(meta.storage.id) ?? 0));
    }
  }
  const extra = ops.filter((op) => op.inputs.some((t) => t.meta.requiresGrad)).map((op) => op.savedExtra);
  return printHint(sum([...storages.values(), ...extra]));
}

const printHint = (dim: Dim): string => {
  const hint = hintOf(dim);
  return hint === undefined ? printDim(dim) : String(hint);
};
