import type { Neutral } from "./dump-ast.ts";

/** A dumped tree as one short line a statement, spans left out: `(Assign [(Name a)] (Int 1))`. */
export function printTree(node: Neutral): string {
  if (node === null) return "-";
  if (typeof node !== "object") return typeof node === "string" ? JSON.stringify(node) : String(node);
  const [kind, start, end, ...fields] = node;
  if (typeof kind !== "string" || typeof start !== "number" || typeof end !== "number")
    return `[${node.map(printTree).join(" ")}]`;
  const numeric = kind === "Int" || kind === "Float" || kind === "Imaginary";
  const [first] = fields;
  if (numeric && typeof first === "string") return `(${kind} ${fromBits(first)})`;
  if (kind === "Name" && typeof first === "string") return first;
  return `(${[kind, ...fields.map(printTree)].join(" ")})`;
}

function fromBits(hex: string): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${hex}`));
  return String(view.getFloat64(0));
}
