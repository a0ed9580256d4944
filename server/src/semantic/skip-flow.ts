import type { ClassDef, Expr, FunctionDef, Node, Stmt } from "../syntax/ast.ts";
import { forEachChild } from "../syntax/visit.ts";
import { weightLayers, weightLayersOf } from "./layer-weights.ts";
import type { Module } from "./module.ts";
import { methodsOf } from "./structure.ts";

/**
 * How a value relates to the one a skip connection would carry, as bits: it may still be that value, it may have gone
 * through a layer with weights. A layer of unknown kind leaves both open.
 */
type Depth = number;
const none: Depth = 0;
const identity: Depth = 1;
const deep: Depth = 2;

export interface SkipFlow {
  /** Some operation joins what may be the skipped value with one that went through layers. */
  readonly joins: boolean;
  /** The value is handed to code that is not seen from here: another method, `super()`, a function. */
  readonly opaque: boolean;
  /** Weight layers called on the way, at least. */
  readonly layers: number;
}

/** Names of layers that stand on the skip path: their output still counts as the skipped value. */
export const shortcutName =
  /^(?:down_?sample|short_?cut|skip|identity|proj_?shortcut|shortcut_?(?:conv|proj|layer)|(?:conv|proj)_?(?:shortcut|skip|res)|skip_?(?:conv|proj|connection|layer)|res(?:idual)?_?(?:conv|proj|connection|layer))\d*$/i;

/** Names of flags that say whether a block adds its input. */
export const residualFlag =
  /^(?:use|has|add|with)_(?:res|resid|residual|res_connect|skip|shortcut|skip_connection|identity)$/;

const metadata = new Set(["shape", "device", "dtype", "ndim", "is_cuda", "requires_grad"]);
const metadataCalls = new Set(["size", "dim", "numel", "stride", "is_contiguous", "get_device", "type"]);
const opaqueFree = /^(?:torch|math|builtins|einops)\b/;
const builtins = new Set([
  "len",
  "range",
  "int",
  "float",
  "isinstance",
  "print",
  "zip",
  "enumerate",
  "list",
  "tuple",
]);

/**
 * Follows values through a method from behind `from` (or its beginning), where the names in `identities` hold the
 * value that a skip connection would carry. Branches count as taken and as not taken.
 */
