import type { ClassDef, Expr, FunctionDef, Name, Node } from "../syntax/ast.ts";
import type { Chunk } from "../syntax/chunk.ts";
import { type Binding, type ScopeNode, scopeOf } from "./bindings.ts";
import { canonicalName } from "./canonical-name.ts";
import type { Module } from "./module.ts";

/** Re-assignments followed before giving up: `A = B = nn.Conv2d`, and cycles. */
const maxHops = 8;

/** The scopes around `node`, innermost first, as Python looks names up from there: a class body only for its own statements. */
function enclosingScopes(node: Node): readonly ScopeNode[] {
  const found: ScopeNode[] = [];
  let child = node;
  let crossedFunction = false;
  for (let at = node.parent; at !== undefined; child = at, at = at.parent) {
    switch (at.kind) {
      case "FunctionDef": {
        const inside = child.kind === "Param" ? false : at.body.some((stmt) => stmt === child);
        if (!inside) break;
        found.push(at);
        crossedFunction = true;
        break;
      }
      case "Lambda":
        if (child !== at.body) break;
        found.push(at);
        crossedFunction = true;
        break;
      case "ClassDef":
        if (!crossedFunction && !isHeadOf(at, child)) found.push(at);
        break;
      case "ListComp":
      case "SetComp":
      case "GeneratorExp":
      case "DictComp":
        // The first iterable is evaluated outside; treating it as inside only matters for shadowed names.
        found.push(at);
        break;
      default:
        break;
    }
  }
  return found;
}

/** Decorators, bases and keywords stand outside of a class. The body is not asked: that would be a look at all of it. */
const isHeadOf = ({ decorators, bases, keywords }: ClassDef, child: Node): boolean =>
  [...decorators, ...bases, ...keywords].some((each) => each === child);

/** Every binding that `name` can mean where it stands: those of the innermost scope that binds it. */
export const bindingsOf = (name: Name, module: Module): readonly Binding[] =>
  localBindings(name) ?? module.bindings(name.id).map((found) => found.binding);

/** The bindings in the innermost scope around `name` that binds it; `undefined` when that is the module. */
function localBindings(name: Name): readonly Binding[] | undefined {
  for (const scopeNode of enclosingScopes(name)) {
    const scope = scopeOf(scopeNode);
    if (scope.globals.has(name.id)) break;
    if (scope.nonlocals.has(name.id)) continue;
    const local = scope.bindings.get(name.id);
    if (local !== undefined) return local;
  }
  return undefined;
}

/**
 * The dotted origin of an expression: `nn.Conv2d` -> `torch.nn.Conv2d` through imports, aliases, re-assignment and
 * function-local imports. `undefined` when it is not certain, as when two imports compete for one name.
 */
export function qualifiedName(expr: Expr, module: Module): string | undefined {
  if (expr.kind !== "Name" && expr.kind !== "Attribute") return undefined;
  let known = answers.get(module);
  if (known === undefined) {
    known = new Map();
    answers.set(module, known);
  }
  if (known.has(expr)) return known.get(expr);
  const answer = resolve(expr, module, maxHops);
  known.set(expr, answer);
  return answer;
}

/** A dozen rules ask for the same names; a module and its trees never change, so each is looked up once. */
const answers = new WeakMap<Module, Map<Expr, string | undefined>>();

function resolve(expr: Expr, module: Module, hops: number): string | undefined {
  if (hops === 0) return undefined;
  if (expr.kind === "Attribute") {
    const owner = resolve(expr.value, module, hops);
    return owner === undefined ? undefined : canonicalName(`${owner}.${expr.attr}`);
  }
  if (expr.kind !== "Name") return undefined;
  const local = localBindings(expr);
  if (local === undefined && module.isDefined(expr.id)) return undefined;
  const bindings = local ?? module.bindings(expr.id).map((found) => found.binding);
  if (bindings.length === 0) return fromStarImports(expr.id, module);
  let found: string | undefined;
  for (const binding of bindings) {
    const origin = originOf(binding, module, hops);
    // `try: import x / except ImportError: x = None`: where it is used, it is x.
    if (origin === "None") continue;
    if (origin === undefined || (found !== undefined && found !== origin)) return undefined;
    found = origin;
  }
  return found;
}

function originOf(binding: Binding, module: Module, hops: number): string | undefined {
  if (binding.kind === "import") return canonicalName(binding.qualified);
  if (binding.kind !== "assign") return undefined;
  if (binding.value.kind === "None") return "None";
  // A name that means itself (`x = x`) would recurse without the hop limit.
  return resolve(binding.value, module, hops - 1);
}

/** `from torch.nn import *`: a capitalized name nobody else binds is taken from torch when torch is the only source. */
function fromStarImports(name: string, module: Module): string | undefined {
  const [only, ...others] = module.starImports();
  if (only === undefined || others.length > 0) return undefined;
  return (only === "torch.nn" && /^[A-Z]/.test(name)) || only === "torch.nn.functional"
    ? canonicalName(`${only}.${name}`)
    : undefined;
}

/** The one function or class of this file that an expression names, and the chunk it stands in. */
export function definitionOf(
  expr: Expr,
  module: Module,
): { readonly node: FunctionDef | ClassDef; readonly chunk: Chunk | undefined } | undefined {
  if (expr.kind !== "Name") return undefined;
  const bindings = bindingsOf(expr, module);
  const only = bindings[0];
  if (only === undefined || bindings.length > 1) return undefined;
  if (only.kind !== "class" && only.kind !== "function") return undefined;
  const top = module.bindings(expr.id).find((found) => found.binding === only);
  return { node: only.node, chunk: top?.chunk };
}
