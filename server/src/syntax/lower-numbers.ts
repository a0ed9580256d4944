import type { Expr } from "./ast.ts";
import { endOf, startOf, textOf } from "./flat-tree.ts";
import type { ExprTable, LoweringTree } from "./lowering.ts";

const simple = /^(?:0|[1-9][0-9]*)$/;

function lowerNumber(tree: LoweringTree, node: number): Expr {
  const text = textOf(tree, node);
  const start = startOf(tree, node);
  const end = endOf(tree, node);
  if (simple.test(text)) return { kind: "Int", value: Number(text), start, end };
  const digits = text.replaceAll("_", "").toLowerCase();
  if (digits.endsWith("j")) return { kind: "Imaginary", value: Number(digits.slice(0, -1)), start, end };
  // Python 2: `10L` and octal `017`.
  const plain = digits.replace(/l$/, "");
  if (/^0[xob]/.test(plain)) return { kind: "Int", value: Number(plain), start, end };
  if (/^0\d+$/.test(plain)) return { kind: "Int", value: Number.parseInt(plain, 8) || 0, start, end };
  return { kind: /^\d+$/.test(plain) ? "Int" : "Float", value: Number(plain), start, end };
}

export const numberLowerers: ExprTable = { integer: lowerNumber, float: lowerNumber };
