import type { FormattedValue, Node, Str } from "../../server/src/syntax/ast.ts";
import type { SourceFile } from "../../server/src/syntax/chunk.ts";

/** `[kind, start, end, field, ...]`: what `dump-ast.py` makes of CPython's tree. */
export type Neutral = string | number | boolean | null | readonly Neutral[];

/** The top-level statements of `file` in the neutral form; offsets are those of the file. */
export const dumpFile = (file: SourceFile): readonly Neutral[] =>
  file.chunks.flatMap((placed) => placed.chunk.body.map((stmt) => dumpNode(stmt, placed.start)));

/** `base` is added to offsets; `undefined` leaves them out, as inside f-strings. */
function dumpNode(node: Node, base: number | undefined): Neutral {
  const one = (child: Node | undefined): Neutral => (child === undefined ? null : dumpNode(child, base));
  const all = (children: readonly Node[]): Neutral => children.map((child) => dumpNode(child, base));
  const make = (...fields: readonly Neutral[]): Neutral =>
    base === undefined
      ? [node.kind, -1, -1, ...fields]
      : [node.kind, base + node.start, base + node.end, ...fields];
  const bare = (...fields: readonly Neutral[]): Neutral => [node.kind, -1, -1, ...fields];
  const definition = (decorated: boolean, ...fields: readonly Neutral[]): Neutral =>
    decorated ? [node.kind, -1, base === undefined ? -1 : base + node.end, ...fields] : make(...fields);

  switch (node.kind) {
    case "Name":
      return make(node.id);
    case "Attribute":
      return make(one(node.value), node.attr);
    case "Subscript":
      return make(one(node.value), one(node.index));
    case "Slice":
      return make(one(node.lower), one(node.upper), one(node.step));
    case "Keyword":
      return make(node.name ?? null, one(node.value));
    case "Call":
      return make(one(node.func), all(node.args), all(node.keywords));
    case "Int":
    case "Float":
    case "Imaginary":
      return make(bits(node.value));
    case "Str":
    case "Bytes":
    case "Bool":
      return make(node.value);
    case "FString":
      return make(dumpParts(node.parts));
    case "FormattedValue": {
      const conversion = node.conversion ?? (node.debug !== undefined && node.spec.length === 0 ? "r" : null);
      return make(one(node.value), conversion, dumpParts(node.spec));
    }
    case "UnaryOp":
      return make(node.op, one(node.operand));
    case "BinOp":
      return make(one(node.left), node.op, one(node.right));
    case "BoolOp":
      return make(node.op, all(node.values));
    case "Compare":
      return make(one(node.left), node.ops, all(node.comparators));
    case "IfExp":
      return make(one(node.test), one(node.body), one(node.orelse));
    case "Lambda":
      return make(all(node.params), one(node.body));
    case "Tuple":
    case "List":
    case "Set":
      return make(all(node.elts));
    case "DictItem":
      return [one(node.key), one(node.value)];
    case "Dict":
      return make(all(node.items));
    case "Comprehension":
      return bare(one(node.target), one(node.iter), all(node.ifs), node.isAsync);
    case "ListComp":
    case "SetComp":
    case "GeneratorExp":
      return make(one(node.elt), all(node.generators));
    case "DictComp":
      return make(one(node.key), one(node.value), all(node.generators));
    case "Starred":
    case "Await":
    case "Yield":
    case "YieldFrom":
    case "ExprStmt":
    case "Return":
    case "MatchValue":
      return make(one(node.value));
    case "NamedExpr":
      return make(one(node.target), one(node.value));
    case "Assign":
      return make(all(node.targets), one(node.value));
    case "AnnAssign":
      return make(one(node.target), one(node.annotation), one(node.value));
    case "AugAssign":
      return make(one(node.target), node.op, one(node.value));
    case "If":
    case "While":
      return make(one(node.test), all(node.body), all(node.orelse));
    case "For":
      return make(one(node.target), one(node.iter), all(node.body), all(node.orelse), node.isAsync);
    case "WithItem":
      return [one(node.context), one(node.target)];
    case "With":
      return make(all(node.items), all(node.body), node.isAsync);
    case "ExceptHandler":
      return make(one(node.type), node.name ?? null, all(node.body));
    case "Try":
      return make(all(node.body), all(node.handlers), all(node.orelse), all(node.finalbody));
    case "Raise":
      return make(one(node.exception), one(node.cause));
    case "Assert":
      return make(one(node.test), one(node.message));
    case "Alias":
      return make(node.name, node.asName ?? null);
    case "Import":
      return make(all(node.names));
    case "ImportFrom":
      return make(node.module, node.level, all(node.names));
    case "Param":
      return bare(node.name, node.mode, one(node.annotation), one(node.default));
    case "FunctionDef":
      return definition(
        node.decorators.length > 0,
        node.name,
        all(node.params),
        one(node.returns),
        all(node.body),
        all(node.decorators),
        node.isAsync,
        node.isGenerator,
      );
    case "ClassDef":
      return definition(
        node.decorators.length > 0,
        node.name,
        all(node.bases),
        all(node.keywords),
        all(node.body),
        all(node.decorators),
      );
    case "Delete":
      return make(all(node.targets));
    case "Global":
    case "Nonlocal":
      return make(node.names);
    case "TypeAlias":
      return make(one(node.name), one(node.value));
    case "MatchCase":
      return bare(one(node.pattern), one(node.guard), all(node.body));
    case "Match":
      return make(one(node.subject), all(node.cases));
    case "MatchAs":
      return make(one(node.pattern), node.name ?? null);
    case "MatchOr":
    case "MatchSequence":
      return make(all(node.patterns));
    case "MatchStar":
      return make(node.name ?? null);
    case "MatchMapping":
      return make(all(node.keys), all(node.patterns), node.rest ?? null);
    case "MatchClass":
      return make(one(node.cls), all(node.patterns), node.kwNames, all(node.kwPatterns));
    case "None":
    case "Ellipsis":
    case "Pass":
    case "Break":
    case "Continue":
    case "Invalid":
      return make();
  }
}

/** The pieces of an f-string, neighboring text joined and the text of `{x=}` spelled out, as CPython has them. */
function dumpParts(parts: readonly (Str | FormattedValue)[]): Neutral {
  const found: Neutral[] = [];
  let text = "";
  const flush = (): void => {
    if (text !== "") found.push(["Str", -1, -1, text]);
    text = "";
  };
  for (const part of parts) {
    if (part.kind === "Str") {
      text += part.value;
      continue;
    }
    text += part.debug ?? "";
    flush();
    found.push(dumpNode(part, undefined));
  }
  flush();
  return found;
}

function bits(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}

/** Where two dumps first differ, with both sides; `undefined` when they are equal. */
export function firstDifference(ours: Neutral, theirs: Neutral, path = ""): string | undefined {
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    const here = typeof theirs[0] === "string" ? `${path}/${theirs[0]}@${String(theirs[1])}` : path;
    const length = Math.max(ours.length, theirs.length);
    for (let i = 0; i < length; i++) {
      const [a, b] = [ours[i], theirs[i]];
      if (a === undefined || b === undefined) return `${here}.${i}: lengths ${ours.length}, ${theirs.length}`;
      const found = firstDifference(a, b, `${here}.${i}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (ours === theirs) return undefined;
  return `${path}: ours ${JSON.stringify(ours).slice(0, 160)}, CPython ${JSON.stringify(theirs).slice(0, 160)}`;
}