export function traceSkip(
  method: FunctionDef,
  from: Stmt | undefined,
  until: number,
  identities: readonly string[],
  self: string | undefined,
  cls: ClassDef,
  module: Module,
  qualified: (expr: Expr) => string | undefined,
): SkipFlow {
  let env = new Map<string, Depth>(identities.map((name) => [name, identity]));
  const methods = methodsOf(cls);
  const begin = from?.end ?? method.start;
  let joins = false;
  let opaque = false;
  let layers = 0;

  const join = (parts: readonly Depth[]): Depth => {
    const derived = parts.filter((part) => part !== none);
    derived.forEach((one, i) => {
      if ((one & identity) !== 0 && derived.some((other, j) => i !== j && (other & deep) !== 0)) joins = true;
    });
    return derived.reduce((all, part) => all | part, none);
  };

  const depthOf = (expr: Expr): Depth => {
    switch (expr.kind) {
      case "Name":
        return env.get(expr.id) ?? none;
      case "Attribute":
        return metadata.has(expr.attr) ? none : depthOf(expr.value);
      case "IfExp":
        depthOf(expr.test);
        return depthOf(expr.body) | depthOf(expr.orelse);
      case "NamedExpr": {
        const depth = depthOf(expr.value);
        if (expr.target.kind === "Name") env.set(expr.target.id, depth);
        return depth;
      }
      case "Compare":
      case "Lambda":
        return none;
      case "Call": {
        const parts = [...expr.args, ...expr.keywords.map((keyword) => keyword.value)].map((arg) =>
          depthOf(arg.kind === "Starred" ? arg.value : arg),
        );
        const { func } = expr;
        if (func.kind === "Attribute" && metadataCalls.has(func.attr)) return none;
        const attr =
          func.kind === "Attribute" && func.value.kind === "Name" && func.value.id === self
            ? func.attr
            : undefined;
        const receiver = attr === undefined && func.kind === "Attribute" ? depthOf(func.value) : none;
        const depth = join([receiver, ...parts]);
        if (depth === none) return none;
        if (attr !== undefined) {
          if (methods.has(attr)) opaque = true;
          if (shortcutName.test(attr)) return depth;
          const count = weightLayersOf(cls, attr, module);
          layers += count ?? 0;
          return count === undefined ? depth | deep : count > 0 ? deep : depth;
        }
        if (receiver !== none) return depth;
        const name = qualified(func);
        if (name !== undefined && /^torch\.nn\.functional\.(?:conv|linear|bilinear)/.test(name)) {
          layers++;
          return deep;
        }
        if (func.kind === "Call" && weightLayers(func, module) === 0) return depth;
        const known =
          (name !== undefined && opaqueFree.test(name)) || (func.kind === "Name" && builtins.has(func.id));
        if (!known) opaque = true;
        return depth;
      }
      default: {
        const parts: Depth[] = [];
        forEachChild(expr, (child) => {
          parts.push(depthOfNode(child));
        });
        return join(parts);
      }
    }
  };

  const depthOfNode = (node: Node): Depth => {
    if (isExpression(node)) return depthOf(node);
    const parts: Depth[] = [];
    forEachChild(node, (child) => {
      parts.push(depthOfNode(child));
    });
    return join(parts);
  };

  const bind = (target: Expr, depth: Depth): void => {
    if (target.kind === "Name") env.set(target.id, depth);
    else if (target.kind === "Tuple" || target.kind === "List")
      for (const elt of target.elts) bind(elt.kind === "Starred" ? elt.value : elt, depth);
  };

  const run = (body: readonly Stmt[]): void => {
    for (const stmt of body) step(stmt);
  };

  /** Runs each of several ways through the code from here on; afterwards any of them may have been taken. */
  const branch = (...ways: readonly (readonly Stmt[])[]): void => {
    const before = env;
    const after = new Map<string, Depth>();
    for (const way of ways) {
      env = new Map(before);
      run(way);
      if (way.some(leaves)) continue;
      for (const [name, depth] of env) after.set(name, (after.get(name) ?? none) | depth);
    }
    env = after;
  };

  const step = (stmt: Stmt): void => {
    if (stmt.end <= begin || stmt.start >= until) return;
    switch (stmt.kind) {
      case "Assign": {
        const depth = depthOf(stmt.value);
        for (const target of stmt.targets) bind(target, depth);
        return;
      }
      case "AnnAssign":
        if (stmt.value !== undefined) bind(stmt.target, depthOf(stmt.value));
        return;
      case "AugAssign":
        bind(stmt.target, join([depthOf(stmt.target), depthOf(stmt.value)]));
        return;
      case "If":
        depthOf(stmt.test);
        branch(stmt.body, stmt.orelse);
        return;
      case "For":
        bind(stmt.target, depthOf(stmt.iter));
        branch([], [...stmt.body, ...stmt.body]);
        run(stmt.orelse);
        return;
      case "While":
        branch([], [...stmt.body, ...stmt.body]);
        return;
      case "With":
        for (const item of stmt.items) depthOf(item.context);
        run(stmt.body);
        return;
      case "ExprStmt":
        depthOf(stmt.value);
        return;
      case "Return":
        if (stmt.value !== undefined) depthOf(stmt.value);
        return;
      case "Assert":
      case "Pass":
      case "Raise":
      case "Break":
      case "Continue":
      case "Delete":
        return;
      default:
        // A nested function, `try`, `match`: not followed.
        opaque = true;
    }
  };

  run(method.body);
  return { joins, opaque, layers };
}

const leaves = (stmt: Stmt): boolean => stmt.kind === "Return" || stmt.kind === "Raise";

const notExpressions: ReadonlySet<string> = new Set([
  "Keyword",
  "FormattedValue",
  "DictItem",
  "Comprehension",
]);
const isExpression = (node: Node): node is Expr => !notExpressions.has(node.kind);
